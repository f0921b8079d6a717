const limit = 50;
const first = await depot.items({ offset: 0, limit });
const offsets = [];
for (let offset = limit; offset < first.total; offset += limit) offsets.push(offset);
const rest = await Promise.all(offsets.map((offset) => depot.items({ offset, limit })));
const items = [first, ...rest].flatMap((page) => page.items);
return { items: items.length, out_of_stock: items.filter((i) => i.stock === 0).length };
