//! The JavaScript guest as a snippet meets it, through a real worker: what is there, what is not, what values become, what errors say.
//!
//! Rows of `(snippet, what comes of it)`. Limits and workers have their own tests beside this file.

#[expect(dead_code, reason = "the harness serves the sandbox's own tests too")]
#[path = "sandbox/harness.rs"]
mod harness;

use harness::{config, run, within};
use weir_model::FaultKind;
use weir_sandbox::Pool;

/// What a snippet should come to.
enum Expected {
    /// Exactly this JSON.
    Json(&'static str),
    /// A fault of this kind, at this line (0: nowhere), whose message holds this text.
    Fault(FaultKind, u32, &'static str),
}
use Expected::{Fault, Json};

/// Runs every row in one worker, each in a sandbox of its own, and tells all that differ.
fn check(rows: &[(&str, Expected)]) {
    let differences = within(async {
        let pool = Pool::new(config(1));
        let mut differences = Vec::new();
        for (source, expected) in rows {
            let result = run(&pool, source).await.result;
            let fine = match (&result, expected) {
                (Ok(json), Json(wanted)) => json == wanted,
                (Err(fault), Fault(kind, line, text)) => {
                    fault.kind == *kind
                        && fault.position.map_or(0, |position| position.line) == *line
                        && fault.message.contains(text)
                }
                _ => false,
            };
            if !fine {
                differences.push(format!("{source}\n  gave {result:?}"));
            }
        }
        pool.shut_down().await;
        differences
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn values_are_said_in_json_by_one_mapping() {
    check(&[
        ("return", Json("null")),
        ("return undefined", Json("null")),
        (
            "return [1.5, -0, 1e21, 2**53, NaN, -Infinity, 10n**20n]",
            Json("[1.5,0,1e+21,9007199254740992,null,null,100000000000000000000]"),
        ),
        (
            "return [new Date(0), new Map([['a', 1]]), new Map([[1, 2]]), new Set([1, 'x'])]",
            Json(r#"["1970-01-01T00:00:00.000Z",{"a":1},[[1,2]],[1,"x"]]"#),
        ),
        (
            "return [new Uint8Array([1,2,3]), new ArrayBuffer(2), new Float64Array([1.5])]",
            Json(r#"["AQID","AAA=",[1.5]]"#),
        ),
        ("return {a: undefined, b: () => 1, c: Symbol(), d: [undefined, () => 1]}", Json(r#"{"d":[null,null]}"#)),
        (
            "return [/a/g, new Error('no'), new URL('https://a.b/c'), Object('s')]",
            Json(r#"["/a/g",{"name":"Error","message":"no"},"https://a.b/c","s"]"#),
        ),
        ("return new (class Point { constructor() { this.x = 1 } get y() { return 2 } })", Json(r#"{"x":1}"#)),
        ("return {toJSON() { return {z: 1n} }}", Json(r#"{"z":1}"#)),
        ("return '\\ud800x'", Json("\"\u{fffd}x\"")),
        ("return Symbol('s')", Fault(FaultKind::ResultNotSerializable, 0, "returned a symbol")),
        ("return () => 1", Fault(FaultKind::ResultNotSerializable, 0, "returned a function")),
        (
            "const a = {}; a.b = [a]; return a",
            Fault(FaultKind::ResultNotSerializable, 0, "result.b[0] refers back to result"),
        ),
        ("return [fake.echo({})]", Fault(FaultKind::ResultNotSerializable, 0, "result[0] is a promise: await it")),
        ("return [1, 2].map(async (i) => i)", Fault(FaultKind::ResultNotSerializable, 0, "await Promise.all(list)")),
        ("return 'x'.repeat(33 * 1024 * 1024)", Fault(FaultKind::ResultTooLarge, 0, "return less of it")),
    ]);
}

#[test]
fn arguments_are_one_object_said_once() {
    check(&[
        ("return await fake.echo()", Json("{}")),
        (
            "return await fake.echo({d: new Date(0), u: undefined, n: 2n**70n, m: new Map([['k', 1]]), s: new Set([1])})",
            Json(r#"{"d":"1970-01-01T00:00:00.000Z","n":1180591620717411303424,"m":{"k":1},"s":[1]}"#),
        ),
        (
            "\nreturn await fake.echo('x')",
            Fault(
                FaultKind::Exception,
                2,
                "fake.echo takes one object with named fields, as in fake.echo({ name: value }); it was given 1 argument: a string",
            ),
        ),
        ("await fake.echo({}, 1)", Fault(FaultKind::Exception, 1, "2 arguments: an object, a number")),
        (
            "await fake.echo({a: [0, NaN]})",
            Fault(FaultKind::Exception, 1, "fake.echo: arguments.a[1] is NaN, which JSON cannot say"),
        ),
        (
            "await fake.echo({a: fake.echo({})})",
            Fault(FaultKind::Exception, 1, "arguments.a is a promise: await it first"),
        ),
        ("await fake.echo({a: 'x'.repeat(5e6)})", Fault(FaultKind::Exception, 1, "larger than 4194304 bytes")),
        // T03
        (
            "let n = 0; const r = await fake.echo({get amount() { return ++n }}); return [r, n]",
            Json(r#"[{"amount":1},1]"#),
        ),
        ("return await tools['my-server']['odd'].name", Json(r#""my-server.odd""#)),
        ("return await tools.fake['odd-name']({a: 1})", Json(r#"{"a":1}"#)),
        (
            "return [Object.keys(tools), Object.keys(fake), 'echo' in fake, 'nope' in fake, 'odd-name' in fake]",
            Json(r#"[["fake","my_server"],["echo","fail","never","odd_name"],true,false,true]"#),
        ),
    ]);
}

#[test]
fn big_integers_and_odd_keys_pass_through_unchanged() {
    check(&[
        // T07: 2^53 + 1 there and back
        (
            "const r = await fake.echo({id: 9007199254740993n, s: '9007199254740993'}); return [typeof r.id, typeof r.s, r]",
            Json(r#"["bigint","string",{"id":9007199254740993,"s":"9007199254740993"}]"#),
        ),
        ("const r = await fake.echo({id: 9007199254740991}); return typeof r.id", Json(r#""number""#)),
        // J06
        (
            "const r = await fake.echo({['__proto__']: {admin: true}, constructor: {prototype: {x: 1}}}); return [r.admin, ({}).x, Object.keys(r), r]",
            Json(
                r#"[null,null,["__proto__","constructor"],{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}]"#,
            ),
        ),
    ]);
}

#[test]
fn a_failed_call_is_an_exception_with_fields_and_a_line() {
    check(&[
        (
            "try { await fake.fail({}) } catch (e) { return [e instanceof ToolError, e instanceof Error, e.name, e.message, e.kind, e.status, e.retryable, e.stack] }",
            Json(
                r#"[true,true,"ToolError","fake.fail says no","tool_error",500,false,"ToolError: fake.fail says no\n    at snippet.ts:1:18"]"#,
            ),
        ),
        (
            "async function f() {\n  await fake.fail({})\n}\ntry { await f() } catch (e) { return e.stack }",
            Json(r#""ToolError: fake.fail says no\n    at f (snippet.ts:2:14)\n    at snippet.ts:4:13""#),
        ),
        ("await fake.echo({});\n\nawait fake.fail({})", Fault(FaultKind::ToolFailed, 3, "fake.fail says no")),
        (
            "const all = [1, 2].map((i) => fake.fail({i}));\nawait Promise.all(all)",
            Fault(FaultKind::ToolFailed, 1, "fake.fail says no"),
        ),
    ]);
}

#[test]
fn errors_say_where_and_what() {
    check(&[
        ("const o = {};\n  o.foo.bar()", Fault(FaultKind::Exception, 2, "cannot read property 'bar' of undefined")),
        ("const o = {};\n\n  o.foo(1)", Fault(FaultKind::Exception, 3, "o.foo is not a function")),
        (
            "class Mine extends Error {}\nfunction f() {\n  throw new Mine('m') }\nf()",
            Fault(FaultKind::Exception, 3, "m"),
        ),
        ("throw 'text'", Fault(FaultKind::Exception, 0, "text")),
        ("throw {a: 1}", Fault(FaultKind::Exception, 0, "{ a: 1 }")),
        ("throw null", Fault(FaultKind::Exception, 0, "null")),
        ("\nJSON.parse('{x')", Fault(FaultKind::Exception, 2, "JSON")),
        (
            "await Promise.any([Promise.reject(new Error('a')), fake.fail({})])",
            Fault(FaultKind::Exception, 1, "Error: a"),
        ),
        (
            "\nsetTimeout(() => { throw new Error('late') }, 1);\nawait new Promise(() => {})",
            Fault(FaultKind::Exception, 2, "late"),
        ),
        // P07 in JavaScript: the message is made inside the limits, and bounded
        ("throw new Error('x'.repeat(1e6))", Fault(FaultKind::Exception, 1, "xxx")),
        (
            "const e = new Error('a'); Object.defineProperty(e, 'message', {get() { throw 1 }}); throw e",
            Fault(FaultKind::Exception, 1, "an error whose own code failed"),
        ),
    ]);
}

#[test]
fn what_is_absent_names_the_alternative() {
    check(&[
        (
            "return [typeof fetch, typeof process, typeof require, typeof WebAssembly, typeof Buffer]",
            Json(r#"["undefined","undefined","undefined","undefined","undefined"]"#),
        ),
        ("\nfetch('https://x')", Fault(FaultKind::Unsupported, 2, "fetch is not available: call a tool instead")),
        ("try { process.env } catch (e) { return e.message.slice(0, 26) }", Json(r#""process is not available: ""#)),
        ("new Intl.PluralRules()", Fault(FaultKind::Unsupported, 1, "Intl.PluralRules is not available")),
        (
            "new Date(0).toLocaleString('en-US', {timeZone: 'Asia/Tokyo'})",
            Fault(FaultKind::Exception, 1, "the time zone Asia/Tokyo is not available"),
        ),
        ("nonsense()", Fault(FaultKind::Exception, 1, "nonsense is not defined")),
    ]);
}

#[test]
fn the_usual_helpers_are_there() {
    check(&[
        (
            "const u = new URL('/a b?q=1#h', 'https://ex.org:8443'); return [u.href, u.searchParams.get('q'), u.port, URL.canParse('nope')]",
            Json(r##"["https://ex.org:8443/a%20b?q=1#h","1","8443",false]"##),
        ),
        (
            "const p = new URLSearchParams({a: '1 2'}); p.append('b', 'ü'); return p.toString()",
            Json(r#""a=1+2&b=%C3%BC""#),
        ),
        ("return new TextDecoder().decode(new TextEncoder().encode('hé𝒳'))", Json("\"hé𝒳\"")),
        (
            "const a = {d: new Date(0), m: new Map([[1, {x: 1}]])}; const b = structuredClone(a); return [b, b.m !== a.m, b.d instanceof Date]",
            Json(r#"[{"d":"1970-01-01T00:00:00.000Z","m":[[1,{"x":1}]]},true,true]"#),
        ),
        ("return [btoa('hi'), atob('aGk=')]", Json(r#"["aGk=","hi"]"#)),
        (
            "return [(1234567.5).toLocaleString(), new Intl.NumberFormat('de-DE', {style: 'currency', currency: 'EUR'}).format(1234.5), new Date(0).toLocaleDateString('en-GB')]",
            Json("[\"1,234,567.5\",\"1.234,50\u{a0}€\",\"01/01/1970\"]"),
        ),
        ("return ['b', 'ä', 'a', 'B'].sort((x, y) => x.localeCompare(y))", Json(r#"["a","ä","b","B"]"#)),
        (
            "const t = []; setTimeout(() => t.push('x'), 5); const i = setInterval(() => { t.push('i'); clearInterval(i) }, 1); clearTimeout(setTimeout(() => t.push('no'), 1)); await sleep(50); return t.sort()",
            Json(r#"["i","x"]"#),
        ),
        ("setTimeout(() => {}, 1e12); return 1", Json("1")),
        (
            "return [Object.groupBy([1, 2, 3], (x) => x % 2 ? 'odd' : 'even'), [3, 1].toSorted(), new Set([1]).union(new Set([2])), Array.from({length: 2}, (_, i) => i)]",
            Json(r#"[{"odd":[1,3],"even":[2]},[1,3],[1,2],[0,1]]"#),
        ),
    ]);
}

#[test]
fn j01_to_j03_functions_made_from_text_stay_inside() {
    check(&[
        ("return ({}).constructor.constructor('return typeof process')()", Json(r#""undefined""#)),
        (
            "({}).constructor.constructor('return process')()",
            Fault(FaultKind::Unsupported, 1, "process is not available"),
        ),
        ("return Function('return this')().process ?? globalThis.require", Json("null")),
        ("return [eval('1+1'), new Function('a', 'return a')(1)]", Json("[2,1]")),
    ]);
}

#[test]
fn j02_the_globals_are_exactly_these() {
    check(&[(
        "return Object.getOwnPropertyNames(globalThis).sort().join(' ')",
        Json(concat!(
            "\"AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DOMException DataView Date ",
            "DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array ",
            "InternalError Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String ",
            "SuppressedError Symbol SyntaxError TextDecoder TextEncoder ToolError TypeError URIError URL URLSearchParams Uint16Array ",
            "Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet atob btoa clearInterval clearTimeout console crypto decodeURI ",
            "decodeURIComponent describe encodeURI encodeURIComponent escape eval fake globalThis isFinite isNaN load my_server parseFloat ",
            "parseInt performance queueMicrotask search setInterval setTimeout sleep store structuredClone tools undefined unescape\""
        )),
    )]);
}

#[test]
fn j05_and_j07_what_a_snippet_does_to_prototypes_reaches_no_machinery() {
    check(&[
        (
            "Object.prototype.toJSON = () => 'pwn'; Array.prototype.map = () => ['x']; JSON.stringify = () => 'pwn'; JSON.parse = () => 'pwn'; return [await fake.echo({q: [1, {b: 2}]}), {a: 1}]",
            Json(r#"[{"q":[1,{"b":2}]},{"a":1}]"#),
        ),
        (
            "Object.defineProperty(Array.prototype, 0, {get() { return 'leak' }, set() { throw 1 }}); return [await fake.echo({a: [1, 2]})]",
            Json(r#"[{"a":[1,2]}]"#),
        ),
        (
            "Array.prototype[Symbol.iterator] = function* () { yield 'evil' }; String.prototype.slice = () => 'evil'; Object.keys = () => ['evil']; Reflect.apply = () => 'evil'; Map.prototype.get = Map.prototype.set = () => 'evil'; RegExp.prototype.exec = () => null; return await fake.echo({a: [1, {b: 2}], m: new Map()})",
            Json(r#"{"a":[1,{"b":2}],"m":{}}"#),
        ),
        // The run after it is as clean as the first.
        ("return [JSON.stringify({a: 1}), [1].map((x) => x + 1), 'toJSON' in {}]", Json(r#"["{\"a\":1}",[2],false]"#)),
    ]);
}

#[test]
fn j08_to_j12_hostile_values_and_thenables_fail_alone() {
    check(&[
        (
            "return {get x() { throw new Error('boo') }}",
            Fault(FaultKind::ResultNotSerializable, 0, "its own code threw boo"),
        ),
        (
            "return new Proxy({}, {ownKeys() { throw 1 }})",
            Fault(FaultKind::ResultNotSerializable, 0, "could not be read"),
        ),
        ("return {toJSON() { while (1) {} }}", Fault(FaultKind::CpuLimit, 0, "")),
        // J10
        ("Promise.prototype.then = function () { throw new Error('stolen') }; return 7", Json("7")),
        (
            "Promise.prototype.then = function () { throw new Error('stolen') }; return (await fake.echo({a: 2})).a",
            Json("2"),
        ),
        (
            "Object.defineProperty(Promise, Symbol.species, {get() { throw new Error('stolen') }}); return (await fake.echo({a: 2})).a",
            Json("2"),
        ),
        // J11
        ("return {then(r) { r(5); r(6) }}", Json("5")),
        ("return {get then() { throw new Error('getter') }}", Fault(FaultKind::Exception, 1, "getter")),
        ("return {then(r) { r({then(s) { s('deep') }}) }}", Json(r#""deep""#)),
        ("for await (const x of [fake.echo({a: 1})]) return x.a", Json("1")),
        // J12
        (
            "async function* inner() { try { yield 1 } finally { throw new Error('cleanup') } }\nasync function* outer() { yield* inner() }\nfor await (const x of outer()) break",
            Fault(FaultKind::Exception, 1, "cleanup"),
        ),
    ]);
}

#[test]
fn j13_and_j14_stacks_hold_the_snippet_and_nothing_else() {
    check(&[
        (
            "Error.prepareStackTrace = (e, sites) => sites; return new Error('q').stack",
            Json(r#""Error: q\n    at snippet.ts:1:59""#),
        ),
        ("Error.stackTraceLimit = 0; return new Error('q').stack", Json(r#""Error: q\n    at snippet.ts:1:39""#)),
        (
            "const seen = []; setTimeout(() => seen.push(new Error('t').stack), 1); [1].map(() => seen.push(new Error('m').stack)); await sleep(5); return seen",
            Json(r#"["Error: m\n    at snippet.ts:1:100\n    at snippet.ts:1:76","Error: t\n    at snippet.ts:1:49"]"#),
        ),
        (
            "try { await fake.fail() } catch (e) { return Object.getOwnPropertyNames(e).sort() }",
            Json(r#"["kind","message","retryable","stack","status"]"#),
        ),
        ("const o = {}; Error.captureStackTrace(o); return o.stack", Json(r#""\n    at snippet.ts:1:39""#)),
    ]);
}

#[test]
fn j15_to_j20_no_threads_no_ambient_time_no_shared_randomness() {
    check(&[
        (
            "return [typeof WebAssembly, typeof SharedArrayBuffer, typeof Atomics, typeof Worker, typeof WeakRef, typeof FinalizationRegistry]",
            Json(r#"["undefined","undefined","undefined","undefined","undefined","undefined"]"#),
        ),
        // J17
        ("const a = new Float64Array(2 ** 30)", Fault(FaultKind::Exception, 1, "RangeError")),
        // J18
        (
            "const b = new ArrayBuffer(8); try { new Float64Array(b, {valueOf() { b.transfer(); return 0 }}) } catch (e) { return e.name }",
            Json(r#""TypeError""#),
        ),
        // J19: the clock stands still while nothing is delivered
        (
            "const t = Date.now(); for (let i = 0; i < 1e5; i++); return [Date.now() - t, performance.now(), new Date().getTimezoneOffset(), typeof navigator, t, new Date(2024, 0, 1).toISOString()]",
            Json(r#"[0,0,0,"undefined",1700000000000,"2024-01-01T00:00:00.000Z"]"#),
        ),
        (
            "await sleep(5); return [Date.now(), performance.now(), new Date().toISOString(), Date().slice(0, 15)]",
            Json(r#"[1700000001000,1000,"2023-11-14T22:13:21.000Z","Tue Nov 14 2023"]"#),
        ),
    ]);
}

#[test]
fn j20_the_seed_alone_decides_what_is_drawn() {
    let draws = "return [Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(4))]]";
    let (first, again, other) = within(async {
        let pool = Pool::new(config(1));
        let first = run(&pool, draws).await;
        let again = run(&pool, draws).await;
        let other = harness::run_job(&pool, weir_bridge::port::Job { seed: 8, ..harness::job(draws) }).await;
        pool.shut_down().await;
        (first, again, other)
    });
    assert_eq!(first.json(), again.json());
    assert_ne!(first.json(), other.json());
}

#[test]
fn j22_and_j23_the_bridge_is_out_of_reach() {
    check(&[
        // The worker refuses what is not one program; the guest would, too.
        (")();}catch{} ; globalThis.__hostcall('admin.delete',{})//", Fault(FaultKind::Syntax, 1, "")),
        ("})(); globalThis.x = 1; (async()=>{", Fault(FaultKind::Syntax, 1, "")),
        ("return Reflect.ownKeys(globalThis).filter((k) => /cqjs|wit|host|__/.test(String(k)))", Json("[]")),
        ("tools.fake = {}", Fault(FaultKind::Exception, 1, "")),
        ("fake.echo = 5", Fault(FaultKind::Exception, 1, "")),
        (
            "try { delete tools.fake } catch {} try { Object.setPrototypeOf(fake, {}) } catch {} try { globalThis.fake = 1 } catch {} return [Object.keys(tools), await fake.echo({a: 1})]",
            Json(r#"[["fake","my_server"],{"a":1}]"#),
        ),
        // T09
        (
            "return [fake.then, fake[Symbol.iterator], fake.constructor, fake.toJSON, await fake === fake, `${fake}`]",
            Json(r#"[null,null,null,null,true,"[tools of fake]"]"#),
        ),
    ]);
}

#[test]
fn j24_odd_text_is_data() {
    check(&[
        ("return await fake.echo({a: '\\ud800', ['\\udfff']: 1})", Json("{\"a\":\"\u{fffd}\",\"\u{fffd}\":1}")),
        ("const s = 'a\u{2028}b'; return s.length", Json("3")),
        ("\u{feff}return 1", Json("1")),
    ]);
}

#[test]
fn r18_a_call_nobody_awaited_ends_before_the_run_does() {
    let (wrote, failed, raced) = within(async {
        let pool = Pool::new(config(1));
        let wrote = run(&pool, "fake.echo({a: 1}).then(() => fake.echo({a: 2})); return 1").await;
        let failed = run(&pool, "\nfake.fail({}); return 2").await;
        let raced = run(&pool, "return Promise.race([fake.never(), sleep(5).then(() => 'late')])").await;
        pool.shut_down().await;
        (wrote, failed, raced)
    });
    assert_eq!((wrote.json(), wrote.asks.len()), ("1", 2));
    assert_eq!(failed.json(), "2");
    assert_eq!(failed.logs[0].text, "fake.fail (line 2) failed, and the snippet never awaited it: fake.fail says no");
    assert_eq!(raced.json(), r#""late""#);
}

#[test]
fn the_log_is_text_in_lines() {
    let outcome = harness::alone(
        "console.log('a', {b: [1, {c: 'x'}]}, new Map([[1, 2]]), null, undefined, 5n); console.warn('%s is %d', 'x', 5);\nconsole.error(new TypeError('t')); console.debug('x'.repeat(20000).length); console.log('y'.repeat(20000)); console.table([{a: 1}]); console.assert(false, 'no'); return [NaN]",
    );
    let lines: Vec<_> = outcome.logs.iter().map(|line| (line.level.as_str(), line.text.as_str())).collect();
    let long = format!("{}… (line cut at 16 KiB)", "y".repeat(16 * 1024));
    assert_eq!(
        lines,
        [
            ("info", r#"a { b: [1, { c: "x" }] } Map(1) { 1 => 2 } null undefined 5n"#),
            ("warn", "x is 5"),
            ("error", "TypeError: t (line 2)"),
            ("debug", "20000"),
            ("info", long.as_str()),
            ("info", "0: { a: 1 }"),
            ("error", "Assertion failed: no"),
            ("warn", "result[0] is NaN, which JSON cannot say: returned as null"),
        ]
    );
}
