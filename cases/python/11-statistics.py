import statistics

data = [2.5, 3.5, 3.5, 4.0, 9.5, 1.0]
x, y = [1, 2, 3, 4, 5], [2, 4, 5, 4, 5]
slope, intercept = statistics.linear_regression(x, y)
{
    "mean": statistics.mean(data),
    "median": statistics.median(data),
    "mode": statistics.mode(data),
    "multimode": statistics.multimode("aabbc"),
    "stdev": round(statistics.stdev(data), 10),
    "pvariance": round(statistics.pvariance(data), 10),
    "quartiles": statistics.quantiles(data, n=4, method="inclusive"),
    "harmonic": round(statistics.harmonic_mean([40, 60]), 10),
    "fmean": statistics.fmean([1, 2, 4], weights=[1, 1, 2]),
    "line": [round(slope, 10), round(intercept, 10)],
    "correlation": round(statistics.correlation(x, y), 10),
}
