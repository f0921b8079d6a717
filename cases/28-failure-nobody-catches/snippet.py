issue = github.get_issue(number=7)
if issue["state"] == "open":
    github.close_issue(number=issue["number"])  # <-- here
"closed"
