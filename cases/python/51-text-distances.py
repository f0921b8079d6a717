from collections import defaultdict
from functools import lru_cache


def levenshtein(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, above = [i], row
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@lru_cache(None)
def common(a, b):
    if not a or not b:
        return ""
    if a[0] == b[0]:
        return a[0] + common(a[1:], b[1:])
    return max(common(a[1:], b), common(a, b[1:]), key=len)


anagrams = defaultdict(list)
for word in "listen silent enlist google elegoo abc cab".split():
    anagrams["".join(sorted(word))].append(word)


def caesar(text, shift):
    return "".join(chr((ord(c) - 97 + shift) % 26 + 97) if c.islower() else c for c in text)


def run_length(text):
    out = []
    for c in text:
        if out and out[-1][0] == c:
            out[-1][1] += 1
        else:
            out.append([c, 1])
    return "".join(f"{c}{n if n > 1 else ''}" for c, n in out)


{
    "distance": levenshtein("kitten", "sitting"),
    "common": common("AGGTABQ", "GXTXAYB"),
    "anagrams": sorted(group for group in anagrams.values() if len(group) > 1),
    "caesar": caesar(caesar("hello, world", 3), -3) + caesar("xyz", 3),
    "runs": run_length("aaabccd"),
    "palindromes": [w for w in ("racecar", "weir", "level") if w == w[::-1]],
}
