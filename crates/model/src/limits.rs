//! Every bound weir puts on foreign input, in one place. Bytes, milliseconds and counts as the names say.

use std::time::Duration;

/// What one run may use. Set by the operator; a snippet cannot catch or raise any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Elapsed time of the run; the clock stands still while a tool is working.
    pub wall: Duration,
    /// CPU time of the snippet itself.
    pub cpu: Duration,
    /// Memory of the sandbox.
    pub memory_bytes: u64,
    pub source_bytes: u64,
    /// Tool calls in one run.
    pub calls: u32,
    /// Tool calls under way at once; further ones wait their turn.
    pub calls_in_flight: u32,
    /// Log text kept; what is over is dropped and marked.
    pub log_bytes: u64,
    /// Tokens (o200k) of the answer a model gets.
    pub result_tokens: u32,
    /// One call's time, from dispatch to answer.
    pub call_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(30),
            cpu: Duration::from_secs(5),
            memory_bytes: 128 * MIB,
            source_bytes: 64 * KIB,
            calls: 500,
            calls_in_flight: 32,
            log_bytes: 64 * KIB,
            result_tokens: 8_000,
            call_deadline: Duration::from_secs(60),
        }
    }
}

pub const KIB: u64 = 1024;
pub const MIB: u64 = 1024 * KIB;

