import re

tickets = set()
for message in git.log(since="2026-01-01"):
    tickets.update(re.findall(r"\b[A-Z]{2,}-\d+\b", message))
sorted(tickets)
