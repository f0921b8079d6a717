import uuid

site = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.com/")
{
    "v5": str(site),
    "v3": str(uuid.uuid3(uuid.NAMESPACE_DNS, "example.com")),
    "hex": uuid.UUID("12345678-1234-5678-1234-567812345678").hex,
    "same": uuid.UUID(int=site.int) == site,
    "version": site.version,
    "sorted": [str(u)[:8] for u in sorted(uuid.UUID(int=n) for n in (3 << 100, 1 << 100))],
}
