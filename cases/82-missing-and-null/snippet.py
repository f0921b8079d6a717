def label(c):
    person = " ".join(filter(None, [c.get("first"), c.get("last")]))
    company = (c.get("company") or {}).get("name")
    if person and company:
        return f"{person} ({company})"
    return person or company or c.get("email", "unknown")

[label(c) for c in crm.contacts()]
