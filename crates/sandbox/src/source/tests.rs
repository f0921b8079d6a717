//! Rows of source and what the guest gets to see of it. `·` stands for a space that was a type.

use proptest::prelude::*;
use weir_model::FaultKind;

use super::{Bindings, prepare};

fn bindings() -> Bindings {
    let member = |name: &str| (name.to_owned(), name.to_owned());
    Bindings::new(vec![
        ("github".into(), "github".into(), vec![member("list_issues"), ("get_it".into(), "get-it".into())]),
        ("my_server".into(), "my-server".into(), vec![member("go")]),
    ])
}

fn code(source: &str) -> String {
    prepare(source.to_owned(), true, &bindings()).unwrap_or_else(|fault| panic!("{source}\n{fault:?}")).code
}

/// `expected` with `·` for every blank that was something.
#[track_caller]
fn check(rows: &[(&str, &str)]) {
    for (source, expected) in rows {
        let code = code(source);
        assert_eq!(code, expected.replace('·', " "), "{source}");
        assert_eq!(code.encode_utf16().count(), source.encode_utf16().count(), "columns moved: {source}");
        // What is left is JavaScript.
        prepare(code, false, &Bindings::default()).unwrap_or_else(|fault| panic!("{source}\n{fault:?}"));
    }
}

#[test]
fn annotations_become_spaces() {
    check(&[
        ("const x: number = 1", "const x········ = 1"),
        ("let x!: string;", "let x·········;"),
        ("let [a, b]: [number, string] = [1, '']", "let [a, b]·················· = [1, '']"),
        ("function f(a?: number, ...b: string[]): void {}", "function f(a·········, ...b··········)······ {}"),
        ("function f(this: X, a: Y) {}", "function f(········ a···) {}"),
        ("function f(this: X) {}", "function f(·······) {}"),
        (
            "function f<T extends { a: string }>(a: T) { return a }",
            "function f·························(a···) { return a }",
        ),
        ("const f = <T,>(a: T): T => a", "const f = ····(a···)··· => a"),
        ("const f = async <T>(a: T) => a", "const f = async ···(a···) => a"),
        ("try {} catch (e: unknown) {}", "try {} catch (e·········) {}"),
        ("for (const x of y as string[]) {}", "for (const x of y············) {}"),
        ("f<string>(1); new Map<string, number>(); g<A>`x`", "f········(1); new Map················(); g···`x`"),
        ("a!.b![0]!(c!)", "a·.b·[0]·(c·)"),
        ("const x = { a: 1 } satisfies A as B;", "const x = { a: 1 }·················;"),
        ("const x = <number>(y);", "const x = ········(y);"),
        ("let ü: '😀' = z", "let ü······ = z"),
        ("if (a) { b = c as D }", "if (a) { b = c ;··· }"),
    ]);
}

#[test]
fn declarations_of_types_leave_a_semicolon() {
    check(&[
        ("type A = { a: 1 }\nconst b = 1", ";················\nconst b = 1"),
        ("interface A {\n  a: string\n}\nf()", ";············\n···········\n·\nf()"),
        ("const a = 1\ntype B = 2\n(a)", "const a = 1\n;·········\n(a)"),
        ("declare const a: string;\nb", ";·······················\nb"),
        ("declare function f(): void\nf()", ";·························\nf()"),
        (
            "declare class A { x: 1 }\ndeclare enum E { A }\ndeclare module 'x' { }\ndeclare namespace N { }",
            ";·······················\n;···················\n;·····················\n;······················",
        ),
        ("function f(a: string): void;\nfunction f(a: any) {}", ";···························\nfunction f(a·····) {}"),
        (
            "import type { A } from 'x'\nimport { type B } from 'y'\nexport type { C } from 'z'\nf()",
            ";·························\n;·························\n;·························\nf()",
        ),
        ("export interface A { }\nf()", ";·····················\nf()"),
    ]);
}

#[test]
fn what_stood_apart_stays_apart() {
    check(&[
        ("const a = b as any\n(c)", "const a = b ;·····\n(c)"),
        ("a = b satisfies C\n[d]", "a = b ;··········\n[d]"),
        ("if (a) b as C\nelse d", "if (a) b ;···\nelse d"),
        ("const f = (a):\n string => a", "const f = (a··\n······) => a"),
        ("return <T>\n(a: T) => a", "return (··\n·a···) => a"),
        ("const f = async <\nT>(a: T) => a", "const f = async (\n···a···) => a"),
        ("const g = f<string>\nh()", "const g = f;·······\nh()"),
    ]);
}

