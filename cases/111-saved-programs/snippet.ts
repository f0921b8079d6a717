const mine = { a: 2, b: 3 };
const sum = await run_saved("add", mine);
const seen = await run_saved("loose");
const noted = await run_saved("waits", "x");
let failed: any;
try {
  await desk.note({ text: "" }); // <-- here
} catch (error: any) {
  failed = [error.status, error.tool];
}
const said: string[] = [];
for (const name of ["odd", "none"]) {
  try { await run_saved(name); } catch (error: any) { said.push(error.message); }
}
return { sum, a: mine.a, seen, noted, failed, said };
;async function run_saved(name: string, args: any = {}) {
switch (name) {
case "add": return await (async () => { return args.a + args.b })();
case "loose": return await (async () => { return ["args"] })();
case "waits": return await (async () => { return await desk.note({ text: args }) })();
case "odd": throw new Error("odd is written in typescript");
}
throw new Error("there is no saved program of this name");
}
