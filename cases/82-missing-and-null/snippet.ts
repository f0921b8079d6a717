return (await crm.contacts()).map((c: any) => {
  const person = [c.first, c.last].filter(Boolean).join(" ");
  const company = c.company?.name;
  if (person && company) return `${person} (${company})`;
  return person || company || (c.email ?? "unknown");
});
