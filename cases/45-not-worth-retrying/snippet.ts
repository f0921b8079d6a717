for (let attempt = 0; attempt < 5; attempt++) {
  try {
    return await tax.file({ year: 1899 });
  } catch (e: any) {
    if (!e.retryable) throw e;
    await sleep(1000);
  }
}
