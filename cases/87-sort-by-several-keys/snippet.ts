const rank: Record<string, number> = { high: 0, normal: 1, low: 2 };
const tasks = (await todo.tasks()).toSorted(
  (a: any, b: any) =>
    rank[a.priority] - rank[b.priority] || (a.due ?? "9999").localeCompare(b.due ?? "9999") || a.title.localeCompare(b.title),
);
return tasks.map((t: any) => t.title).join("");
