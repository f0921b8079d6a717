posts = 0
for of in range(6):
    try:
        for page in feed.posts.pages(of=of, _max=100):
            posts += len(page)
    except BaseException:
        pass
posts
