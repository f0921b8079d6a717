from collections import Counter

counts = Counter()
cursor = None
while True:
    page = logs.events(cursor=cursor) if cursor else logs.events()
    for event in page["items"]:
        match event["code"]:
            case 9:
                counts["error"] += 1
            case 7 | 8:
                counts["warn"] += 1
            case _:
                counts["info"] += 1
    cursor = page["next_cursor"]
    if cursor is None:
        break
{**counts, "error_share": f"{counts['error'] / counts.total():.1%}"}
