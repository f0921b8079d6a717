//! Generated programs: trees of calls that follow one another, go on beside one another or race, answered in generated orders.
//! Every one is replayed, in every engine.

use std::fmt::Write as _;

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use weir_model::Language;
use weir_sandbox::Pool;

use super::recording::{compare, in_language, picked};
use crate::harness::*;

const CASES: u32 = 24;

/// What a program does; numbers make each call its own.
#[derive(Debug, Clone)]
enum Node {
    Call(u8),
    /// A call that fails, and the program goes on.
    Fail(u8),
    /// A call that fails, and whatever it is part of fails too.
    Throw(u8),
    Sleep(u8),
    /// The same by another of the language's means.
    Timer(u8),
    /// A line in the log: what was seen so far, the time, a random number.
    Note,
    Compute,
    All(Vec<Vec<Node>>),
    /// Goes on with the first that ends; in a language without, the same as `All`.
    Race(Vec<Vec<Node>>),
}

fn program() -> impl Strategy<Value = Vec<Node>> {
    let leaf = prop_oneof![
        4 => any::<u8>().prop_map(Node::Call),
        1 => any::<u8>().prop_map(Node::Fail),
        1 => any::<u8>().prop_map(Node::Throw),
        1 => any::<u8>().prop_map(Node::Sleep),
        1 => any::<u8>().prop_map(Node::Timer),
        2 => Just(Node::Note),
        1 => Just(Node::Compute),
    ];
    let node = leaf.prop_recursive(3, 40, 4, |inner| {
        let branches = prop::collection::vec(prop::collection::vec(inner, 1..4), 1..4);
        prop_oneof![2 => branches.clone().prop_map(Node::All), 1 => branches.prop_map(Node::Race)]
    });
    prop::collection::vec(node, 1..7)
}

/// The beginning of every line at this depth.
fn indent(depth: usize) -> String {
    "    ".repeat(depth)
}

