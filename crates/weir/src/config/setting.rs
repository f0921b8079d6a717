//! The table of plain settings: one row each drives reading, `--set`, the reference page and "did you mean".

use std::time::Duration;

use weir_model::{
    Limits,
    limits::{KIB, MIB},
};

/// One number in `[limits]`.
pub(super) struct LimitSetting {
    pub key: &'static str,
    pub min: u64,
    pub max: u64,
    pub doc: &'static str,
    pub of: fn(&Limits) -> u64,
    pub apply: fn(&mut Limits, u64),
}

const HOUR_MS: u64 = 3_600_000;

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) const LIMITS: [LimitSetting; 9] = [
    LimitSetting {
        key: "wall_ms",
        min: 10,
        max: HOUR_MS,
        doc: "Elapsed time of a run. The clock stands still while a tool is working.",
        of: |limits| ms(limits.wall),
        apply: |limits, value| limits.wall = Duration::from_millis(value),
    },
    LimitSetting {
        key: "cpu_ms",
        min: 10,
        max: HOUR_MS,
        doc: "CPU time of the snippet itself.",
        of: |limits| ms(limits.cpu),
        apply: |limits, value| limits.cpu = Duration::from_millis(value),
    },
    LimitSetting {
        key: "memory_mib",
        min: 16,
        max: 4_000,
        doc: "Memory of a run's sandbox.",
        of: |limits| limits.memory_bytes / MIB,
        apply: |limits, value| limits.memory_bytes = value * MIB,
    },
    LimitSetting {
        key: "source_kib",
        min: 1,
        max: 4_096,
        doc: "Source text of a snippet.",
        of: |limits| limits.source_bytes / KIB,
        apply: |limits, value| limits.source_bytes = value * KIB,
    },
    LimitSetting {
        key: "calls",
        min: 0,
        max: 1_000_000,
        doc: "Tool calls in one run.",
        of: |limits| limits.calls.into(),
        apply: |limits, value| limits.calls = narrow(value),
    },
    LimitSetting {
        key: "calls_in_flight",
        min: 1,
        max: 1_024,
        doc: "Tool calls of one run under way at once; further ones wait their turn.",
        of: |limits| limits.calls_in_flight.into(),
        apply: |limits, value| limits.calls_in_flight = narrow(value),
    },
    LimitSetting {
        key: "log_kib",
        min: 0,
        max: 16_384,
        doc: "Log text kept of a run; what is over is dropped and marked.",
        of: |limits| limits.log_bytes / KIB,
        apply: |limits, value| limits.log_bytes = value * KIB,
    },
    LimitSetting {
        key: "result_tokens",
        min: 100,
        max: 1_000_000,
        doc: "Tokens (o200k) of the answer a model gets; a larger result becomes a summary and a handle.",
        of: |limits| limits.result_tokens.into(),
        apply: |limits, value| limits.result_tokens = narrow(value),
    },
    LimitSetting {
        key: "call_deadline_ms",
        min: 1,
        max: HOUR_MS,
        doc: "One tool call, from dispatch to answer. An upstream may have its own, below.",
        of: |limits| ms(limits.call_deadline),
        apply: |limits, value| limits.call_deadline = Duration::from_millis(value),
    },
];

/// One key of a table, as the reference page tells it.
pub(super) struct KeyDoc {
    pub key: &'static str,
    pub shape: &'static str,
    pub doc: &'static str,
}

pub(super) const START_TIMEOUT_MS_DEFAULT: u64 = 30_000;
pub(super) const START_TIMEOUT_MS_MAX: u64 = 600_000;
pub(super) const WORKERS_MAX: u64 = 64;
pub(super) const LISTEN_DEFAULT: &str = "127.0.0.1:7420";

/// Of requests a second to one API.
pub(super) const RATE_MAX: u64 = 10_000;
/// Of requests to one API under way at once.
pub(super) const CONCURRENCY_MAX: u64 = 1_024;

