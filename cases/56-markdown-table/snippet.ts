const services = await status.services();
const rows = [["name", "state"], ...services.map((s: any) => [s.name, s.state])];
const widths = [0, 1].map((c) => Math.max(...rows.map((row) => row[c].length)));
const line = (cells: string[]) => `| ${cells.map((cell, c) => cell.padEnd(widths[c])).join(" | ")} |`;
const [head, ...body] = rows.map(line);
return [head, line(widths.map((w) => "-".repeat(w))), ...body].join("\n");
