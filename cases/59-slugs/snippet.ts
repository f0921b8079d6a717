const seen: Record<string, number> = {};
return (await blog.titles()).map((title: string) => {
  const slug = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  seen[slug] = (seen[slug] ?? 0) + 1;
  return seen[slug] === 1 ? slug : `${slug}-${seen[slug]}`;
});
