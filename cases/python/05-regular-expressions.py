import re

text = """
2026-01-15 10:00:01 [ERROR] payment failed: order=1234 amount=$19.99
2026-01-15 10:00:09 [INFO]  retry ok: order=1234
2026-01-16 08:30:00 [ERROR] payment failed: order=77 amount=$5.00
"""
line = re.compile(
    r"""^(?P<date>\d{4}-\d\d-\d\d)\s+   # the day
        (?P<time>[\d:]+)\s+
        \[(?P<level>[A-Z]+)\]\s+(?P<message>.+)$""",
    re.MULTILINE | re.VERBOSE,
)
entries = [m.groupdict() for m in line.finditer(text)]
result = {
    "levels": [e["level"] for e in entries],
    "amounts": [float(a) for a in re.findall(r"\$(\d+\.\d\d)", text)],
    "orders": sorted({int(o) for o in re.findall(r"order=(\d+)", text)}),
    "masked": re.sub(r"order=(\d+)", lambda m: "order=" + "*" * len(m[1]), entries[0]["message"]),
    "split": re.split(r"[,;]\s*", "a, b;c,  d"),
    "snake": re.sub(r"(?<!^)(?=[A-Z])", "_", "parseHttpResponse").lower(),
    "twice": re.search(r"\b(\w+) \1\b", "it was was there")[1],
    "full": bool(re.fullmatch(r"[\w.+-]+@[\w-]+\.[\w.]+", "ada@example.com")),
    "case": re.findall("STRASSE|straße", "Straße strasse", re.IGNORECASE),
    "escape": re.escape("a.b*c"),
}
