const names = Array.from({ length: 12 }, (_, i) => `img${i}.png`);
const results: any[] = [];
for (let i = 0; i < names.length; i += 3) {
  const chunk = names.slice(i, i + 3);
  results.push(...(await Promise.all(chunk.map((name) => images.resize({ name, width: 640 })))));
}
return { resized: results.length, bytes: results.reduce((sum, r) => sum + r.bytes, 0) };
