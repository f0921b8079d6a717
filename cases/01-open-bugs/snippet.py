issues = github.list_issues(owner="acme", repo="api", state="open")
bugs = [i for i in issues if any(label["name"] == "bug" for label in i["labels"])]
bugs.sort(key=lambda i: i["created_at"])
[f"#{i['number']} {i['title']}" for i in bugs]
