repos = []
page = 1
while batch := github.list_repos(org="acme", page=page):
    repos.extend(batch)
    page += 1
{"total": len(repos), "archived": sum(r["archived"] == 0 for r in repos), "last": repos[-1]["name"]}
