const csv = await files.read_text({ path: "sales.csv" });
const [header, ...lines] = csv.trim().split("\n");
const columns = header.split(",");
const rows = lines.map((line: string) => Object.fromEntries(line.split(",").map((cell, i) => [columns[i], cell])));
const sold: Record<string, number> = {};
for (const row of rows) {
  if (row.returned === "yes") continue;
  sold[row.product] = (sold[row.product] ?? 0) + Number(row.quantity);
}
return sold;
