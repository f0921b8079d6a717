merged = {}
for contact in crm.list_contacts():
    email = contact["email"].strip().lower()
    entry = merged.setdefault(email, {"name": contact["name"], "email": email, "phones": []})
    if contact["phone"] and contact["phone"] not in entry["phones"]:
        entry["phones"].append(contact["phone"])
list(merged.values())