#[test]
fn classes_keep_their_members_apart() {
    check(&[
        ("class A<T> extends B<T> implements C, D { }", "class A··· extends B··················· { }"),
        (
            "abstract class A { abstract x: string; abstract f(): void; y = 1 }",
            "········ class A { ;······· ···········;·················· y = 1 }",
        ),
        (
            "class A { private x: string = ''; static readonly y = 1 }",
            "class A { ;······ x········ = ''; static ········ y = 1 }",
        ),
        ("class A { get: string\n f() {} }", "class A { get;·······\n f() {} }"),
        ("class A { a = 1\n public ['b'] = 2 }", "class A { a = 1\n ;····· ['b'] = 2 }"),
        ("class A { x?: string; y!: number; f?(): void }", "class A { x·;·······; y·;·······; ;··········}"),
        ("class A { [key: string]: any; x = 1 }", "class A { ;·················· x = 1 }"),
        ("class A { a = b as C\n ['d'] = 1 }", "class A { a = b ;···\n ['d'] = 1 }"),
        ("class A { f(a: string): void; f(a: any) { } }", "class A { ;·················· f(a·····) { } }"),
        (
            "class A { declare x: string; override f() {} protected async *g() {} }",
            "class A { ;················· ;······· f() {} ;········ async *g() {} }",
        ),
        (
            "class A { constructor(a: string) { } public get x(): string { return '' } }",
            "class A { constructor(a········) { } ;····· get x()········ { return '' } }",
        ),
        ("class A { public = 1; readonly; static = 2 }", "class A { public = 1; readonly; static = 2 }"),
    ]);
}

#[test]
fn lone_functions_are_called() {
    for (source, expected) in [
        ("async () => { return 1 }", "return (async () => { return 1 })()"),
        ("// c\n(async function () { return 1 });", "// c\nreturn ((async function () { return 1 }))();"),
        ("type A = 1;\n() => 1", ";··········\nreturn (() => 1)()".replace('·', " ").as_str()),
        ("(async () => 1)()", "return (async () => 1)()"),
        ("f(() => 1)", "f(() => 1)"),
        ("() => 1; 2", "() => 1; 2"),
    ] {
        assert_eq!(code(source), expected, "{source}");
    }
}

#[track_caller]
fn refused(rows: &[(&str, FaultKind, u32, u32)]) {
    for (source, kind, line, column) in rows {
        let fault =
            prepare((*source).to_owned(), true, &bindings()).map_or_else(|fault| fault, |fine| panic!("{}", fine.code));
        let place = fault.position.map(|at| (at.line, at.column));
        assert_eq!((fault.kind, place), (*kind, Some((*line, *column))), "{source}: {fault:?}");
        assert!(*kind == FaultKind::Syntax || *kind == FaultKind::UnknownTool || fault.hint.is_some(), "{source}");
        assert!(fault.source_line.is_some() || *kind == FaultKind::Syntax, "{source}");
    }
}

#[test]
fn unsupported_constructs_name_an_alternative() {
    use FaultKind::Unsupported as U;
    refused(&[
        ("enum A { B }", U, 1, 1),
        ("const enum A { B }", U, 1, 1),
        ("f()\n  namespace A { export const b = 1 }", U, 2, 3),
        ("class A { constructor(private a: string) {} }", U, 1, 23),
        ("@d class A {}", U, 1, 1),
        ("class A { @d x = 1 }", U, 1, 11),
        ("class A { accessor x = 1 }", U, 1, 11),
        ("import a = require('b')", U, 1, 1),
        ("import a from 'b'", U, 1, 1),
        ("import 'b'", U, 1, 1),
        ("const a = await import('b')", U, 1, 17),
        ("return import.meta.url", U, 1, 8),
        ("export const a = 1", U, 1, 1),
        ("export default 1", U, 1, 1),
        ("export { a }", U, 1, 1),
        ("export * from 'a'", U, 1, 1),
        ("{ using a = b() }", U, 1, 3),
        ("() => <A>{ b: 1 }", U, 1, 7),
    ]);
}

