from datetime import datetime

def day(text):
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return f"{at.day} {at:%b %Y}"

[f"{r['tag']}: {day(r['at'])}" for r in releases.list()]
