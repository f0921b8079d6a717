github.close_issue(number=1)
issues = github.list_issue(repo="api")  # <-- here
len(issues)
