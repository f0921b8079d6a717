const said = new Set<string>();
for (const max of [0, -1, 101, 1e300, Infinity, NaN, 1.5, "5" as any, true as any]) {
  try {
    for await (const page of git.commits.pages({ repo: "a" }, { max })) return page;
  } catch (error: any) {
    said.add(error.message);
  }
}
return [...said];
