"""What a snippet can import: the standard library's useful part, loaded while the guest is built. Nothing can be loaded later."""

import builtins
import importlib
import sys
from typing import Any

from .absent import refused_module

#: Importable by a snippet. Whatever else the standard library needs for itself stays its own.
AVAILABLE = frozenset("""
    __future__ abc array ast asyncio asyncio.events asyncio.exceptions asyncio.locks asyncio.queues asyncio.tasks asyncio.timeouts base64 binascii bisect calendar
    cmath codecs collections collections.abc colorsys contextlib contextvars copy csv dataclasses datetime decimal difflib email.utils encodings enum errno fnmatch
    fractions functools graphlib hashlib heapq hmac html html.entities html.parser http inspect io ipaddress itertools json json.decoder json.encoder keyword
    locale logging math mimetypes numbers operator pprint queue quopri random re reprlib secrets shlex statistics string string.templatelib stringprep
    struct sys textwrap time timeit tomllib traceback types typing unicodedata urllib urllib.error urllib.parse uuid warnings weakref xml xml.etree
    xml.etree.ElementTree zlib zoneinfo email
""".split())  # fmt: skip

#: Loaded on top of those, because something in them asks for them late.
_LATE = """
    _strptime _pydatetime encodings.ascii encodings.latin_1 encodings.utf_8_sig encodings.utf_16 encodings.utf_16_le encodings.utf_16_be encodings.utf_32 encodings.cp1252
    encodings.idna encodings.punycode encodings.base64_codec encodings.hex_codec encodings.rot_13 encodings.raw_unicode_escape encodings.unicode_escape encodings.iso8859_1
    encodings.iso8859_15 encodings.cp437 encodings.charmap encodings.cp1250 encodings.cp1251 encodings.shift_jis encodings.gbk encodings.big5 encodings.euc_kr
    asyncio.taskgroups asyncio.runners asyncio.staggered asyncio.threads asyncio.subprocess asyncio.streams concurrent.futures.thread email.message
    email.header email.charset email.parser email._parseaddr xml.etree.ElementPath json.scanner json.tool zoneinfo._common zoneinfo._tzpath zoneinfo._zoneinfo importlib.resources
    collections._defaultdict statistics urllib.response heapq _colorize difflib traceback linecache tokenize html.entities _pylong
""".split()  # fmt: skip


def load() -> None:
    """Called once, while the guest is built."""
    for name in sorted(AVAILABLE):
        importlib.import_module(name)
    for name in _LATE:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            if name != "collections._defaultdict":
                raise


class _Nowhere:
    """Finds nothing: there are no files to look for modules in."""

    @staticmethod
    def find_spec(name: str, _path: Any = None, _target: Any = None) -> None:
        raise _missing(name)


def seal() -> None:
    """After this, what is not loaded does not exist."""
    sys.meta_path[:] = [_Nowhere]
    sys.path_hooks.clear()
    sys.path.clear()
    sys.path_importer_cache.clear()


def _missing(name: str) -> ModuleNotFoundError:
    instead = refused_module(name)
    if instead is None:
        roots = sorted({module for module in AVAILABLE if "." not in module} - {"__future__", "encodings", "errno", "stringprep", "quopri", "reprlib"})
        instead = f"these modules are there: {', '.join(roots)}, urllib.parse, xml.etree.ElementTree"
    return ModuleNotFoundError(f"{name} cannot be imported: {instead}", name=name)


def import_for_snippet(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """`import` as a snippet has it."""
    if level:
        raise ImportError("a snippet is no package: there is nothing to import relative to it")
    if type(fromlist) is list and name in sys.modules:
        # So asks compiled code, on its own behalf; `strptime`, for one, is written in Python.
        return sys.modules[name]
    if name not in AVAILABLE:
        raise _missing(name)
    for part in fromlist or ():
        if refused_module(f"{name}.{part}") is not None and f"{name}.{part}" not in AVAILABLE and name in ("urllib", "http", "xml", "concurrent"):
            raise _missing(f"{name}.{part}")
    return builtins.__import__(name, globals, locals, fromlist, 0)
