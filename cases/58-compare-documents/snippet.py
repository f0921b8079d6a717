import difflib

before, after = (wiki.page(title="Rules", version=v).splitlines() for v in (1, 2))
diff = list(difflib.ndiff(before, after))
{"removed": [d[2:] for d in diff if d.startswith("- ")], "added": [d[2:] for d in diff if d.startswith("+ ")]}
