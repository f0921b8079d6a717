def count(pages):
    return sum(len(page["items"]) for page in pages)

[count(log.lines.pages()), count(log.lines.pages(_max=100)), count(log.lines.pages(_max=2))]