/// One call's arguments, canonical bytes.
pub const ARGUMENT_BYTES_MAX: u64 = 4 * MIB;
/// One call's answer, as it arrives.
pub const RESPONSE_BYTES_MAX: u64 = 32 * MIB;
/// One message from an upstream, whole.
pub const MESSAGE_BYTES_MAX: u64 = 34 * MIB;
/// All answers of one run together.
pub const RUN_RESPONSE_BYTES_MAX: u64 = 256 * MIB;
/// The value a snippet returns, before it is shaped for the model.
pub const RESULT_BYTES_MAX: u64 = 32 * MIB;
/// An upstream's error body, as an exception carries it.
pub const ERROR_BODY_BYTES_MAX: usize = 4 * 1024;
/// A message of an error, as an agent gets it.
pub const ERROR_MESSAGE_CHARS_MAX: usize = 2_000;
/// The quoted source line of an error.
pub const SOURCE_LINE_CHARS_MAX: usize = 200;
/// Nesting of any JSON weir parses into a tree.
pub const JSON_DEPTH_MAX: usize = 128;
/// One frame between gateway and worker.
pub const FRAME_BYTES_MAX: u64 = 40 * MIB;
/// Frames' bytes waiting in one direction for one worker.
pub const FRAME_QUEUE_BYTES_MAX: u64 = 96 * MIB;
/// Runs a gateway holds at once, waiting ones included.
pub const RUNS_MAX: usize = 512;
/// Operations (calls, sleeps, searches) a snippet may have waiting at once.
pub const OPS_WAITING_MAX: usize = 10_000;
/// Tools of one upstream.
pub const TOOLS_PER_UPSTREAM_MAX: usize = 10_000;
/// Pages of one `tools/list`.
pub const LIST_PAGES_MAX: usize = 200;
/// Bytes of one upstream's whole tool list.
pub const LIST_BYTES_MAX: u64 = 32 * MIB;
/// One tool's schema.
pub const SCHEMA_BYTES_MAX: usize = 1024 * 1024;
/// JSON values in one schema, keywords' values included: what compiling it costs.
pub const SCHEMA_VALUES_MAX: usize = 50_000;
/// Schemas one value may have to pass at once (`allOf`, `anyOf`, `$ref`, …), all branches counted.
pub const SCHEMA_BRANCHES_MAX: usize = 20_000;
/// Schemas inside schemas, references followed: what the stack must bear.
pub const SCHEMA_DEPTH_MAX: usize = 256;
/// Schemas visited while one call's arguments are checked.
pub const VALIDATION_STEPS_MAX: usize = 1_000_000;
/// A tool's raw name.
pub const TOOL_NAME_BYTES_MAX: usize = 1024;
/// One tool's description, as stored; stubs and search show less.
pub const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;
/// The longest an upstream's `retry after` is honoured before a read is sent once more.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(10);
/// How often a read is sent again that failed for the moment, and whose upstream does not say when to come back.
pub const READ_RETRIES_MAX: u32 = 2;
/// Handles one principal may hold; the oldest goes first.
pub const HANDLES_MAX: usize = 64;
/// All handles of one principal.
pub const HANDLE_BYTES_MAX: u64 = 256 * MIB;
/// Notifications of one upstream waiting to be looked at; further ones are coalesced or dropped.
pub const NOTIFICATIONS_WAITING_MAX: usize = 64;
/// A request body over HTTP, and one message over stdio, from a client.
pub const CLIENT_MESSAGE_BYTES_MAX: u64 = 4 * MIB;
/// Queries in one `search`.
pub const SEARCH_QUERIES_MAX: usize = 10;
/// Characters of one search query that count.
pub const SEARCH_QUERY_CHARS_MAX: usize = 1_000;
/// One file with settings (client files hold other things too).
pub const CONFIG_FILE_BYTES_MAX: u64 = 16 * MIB;
/// Upstreams in one configuration.
pub const UPSTREAMS_MAX: usize = 256;
/// Hits of one query in a `search`.
pub const SEARCH_HITS_MAX: usize = 20;
/// Tools in one `get_schema`.
pub const SCHEMA_TOOLS_MAX: usize = 30;
/// A returned value as the report in `_meta` repeats it; a larger one is left out there.
pub const REPORT_RESULT_BYTES_MAX: usize = 64 * 1024;
/// Answers waiting for a client on stdio to read them; beyond that no further request is read.
pub const CLIENT_QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Progress notifications of one run waiting to be sent; further ones are dropped.
pub const PROGRESS_WAITING_MAX: usize = 32;
/// Connections over HTTP at once; at the limit the oldest idle one is closed for a new one.
pub const CONNECTIONS_MAX: usize = 512;
/// Sessions of clients from before 2026-07-28; the oldest idle one goes first.
pub const SESSIONS_MAX: usize = 256;
/// Header lines of one HTTP request.
pub const HEADERS_MAX: usize = 64;
/// All headers of one HTTP request together.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;
/// From the first byte a connection may send to the end of the request's headers; also how long it may idle.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// One request's body, from its headers to its end.
pub const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Between requests of a session, before it is forgotten.
pub const SESSION_IDLE_MAX: Duration = Duration::from_secs(30 * 60);
/// Runs under way when the gateway is told to stop get this long to end.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Runs under way when a client on stdio closes its end get this long; clients kill after two seconds.
pub const HANGUP_GRACE: Duration = Duration::from_secs(1);
/// Messages waiting to be read by one upstream process.
pub const OUTBOX_BYTES_MAX: u64 = 64 * MIB;
/// Lines of an upstream's output that are no messages, before it is given up.
pub const NOISE_LINES_MAX: u64 = 10_000;
/// Messages of an upstream nobody asked for, in a tenth of a second; beyond that it is read no faster.
pub const UNASKED_MESSAGES_MAX: u32 = 2_000;
/// Warnings kept about one upstream.
pub const WARNINGS_MAX: usize = 32;
/// Arguments of one run's operations that wait for an answer, all together.
pub const OP_BYTES_WAITING_MAX: usize = 64 * 1024 * 1024;
/// A namespace's or member's name as a snippet wrote it; longer ones match nothing.
pub const NAME_BYTES_MAX: usize = 1_024;
/// Memory of all sandboxes of one worker together.
pub const WORKER_MEMORY_BYTES_MAX: u64 = 2_048 * MIB;
/// How long a run waits for a place in a worker.
pub const START_WAIT_MAX: Duration = Duration::from_secs(30);
/// Nesting of brackets in a snippet.
pub const SOURCE_NESTING_MAX: usize = 500;
/// How long an approval can be used after it was asked for.
pub const APPROVAL_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The reason somebody gives for denying a call.
pub const DENIAL_CHARS_MAX: usize = 1_000;
/// A key a snippet stores a value under.
pub const STATE_KEY_BYTES_MAX: usize = 256;
/// One value a snippet stores.
pub const STATE_VALUE_BYTES_MAX: u64 = MIB;
/// Keys one principal may hold.
pub const STATE_KEYS_MAX: usize = 1_000;
/// All stored values of one principal.
pub const STATE_BYTES_MAX: u64 = 32 * MIB;
/// How long a stored value is kept when the snippet does not say.
pub const STATE_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Pages a snippet gets of one list of pages when it does not say how many.
pub const PAGES_DEFAULT: u32 = 10;
/// Pages a snippet may ask for at once. Equal in the guests.
pub const PAGES_MAX: u32 = 100;
/// One operation's arguments as a guest sends them: a call's, and the tool whose page they ask for.
pub const ASK_BYTES_MAX: u64 = ARGUMENT_BYTES_MAX + 16 * KIB;
/// An answer that is compared with its tool's output schema; a larger one is not looked at.
pub const CHECKED_OUTPUT_BYTES_MAX: usize = 256 * 1024;
/// The arguments of the next page, as an upstream's answer tells them; larger ones are not followed.
pub const NEXT_PAGE_BYTES_MAX: usize = 64 * 1024;
/// Warnings about one call.
pub const CALL_WARNINGS_MAX: usize = 8;
/// A warning about one call.
pub const CALL_WARNING_CHARS_MAX: usize = 500;

