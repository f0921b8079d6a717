const tried: string[][] = [];
for (const [server, tool] of [["git", "commit"], ["tig", "commits"], ["git", "commits"]]) {
  try {
    for await (const page of tools[server][tool].pages({ repos: "api" })) tried.push([page]);
  } catch (error: any) {
    tried.push([error.kind, error.tool]);
  }
}
return tried;
