const [before, after] = await Promise.all([1, 2].map(async (version) => (await wiki.page({ title: "Rules", version })).split("\n")));
return { removed: before.filter((line: string) => !after.includes(line)), added: after.filter((line: string) => !before.includes(line)) };
