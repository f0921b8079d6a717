const messages = await git.log({ since: "2026-01-01" });
const found = messages.flatMap((m: string) => [...m.matchAll(/\b[A-Z]{2,}-\d+\b/g)].map(([ticket]) => ticket));
return [...new Set(found)].sort();
