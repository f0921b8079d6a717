import re
from collections import Counter

counts = Counter(w for text in reviews.texts(product="pen") for w in re.findall(r"[a-z]+", text.lower()))
sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
