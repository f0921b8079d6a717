"""Everyday Python as a model writes it, one task after another; each leaves `result`. Read by test_library.py."""
# ---
# count by key
from collections import Counter
rows = [{"state": s} for s in "open closed open merged open".split()]
result = Counter(row["state"] for row in rows).most_common()
# ---
# group by
from collections import defaultdict
groups = defaultdict(list)
for name, team in [("ann", "a"), ("bob", "b"), ("cid", "a")]:
    groups[team].append(name)
result = {team: sorted(names) for team, names in sorted(groups.items())}
# ---
# itertools.groupby
from itertools import groupby
from operator import itemgetter
rows = sorted([{"d": "2024-01-02", "n": 1}, {"d": "2024-01-01", "n": 2}, {"d": "2024-01-02", "n": 3}], key=itemgetter("d"))
result = [(day, sum(row["n"] for row in items)) for day, items in groupby(rows, key=itemgetter("d"))]
# ---
# join two lists
users = {u["id"]: u for u in [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"}]}
result = [{**o, "user": users.get(o["user_id"], {}).get("name", "?")} for o in [{"id": 9, "user_id": 2}, {"id": 8, "user_id": 7}]]
# ---
# pagination loop
pages = {None: ([1, 2], "b"), "b": ([3], "c"), "c": ([], None)}
items, cursor = [], None
while True:
    page, cursor = pages[cursor]
    items.extend(page)
    if not cursor:
        break
result = items
# ---
# days between dates
from datetime import date, timedelta
result = [(date(2024, 3, 1) - date(2024, 2, 1)).days, (date(2024, 2, 28) + timedelta(days=2)).isoformat(), date(2024, 12, 30).isocalendar()[1]]
# ---
# parse iso timestamps
from datetime import datetime, timezone
stamps = ["2024-03-05T15:04:05+00:00", "2024-03-05T12:00:00-05:00"]
result = sorted(datetime.fromisoformat(s).astimezone(timezone.utc).isoformat() for s in stamps)
# ---
# strptime and strftime
from datetime import datetime
moment = datetime.strptime("05/Mar/2024 15:04:05", "%d/%b/%Y %H:%M:%S")
result = [moment.strftime("%A %d %B %Y %I:%M %p"), moment.strftime("%j %U %y"), moment.weekday()]
# ---
# calendar
import calendar
result = [calendar.monthrange(2024, 2), calendar.month_name[3], calendar.isleap(1900), calendar.timegm((2024, 1, 1, 0, 0, 0))]
# ---
# regular expressions
import re
log = "ERROR [db] timeout after 30s\nINFO [web] ok\nERROR [web] 500 after 2s"
result = [m.groupdict() for m in re.finditer(r"^(?P<level>\w+) \[(?P<part>\w+)\] (?P<text>.*)$", log, re.M)]
# ---
# regular expression substitution
import re
result = [re.sub(r"(\w+)@(\w+)\.com", r"\1 at \2", "a@b.com, cc@dd.com"), re.split(r"[,;]\s*", "a, b;c"), re.findall(r"#(\d+)", "see #12 and #7"), bool(re.fullmatch(r"[a-z]+", "abc"))]
# ---
# json round trip
import json
data = json.loads('{"a": [1, 2.5, null, true], "b": {"c": "\\u00e9"}}')
result = [data, json.dumps(data, sort_keys=True), json.dumps(data, indent=2), json.dumps("é", ensure_ascii=False)]
# ---
# csv in and out
import csv, io
rows = list(csv.DictReader(io.StringIO('name,qty\n"a, b",2\nc,3\n')))
out = io.StringIO()
writer = csv.writer(out, lineterminator="\n")
writer.writerow(["x", 'y"z'])
result = [rows, out.getvalue()]
# ---
# statistics
import statistics
values = [3, 1, 4, 1, 5, 9, 2, 6]
result = [statistics.mean(values), statistics.median(values), round(statistics.stdev(values), 6), statistics.mode(values), statistics.quantiles(values, n=4)]
# ---
# decimal money
from decimal import Decimal, ROUND_HALF_UP
total = sum(Decimal(x) for x in ("0.10", "0.20", "19.995"))
result = [str(total), str(total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)), str(Decimal(1) / Decimal(7))]
# ---
# fractions and math
from fractions import Fraction
import math
result = [str(Fraction(1, 3) + Fraction(1, 6)), math.isclose(0.1 + 0.2, 0.3), math.gcd(12, 18), math.ceil(2.1), round(math.log10(1000), 9), math.comb(5, 2), math.prod([1, 2, 3]), round(2.675, 2)]
# ---
# hashing
import hashlib, hmac, base64
result = [hashlib.sha256(b"a").hexdigest(), hashlib.md5(b"a").hexdigest(), hmac.new(b"k", b"m", "sha256").hexdigest(), base64.b64encode(b"\x00\xff").decode(), base64.urlsafe_b64decode("_-8=").hex(), hashlib.sha1(b"x").hexdigest(), hashlib.blake2b(b"x", digest_size=8).hexdigest()]
# ---
# urls
from urllib.parse import urlparse, parse_qs, urlencode, quote, urljoin, unquote
u = urlparse("https://a.b:8/p/q?x=1&x=2&y=#f")
result = [u.netloc, u.port, parse_qs(u.query), urlencode({"q": "a b", "n": 1}), quote("a/b ü"), urljoin("https://a.b/c/d", "../e"), unquote("%C3%BC")]
# ---
# text wrapping and dedent
import textwrap
result = [textwrap.fill("the quick brown fox jumps over the lazy dog", 16), textwrap.dedent("  a\n    b\n"), textwrap.shorten("hello wide world", 12), textwrap.indent("a\nb", "> ")]
# ---
# difflib
import difflib
result = [list(difflib.unified_diff(["a", "b"], ["a", "c"], lineterm="")), difflib.get_close_matches("appel", ["ape", "apple", "peach"]), round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 3)]
# ---
# dataclasses
from dataclasses import dataclass, field, asdict, replace
@dataclass(order=True)
class Item:
    rank: int
    name: str = field(compare=False)
    tags: list = field(default_factory=list)
