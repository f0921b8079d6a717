const sales = await bi.sales({ year: 2025 });
const months = [...new Set<string>(sales.map((s: any) => s.month))].sort();
const regions = [...new Set<string>(sales.map((s: any) => s.region))].sort();
const cell = (region: string, month: string) =>
  sales.filter((s: any) => s.region === region && s.month === month).reduce((sum: number, s: any) => sum + s.amount, 0);
const rows = regions.map((region) => {
  const cells = months.map((month) => cell(region, month));
  return [region, ...cells, cells.reduce((a, b) => a + b, 0)];
});
return { months, rows };
