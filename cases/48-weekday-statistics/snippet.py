from collections import Counter
from datetime import date

counts = Counter(date.fromisoformat(d).isoweekday() for d in users.signups())
[[date(2024, 1, day).strftime("%a"), count] for day, count in sorted(counts.items())]
