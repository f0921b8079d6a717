rows = [("Widget", 3, 4.5), ("Gadget, large", 12, 129.99), ("Ümlaut", 1, 0.5)]
header = ("Item", "Qty", "Price")
widths = [max(len(str(r[i])) for r in [header, *rows]) for i in range(3)]
lines = ["  ".join(f"{h:<{w}}" for h, w in zip(header, widths)), "  ".join("-" * w for w in widths)]
for name, qty, price in rows:
    lines.append(f"{name:<{widths[0]}}  {qty:>{widths[1]}}  {price:>{widths[2]}.2f}")
total = sum(qty * price for _, qty, price in rows)
lines.append(f"{'Total':<{widths[0]}}  {sum(q for _, q, _ in rows):>{widths[1]}}  {total:.2f}")
"\n".join(lines)
