async function all(repo: string) {
  const found: any[] = [];
  for await (const page of git.commits.pages({ repo })) found.push(page);
  return found;
}
return await Promise.all(["api", "web"].map(all));
