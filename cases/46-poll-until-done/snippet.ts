const exporter = tools["export"];
const { job } = await exporter.start({ table: "orders" });
let status = await exporter.status({ job });
while (status.state === "running") {
  await sleep(5_000);
  status = await exporter.status({ job });
}
return status.url;
