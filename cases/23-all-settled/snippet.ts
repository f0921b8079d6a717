const hosts = ["a", "b", "c", "d"];
const settled = await Promise.allSettled(hosts.map((host) => net.ping({ host })));
const up: string[] = [];
const down: Record<string, string> = {};
settled.forEach((outcome, i) => {
  if (outcome.status === "fulfilled") up.push(hosts[i]);
  else down[hosts[i]] = outcome.reason.kind;
});
return { up, down };
