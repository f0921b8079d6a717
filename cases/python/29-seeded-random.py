import random

dice = random.Random(42)
{
    "rolls": [dice.randint(1, 6) for _ in range(10)],
    "floats": [dice.random() for _ in range(3)],
    "choice": dice.choice("abcdef"),
    "shuffled": (lambda cards: (dice.shuffle(cards), cards)[1])(list(range(8))),
    "sample": dice.sample(range(1000), 4),
    "weighted": dice.choices(["a", "b"], weights=[9, 1], k=5),
    "gauss": dice.gauss(0, 1),
    "uniform": dice.uniform(1, 2),
}
