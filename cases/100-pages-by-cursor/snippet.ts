let pages = 0, count = 0, balance = 0;
for await (const page of billing.customers.pages({ region: 'é"u' })) { // <-- here
  pages += 1;
  count += page.items.length;
  balance += page.items.reduce((sum: number, c: any) => sum + c.balance, 0);
}
return { pages, count, balance };
