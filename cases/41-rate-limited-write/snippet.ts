const began = Date.now();
async function post(text: string): Promise<any> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await chat.post({ text });
    } catch (e: any) {
      if (e.status !== 429 || attempt === 5) throw e;
      await sleep(e.retry_after * 1000);
    }
  }
}
return { ...(await post("hello")), waited_ms: Date.now() - began };
