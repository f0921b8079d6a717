const titles: string[] = [];
for await (const page of tools["my-tracker"]["list issues"].pages({ _max: 7 }, { max: 3 })) {
  titles.push(...page.map((issue: any) => issue.title));
}
const second: string[] = [];
for await (const page of my_tracker.list_issues.pages({ page: 2 })) {
  second.push(...page.map((issue: any) => issue.title));
  break;
}
return { titles, second };
