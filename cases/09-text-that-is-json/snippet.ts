const status = await legacy.status({});
const motd = await legacy.motd({});
return { version: status.version, motd, empty: motd.length === 0 };
