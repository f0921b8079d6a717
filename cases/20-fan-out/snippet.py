import asyncio

stations = await asyncio.gather(*(weather.station.aio(id=i) for i in range(1, 9)))
peaks = [(s["id"], max(s["celsius"])) for s in stations]
{"stations": len(stations), "warmest": max(peaks, key=lambda peak: peak[1])}
