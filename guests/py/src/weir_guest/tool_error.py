"""The exception of a failed call: what went wrong, in fields a snippet can act on."""

import json
from typing import Any

from . import host
from .places import Site

_FIELDS = ("kind", "tool", "status", "code", "body", "retry_after", "retryable")


class ToolError(Exception):
    """A tool call failed.

    `kind` is one of weir's stable codes. `status`, `code`, `body` and `retry_after` (seconds) are None unless the upstream
    gave them. `line` is the line of the call.
    """

    kind: str | None = None
    tool: str | None = None
    status: int | None = None
    code: Any = None
    body: Any = None
    retry_after: float | None = None
    retryable: bool = False
    line: int | None = None
    _operation = 0
    _site: Site | None = None

    @property
    def message(self) -> str:
        return str(self)


ToolError.__module__ = "builtins"


def from_failure(operation: host.Operation, site: Site) -> ToolError:
    fields = json.loads(operation.text or "{}")
    error = ToolError(fields.get("message", ""))
    for name in _FIELDS:
        if fields.get(name) is not None:
            setattr(error, name, fields[name])
    error.line = site.line or None
    error._operation = operation.number
    error._site = site
    return error
