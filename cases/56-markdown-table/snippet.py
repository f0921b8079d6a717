services = status.services()
rows = [("name", "state")] + [(s["name"], s["state"]) for s in services]
widths = [max(len(cell) for cell in column) for column in zip(*rows)]

def line(cells):
    return "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths)) + " |"

lines = [line(row) for row in rows]
lines.insert(1, line("-" * width for width in widths))
"\n".join(lines)
