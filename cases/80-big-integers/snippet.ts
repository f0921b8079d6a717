const { id, likes } = await social.latest({});
const answer = await social.like({ id });
return { id, likes, next: id + 1n, answer };
