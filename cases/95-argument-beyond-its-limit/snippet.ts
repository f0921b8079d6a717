try {
  await blob.store({ content: "x".repeat(5 * 1024 * 1024) });
  return "stored";
} catch {
  return "refused";
}
