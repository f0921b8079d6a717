let total = 0;
for (const path of ["a.csv", "b.csv", "c.csv"]) {
  console.log("importing", path);
  const { rows } = await import_service.file({ path });
  console.info(`${path}: ${rows} rows`);
  total += rows;
}
console.log("all done");
return total;
