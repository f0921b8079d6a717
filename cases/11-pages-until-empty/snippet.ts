const repos: any[] = [];
for (let page = 1; ; page++) {
  const batch = await github.list_repos({ org: "acme", page });
  if (batch.length === 0) break;
  repos.push(...batch);
}
return { total: repos.length, archived: repos.filter((r) => r.archived === 0).length, last: repos.at(-1).name };
