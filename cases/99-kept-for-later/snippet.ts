await store("report", { cursor: "c6", seen: [1] });
await store("report", { cursor: "c7", seen: [1, 2] }, { ttl_ms: 60_000 });
return { kept: await load("report"), other: await load("no-such-key") };
