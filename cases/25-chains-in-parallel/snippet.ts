async function membersOf(name: string) {
  const team = await org.team({ name });
  return [name, await org.members({ team_id: team.id })] as const;
}
return Object.fromEntries(await Promise.all(["core", "web"].map(membersOf)));
