from fractions import Fraction

harmonic = sum(Fraction(1, n) for n in range(1, 11))
recipe = {"flour": Fraction(3, 4), "milk": Fraction("1.5"), "salt": Fraction(1, 8)}
{
    "harmonic": str(harmonic),
    "float": float(harmonic),
    "scaled": {k: str(v * Fraction(5, 3)) for k, v in recipe.items()},
    "pi": str(Fraction(355, 113).limit_denominator(10)),
    "exact": Fraction(1, 3) + Fraction(1, 6) == Fraction(1, 2),
    "parts": [Fraction(-6, 4).numerator, Fraction(-6, 4).denominator],
    "mixed": divmod(Fraction(7, 2), 1)[0],
}
