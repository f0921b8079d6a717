const orders = await load("h_all_orders");
return orders.reduce((sum: any, o: any) => ({ ...sum, [o.who]: (sum[o.who] ?? 0) + o.cents }), {});
