const contacts = await crm.list_contacts({});
const merged = new Map<string, { name: string; email: string; phones: string[] }>();
for (const c of contacts) {
  const email = c.email.trim().toLowerCase();
  if (!merged.has(email)) merged.set(email, { name: c.name, email, phones: [] });
  const entry = merged.get(email)!;
  if (c.phone && !entry.phones.includes(c.phone)) entry.phones.push(c.phone);
}
return [...merged.values()];
