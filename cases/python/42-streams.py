import io
import sys

buffer = io.StringIO()
print("a", 1, None, sep="-", end=";", file=buffer)
print(*[1, 2], file=buffer)
buffer.seek(0)
lines = io.StringIO("one\ntwo\n\nfour")
raw = io.BytesIO()
raw.write(b"header\n")
raw.write("größe\n".encode())
text = io.TextIOWrapper(io.BytesIO(raw.getvalue()), encoding="utf-8")
{
    "printed": buffer.read(),
    "lines": [line.rstrip("\n") for line in lines],
    "bytes": raw.tell(),
    "read": text.read().split(),
    "part": (raw.seek(7), raw.read(4))[1].hex(),
}
