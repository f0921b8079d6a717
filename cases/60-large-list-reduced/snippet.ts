const readings = await sensors.readings({ hours: 24 });
return [0, 1, 2].map((sensor) => {
  const values = readings.filter((r: any) => r.sensor === sensor).map((r: any) => r.value);
  return { sensor, n: values.length, max: Math.max(...values) };
});
