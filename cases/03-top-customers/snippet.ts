const totals = new Map<string, number>();
for (const { customer, cents } of await shop.list_orders({})) {
  totals.set(customer, (totals.get(customer) ?? 0) + cents);
}
return [...totals].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).slice(0, 3);