#[test]
fn syntax_errors_are_where_they_are() {
    use FaultKind::Syntax as S;
    refused(&[
        ("const a = ;", S, 1, 11),
        ("\u{1f600}", S, 1, 1),
        ("const ü = '😀'; const = 1", S, 1, 23),
        ("a\nb\n  c d", S, 3, 4),
        ("})(); (async () => {", S, 1, 1),
    ]);
    let deep = prepare("[".repeat(60_000), true, &bindings()).unwrap_err();
    assert_eq!((deep.kind, deep.position.map(|at| at.column)), (S, Some(501)));
}

#[test]
fn unknown_tools_are_found_before_anything_runs() {
    use FaultKind::UnknownTool as U;
    refused(&[
        ("await github.lst_issues({})", U, 1, 7),
        ("const a = 1\nawait github['list-issues']({})", U, 2, 7),
        ("tools.github.nothing({})", U, 1, 1),
        ("tools['my_srver'].go({})", U, 1, 1),
        ("githb.list_issues({})", U, 1, 1),
        ("github!.nope!({})", U, 1, 1),
        ("for await (const p of github.nope.pages({})) {}", U, 1, 23),
    ]);
    for fine in [
        "await github.list_issues({})",
        "github['get-it']({}); github.get_it({}); tools.github['get-it']({}); tools['my-server'].go({})",
        "github.list_issues.pages({}); github.toString(); github.hasOwnProperty('x')",
        "const github = { nope() {} }; github.nope()",
        "function f(githb) { githb.x() }",
        "Object.assign(github, { nope() {} }); github.nope()",
        "github.nope?.({})",
        "globalThis.foo = { bar() {} }; foo.bar()",
        "JSON.stringify(1); console.log(2); Math.max(3); process.exit()",
        "foo = { bar() {} }; foo.bar()",
        "lodash.map([])",
        "const { a } = b(); a.c()",
        "tools[name][member]({})",
        "const t: Foo.Bar = x; let y: typeof z",
    ] {
        code(fine);
    }
}

#[test]
fn big_integers_are_seen() {
    for (json, big) in [
        ("1", false),
        ("[9007199254740991]", false),
        ("[9007199254740992]", true),
        ("{\"a\":-9007199254740993}", true),
        ("12345678901234567890123", true),
        ("[1.2345678901234567890, 12345678901234567e3]", false),
        (r#"{"9007199254740993":"9007199254740993 \" 9007199254740993"}"#, false),
        (r#"["\\",9007199254740993]"#, true),
        ("00000000000000000001", false),
        ("\"open", false),
    ] {
        assert_eq!(super::holds_big_integer(json), big, "{json}");
    }
}

#[test]
fn depth_is_counted_outside_strings() {
    assert!(!super::nested_deeper("[[\"[[[[\"]]", 2));
    assert!(super::nested_deeper("[[[]]]", 2));
    assert!(!super::nested_deeper("[[],[],[]]", 2));
}

proptest! {
    #[test]
    fn any_text_is_a_program_or_a_fault(source in "[-a-z0-9 ()\\[\\]{}<>:;,.?!=&|'\"`$/*@#\\\\\nü😀\u{2028}]{0,80}") {
        let _outcome = prepare(source, true, &bindings());
    }

    #[test]
    fn pieces_of_typescript_never_panic_and_never_move_columns(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "const x: A<B> = ", "y as C", "\n", ";", "<T>(a: T): T => a", "class A { ", "private x?: string", " }", "(", ")", "type Q = ", "{ a: 1 }",
            "function f(this: X, a?: Y): Z {", "}", "z!", " satisfies ", "async ", "interface I { }", "import type ", "'s'", "`${", "abstract ", "declare ",
            "enum E {}", "[", "]", ",", "😀", "static ", "=> ", "return ",
        ]), 0..14)
    ) {
        let source: String = pieces.concat();
        if let Ok(prepared) = prepare(source.clone(), true, &bindings()) && prepared.shift.is_none() {
            prop_assert_eq!(prepared.code.lines().count(), source.lines().count());
            for (line, old) in prepared.code.lines().zip(source.lines()) {
                prop_assert_eq!(line.encode_utf16().count(), old.encode_utf16().count());
            }
        }
    }
}
