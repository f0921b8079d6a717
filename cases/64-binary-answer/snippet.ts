const { handle, mime, bytes } = await mail.attachment({ id: 1 });
const text: string = await load(handle);
return { mime, bytes, lines: text.trimEnd().split("\n") };
