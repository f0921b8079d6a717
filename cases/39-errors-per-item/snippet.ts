const archived: number[] = [], failed: { id: number; why: string }[] = [];
for (const id of [1, 2, 3, 4, 5]) {
  try {
    await docs.archive({ id });
    archived.push(id);
  } catch (e) {
    failed.push({ id, why: (e as Error).message });
  }
}
return { archived, failed };
