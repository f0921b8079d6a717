const [users, orders] = await Promise.all([crm.list_users({}), shop.list_orders({})]);
const byUser = Map.groupBy(orders, (o: any) => o.user_id);
return users.filter((u: any) => u.active).map((u: any) => {
  const own = byUser.get(u.id) ?? [];
  const dates = own.map((o: any) => o.date).sort();
  return { name: u.name, orders: own.length, last: dates.at(-1) ?? null };
});
