attachment = mail.attachment(id=1)
text = load(attachment["handle"])
{"mime": attachment["mime"], "bytes": attachment["bytes"], "lines": text.splitlines()}
