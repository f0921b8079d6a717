let cursor: string | undefined;
let count = 0, balance = 0;
do {
  const page = await billing.customers(cursor ? { cursor } : {});
  count += page.items.length;
  balance += page.items.reduce((sum: number, c: any) => sum + c.balance, 0);
  cursor = page.next_cursor ?? undefined;
} while (cursor);
return { count, balance };
