import re
from collections import Counter

pattern = re.compile(r"^\S+T(?P<time>[\d:]+)Z ERROR (?P<service>\w+) (?P<message>.*)$", re.MULTILINE)
found = [m.groupdict() for m in pattern.finditer(files.read_text(path="service.log"))]
{
    "errors": Counter(f["service"] for f in found),
    "last": "{time} {service}: {message}".format(**found[-1]),
}
