import base64
import hashlib
import hmac

message = "weir ✓".encode()
signature = hmac.new(b"key", message, hashlib.sha256).hexdigest()
{
    "sha256": hashlib.sha256(message).hexdigest(),
    "md5": hashlib.md5(b"", usedforsecurity=False).hexdigest(),
    "sha1": hashlib.sha1(b"abc").hexdigest(),
    "blake": hashlib.blake2b(b"abc", digest_size=8).hexdigest(),
    "sha3": hashlib.new("sha3_256", b"abc").hexdigest()[:16],
    "hmac": signature,
    "same": hmac.compare_digest(signature, signature.lower()),
    "base64": base64.b64encode(message).decode(),
    "urlsafe": base64.urlsafe_b64encode(b"\xfb\xff\xfe").decode().rstrip("="),
    "base32": base64.b32encode(b"hi").decode(),
    "back": base64.b64decode("d2VpciDinJM=").decode(),
    "hex": bytes.fromhex("00ff10").hex("-"),
}
