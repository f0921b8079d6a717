def sieve(limit):
    is_prime = bytearray([1]) * (limit + 1)
    is_prime[:2] = b"\0\0"
    for n in range(2, int(limit**0.5) + 1):
        if is_prime[n]:
            is_prime[n * n :: n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n, prime in enumerate(is_prime) if prime]


def factors(n):
    found, p = {}, 2
    while p * p <= n:
        while n % p == 0:
            found[p] = found.get(p, 0) + 1
            n //= p
        p += 1
    return found | ({n: found.get(n, 0) + 1} if n > 1 else {})


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


primes = sieve(10_000)
{
    "primes": len(primes),
    "last": primes[-1],
    "factors": {str(p): k for p, k in factors(2**10 * 3 * 9973).items()},
    "modular": pow(3, 10**18, 10**9 + 7),
    "inverse": pow(3, -1, 11),
    "big": str(2**200 // 7**50),
    "digits": sum(map(int, str(2**1000))),
    "collatz": max(range(1, 1000), key=collatz),
    "division": [-7 // 2, -7 % 2, 7 // -2, divmod(-7, 3)],
}
