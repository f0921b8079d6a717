import difflib

old = "one\ntwo\nthree\nfour".splitlines()
new = "one\n2\nthree\nfour\nfive".splitlines()
matcher = difflib.SequenceMatcher(None, "kitten", "sitting")
{
    "unified": list(difflib.unified_diff(old, new, "old", "new", lineterm="", n=1)),
    "close": difflib.get_close_matches("list_isues", ["list_issues", "get_issue", "list_users"], n=2, cutoff=0.6),
    "ratio": round(matcher.ratio(), 6),
    "changes": [op for op in matcher.get_opcodes() if op[0] != "equal"],
    "ndiff": [line for line in difflib.ndiff(old, new) if line[0] in "+-"],
}
