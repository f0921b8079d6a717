const issues = await github.list_issues({ repo: "api" });
const logins = [...new Set<string>(issues.map((i: any) => i.user))];
const names = new Map(await Promise.all(logins.map(async (login) => [login, (await github.get_user({ login })).name] as const)));
return Object.fromEntries(issues.map((i: any) => [i.number, names.get(i.user)]));
