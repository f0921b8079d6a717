from urllib.parse import parse_qs, parse_qsl, quote, quote_plus, unquote, urlencode, urljoin, urlsplit, urlunsplit

url = "https://user@api.example.com:8443/v1/search%20all?q=a+b&tag=x&tag=y&empty=#top"
parts = urlsplit(url)
query = parse_qs(parts.query, keep_blank_values=True)
query["page"] = ["2"]
{
    "host": parts.hostname,
    "port": parts.port,
    "path": unquote(parts.path),
    "query": query,
    "pairs": parse_qsl(parts.query),
    "rebuilt": urlunsplit(parts._replace(query=urlencode(query, doseq=True), fragment="")),
    "joined": [urljoin("https://a.example/b/c", link) for link in ("d", "/d", "../d", "//e.example", "?x=1")],
    "quoted": [quote("a b/ü"), quote("a/b", safe=""), quote_plus("a b&c")],
}
