import json
from datetime import date


class Encoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, date):
            return {"$date": value.isoformat()}
        if isinstance(value, set):
            return sorted(value)
        return super().default(value)


def revive(obj):
    return date.fromisoformat(obj["$date"]) if "$date" in obj else obj


text = json.dumps({"when": date(2026, 1, 15), "tags": {"b", "a"}, "ü": "é"}, cls=Encoder, sort_keys=True)
back = json.loads(text, object_hook=revive)
try:
    json.loads('{"a": 1,}')
    problem = None
except json.JSONDecodeError as error:
    problem = [error.lineno, error.pos]
result = {
    "text": text,
    "year": back["when"].year,
    "compact": json.dumps([1, {"a": None}], separators=(",", ":")),
    "pretty": json.dumps({"a": [1, 2]}, indent=2),
    "unicode": json.dumps("ü😀", ensure_ascii=False),
    "ascii": json.dumps("ü😀"),
    "floats": json.loads("[1.0, 1e3, -0.0, 12345678901234567890]"),
    "broken": problem is not None,
    "keys": json.loads(json.dumps({1: "a", True: "b", None: "c"})),
}
