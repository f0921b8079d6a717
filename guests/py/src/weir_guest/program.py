"""From the source to code: the last expression is kept, a `return` at the top works, and every `await` takes values too.

Lines and columns stay the user's: nothing is added to the text.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from types import CodeType
from typing import Any

from . import host
from .places import SNIPPET

#: Where the last expression's value is kept; a snippet cannot spell it.
VALUE = "<value>"
#: The function made of a snippet with a `return` at its top.
BODY = "<module>"
#: What every `await` asks.
AWAITABLE = "<awaitable>"

_PARSE = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_MEMBER = re.compile(r"\b([A-Za-z_]\w*)\s*\.\s*([A-Za-z_]\w*)")


class UnknownTool(Exception):
    """A tool the source names and nobody has. Nothing has run."""

    def __init__(self, written: str, node: ast.Attribute) -> None:
        super().__init__(written)
        self.line = node.lineno
        self.offset = node.col_offset


class Program:
    """Code that may run. `is_async`: it is to be awaited."""

    __slots__ = ("code", "is_async", "is_body")

    def __init__(self, code: CodeType, is_body: bool) -> None:
        self.code = code
        self.is_body = is_body
        self.is_async = is_body or bool(code.co_flags & inspect.CO_COROUTINE)


class TooNested(SyntaxError):
    """The compiler's own stack was not enough."""


TooNested.__name__ = "SyntaxError"


def make(source: str, namespaces: list[str], file: str = SNIPPET) -> Program:
    try:
        return _made(source, namespaces, file)
    except (MemoryError, RecursionError) as error:
        if "arser stack" in str(error) or isinstance(error, RecursionError):
            raise TooNested("the source is nested too deeply: split it into statements") from None
        raise


def _made(source: str, namespaces: list[str], file: str) -> Program:
    tree: ast.Module = compile(source, file, "exec", _PARSE, dont_inherit=True)
    _check_tools(source, tree, namespaces)
    if "await" in source:
        _accept_values(tree)
    _keep_value(tree.body)
    is_body = "return" in source and any(isinstance(node, ast.Return) for node in _statements(tree.body))
    if is_body:
        _into_function(tree)
    return Program(compile(tree, file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True), is_body)


def _accept_values(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Await):
            asked = ast.copy_location(ast.Name(AWAITABLE, ast.Load()), node.value)
            node.value = ast.copy_location(ast.Call(asked, [node.value], []), node.value)


def _keep_value(body: list[ast.stmt]) -> None:
    """The value of the expression a list of statements ends with, also inside `if`, `with`, `try` and `match`."""
    if not body:
        return
    last = body[-1]
    match last:
        case ast.Expr():
            target = ast.copy_location(ast.Name(VALUE, ast.Store()), last)
            body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
        case ast.If():
            _keep_value(last.body)
            _keep_value(last.orelse)
        case ast.With() | ast.AsyncWith():
            _keep_value(last.body)
        case ast.Try() | ast.TryStar():
            _keep_value(last.orelse or last.body)
            for handler in last.handlers:
                _keep_value(handler.body)
        case ast.Match():
            for branch in last.cases:
                _keep_value(branch.body)
        case _:
            pass


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope, those of functions and classes in it left out."""
    for node in body:
        yield node
        if isinstance(node, _SCOPES):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, name, []))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from _statements(part.body)


def _into_function(tree: ast.Module) -> None:
    """Makes the program the body of a function whose names are all global. Some imports can stand in no function."""
    first = [node for node in tree.body if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.names[0].name == "*")]
    body = [_as_global(node) for node in tree.body if node not in first]
    names = sorted(set(_bound(tree)))
    located = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
    if names:
        body.insert(0, ast.Global(names, **located))
    nothing: Any = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    tree.body = [*first, ast.AsyncFunctionDef(BODY, nothing, body, [], **located)]


def _as_global(node: Any) -> Any:
    """Annotations and `global` itself cannot stand beside a `global` of the same name."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return ast.copy_location(ast.Pass() if node.value is None else ast.Assign([node.target], node.value), node)
    if isinstance(node, ast.Global):
        return ast.copy_location(ast.Pass(), node)
    if not isinstance(node, _SCOPES):
        for name in ("body", "orelse", "finalbody"):
            if hasattr(node, name) and isinstance(getattr(node, name), list):
                setattr(node, name, [_as_global(inner) for inner in getattr(node, name)])
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            part.body = [_as_global(inner) for inner in part.body]
    return node


def _bound(node: ast.AST) -> Iterator[str]:
    """The names a scope binds."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
                for part in (*child.decorator_list, *(getattr(child, "bases", ()))):
                    yield from _bound(ast.Expr(part))
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                # Its own variables stay inside; `:=` reaches out.
                yield from (inner.target.id for inner in ast.walk(child) if isinstance(inner, ast.NamedExpr))
                continue
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
            case _:
                pass
        yield from _bound(child)


def _check_tools(source: str, tree: ast.Module, namespaces: list[str]) -> None:
    """Whether every tool a snippet plainly calls exists. A name that anything binds is left to run time."""
    own = {line.partition("\t")[0] for line in namespaces}
    written = {pair for pair in _MEMBER.findall(source) if pair[0] in own}
    if not written:
        return
    listed = {name: {part for line in host.list_names(name) for part in line.split("\t")} for name in {pair[0] for pair in written}}
    unknown = {pair for pair in written if pair[1] not in listed[pair[0]] and not pair[1].startswith("__")}
    if not unknown:
        return
    rebound = _rebound(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=member) as named, attr="aio" | "pages")):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=member) as named, attr="pages"), attr="aio")):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=member) as named):
                pass
            case _:
                continue
        if (name, member) in unknown and name not in rebound:
            raise UnknownTool(f"{name}.{member}", named)


def _rebound(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.alias(name=name, asname=asname):
                names.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case _:
                pass
    return names
