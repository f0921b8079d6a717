import sys
from functools import cache


@cache
def ways(amount, coins=(1, 5, 10, 25)):
    if amount == 0:
        return 1
    if amount < 0 or not coins:
        return 0
    return ways(amount - coins[-1], coins) + ways(amount, coins[:-1])


def queens(n, row=0, columns=(), found=None):
    if row == n:
        return 1
    return sum(
        queens(n, row + 1, columns + (c,))
        for c in range(n)
        if all(c != cc and abs(c - cc) != row - r for r, cc in enumerate(columns))
    )


def hanoi(n, a="A", b="B", c="C"):
    return [] if n == 0 else hanoi(n - 1, a, c, b) + [a + c] + hanoi(n - 1, b, a, c)


def permutations(text):
    if len(text) <= 1:
        return [text]
    return [c + rest for i, c in enumerate(text) for rest in permutations(text[:i] + text[i + 1 :])]


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


{
    "ways": ways(100),
    "queens": [queens(n) for n in range(1, 7)],
    "hanoi": hanoi(3),
    "permutations": permutations("abc"),
    "deep": depth(400),
}