/// Header lines of one answer of an HTTP API.
pub const ANSWER_HEADERS_MAX: usize = 256;
/// All headers of one answer together.
pub const ANSWER_HEADER_BYTES_MAX: usize = 64 * 1024;
/// Between two pieces of an answer's body.
pub const ANSWER_IDLE_MAX: Duration = Duration::from_secs(30);
/// The body of an answer that is no success; the rest is not read.
pub const ERROR_ANSWER_BYTES_MAX: u64 = 256 * KIB;
/// How many bytes one byte of a compressed answer may become.
pub const ANSWER_RATIO_MAX: u64 = 100;
/// What a compressed answer may become whatever its size.
pub const ANSWER_RATIO_FREE_BYTES: u64 = MIB;
/// Failures in a row after which an upstream is left alone for a while.
pub const CIRCUIT_FAILURES_MAX: u32 = 10;
/// One file of an API's description, as it is read or fetched.
pub const DESCRIPTION_FILE_BYTES_MAX: u64 = 64 * MIB;
/// One parsed description, as it is kept on disk.
pub const DESCRIPTION_KEPT_BYTES_MAX: u64 = 256 * MIB;
/// Operations left out that are told one by one; of the others only the number.
pub const SKIPPED_TOLD_MAX: usize = 100;
/// One credential, from wherever it is read.
pub const CREDENTIAL_BYTES_MAX: usize = 64 * 1024;
/// A command that prints a credential, and a keyring that is asked for one.
pub const CREDENTIAL_COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// One answer of an authorization server: a token, a document about itself or about a resource.
pub const OAUTH_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// One exchange with an authorization server.
pub const OAUTH_EXCHANGE_TIMEOUT: Duration = Duration::from_secs(30);
/// A `WWW-Authenticate` header that is read.
pub const CHALLENGE_BYTES_MAX: usize = 8 * 1024;
/// Scopes of one token, asked for or given.
pub const SCOPES_MAX: usize = 256;
/// What an authorization server says of an error, as it is passed on.
pub const OAUTH_ERROR_CHARS_MAX: usize = 300;
/// The longest a token is believed to last.
pub const TOKEN_LIFETIME_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How long `weir login` waits for the person at the browser.
pub const LOGIN_WAIT_MAX: Duration = Duration::from_secs(10 * 60);
/// A request to the address a login is redirected to, headers and all.
pub const REDIRECT_BYTES_MAX: usize = 16 * 1024;
/// One connection to that address.
pub const REDIRECT_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections to that address at once; further ones wait to be accepted.
pub const REDIRECT_CONNECTIONS_MAX: usize = 8;
/// Requests to that address that are not the one waited for, before the login is given up.
pub const REDIRECT_STRAYS_MAX: usize = 64;
/// One file with the tokens of a login.
pub const TOKEN_FILE_BYTES_MAX: u64 = 256 * KIB;
/// How long one process waits for another that is renewing the same token.
pub const TOKEN_LOCK_WAIT_MAX: Duration = Duration::from_secs(40);
/// A request's URL to an HTTP API, its query included.
pub const REQUEST_URL_BYTES_MAX: usize = 64 * 1024;
/// One header of a request to an HTTP API; all of its cookies together are one.
pub const REQUEST_HEADER_BYTES_MAX: usize = 16 * 1024;
/// A request's body as it is sent: arguments grow when they are encoded.
pub const REQUEST_BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Items of an event stream or of JSON lines, as one answer.
pub const STREAM_ITEMS_MAX: usize = 100_000;
/// One event or one line of such an answer.
pub const STREAM_LINE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The longest wait an HTTP API may ask for; more is told as this.
pub const RETRY_AFTER_TOLD_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// A cursor taken over from an answer into the next page's arguments.
pub const CURSOR_BYTES_MAX: usize = 16 * 1024;

/// All files of one API's description together.
pub const DESCRIPTION_TREE_BYTES_MAX: u64 = 64 * MIB;
/// Files that one description may consist of, the root aside.
pub const DESCRIPTION_FILES_MAX: usize = 5_000;
/// JSON or YAML values of one description, in all of its files, aliases counted as often as they are used.
pub const DESCRIPTION_VALUES_MAX: usize = 5_000_000;
/// What the anchors and aliases of one description's YAML may copy.
pub const DESCRIPTION_COPIED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// References that lead to references, before they count as a circle.
pub const REFERENCE_HOPS_MAX: usize = 32;
/// Parameters of one operation, and fields of its input object.
pub const OPERATION_FIELDS_MAX: usize = 1_000;
/// All that is read from one description together, as text: operations, their schemas and the shared ones.
pub const API_BYTES_MAX: usize = 64 * 1024 * 1024;

/// JSON values of the schemas a catalog keeps compiled, about half a kilobyte each; those compiled first are dropped first.
pub const COMPILED_VALUES_MAX: usize = 100_000;
