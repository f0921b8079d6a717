const orders = await shop.list_orders();
const byStatus: Record<string, { count: number; total: number }> = {};
for (const order of orders) {
  const bucket = (byStatus[order.status] ??= { count: 0, total: 0 });
  bucket.count++;
  bucket.total += order.total;
}
return byStatus;
