const folders = await drive.folders({});
const lines: string[] = [];
const walk = (parent: number | null, depth: number) => {
  const children = folders.filter((f: any) => f.parent === parent).sort((a: any, b: any) => (a.name < b.name ? -1 : 1));
  for (const f of children) {
    lines.push("  ".repeat(depth) + f.name);
    walk(f.id, depth + 1);
  }
};
walk(null, 0);
return lines;
