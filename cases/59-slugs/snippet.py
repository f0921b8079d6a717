import re
from collections import defaultdict

seen = defaultdict(int)

def slug(title):
    base = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    seen[base] += 1
    return base if seen[base] == 1 else f"{base}-{seen[base]}"

[slug(title) for title in blog.titles()]
