//! The programs a soak sends, each with how it must end. Which comes when depends on its number alone: two soaks send the same.

use std::sync::LazyLock;

use serde_json::Value;

use crate::bench::client::Ended;

/// One for each engine, to have it started.
pub(super) const TRIVIAL: [(&str, &str); 3] =
    [("typescript", "return 1"), ("python", "1+1"), ("starlark", "result = 1")];

pub(super) struct Program {
    pub(super) language: &'static str,
    pub(super) code: &'static str,
    end: End,
}

enum End {
    /// With this value, JSON.
    Gives(&'static str),
    /// With a value too large to compare.
    Completes,
    /// With a fault of one of these kinds.
    Fails(&'static [&'static str]),
}

use End::{Completes, Fails, Gives};

impl Program {
    pub(super) fn check(&self, ended: &Ended) -> Result<(), String> {
        let how = ended.fault.as_deref().unwrap_or("completed");
        let fits = match &self.end {
            Gives(text) => {
                ended.fault.is_none() && serde_json::from_str::<Value>(text).is_ok_and(|v| v == ended.result)
            }
            Completes => ended.fault.is_none(),
            Fails(kinds) => kinds.contains(&how),
        };
        if fits {
            return Ok(());
        }
        let expected = match self.end {
            Gives(text) => format!("give {text}"),
            Completes => "complete".to_owned(),
            Fails(kinds) => format!("end by {}", kinds.join(" or ")),
        };
        let left = if ended.fault.is_some() { ended.message.clone() } else { ended.result.to_string() };
        let left: String = left.chars().take(200).collect();
        Err(format!("a {} run should {expected}, but ended as {how}: {left}\n{}", self.language, self.code))
    }
}

