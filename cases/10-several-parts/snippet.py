summary, *hits = docs.find(query="invoices")
{"summary": summary, "ids": [h["id"] for h in hits], "score": sum(h["score"] for h in hits)}