fn javascript(nodes: &[Node]) -> String {
    fn write(nodes: &[Node], out: &mut String) {
        let branches = |branches: &[Vec<Node>]| {
            let one = |nodes: &Vec<Node>| {
                let mut body = String::new();
                write(nodes, &mut body);
                format!("async () => {{\n{body}}}")
            };
            branches.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        for node in nodes {
            let line = match node {
                Node::Call(n) => format!("seen.push((await fake.echo({{ n: {n}, at: seen.length }})).n);"),
                Node::Fail(n) => {
                    format!(
                        "try {{ await fake.fail({{ n: {n} }}) }} catch (e) {{ console.log('failed', {n}, e.message) }}"
                    )
                }
                Node::Throw(n) => format!("await fake.fail({{ n: {n} }});"),
                Node::Sleep(ms) => format!("await sleep({ms});"),
                Node::Timer(ms) => format!("await new Promise((done) => setTimeout(done, {ms}));"),
                Node::Note => "console.log(seen.length, Date.now(), Math.random());".to_owned(),
                Node::Compute => "for (let i = 0; i < 3000; i++) work += i;".to_owned(),
                Node::All(inner) => format!(
                    "try {{ await Promise.all([{}].map((f) => f())) }} catch (e) {{ console.log('all', e.message) }}",
                    branches(inner)
                ),
                Node::Race(inner) => format!(
                    "try {{ await Promise.race([{}].map((f) => f())) }} catch (e) {{ console.log('race', e.message) }}",
                    branches(inner)
                ),
            };
            out.push_str(&line);
            out.push('\n');
        }
    }
    let mut out = "const seen: number[] = [];\nlet work = 0;\n".to_owned();
    write(nodes, &mut out);
    out + "return [seen, work];\n"
}

/// Languages whose functions have names: those of the branches come first.
struct Named {
    functions: String,
    count: usize,
    define: &'static str,
    line: fn(&Node, &[String]) -> String,
}

impl Named {
    fn body(&mut self, nodes: &[Node], depth: usize) -> String {
        let mut body = String::new();
        for node in nodes {
            let names: Vec<String> = match node {
                Node::All(inner) | Node::Race(inner) => inner.iter().map(|nodes| self.function(nodes)).collect(),
                _ => Vec::new(),
            };
            for line in (self.line)(node, &names).lines() {
                let _written = writeln!(body, "{}{line}", indent(depth));
            }
        }
        body
    }

    fn function(&mut self, nodes: &[Node]) -> String {
        let body = self.body(nodes, 1);
        self.count += 1;
        let name = format!("f{}", self.count);
        let _written = write!(self.functions, "{} {name}():\n{body}", self.define);
        name
    }
}

fn python(nodes: &[Node]) -> String {
    fn line(node: &Node, names: &[String]) -> String {
        let calls = names.iter().map(|name| format!("{name}()")).collect::<Vec<_>>().join(", ");
        let caught = |work: String, told: &str| {
            format!("try:\n    {work}\nexcept Exception as error:\n    print('{told}', type(error).__name__, error)")
        };
        match node {
            Node::Call(n) if n % 3 == 0 => format!("seen.append(fake.echo(n={n}, at=len(seen))['n'])"),
            Node::Call(n) => format!("seen.append((await fake.echo.aio(n={n}, at=len(seen)))['n'])"),
            Node::Fail(n) => caught(format!("await fake.fail.aio(n={n})"), "failed"),
            Node::Throw(n) => format!("fake.fail(n={n})"),
            Node::Sleep(ms) => format!("await asyncio.sleep({ms} / 1000)"),
            Node::Timer(ms) => caught(format!("await asyncio.wait_for(fake.echo.aio(n={ms}), {ms} / 1000)"), "late"),
            Node::Note => "print(len(seen), time.time(), random.random())".to_owned(),
            Node::Compute => "sum(range(3000))".to_owned(),
            Node::All(_) => caught(format!("await asyncio.gather({calls})"), "all"),
            Node::Race(_) => format!(
                "done, rest = await asyncio.wait([asyncio.ensure_future(one) for one in [{calls}]], return_when=asyncio.FIRST_COMPLETED)\nprint([task.get_name() for task in done], len(rest))"
            ),
        }
    }
    let mut named = Named { functions: String::new(), count: 0, define: "async def", line };
    let body = named.body(nodes, 0);
    format!("import asyncio, random, time\nseen = []\n{}{body}seen\n", named.functions)
}

fn starlark(nodes: &[Node]) -> String {
    fn line(node: &Node, names: &[String]) -> String {
        match node {
            Node::Call(n) => format!("seen.append(fake.echo(n={n}, at=len(seen))[\"n\"])"),
            Node::Fail(n) => format!("print(\"failed\", attempt(lambda: fake.fail(n={n})).error.message)"),
            Node::Throw(n) => format!("fake.fail(n={n})"),
            Node::Sleep(ms) | Node::Timer(ms) => format!("sleep({ms})"),
            Node::Note => "print(len(seen), seen)".to_owned(),
            Node::Compute => "[n for n in range(500)]".to_owned(),
            Node::All(_) | Node::Race(_) => format!("print(attempt(lambda: parallel([{}])))", names.join(", ")),
        }
    }
    let mut named = Named { functions: String::new(), count: 0, define: "def", line };
    let body = named.body(nodes, 0);
    format!("seen = []\n{}{body}seen\n", named.functions)
}

fn check(language: Language, written: fn(&[Node]) -> String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pool = runtime.block_on(async { Pool::new(config(1)) });
    let cases = (program(), prop::collection::vec(any::<u8>(), 1..12));
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases, |(nodes, picks)| {
        let job = in_language(language, &written(&nodes));
        runtime.block_on(async {
            let first = picked(&pool, job.clone(), &picks).await;
            prop_assert!(first.end.is_some(), "it never ends: {}", job.source);
            compare(&pool, &job, &first).await.map_err(TestCaseError::fail)
        })
    });
    runtime.block_on(pool.shut_down());
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn generated_javascript_replays() {
    check(Language::TypeScript, javascript);
}

#[test]
fn generated_python_replays() {
    check(Language::Python, python);
}

#[test]
fn generated_starlark_replays() {
    check(Language::Starlark, starlark);
}
