try:
    mail.send(to="ada@example.com")
    result = "sent"
except ToolError as e:
    result = {"kind": e.kind, "names_it": "subject" in str(e), "nothing_sent": e.status is None}