type Row = (&'static str, End);

/// What most runs are like.
fn benign(language: &str) -> Vec<Row> {
    match language {
        "python" => vec![
            ("1+1", Gives("2")),
            ("total = 0\nfor i in range(20): total += int(bench.echo(text=str(i)))\ntotal", Gives("190")),
            ("import asyncio\nlen(await asyncio.gather(*(bench.slow.aio(ms=5) for _ in range(10))))", Gives("10")),
            ("sum(1 for order in bench.orders() if order['status'] == 'open')", Gives("25")),
            ("any(record['active'] for record in bench.records(bytes=100000))", Gives("true")),
            ("list(range(4000))", Completes),
            ("for i in range(50): print('line', i)", Gives("null")),
            ("try:\n    bench.fail()\nexcept ToolError as e:\n    result = e.kind", Gives("\"tool_error\"")),
            ("len(search('echo')) > 0", Gives("true")),
            ("import re, json\nre.findall('[a-z]+', json.dumps({'a': 'bc'}))", Gives("[\"a\",\"bc\"]")),
        ],
        "starlark" => vec![
            ("result = 1", Gives("1")),
            ("sum([int(bench.echo(text = str(i))) for i in range(20)])", Gives("190")),
            ("len(parallel([lambda: bench.slow(ms = 5) for i in range(10)]))", Gives("10")),
            ("len([order for order in bench.orders() if order['status'] == 'open'])", Gives("25")),
            ("any([record['active'] for record in bench.records(bytes = 100000)])", Gives("true")),
            ("list(range(4000))", Completes),
            ("for i in range(50): print('line', i)", Gives("null")),
            ("attempt(lambda: bench.fail()).error.kind", Gives("\"tool_error\"")),
            ("len(search('echo')) > 0", Gives("true")),
        ],
        _ => vec![
            ("return 1", Gives("1")),
            (
                "let n = 0; for (let i = 0; i < 20; i++) n += Number(await bench.echo({text: String(i)})); return n",
                Gives("190"),
            ),
            ("return (await Promise.all(Array.from({length: 10}, () => bench.slow({ms: 5})))).length", Gives("10")),
            ("return (await bench.orders({})).filter(o => o.status == 'open').length", Gives("25")),
            ("return (await bench.records({bytes: 100000})).some(r => r.active)", Gives("true")),
            ("return Array.from({length: 4000}, (_, i) => i)", Completes),
            ("for (let i = 0; i < 50; i++) console.log('line', i)", Gives("null")),
            ("try { await bench.fail({}) } catch (e) { return e.kind }", Gives("\"tool_error\"")),
            ("return (await search('echo')).length > 0", Gives("true")),
            ("return [...'a bc'.matchAll(/[a-z]+/g)].map(m => m[0])", Gives("[\"a\",\"bc\"]")),
        ],
    }
}

/// What a model gets wrong.
fn failing(language: &str) -> Vec<Row> {
    match language {
        "python" => vec![
            ("raise ValueError('no')", Fails(&["exception"])),
            ("def f(:", Fails(&["syntax"])),
            ("bench.nothing()", Fails(&["unknown_tool"])),
            ("bench.fail()", Fails(&["tool_failed"])),
            ("bench.echo()", Fails(&["tool_failed"])),
            ("import asyncio\nawait asyncio.Event().wait()", Fails(&["deadlock"])),
            ("lambda: 1", Fails(&["result_not_serializable"])),
        ],
        "starlark" => vec![
            ("fail('no')", Fails(&["exception"])),
            ("def f(:", Fails(&["syntax"])),
            ("bench.nothing()", Fails(&["unknown_tool"])),
            ("bench.fail()", Fails(&["tool_failed"])),
            ("bench.echo()", Fails(&["tool_failed"])),
            ("lambda: 1", Fails(&["result_not_serializable"])),
        ],
        _ => vec![
            ("throw new Error('no')", Fails(&["exception"])),
            ("return (", Fails(&["syntax"])),
            ("await bench.nothing({})", Fails(&["unknown_tool"])),
            ("await bench.fail({})", Fails(&["tool_failed"])),
            ("await bench.echo({})", Fails(&["tool_failed"])),
            ("await new Promise(() => {})", Fails(&["deadlock"])),
            ("return () => 1", Fails(&["result_not_serializable"])),
        ],
    }
}

/// Each goes on until a limit ends it. Which of several is met first is for the machine and its load to say.
fn hostile(language: &str) -> Vec<Row> {
    const CPU: End = Fails(&["cpu_limit", "wall_limit"]);
    const MEMORY: End = Fails(&["memory_limit", "cpu_limit", "wall_limit"]);
    match language {
        "python" => vec![
            ("while True: pass", CPU),
            ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", CPU),
            ("import re\nre.match('(a+)+$', 'a' * 40 + '!')", CPU),
            ("10**10**8", MEMORY),
            ("a = []\nwhile True: a.append(a[:])", MEMORY),
            ("a = []\nwhile True: a.append(bytearray(1000000))", MEMORY),
            ("s = 'x'\nwhile True: s += s", MEMORY),
            ("def f(): return f() + 1\nf()", Fails(&["exception", "stack_overflow"])),
            ("while True: print('x' * 1000)", CPU),
            (
                "import asyncio\nawait asyncio.gather(*(bench.echo.aio(text='x') for _ in range(1000)))",
                Fails(&["call_limit"]),
            ),
            ("sleep(100000)", Fails(&["wall_limit"])),
        ],
        "starlark" => vec![
            ("for a in range(10000000):\n    for b in range(10000000):\n        pass", CPU),
            ("attempt(lambda: [0 for a in range(10000000) for b in range(10000000)])", MEMORY),
            ("a = []\nfor i in range(10000000): a.append(list(a))", MEMORY),
            ("'x' * 2000000000", MEMORY),
            ("a = []\nfor i in range(10000000): a.append([i, i])", MEMORY),
            ("def f(n): return f(n) + 1\nf(1)", Fails(&["stack_overflow"])),
            ("for a in range(10000000): print('x' * 1000)", MEMORY),
            ("for i in range(1000): bench.echo(text = 'x')", Fails(&["call_limit"])),
            ("sleep(100000)", Fails(&["wall_limit"])),
        ],
        _ => vec![
            ("while (true) {}", CPU),
            ("for (;;) { try { for (;;); } finally { for (;;); } }", CPU),
            ("return /(a+)+$/.test('a'.repeat(50) + '!')", CPU),
            ("(function f() { Promise.resolve().then(f) })(); await new Promise(() => {})", CPU),
            ("const a = []; for (;;) a.push(a.slice())", MEMORY),
            ("const a = []; for (;;) a.push(new ArrayBuffer(1000000))", MEMORY),
            ("const o = {}; for (let i = 0; ; i++) o['k' + i] = i", MEMORY),
            ("function f() { return f() + 1 }\nreturn f()", Fails(&["exception", "stack_overflow"])),
            ("for (;;) console.log('x'.repeat(1000))", CPU),
            ("await Promise.all(Array.from({length: 1000}, () => bench.echo({text: 'x'})))", Fails(&["call_limit"])),
            ("await sleep(100000)", Fails(&["wall_limit"])),
        ],
    }
}

const LANGUAGES: [&str; 4] = ["typescript", "javascript", "python", "starlark"];

/// Of a hundred runs.
const FAILING: u64 = 12;
const HOSTILE: u64 = 10;

/// By language, then benign, failing, hostile.
static ALL: LazyLock<[[Vec<Program>; 3]; 4]> = LazyLock::new(|| {
    LANGUAGES.map(|language| {
        [benign, failing, hostile].map(|rows| {
            let rows = rows(language).into_iter();
            rows.map(|(code, end)| Program { language, code, end }).collect()
        })
    })
});

/// The program of the run with this number.
pub(super) fn pick(number: u64) -> &'static Program {
    let drawn = scattered(number);
    let kind = match drawn % 100 {
        part if part < HOSTILE => 2,
        part if part < HOSTILE + FAILING => 1,
        _ => 0,
    };
    let programs = &ALL[(drawn / 100) as usize % LANGUAGES.len()][kind];
    &programs[(drawn / 1_000) as usize % programs.len()]
}

/// SplitMix64: neighbouring numbers give unrelated ones.
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_short_soak_sends_every_program() {
        let sent: HashSet<_> = (0..2_000).map(|number| std::ptr::from_ref(pick(number))).collect();
        let all = ALL.iter().flatten().map(Vec::len).sum::<usize>();
        assert_eq!(sent.len(), all);
    }

    #[test]
    fn an_end_is_checked() {
        let rows = [
            (Gives("2"), json!(2), None, true),
            (Gives("2"), json!(3), None, false),
            (Gives("null"), Value::Null, Some("exception"), false),
            (Completes, Value::Null, None, true),
            (Completes, Value::Null, Some("worker_lost"), false),
            (Fails(&["cpu_limit", "memory_limit"]), Value::Null, Some("memory_limit"), true),
            (Fails(&["cpu_limit"]), Value::Null, Some("internal"), false),
            (Fails(&["cpu_limit"]), json!(1), None, false),
        ];
        for (end, result, fault, fine) in rows {
            let ended = Ended { result, fault: fault.map(str::to_owned), message: String::new() };
            let program = Program { language: "python", code: "1+1", end };
            assert_eq!(program.check(&ended).is_ok(), fine, "{:?}", ended.fault);
        }
    }
}
