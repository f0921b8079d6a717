const moved: number[] = [], changed: number[] = [];
for (const { id, owner, rev } of await board.cards({ column: "doing" })) {
  if (owner !== null) continue;
  const fresh = await board.card({ id });
  if (fresh.rev !== rev) {
    changed.push(id);
    continue;
  }
  await board.move({ id, column: "todo", rev });
  moved.push(id);
}
return { moved, changed };