pub(super) const UPSTREAM_KEYS: [KeyDoc; 23] = [
    KeyDoc { key: "command", shape: "string", doc: "The program of an MCP server over stdio. Looked up in PATH." },
    KeyDoc { key: "args", shape: "list of strings", doc: "Its arguments. No shell reads them." },
    KeyDoc {
        key: "env",
        shape: "table of strings",
        doc: "Variables it gets beside a short allowlist (PATH, HOME, LANG, …). Nothing else of weir's environment reaches it.",
    },
    KeyDoc { key: "cwd", shape: "path", doc: "Its working directory. Default: the folder of the file." },
    KeyDoc { key: "url", shape: "http(s) URL", doc: "An MCP server over Streamable HTTP." },
    KeyDoc {
        key: "openapi",
        shape: "path or https URL",
        doc: "The description of an HTTP API, JSON or YAML. One of `command`, `url` and `openapi`.",
    },
    KeyDoc {
        key: "base_url",
        shape: "http(s) URL",
        doc: "Where the API is, instead of the servers its description names.",
    },
    KeyDoc {
        key: "variables",
        shape: "table of strings",
        doc: "Values of the variables in the description's servers. Default: those it names itself.",
    },
    KeyDoc {
        key: "auth",
        shape: "a credential, see below",
        doc: "The credential of every request over HTTP. It wins over what a description says.",
    },
    KeyDoc {
        key: "schemes",
        shape: "table: SCHEME = a credential",
        doc: "Credentials by the description's names of its security schemes, where one `auth` does not do.",
    },
    KeyDoc { key: "headers", shape: "table of strings", doc: "Headers sent with every request over HTTP." },
    KeyDoc {
        key: "protocol",
        shape: "\"auto\" | \"legacy\" | \"modern\"",
        doc: "The era of MCP it speaks. `auto` (the default) asks, and remembers the answer while weir runs.",
    },
    KeyDoc {
        key: "include",
        shape: "list of tool names",
        doc: "Only these tools are visible. `*` stands for any text. Of an API also `tag:issues`, `path:/repos/*` and a method, `GET`.",
    },
    KeyDoc {
        key: "exclude",
        shape: "list of tool names",
        doc: "These tools are not visible, whatever `include` says. Written the same way.",
    },
    KeyDoc {
        key: "deprecated",
        shape: "boolean",
        doc: "`true`: search finds an API's deprecated operations like any other. Default: false.",
    },
    KeyDoc {
        key: "allow_private",
        shape: "boolean",
        doc: "`true`: private, loopback and link-local addresses may be connected to. Default: false; the address in a `url` is the operator's own word and may be.",
    },
    KeyDoc {
        key: "rate",
        shape: "integer, 1 – 10000",
        doc: "Requests a second to an API; further ones wait their turn. Default: as many as there are.",
    },
    KeyDoc {
        key: "concurrency",
        shape: "integer, 1 – 1024",
        doc: "Requests to an API under way at once. Default: 16.",
    },
    KeyDoc {
        key: "start_timeout_ms",
        shape: "integer",
        doc: "Time it has to start and list its tools. Default: 30000.",
    },
    KeyDoc { key: "call_deadline_ms", shape: "integer", doc: "One call's time. Default: `limits.call_deadline_ms`." },
    KeyDoc {
        key: "idempotency_header",
        shape: "name of a header",
        doc: "Over HTTP, the header a call's idempotency key is sent in, such as `Idempotency-Key`: the same for every attempt at one call. `_meta[\"weir/idempotency-key\"]` bears it in any case.",
    },
    KeyDoc { key: "enabled", shape: "boolean", doc: "`false` leaves it out. Default: true." },
    KeyDoc { key: "env_file", shape: "path", doc: "A file of `NAME=value` lines, added to `env` (which wins)." },
];

pub(super) const KEEP_DAYS_DEFAULT: u64 = 30;
pub(super) const KEEP_DAYS_MAX: u64 = 3_650;
pub(super) const KEEP_MB_DEFAULT: u64 = 1_024;
pub(super) const KEEP_MB_MAX: u64 = 1_000_000;
pub(super) const EXPIRE_HOURS_MAX: u64 = 8_760;
pub(super) const ADMIN_LISTEN_DEFAULT: &str = "127.0.0.1:7421";
/// Shorter ones can be guessed.
pub(super) const ADMIN_TOKEN_CHARS_MIN: usize = 16;

pub(super) const POLICY_KEYS: [KeyDoc; 4] = [
    KeyDoc {
        key: "ask",
        shape: "\"never\" | \"destructive\" | \"writes\" | \"always\"",
        doc: "What is asked for where no rule names the tool or its upstream: nothing; tools that say they are destructive (the default); all that are not declared reads; every call.",
    },
    KeyDoc {
        key: "upstreams",
        shape: "table: NAME = \"allow\" | \"ask\" | \"deny\"",
        doc: "The rule for all tools of an upstream.",
    },
    KeyDoc {
        key: "tools",
        shape: "table: TOOL = \"allow\" | \"ask\" | \"deny\"",
        doc: "The rule for one tool; it wins over its upstream's.",
    },
    KeyDoc {
        key: "effects",
        shape: "table: TOOL = \"read\" | \"write\" | \"destructive\"",
        doc: "What a tool does, when it says otherwise or nothing. Search, reports and `ask` go by it.",
    },
];

pub(super) const STORE_KEYS: [KeyDoc; 4] = [
    KeyDoc {
        key: "path",
        shape: "path",
        doc: "The SQLite file of runs, approvals and results. Default: `$XDG_STATE_HOME/weir/weir.db`, or `~/.local/state/weir/weir.db`. `\":memory:\"` keeps nothing beyond the process.",
    },
    KeyDoc {
        key: "url",
        shape: "postgres:// URL",
        doc: "A PostgreSQL database instead, which several weirs can share. Write a reference: `\"${DATABASE_URL}\"`.",
    },
    KeyDoc {
        key: "keep_days",
        shape: "integer, 1 – 3650",
        doc: "Runs that ended longer ago are removed. Default: 30.",
    },
    KeyDoc {
        key: "keep_mb",
        shape: "integer, 1 – 1000000",
        doc: "When ended runs take more room, the oldest are removed. Default: 1024.",
    },
];

pub(super) const APPROVAL_KEYS: [KeyDoc; 2] = [
    KeyDoc {
        key: "expire_hours",
        shape: "integer, 1 – 8760",
        doc: "How long a waiting call can be decided. Default: 168, a week.",
    },
    KeyDoc {
        key: "notify",
        shape: "{ command = [\"…\"] } or { webhook = \"https://…\" }",
        doc: "Told when calls wait. The command is started without a shell and reads JSON on its standard input; a webhook gets the same JSON by POST.",
    },
];

pub(super) const ADMIN_KEYS: [KeyDoc; 2] = [
    KeyDoc {
        key: "listen",
        shape: "address and port",
        doc: "Where the admin API listens. Default: \"127.0.0.1:7421\".",
    },
    KeyDoc {
        key: "token",
        shape: "string",
        doc: "What every request must bear as `Authorization: Bearer …`; at least 16 characters. Required. Write a reference, not the token.",
    },
];
