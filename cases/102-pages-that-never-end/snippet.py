[list(odd.circle.pages(size=1, at="a")), list(odd.still.pages()), list(odd.broken.pages())]
