flags = 0b1011
packed = (1 << 24) | (2 << 16) | 255
data = "héllo".encode("utf-8")
view = memoryview(bytearray(b"abcdef"))
view[2:4] = b"XY"
{
    "bits": [flags & 0b10, flags | 0b100, flags ^ 0b1, flags >> 1, ~flags],
    "count": [flags.bit_count(), (1000).bit_length()],
    "bytes": list(packed.to_bytes(4, "big")),
    "back": int.from_bytes(b"\x01\x02\x00\xff", "little"),
    "bases": [int("ff", 16), int("0b101", 0), oct(8), hex(-255), bin(10)],
    "utf8": [len("héllo"), len(data), list(data[:3])],
    "latin": "ü".encode("latin-1").hex(),
    "replace": b"\xff ok".decode("utf-8", errors="replace"),
    "ignored": "naïve".encode("ascii", "ignore").decode(),
    "array": bytes(view).decode(),
    "xor": bytes(a ^ b for a, b in zip(b"secret", b"keykey")).hex(),
    "chars": [ord("€"), chr(8364), "".join(chr(ord(c) + 1) for c in "HAL")],
}
