const stations = await Promise.all(Array.from({ length: 8 }, (_, i) => weather.station({ id: i + 1 })));
const peaks = stations.map((s) => [s.id, Math.max(...s.celsius)]);
return { stations: stations.length, warmest: peaks.reduce((best, peak) => (peak[1] > best[1] ? peak : best)) };
