line = "  Key = Some, Value=Other  "
table = str.maketrans({"a": "4", "e": "3", "o": None})
{
    "strip": [line.strip(), line.lstrip()[:3], "xxabcxx".strip("x")],
    "partition": ["k=v=w".partition("="), "k=v=w".rpartition("="), "none".partition("=")],
    "split": ["a b  c".split(), "a,b,,c".split(","), "a b c".split(maxsplit=1), "a\nb\r\nc".splitlines()],
    "case": ["hello world".title(), "heLLo".swapcase(), "straße".upper(), "GROẞ".casefold(), "ab cd".capitalize()],
    "find": ["banana".find("na"), "banana".rfind("na"), "banana".count("an"), "x".find("y")],
    "replace": "aaa".replace("a", "b", 2),
    "translate": "leaeo".translate(table),
    "pad": ["7".zfill(3), "-7".zfill(4), "ab".center(6, "."), "ab".ljust(4) + "|"],
    "fixes": ["unhappy".removeprefix("un"), "file.txt".removesuffix(".txt")],
    "tests": ["abc".isalpha(), "12".isdigit(), "½".isnumeric(), "a1".isalnum(), " ".isspace(), "Ab".istitle(), "a_b".isidentifier()],
    "tabs": "a\tbc\td".expandtabs(4),
    "starts": ["report.csv".endswith((".csv", ".tsv")), "abc".startswith("b", 1)],
    "slices": ["abcdef"[::-1], "abcdef"[1:-1:2], "abc"[10:]],
    "escapes": "tab\there \N{GREEK SMALL LETTER ALPHA} \u00e9 \x41",
}
