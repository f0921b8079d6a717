const out: Record<string, unknown> = {};
for (const name of ["visits", "clicks", "sales"]) {
  try {
    out[name] = await (tools as any).stats[name]({});
  } catch (e) {
    if (!(e instanceof ToolError)) throw e;
    out[name] = e.kind;
  }
}
return out;
