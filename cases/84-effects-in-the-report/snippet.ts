const { text } = await notes.read({ id: 1 });
await notes.update({ id: 1, text: `${text} (archived)` });
return await notes.remove({ id: 2 });
