const counts = { info: 0, warn: 0, error: 0 };
let cursor: string | null | undefined = undefined;
do {
  const page: any = await logs.events(cursor ? { cursor } : {});
  for (const event of page.items) counts[event.code === 9 ? "error" : event.code >= 7 ? "warn" : "info"]++;
  cursor = page.next_cursor;
} while (cursor);
const total = counts.info + counts.warn + counts.error;
return { ...counts, error_share: `${((100 * counts.error) / total).toFixed(1)}%` };
