const commits: string[] = [];
for await (const page of git.commits.pages({ repo: "api" })) { // <-- here
  commits.push(...page);
}
return commits;
