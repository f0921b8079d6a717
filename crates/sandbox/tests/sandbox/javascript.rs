//! J01–J24: what hostile JavaScript and TypeScript must not achieve.

use weir_model::FaultKind;
use weir_sandbox::Pool;

use crate::harness::*;

/// The run ended by the snippet's own doing, nothing worse.
fn harmless(outcome: &Outcome) {
    if let Err(fault) = &outcome.result {
        let known = [
            FaultKind::Exception,
            FaultKind::MemoryLimit,
            FaultKind::CpuLimit,
            FaultKind::StackOverflow,
            FaultKind::ResultNotSerializable,
        ];
        assert!(known.contains(&fault.kind), "{fault:?}");
        for secret in ["wasm", "/work", "/root", "target/", "core-js", "__cqjs", ".rs"] {
            assert!(!fault.message.contains(secret), "{}", fault.message);
        }
    }
}

/// A global that is not there says so, and what to use instead where there is something.
fn absent(outcome: &Outcome) {
    assert!(matches!(outcome.kind(), FaultKind::Exception | FaultKind::Unsupported), "{:?}", outcome.fault());
    assert_eq!(outcome.fault().position.map(|at| at.line), Some(1));
}

cases! {
    j01_constructor_chain: "return ({}).constructor.constructor('return typeof process')()" => |o| {
        harmless(o);
        assert!(o.result.is_err() || o.json() == "\"undefined\"", "{:?}", o.result);
    };
    j01_process_is_absent: "return process.env" => absent;
    j02_globals_are_an_allowlist: "return Object.getOwnPropertyNames(Function('return this')())" => |o| {
        for name in ["\"process\"", "\"require\"", "__cqjs", "\"wit\"", "SharedArrayBuffer", "WebAssembly", "\"std\"", "\"os\""] {
            assert!(!o.json().contains(name), "{name} in {}", o.json());
        }
    };
    j03_eval_stays_in_the_guest: "return [eval('1+1'), new Function('a', 'return a')(1)]" => |o| {
        harmless(o);
        assert!(o.result.is_err() || o.json() == "[2,1]");
    };
    j04_dynamic_import: "await fake.echo({});\nawait import('fs');" => |o| {
        assert_eq!((o.kind(), o.asks.len(), o.fault().position), (FaultKind::Unsupported, 0, at(2, 7)));
        assert!(o.fault().hint.as_deref().unwrap_or_default().contains("server.tool"));
    };
    j04_data_import: "await import('data:text/javascript,export default 1')" => |o| assert_eq!(o.kind(), FaultKind::Unsupported);
    j04_static_import: "import 'node:os';\nreturn 1" => |o| assert_eq!(o.kind(), FaultKind::Unsupported);
    j04_hidden_import: "return await Function('return import(\"fs\")')()" => |o| assert!(o.result.is_err());
    j06_proto_in_arguments: r#"return fake.echo(JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}'))"# => |o| {
        assert_eq!(o.asks[0].arguments, r#"{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}"#);
        assert!(o.json().contains("__proto__"), "{}", o.json());
    };
    j07_getters_on_array_prototype: "Object.defineProperty(Array.prototype, 0, { get() { throw 1 }, set() { throw 2 } });\nreturn (await fake.echo({ a: 5 })).a" => |o| {
        assert_eq!(o.json(), "5");
    };
    j08_throwing_getter: "return { get x() { throw 1 } }" => |o| assert_eq!(o.kind(), FaultKind::ResultNotSerializable);
    j08_throwing_proxy: "return new Proxy({}, { ownKeys() { throw 1 } })" => |o| assert_eq!(o.kind(), FaultKind::ResultNotSerializable);
    j09_cycle: "const a: any = {}; a.a = a; return a" => |o| assert_eq!(o.kind(), FaultKind::ResultNotSerializable);
    j09_odd_values: "return [10n ** 15n, NaN, undefined, Symbol('s'), () => 1, new Map([[1, 2]]), new Set([3]), new Date(0), new Uint8Array(2)]" => harmless;
    j09_symbol: "return Symbol()" => harmless;
    j09_function: "return () => 1" => harmless;
    j10_stolen_then: "let n = 0; const then = Promise.prototype.then; Promise.prototype.then = function (...a) { n++; return then.apply(this, a) };\nconst x = await fake.echo({ a: 1 }); return x.a" => |o| {
        assert_eq!(o.json(), "1");
    };
    j11_returned_thenable: "return { then(r) { r(5); r(6) } }" => |o| assert_eq!(o.json(), "5");
    j11_throwing_then: "return { get then() { throw new Error('no') } }" => |o| assert_eq!(o.kind(), FaultKind::Exception);
    j12_async_generator: "async function* g() { yield* { [Symbol.asyncIterator]() { return { next() { return { value: 1, done: false } }, return() { throw new Error('r') } } } } }\nfor await (const x of g()) break; return 1" => |o| {
        assert_eq!(o.kind(), FaultKind::Exception);
    };
    j13_prepare_stack_trace: "(Error as any).prepareStackTrace = (_: unknown, s: unknown) => s; return String(new Error('x').stack)" => |o| {
        assert!(!o.json().contains("main.js") && !o.json().contains('/'), "{}", o.json());
    };
    j14_stack_names_only_the_snippet: "function inner() { return new Error('x').stack }\nreturn inner()" => |o| {
        assert!(!o.json().contains("main.js") && !o.json().contains("weir.js") && !o.json().contains('/'), "{}", o.json());
    };
    j14_error_of_a_tool: "try { await fake.fail({}) } catch (e) { return Object.getOwnPropertyNames(e).concat(String(e.stack)) }" => |o| {
        assert!(!o.json().contains("main.js") && !o.json().contains("weir.js"), "{}", o.json());
    };
    j15_webassembly: "return WebAssembly.compile(new Uint8Array(8))" => absent;
    j16_shared_memory: "return new SharedArrayBuffer(8)" => absent;
    j16_worker: "return new Worker('')" => absent;
    j17_huge_typed_array: "return new Float64Array(2 ** 30).sort(() => 0).length" => |o| { harmless(o); assert!(o.result.is_err()); };
    j17_huge_array_like: "return Reflect.ownKeys(new Proxy({}, { ownKeys: () => ({ length: 2 ** 32 }) as any })).length" => harmless;
    j18_detaching_value_of: "const b = new ArrayBuffer(64); const t = new Float64Array(b);\nt.fill({ valueOf() { (b as any).transfer?.(0); return 1 } } as any);\nnew Uint8Array(b).set([{ valueOf() { return 2 } }] as any); return 1" => harmless;
    j19_time_zone: "return [new Date(0).getTimezoneOffset(), Date.now()]" => |o| assert_eq!(o.json(), "[0,1700000000000]");
    j19_no_fine_timer: "const a = performance.now(); for (let i = 0; i < 1e6; i++); return performance.now() - a" => |o| {
        harmless(o);
        assert!(o.result.is_err() || o.json() == "0", "{:?}", o.result);
    };
    j21_enum: "enum A { B }\nreturn A.B" => |o| {
        assert_eq!((o.kind(), o.fault().position), (FaultKind::Unsupported, at(1, 1)));
        assert!(o.fault().hint.as_deref().unwrap_or_default().contains("as const"));
    };
    j21_decorator: "function d(x: any) { return x }\n@d class A {}\nreturn 1" => |o| assert_eq!(o.kind(), FaultKind::Unsupported);
    j21_declare_global: "declare global { interface X { a: string } }\nreturn 1" => |o| assert_eq!(o.json(), "1");
    j21_type_gymnastics: &format!("type A = {};\nthrow new Error('here')", vec!["{ [K in 'a' | `x${string}`]: K extends infer U ? U : never }"; 800].join(" | ")) => |o| {
        assert_eq!((o.kind(), o.fault().position.map(|at| at.line)), (FaultKind::Exception, Some(2)));
    };
    j22_closing_the_wrapper: "})(); fake.echo({}); (async () => {" => |o| assert_eq!((o.kind(), o.asks.len()), (FaultKind::Syntax, 0));
    j22_closing_the_wrapper_in_a_comment: "return 1 /*\n}) // */ //" => |o| assert_eq!(o.json(), "1");
    j22_template_break_out: "');}catch{} ; globalThis.__hostcall('admin.delete',{})//'" => |o| assert_eq!((o.kind(), o.asks.len()), (FaultKind::Syntax, 0));
    j23_overwritten_tools: "try { (tools as any).fake = { echo: () => 'mine' } } catch {}\ntry { delete (globalThis as any).tools } catch {}\ntry { Object.setPrototypeOf(tools, { echo: 1 }) } catch {}\nreturn fake.echo({ a: 1 })" => |o| {
        assert_eq!((o.json(), o.asks.len()), (r#"{"a":1}"#, 1));
    };
    j24_byte_order_mark: "\u{feff}return 1" => |o| assert_eq!(o.json(), "1");
    j24_hashbang: "#!/usr/bin/env node\nreturn 1" => |o| assert_eq!(o.json(), "1");
    j24_html_comment: "<!-- }); fake.echo({})\nreturn 1" => |o| assert_eq!(o.asks.len(), 0);
    j24_line_separator: "const a = '\u{2028}';\u{2028}return a.length" => |o| assert_eq!(o.json(), "1");
    j24_lone_surrogate: r"return fake.echo({ s: '\uD800' })" => harmless;
}

#[test]
fn j05_polluted_prototypes_stay_behind() {
    within(async {
        let pool = Pool::new(config(1));
        let evil = "(Object.prototype as any).isAdmin = true; (Array.prototype as any).map = () => ['x']; (JSON as any).stringify = () => '\"pwn\"';\n\
                    return { a: 1 }";
        assert_eq!(run(&pool, evil).await.json(), r#"{"a":1}"#);
        assert_eq!(
            run(&pool, "return [[1, 2].map((x) => x * 2), ({} as any).isAdmin ?? 'no']").await.json(),
            r#"[[2,4],"no"]"#
        );
    });
}

#[test]
fn j08_endless_to_json() {
    let mut endless = job("return { toJSON() { while (true) {} } }");
    endless.limits.cpu = std::time::Duration::from_millis(200);
    assert_eq!(alone_with(endless).kind(), FaultKind::CpuLimit);
}

#[test]
fn j20_randomness_is_of_the_run() {
    within(async {
        let pool = Pool::new(config(1));
        let draw = |seed| {
            let mut job = job("return [Math.random(), Math.random()]");
            job.seed = seed;
            run_job(&pool, job)
        };
        let (first, again, other) = (draw(1).await, draw(1).await, draw(2).await);
        assert_eq!(first.json(), again.json());
        assert_ne!(first.json(), other.json());
    });
}
