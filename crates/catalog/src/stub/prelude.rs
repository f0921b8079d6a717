//! What every snippet finds beside its tools. Documentation for models, and what stubs compile with in tests.

/// Python declarations of weir's own functions. Its beginning is what a stub's text takes for granted.
pub const PYTHON_PRELUDE: &str = r#"import builtins
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable, Generic, Literal, Never, NotRequired, ParamSpec, TypeAlias, TypedDict, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

class Pages(Generic[R]):
    """for page in server.tool.pages(..., _max=5): one call each, 10 unless _max says how many, 100 at most. async for: .aio(...)."""
    def __call__(self, *args: Any, _max: int | None = ..., **kwargs: Any) -> Iterator[R]: ...
    def aio(self, *args: Any, _max: int | None = ..., **kwargs: Any) -> AsyncIterator[R]: ...

class Tool(Generic[P, R]):
    """Called, it blocks until the answer is there. Of several .aio(...), asyncio.gather waits for all at once."""
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    async def aio(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @property
    def pages(self) -> Pages[R]: ...

def tool(function: Callable[P, R]) -> Tool[P, R]: ...

class ToolError(Exception):
    """A failed tool call."""
    kind: str
    """unknown_tool, denied, invalid_arguments, limit_exceeded, tool_error, upstream_unavailable, deadline_exceeded, ..."""
    tool: str
    """server.tool"""
    status: int | None
    code: Any
    body: Any
    """The upstream's error body, parsed when it is JSON."""
    retry_after: float | None
    """Seconds the upstream asks to wait."""
    retryable: bool
    line: int | None
    """Where the call stands."""
    @property
    def message(self) -> str: ...

class Found(TypedDict):
    tool: str
    effect: Literal["read", "write", "destructive"]
    signature: str

tools: dict[str, dict[str, Tool[..., Any]]]
"""Every tool by its own name: tools["my-server"]["my-tool"](...)."""
@tool
def search(query: str | list[str], limit: int | None = ...) -> list[Found]:
    """Finds tools by what they do."""
@tool
def describe(names: str | list[str]) -> str:
    """Types of tools, by path: describe("github.list_issues")."""
@tool
def store(key: str, value: Any, ttl_ms: float | None = ...) -> None:
    """Keeps a value for later programs, 30 days unless said otherwise."""
@tool
def load(handle: str) -> Any:
    """What was stored under a key (None if nothing), or a result, by its handle."""
@tool
def sleep(ms: float) -> None: ...
"#;

/// TypeScript declarations of weir's own functions and of the few web globals the sandbox has.
pub const PRELUDE: &str = r#"/** A failed tool call. */
declare class ToolError extends Error {
  /** unknown_tool, denied, invalid_arguments, limit_exceeded, tool_error, upstream_unavailable, deadline_exceeded, … */
  kind: string;
  /** "server.tool" */
  tool: string;
  status?: number;
  code?: string;
  /** The upstream's error body, parsed when it is JSON. */
  body?: any;
  /** Seconds the upstream asks to wait. */
  retry_after?: number;
  retryable: boolean;
}
interface CallableFunction {
  /** Of tools: for await (const page of server.tool.pages(args, { max: 5 })). One call each, 10 unless max says how many, 100 at most. */
  pages<A extends any[], R>(this: (...args: A) => Promise<R>, ...call: [...args: A, options?: { max?: number }]): AsyncIterable<R>;
}
/** Every tool by its own name: tools["my-server"]["my-tool"](args). */
declare const tools: { [server: string]: { [tool: string]: (args?: any) => Promise<any> } };
/** Finds tools by what they do. */
declare function search(query: string | string[], options?: { limit?: number }): Promise<{
  tool: string;
  effect: "read" | "write" | "destructive";
  signature: string;
}[]>;
/** Types of tools, by path: describe("github.list_issues"). */
declare function describe(tools: string | string[]): Promise<string>;
/** Keeps a value for later programs, 30 days unless said otherwise. */
declare function store(key: string, value: any, options?: { ttl_ms?: number }): Promise<void>;
/** What was stored under a key (null if nothing), or a result, by its handle. */
declare function load(handle: string): Promise<any>;
declare function sleep(ms: number): Promise<void>;
declare const console: {
  log(...values: any[]): void;
  info(...values: any[]): void;
  warn(...values: any[]): void;
  error(...values: any[]): void;
  debug(...values: any[]): void;
};
declare function setTimeout(callback: (...args: any[]) => void, ms?: number, ...args: any[]): number;
declare function clearTimeout(id?: number): void;
declare function setInterval(callback: (...args: any[]) => void, ms?: number, ...args: any[]): number;
declare function clearInterval(id?: number): void;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T): T;
declare function btoa(text: string): string;
declare function atob(text: string): string;
declare const performance: { now(): number };
declare const crypto: { randomUUID(): string; getRandomValues<T>(array: T): T };
declare class TextEncoder { encode(text?: string): Uint8Array; }
declare class TextDecoder { constructor(label?: string); decode(bytes?: Uint8Array): string; }
declare class URLSearchParams {
  constructor(init?: string | { [key: string]: string } | [string, string][]);
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  toString(): string;
}
declare class URL {
  constructor(url: string, base?: string | URL);
  href: string; protocol: string; host: string; hostname: string; port: string;
  pathname: string; search: string; hash: string; username: string; password: string;
  readonly origin: string;
  readonly searchParams: URLSearchParams;
  toString(): string;
}
"#;
