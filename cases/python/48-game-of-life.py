from collections import Counter
from itertools import product


def step(alive):
    neighbours = Counter((x + dx, y + dy) for x, y in alive for dx, dy in product((-1, 0, 1), repeat=2) if dx or dy)
    return {cell for cell, n in neighbours.items() if n == 3 or (n == 2 and cell in alive)}


def draw(alive, size):
    return ["".join("#" if (x, y) in alive else "." for x in range(size)) for y in range(size)]


glider = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
frames = []
for _ in range(5):
    frames.append(draw(glider, 5))
    glider = step(glider)
{"first": frames[0], "last": frames[4], "alive": len(glider)}
