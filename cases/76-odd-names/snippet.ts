const server = tools["my-server"];
const names = [];
for (const id of await my_server.list()) names.push((await server["get.item-v2"]({ id })).name);
return names;
