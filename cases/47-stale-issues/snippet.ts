const day = 24 * 60 * 60 * 1000;
const issues = await github.list_issues({});
return issues
  .map((i: any) => ({ number: i.number, days: Math.floor((Date.now() - new Date(i.updated_at).getTime()) / day) }))
  .filter((i: any) => i.days >= 30);
