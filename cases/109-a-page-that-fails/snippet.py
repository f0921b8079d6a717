commits = []
for page in git.commits.pages(repo="api"):  # <-- here
    commits.extend(page)
commits
