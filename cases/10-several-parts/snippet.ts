const [summary, ...hits] = await docs.find({ query: "invoices" });
return { summary, ids: hits.map((h: any) => h.id), score: hits.reduce((s: number, h: any) => s + h.score, 0) };
