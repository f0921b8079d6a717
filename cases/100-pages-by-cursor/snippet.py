pages = list(billing.customers.pages(region='é"u'))  # <-- here
everyone = [customer for page in pages for customer in page["items"]]
{"pages": len(pages), "count": len(everyone), "balance": sum(c["balance"] for c in everyone)}
