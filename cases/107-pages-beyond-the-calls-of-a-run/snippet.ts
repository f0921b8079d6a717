let posts = 0;
for (let of = 0; of < 6; of += 1) {
  try {
    for await (const page of feed.posts.pages({ of }, { max: 100 })) posts += page.length;
  } catch {
    // Nobody can catch it.
  }
}
return posts;
