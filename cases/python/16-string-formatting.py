name, amount, ratio, big = "Ada", 1234.5, 0.1234, 10**10
{
    "fstring": f"{name!r:>8}|{amount:>10,.2f}|{ratio:.1%}|{big:_}",
    "nested": f"{amount:{'>'}{12}.{1}f}",
    "debug": f"{name=} {1 + 1 = }",
    "align": [f"{s:<5}|{s:^5}|{s:>5}|{s:*^5}" for s in ("ab",)],
    "numbers": [f"{255:#x}", f"{255:08b}", f"{-7:+d}", f"{7:+}", f"{3.14159:.3g}", f"{1e-10:e}", f"{12:03}"],
    "percent": "%s has %d items (%.1f%%), %05d, %-6s|, %x" % ("cart", 3, 12.345, 42, "ab", 255),
    "format": "{0}-{1}-{0} {name:>5} {d[key]} {l[1]}".format("a", "b", name="x", d={"key": 1}, l=[5, 6]),
    "join": ", ".join(f"{k}={v}" for k, v in {"a": 1, "b": None}.items()),
    "float": [repr(0.1 + 0.2), str(1e16), str(1e15), str(100.0), repr(1e-5), str(float(2**53))],
    "round": [round(2.5), round(3.5), round(2.675, 2), round(1234, -2)],
}