items = [Item(2, "b"), Item(1, "a", ["x"])]
result = [asdict(i) for i in sorted(items)] + [asdict(replace(items[0], rank=5)), repr(items[1])]
# ---
# enum
from enum import Enum, IntFlag, auto
class Color(Enum):
    RED = "r"
    BLUE = "b"
class Perm(IntFlag):
    R = auto()
    W = auto()
result = [Color("r").name, [c.value for c in Color], int(Perm.R | Perm.W), Perm.R in (Perm.R | Perm.W)]
# ---
# heapq and bisect
import heapq, bisect
data = [5, 1, 8, 3]
heapq.heapify(data)
sorted_list = [1, 3, 7]
bisect.insort(sorted_list, 5)
result = [heapq.heappop(data), heapq.nlargest(2, [4, 9, 2]), list(heapq.merge([1, 4], [2, 3])), sorted_list, bisect.bisect_left(sorted_list, 5)]
# ---
# itertools tour
import itertools as it
result = [list(it.chain([1], [2, 3])), list(it.islice(it.count(5), 3)), [list(p) for p in it.combinations("abc", 2)], list(it.accumulate([1, 2, 3])), list(it.zip_longest([1], [2, 3], fillvalue=0)), [list(p) for p in it.product([0, 1], repeat=2)], list(it.takewhile(lambda x: x < 3, [1, 2, 5, 1]))]
# ---
# functools tour
from functools import reduce, lru_cache, partial, cmp_to_key
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
result = [reduce(lambda a, b: a * b, [1, 2, 3, 4]), fib(60), partial(int, base=2)("101"), sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a))]
# ---
# html
import html
from html.parser import HTMLParser
class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs).get("href"))
parser = Links()
parser.feed('<p><a href="/x?a=1&amp;b=2">x</a><br><a name="n">y</a></p>')
result = [parser.found, html.escape("<a & 'b'>"), html.unescape("&eacute;&#8364;")]
# ---
# xml
import xml.etree.ElementTree as ET
root = ET.fromstring("<feed><e id='1'><t>a</t></e><e id='2'><t>b</t></e></feed>")
result = [{"id": e.get("id"), "t": e.findtext("t")} for e in root.findall("e")]
# ---
# zoneinfo
from zoneinfo import ZoneInfo
from datetime import datetime
summer = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
result = [summer.isoformat(), summer.astimezone(ZoneInfo("America/New_York")).isoformat(), datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata")).tzname()]
# ---
# string formatting
import string
result = [f"{1234567.891:,.2f}", f"{0.1234:.1%}", f"{'x':>5}|{'y':<3}|{'z':^5}", f"{255:#x} {255:08b}", "%05.1f %s" % (3.14159, "a"), "{0} {b}".format(1, b=2), string.Template("$a-$b").substitute(a=1, b=2), string.ascii_lowercase[:3]]
# ---
# string methods
text = "  Hello, World  "
result = [text.strip().lower(), text.split(","), "a-b_c".replace("-", "_").title(), "abc"[::-1], "x".join("abc"), "ß".upper(), "a,b,,c".partition(","), "Hello".swapcase(), "abc".removeprefix("a"), "1.5".replace(".", "").isdigit(), "tEST".capitalize(), "a\tb".expandtabs(4)]
# ---
# nested data flattening
def flatten(value, prefix=""):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flatten(item, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flatten(item, f"{prefix}[{index}]")
    else:
        yield prefix, value
result = dict(flatten({"a": {"b": [1, {"c": 2}]}, "d": None}))
# ---
# retry loop
attempts = []
def flaky():
    attempts.append(1)
    if len(attempts) < 3:
        raise ValueError("not yet")
    return "ok"
for attempt in range(5):
    try:
        value = flaky()
        break
    except ValueError as error:
        last = str(error)
result = [value, attempt, last]
# ---
# exception handling
class NotFound(LookupError):
    pass
def find(key):
    try:
        return {"a": 1}[key]
    except KeyError as error:
        raise NotFound(f"no {key}") from error
    finally:
        seen.append(key)
seen = []
try:
    find("b")
except LookupError as error:
    result = [type(error).__name__, str(error), repr(error.__cause__), seen]
# ---
# generators and send
def average():
    total = count = 0
    value = None
    while True:
        value = yield (total / count if count else None)
        total += value
        count += 1
g = average()
next(g)
result = [g.send(10), g.send(20)]
# ---
# match statement
def kind(value):
    match value:
        case {"type": "user", "name": str(name)}:
            return f"user {name}"
        case [first, *rest]:
            return f"list {first} {len(rest)}"
        case int() | float():
            return "number"
        case _:
            return "other"
result = [kind({"type": "user", "name": "a"}), kind([1, 2, 3]), kind(1.5), kind(None)]
# ---
# classes and properties
class Account:
    count = 0
    def __init__(self, balance):
        self._balance = balance
        type(self).count += 1
    @property
    def balance(self):
        return self._balance
    @classmethod
    def empty(cls):
        return cls(0)
    def __add__(self, other):
        return Account(self.balance + other.balance)
result = [(Account(2) + Account(3)).balance, Account.empty().balance, Account.count]
# ---
# context managers
from contextlib import contextmanager, suppress, ExitStack
events = []
@contextmanager
def step(name):
    events.append(f"in {name}")
    try:
        yield name
    finally:
        events.append(f"out {name}")
with suppress(ZeroDivisionError), step("a"):
    1 / 0
with ExitStack() as stack:
    stack.enter_context(step("b"))
result = events
# ---
# sets
a, b = {1, 2, 3}, {2, 3, 4}
result = [sorted(a & b), sorted(a | b), sorted(a - b), sorted(a ^ b), a.isdisjoint({9}), {1} <= a]
# ---
# sorting by several keys
rows = [{"n": "b", "s": 2}, {"n": "a", "s": 2}, {"n": "c", "s": 9}]
result = [row["n"] for row in sorted(rows, key=lambda row: (-row["s"], row["n"]))]
# ---
# asyncio without tools
import asyncio
async def work(n):
    await asyncio.sleep(0)
    return n * n
async def main():
    return await asyncio.gather(*(work(n) for n in range(5)))
result = asyncio.run(main())
# ---
# top n words
import re
from collections import Counter
text = "The cat and the dog and the bird"
result = Counter(re.findall(r"[a-z]+", text.lower())).most_common(2)
# ---
# markdown table
rows = [{"id": 1, "name": "a"}, {"id": 22, "name": "bb"}]
head = list(rows[0])
result = "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(str(row[h]) for h in head) + " |" for row in rows])
# ---
# graph search
from collections import deque
graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}
queue, before = deque(["a"]), {"a": None}
while queue:
    node = queue.popleft()
    for following in graph[node]:
        if following not in before:
            before[following] = node
            queue.append(following)
path, node = [], "d"
while node:
    path.append(node)
    node = before[node]
result = path[::-1]
# ---
# topological order
from graphlib import TopologicalSorter
result = list(TopologicalSorter({"d": {"b"}, "b": {"a"}, "a": set()}).static_order())
# ---
# big integers and bits
result = [2**100, (12345678901234567890).bit_length(), int("ff", 16), bin(10), 7 // -2, 7 % -2, divmod(17, 5), round(-2.5), pow(3, 200, 1000007), int.from_bytes(b"\x01\x00", "big")]
# ---
# moving average
values = [1, 2, 3, 4, 5]
window = 3
result = [sum(values[i : i + window]) / window for i in range(len(values) - window + 1)]
# ---
# deep copy and merge
import copy
base = {"a": {"x": 1}, "b": [1]}
mine = copy.deepcopy(base)
mine["a"]["x"] = 2
def merge(a, b):
    return {k: merge(a[k], b[k]) if isinstance(a.get(k), dict) and isinstance(b.get(k), dict) else b.get(k, a.get(k)) for k in {**a, **b}}
result = [base, mine, merge({"a": {"x": 1, "y": 2}}, {"a": {"x": 3}, "z": 1})]
# ---
# uuid and struct
import uuid, struct
result = [str(uuid.uuid5(uuid.NAMESPACE_DNS, "a.b")), uuid.UUID("{12345678-1234-5678-1234-567812345678}").hex, struct.pack(">IH", 1, 2).hex(), struct.unpack("<h", b"\xff\xff")]
# ---
# mail dates and addresses
from email.utils import parsedate_to_datetime, parseaddr
result = [parsedate_to_datetime("Tue, 05 Mar 2024 15:04:05 +0100").isoformat(), parseaddr("Ann B <ann@b.c>")]
# ---
# compression and checksums
import zlib, binascii
packed = zlib.compress(b"a" * 1000)
result = [len(zlib.decompress(packed)), zlib.crc32(b"abc"), binascii.hexlify(b"az").decode()]
# ---
# unicode
import unicodedata
result = [unicodedata.normalize("NFKD", "é").encode("ascii", "ignore").decode(), unicodedata.name("€"), "ÄÖ".casefold(), len("👩‍🚀"), "naïve café".encode("utf-8").decode("latin-1")[:5]]
# ---
# typing
from typing import Any, Optional, TypedDict, Literal, Protocol
class Issue(TypedDict, total=False):
    id: int
    state: Literal["open", "closed"]
def pick(issue: Issue, default: Optional[Any] = None) -> Any:
    return issue.get("state", default)
result = [pick({"id": 1, "state": "open"}), pick({"id": 2}), Issue(id=3)]
# ---
# seeded random numbers
import random
generator = random.Random(42)
result = [generator.random(), generator.randint(1, 100), generator.choice("abc"), generator.sample(range(10), 3), random.Random("text").random()]
# ---
# ip addresses
import ipaddress
net = ipaddress.ip_network("10.0.0.0/29")
result = [net.num_addresses, [str(h) for h in list(net.hosts())[:2]], ipaddress.ip_address("10.0.0.3") in net, str(ipaddress.ip_address("::1"))]
# ---
# shlex and fnmatch
import shlex, fnmatch
result = [shlex.split("a 'b c' --d=\"e\""), fnmatch.filter(["a.py", "b.txt"], "*.py"), shlex.quote("it's")]
