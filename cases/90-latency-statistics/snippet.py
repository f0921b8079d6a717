import math
import statistics

ms = sorted(apm.latencies(route="/"))
{
    "min": ms[0],
    "median": statistics.median(ms),
    "mean": statistics.mean(ms),
    "p95": ms[math.ceil(len(ms) * 0.95) - 1],
}
