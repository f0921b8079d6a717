const issue = await github.get_issue({ number: 7 });
if (issue.state === "open") {
  await github.close_issue({ number: issue.number }); // <-- here
}
return "closed";
