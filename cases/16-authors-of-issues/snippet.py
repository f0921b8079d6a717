import asyncio

issues = github.list_issues(repo="api")
logins = sorted({i["user"] for i in issues})
users = await asyncio.gather(*[github.get_user.aio(login=login) for login in logins])
names = {login: user["name"] for login, user in zip(logins, users)}
{str(i["number"]): names[i["user"]] for i in issues}
