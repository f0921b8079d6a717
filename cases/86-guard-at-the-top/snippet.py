def main():
    pending = deploy.pending()
    if not pending:
        return "nothing to deploy"
    for item in pending:
        deploy.start(id=item["id"])
    return f"{len(pending)} started"

main()
