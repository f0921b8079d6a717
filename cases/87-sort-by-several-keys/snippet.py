rank = {"high": 0, "normal": 1, "low": 2}
tasks = sorted(todo.tasks(), key=lambda t: (rank[t["priority"]], t["due"] or "9999", t["title"]))
"".join(t["title"] for t in tasks)
