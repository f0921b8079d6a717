archived, failed = [], []
for doc in range(1, 6):
    try:
        docs.archive(id=doc)
    except ToolError as e:
        failed.append({"id": doc, "why": str(e)})
    else:
        archived.append(doc)
{"archived": archived, "failed": failed}
