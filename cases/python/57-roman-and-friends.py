def roman(n):
    out = ""
    for value, sign in zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "M CM D CD C XC L XL X IX V IV I".split()):
        count, n = divmod(n, value)
        out += sign * count
    return out


def spoken(n):
    small = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    tens = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
    if n < 20:
        return small[n]
    if n < 100:
        return tens[n // 10] + (f"-{small[n % 10]}" if n % 10 else "")
    return f"{small[n // 100]} hundred" + (f" and {spoken(n % 100)}" if n % 100 else "")


def luhn(number):
    digits = [int(d) for d in number][::-1]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


def size(n):
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n < 1024 or unit == "GiB":
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1024


[
    [roman(n) for n in (4, 1994, 2026)],
    [spoken(n) for n in (7, 42, 300, 999)],
    [luhn("4539578763621486"), luhn("1234567890123456")],
    [size(n) for n in (5, 2048, 5 * 1024**2, 3 * 1024**4)],
    ["FizzBuzz"[n * n % 3 * 4 : 8 - -(n**4) % 5] or n for n in range(1, 16)],
]
