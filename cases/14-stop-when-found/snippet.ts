for (let page = 1; page <= 20; page++) {
  const users = await directory.users({ page });
  const found = users.find((u: any) => u.name === "user-130");
  if (found) return found;
}
return null;
