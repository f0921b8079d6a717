for (const service of [geo_a, geo_b]) {
  try {
    const { lat, lon } = await service.locate({ place: "Munich" });
    return { lat: Math.round(lat * 100) / 100, lon: Math.round(lon * 100) / 100 };
  } catch (e: any) {
    if (e.kind !== "upstream_unavailable") throw e;
    console.log(`${e.tool}: ${e.kind}`);
  }
}
