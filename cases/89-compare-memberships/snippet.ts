const mailing = tools["list"];
const [want, have] = await Promise.all([
  directory.members({ group: "staff" }).then((names: string[]) => new Set(names)),
  mailing.subscribers({ list: "staff" }).then((names: string[]) => new Set(names)),
]);
const added = [...want.difference(have)].sort();
const removed = [...have.difference(want)].sort();
for (const name of added) await mailing.add({ name });
for (const name of removed) await mailing.remove({ name });
return { added, removed };
