async def all_of(repo):
    return [page async for page in git.commits.pages.aio(repo=repo)]

await asyncio.gather(all_of("api"), all_of("web"))
