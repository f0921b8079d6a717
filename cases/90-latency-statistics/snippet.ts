const ms: number[] = (await apm.latencies({ route: "/" })).sort((a: number, b: number) => a - b);
const mean = ms.reduce((a, b) => a + b, 0) / ms.length;
const median = (ms[ms.length / 2 - 1] + ms[ms.length / 2]) / 2;
return { min: ms[0], median, mean, p95: ms[Math.ceil(ms.length * 0.95) - 1] };
