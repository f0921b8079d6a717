readings = sensors.readings(hours=24)
[
    {"sensor": s, "n": len(values), "max": max(values)}
    for s in range(3)
    for values in [[r["value"] for r in readings if r["sensor"] == s]]
]
