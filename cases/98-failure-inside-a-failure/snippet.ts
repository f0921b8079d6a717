try {
  return await cms.publish({ page: "home" });
} catch (first: any) {
  try {
    await incidents.open({ text: first.message });
    return "incident opened";
  } catch (second: any) {
    return `publish: ${first.message}; incident: ${second.message}`;
  }
}
