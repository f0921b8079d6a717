const all = async (pages: AsyncIterable<string>) => {
  const values: string[] = [];
  for await (const page of pages) values.push(page);
  return values;
};
return [await all(odd.circle.pages({ size: 1, at: "a" })), await all(odd.still.pages()), await all(odd.broken.pages())];
