from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, getcontext, localcontext

prices = [Decimal("19.99"), Decimal("5.01"), Decimal("0.10")]
cent = Decimal("0.01")
net = sum(prices, Decimal(0))
vat = (net * Decimal("0.19")).quantize(cent, ROUND_HALF_UP)
with localcontext() as context:
    context.prec = 40
    third = Decimal(1) / 3
result = {
    "net": str(net),
    "vat": str(vat),
    "gross": f"{net + vat:,.2f}",
    "half_even": str(Decimal("2.675").quantize(cent, ROUND_HALF_EVEN)),
    "down": str(Decimal("2.679").quantize(cent, ROUND_DOWN)),
    "exact": str(Decimal("0.1") + Decimal("0.2")),
    "binary": str(Decimal(0.1))[:20],
    "third": str(third),
    "back": getcontext().prec,
    "normalised": str(Decimal("1500.00").normalize()),
    "parts": list(Decimal("-12.50").as_tuple().digits),
    "compare": Decimal("1.0") == Decimal("1.00") == 1,
}
