said = set()
for most in [0, -1, 101, 10**300, float("inf"), 1.5, "5", True]:
    try:
        for page in git.commits.pages(repo="a", _max=most):
            said.add(page)
    except TypeError as error:
        said.add(str(error))
sorted(said)
