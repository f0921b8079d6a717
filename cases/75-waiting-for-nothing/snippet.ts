const count = await db.count();
await new Promise((resolve) => {});
return count;
