const issues = await github.list_issues({ owner: "acme", repo: "api", state: "open" });
return issues
  .filter((i: any) => i.labels.some((l: any) => l.name === "bug"))
  .sort((a: any, b: any) => a.created_at.localeCompare(b.created_at))
  .map((i: any) => `#${i.number} ${i.title}`);
