store("report", {"cursor": "c6", "seen": (1,)})
store("report", {"cursor": "c7", "seen": (1, 2)}, ttl_ms=60_000)
{"kept": load("report"), "other": load("no-such-key")}
