import cmath
import math

{
    "gcd": math.gcd(84, 126, 210),
    "lcm": math.lcm(4, 6, 10),
    "choose": math.comb(52, 5),
    "perm": math.perm(5, 2),
    "roots": [math.isqrt(10**20), math.sqrt(2), round(math.cbrt(27), 10)],
    "round": [math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.5)],
    "close": math.isclose(0.1 + 0.2, 0.3),
    "sum": math.fsum([0.1] * 10),
    "product": math.prod(range(1, 8)),
    "distance": math.dist((0, 0), (3, 4)),
    "angle": round(math.degrees(math.atan2(1, 1)), 10),
    "log": [math.log2(1024), math.log10(1000), round(math.log(math.e**3), 10)],
    "split": list(math.modf(3.25)),
    "factorial": str(math.factorial(30)),
    "inf": [math.isinf(math.inf), math.isnan(math.nan), math.inf > 10**308],
    "complex": [cmath.sqrt(-4).imag, abs(3 + 4j)],
    "haversine": round(
        2 * 6371 * math.asin(math.sqrt(math.sin(math.radians(48.1 - 52.5) / 2) ** 2
        + math.cos(math.radians(48.1)) * math.cos(math.radians(52.5)) * math.sin(math.radians(11.6 - 13.4) / 2) ** 2)), 6
    ),
}
