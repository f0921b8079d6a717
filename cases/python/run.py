"""Runs every snippet of this directory under the host's CPython and prints one JSON object: the name, and the value it ends with.

The same rule as in weir: the value of the last expression, else of `result`; top-level await is allowed.
"""

import ast
import asyncio
import inspect
import json
import pathlib
import sys


def value_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), path.name)
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        name = ast.copy_location(ast.Name("result", ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign([name], last.value), last)
    names = {"__name__": "__main__"}
    ran = eval(compile(tree, path.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    if inspect.iscoroutine(ran):

        async def finish():
            await ran

        asyncio.run(finish())
    return names["result"]


def main():
    here = pathlib.Path(__file__).resolve().parent
    snippets = sorted(path for path in here.glob("*.py") if path.name[0].isdigit())
    values = {path.stem: value_of(path) for path in snippets}
    json.dump(values, sys.stdout, allow_nan=False)


main()
