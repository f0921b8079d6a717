best = search("send an email", limit=1)[0]
server, name = best["tool"].split(".")
sent = tools[server][name](to="ada@example.com", subject="Hi")
{"tool": best["tool"], "effect": best["effect"], "id": sent["id"]}
