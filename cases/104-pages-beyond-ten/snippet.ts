const count = async (pages: AsyncIterable<any>) => {
  let lines = 0;
  for await (const page of pages) lines += page.items.length;
  return lines;
};
return [await count(log.lines.pages({})), await count(log.lines.pages({}, { max: 100 })), await count(log.lines.pages({}, { max: 2 }))];
