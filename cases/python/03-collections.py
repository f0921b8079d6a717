from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple

words = "the quick brown fox jumps over the lazy dog the end".split()
counts = Counter(words)
by_length = defaultdict(list)
for word in words:
    by_length[len(word)].append(word)
recent = deque(maxlen=3)
recent.extend(words)
recent.appendleft("first")
recent.rotate(1)
Point = namedtuple("Point", "x y", defaults=[0])
settings = ChainMap({"debug": True}, {"debug": False, "port": 80})
order = OrderedDict.fromkeys("cab")
order.move_to_end("c")
result = {
    "top": counts.most_common(2),
    "more": dict(Counter("aabc") + Counter("abd") - Counter("d")),
    "by_length": {str(k): v for k, v in sorted(by_length.items())},
    "recent": list(recent),
    "point": Point(3)._asdict(),
    "settings": {"debug": settings["debug"], "port": settings["port"]},
    "order": list(order),
    "total": counts.total(),
}
