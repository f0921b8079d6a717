const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const list = await releases.list({});
return list.map((r: { tag: string; at: string }) => `${r.tag}: ${format.format(new Date(r.at))}`);
