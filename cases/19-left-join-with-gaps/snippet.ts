const prices: Record<string, number | null> = {};
for (const product of await basket.items({})) {
  try {
    prices[product] = (await prices_of(product)).cents;
  } catch (error: any) {
    if (error.status !== 404) throw error;
    prices[product] = null;
  }
}
return prices;

async function prices_of(product: string) {
  return await tools.prices.lookup({ product });
}
