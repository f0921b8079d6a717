const waits: number[] = [];
const withBackoff = async <T>(work: () => Promise<T>, tries = 6): Promise<T> => {
  for (let wait = 100; ; wait *= 2) {
    try {
      return await work();
    } catch (e: any) {
      if (!e.retryable || --tries === 0) throw e;
      console.log(`${e.status}, waiting ${wait} ms`);
      waits.push(wait);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
};
const { build } = await withBackoff(() => ci.start_build({ branch: "main" }));
return { build, waits };
