await github.close_issue({ number: 1 });
const issues = await github.list_issue({ repo: "api" }); // <-- here
return issues.length;
