import re
from collections import Counter, defaultdict
from datetime import datetime

LOG = """\
10.0.0.1 - - [15/Jan/2026:10:00:00 +0000] "GET /index.html HTTP/1.1" 200 512
10.0.0.2 - - [15/Jan/2026:10:00:30 +0000] "POST /api/login HTTP/1.1" 401 64
10.0.0.1 - - [15/Jan/2026:10:01:10 +0000] "GET /api/items?page=2 HTTP/1.1" 500 12
10.0.0.3 - - [15/Jan/2026:11:30:00 +0000] "GET /index.html HTTP/1.1" 304 0
broken line
10.0.0.2 - - [15/Jan/2026:11:59:59 +0000] "POST /api/login HTTP/1.1" 200 2048
"""
pattern = re.compile(r'(?P<ip>\S+) \S+ \S+ \[(?P<at>[^]]+)\] "(?P<method>\w+) (?P<path>[^ ?]+)\S* [^"]+" (?P<status>\d{3}) (?P<size>\d+)')
status, per_hour, size, bad = Counter(), defaultdict(int), Counter(), 0
for line in LOG.splitlines():
    if not (m := pattern.match(line)):
        bad += 1
        continue
    at = datetime.strptime(m["at"], "%d/%b/%Y:%H:%M:%S %z")
    status[m["status"][0] + "xx"] += 1
    per_hour[f"{at:%H}:00"] += 1
    size[m["path"]] += int(m["size"])
result = {"status": dict(status), "per_hour": dict(per_hour), "largest": size.most_common(2), "bad": bad}
