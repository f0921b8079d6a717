const pending = await deploy.pending({});
if (!pending.length) return "nothing to deploy";
for (const { id } of pending) await deploy.start({ id });
return `${pending.length} started`;
