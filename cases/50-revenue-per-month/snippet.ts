const revenue: Record<string, number> = { "2025-10": 0, "2025-11": 0, "2025-12": 0 };
for (const { at, cents } of await shop.payments({ year: 2025 })) revenue[at.slice(0, 7)] += cents;
return revenue;
