"""What people look for in Python and a snippet does not have, and what to use in its place."""

from typing import Any, Never


class NotAvailable(RuntimeError):
    """Using something that exists elsewhere and cannot exist here."""


_CALL = "call a tool instead; search('what you need') finds one"
_FILES = "a snippet has no files; keep data in variables, or call a tool that reads or writes them"
_ALONE = "a snippet has no processes; call a tool instead"
_PARALLEL = "a snippet has one thread; calls run in parallel under await asyncio.gather(github.list_issues.aio(…), …)"
_TABLES = "no library beside the standard one is there; use lists and dicts, statistics, collections, itertools"
_NUMBERS = "no library beside the standard one is there; use math, statistics, decimal, fractions"
_INSIDE = "a snippet does not look into its interpreter"

#: Modules, by their first name or whole; what to do in place of each.
MODULES: dict[str, str] = {
    "os": "a snippet has no operating system, files or environment around it; credentials stay with the host, tools use them by themselves",
    "posixpath": _FILES, "pathlib": _FILES, "shutil": _FILES, "glob": _FILES, "tempfile": _FILES, "fileinput": _FILES, "mmap": _FILES,
    "zipfile": _FILES, "tarfile": _FILES, "sqlite3": _FILES, "dbm": _FILES, "shelve": _FILES, "bz2": _FILES, "lzma": _FILES,
    "dotenv": "a snippet has no environment; credentials stay with the host, tools use them by themselves",
    "getpass": "nobody is there to answer; return the question",
    "subprocess": _ALONE, "signal": _ALONE, "pty": _ALONE, "multiprocessing": _PARALLEL, "threading": _PARALLEL, "_thread": _PARALLEL,
    "concurrent": _PARALLEL, "sched": "use asyncio.sleep or sleep(ms)",
    "socket": _CALL, "ssl": _CALL, "select": _CALL, "selectors": _CALL, "requests": _CALL, "httpx": _CALL, "aiohttp": _CALL, "urllib3": _CALL,
    "urllib.request": _CALL, "urllib.robotparser": _CALL, "http.client": _CALL, "http.server": _CALL, "ftplib": _CALL, "smtplib": _CALL,
    "imaplib": _CALL, "poplib": _CALL, "websockets": _CALL, "socketserver": _CALL, "xmlrpc": _CALL, "webbrowser": _CALL, "boto3": _CALL,
    "openai": _CALL, "anthropic": _CALL, "github": "tools are there as globals: github.list_issues(…) needs no import",
    "mcp": "tools are there as globals: github.list_issues(…) needs no import",
    "pandas": _TABLES, "polars": _TABLES, "numpy": _NUMBERS, "scipy": _NUMBERS, "sympy": _NUMBERS, "matplotlib": "return the data: nobody sees a picture",
    "dateutil": "use datetime.fromisoformat, datetime.strptime, timedelta and zoneinfo", "pytz": "use zoneinfo.ZoneInfo('Europe/Berlin')",
    "arrow": "use datetime and zoneinfo", "pendulum": "use datetime and zoneinfo", "tzlocal": "the run's clock is in UTC",
    "yaml": "write or read JSON with json; tomllib reads TOML", "bs4": "use html.parser or re", "lxml": "use xml.etree.ElementTree",
    "pydantic": "use dataclasses", "attr": "use dataclasses", "attrs": "use dataclasses", "typing_extensions": "use typing",
    "orjson": "use json", "ujson": "use json", "simplejson": "use json", "regex": "use re", "tqdm": "nobody watches; leave it out",
    "tenacity": "write the loop: try, except ToolError as e, sleep(1000 * e.retry_after)", "jinja2": "use f-strings or string.Template",
    "pickle": "use json", "marshal": "use json", "nest_asyncio": "not needed: asyncio.run works everywhere, and so does await at the top",
    "ctypes": _INSIDE, "gc": _INSIDE, "importlib": _INSIDE, "builtins": _INSIDE, "site": _INSIDE, "pkgutil": _INSIDE, "resource": _INSIDE,
    "pdb": "use print", "tkinter": "nobody sees a window; return the data", "argparse": "a snippet has no command line", "platform": _INSIDE,
    "xml.dom": "use xml.etree.ElementTree", "xml.sax": "use xml.etree.ElementTree", "weir": "tools, search, describe, load and sleep are there as globals",
}  # fmt: skip

#: Names nobody defined.
NAMES: dict[str, str] = {
    "null": "write None", "true": "write True", "false": "write False", "undefined": "write None", "console": "write print(…)",
    "JSON": "import json; json.dumps(…) and json.loads(…)", "fetch": _CALL, "unicode": "write str", "xrange": "write range", "raw_input": "nobody is there to answer; return the question",
    "long": "write int", "basestring": "write str", "reduce": "write from functools import reduce", "unichr": "write chr",
    "Promise": "write await asyncio.gather(github.list_issues.aio(…), …)", "__file__": _FILES, "args": "a snippet has no command line",
    "Path": _FILES,
}  # fmt: skip


def refused_module(name: str) -> str | None:
    """What to do in place of a module, if that is known."""
    while name:
        if name in MODULES:
            return MODULES[name]
        name = name.rpartition(".")[0]
    return None


def refuse(name: str, instead: str) -> Any:
    """A function that only explains."""

    def refused(*_values: Any, **_named: Any) -> Never:
        raise NotAvailable(f"{name} is not available: {instead}")

    refused.__name__ = refused.__qualname__ = name.removesuffix("()")
    return refused


#: Built-in functions that have nothing to work on.
FUNCTIONS: dict[str, Any] = {
    "open": refuse("open()", _FILES),
    "input": refuse("input()", "nobody is there to answer; return the question"),
    "breakpoint": refuse("breakpoint()", "nobody is there to look; use print"),
    "help": refuse("help()", "use describe('github.list_issues') for a tool"),
}
