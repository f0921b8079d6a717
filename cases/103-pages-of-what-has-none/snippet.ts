const orders: any[] = [];
for await (const page of shop.order.pages({ id: 4 }, { max: 100 })) orders.push(page);
const notes: string[] = [];
for await (const page of shop.note.pages(undefined, {})) notes.push(page);
return [orders.length, orders[0].next, String(orders[0].then), notes];
