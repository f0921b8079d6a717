const items = [];
for (let id = 0; id < 10; id++) {
  try {
    items.push(await depot.item({ id }));
  } catch {}
}
return items.length;
