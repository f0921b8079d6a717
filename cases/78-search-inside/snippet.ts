const [best] = await search("send an email", { limit: 1 });
const [server, name] = best.tool.split(".");
const { id } = await tools[server][name]({ to: "ada@example.com", subject: "Hi" });
return { tool: best.tool, effect: best.effect, id };
