//! `weir run`: the value on stdout, talk on stderr, and an exit code a script can use.

use super::Terminal;

#[test]
fn values_logs_and_failures() {
    let terminal = Terminal::with_shop()
        .with("count.ts", "const { customers }: { customers: unknown[] } = await shop.list_customers({});\nconsole.log(\"counting\");\nreturn customers.length;\n")
        .with("count.js", "return (await shop.list_customers({})).customers.length;\n")
        .with("broken.ts", "return (;\n");
    insta::assert_snapshot!(terminal.session(&[
        &["run", "count.ts"],
        &["run", "count.js"],
        &["run", "--code", "return {a: [1, \"two\"]}"],
        &["run", "broken.ts"],
        &["run", "--code", "return await shop.list_custmers({})"],
        &["run", "--code", "await shop.get_order({order_id: \"ord_0\"})"],
        &["run", "--code", "await shop.get_order({})"],
    ]), @r#"
    $ weir run count.ts
    weir: using weir.toml
    counting
    12
    [exit 0]
    $ weir run count.js
    weir: using weir.toml
    12
    [exit 0]
    $ weir run --code 'return {a: [1, "two"]}'
    weir: using weir.toml
    {"a":[1,"two"]}
    [exit 0]
    $ weir run broken.ts
    weir: using weir.toml
    [weir] run failed: syntax: Unexpected token.
    at 1:9: return (;
    Nothing was called. Correct the program and send it again.
    [exit 1]
    $ weir run --code 'return await shop.list_custmers({})'
    weir: using weir.toml
    [weir] run failed: unknown_tool: there is no tool shop.list_custmers; nothing has been called
    at 1:14: return await shop.list_custmers({})
    hint: did you mean shop.list_customers, shop.list_products, shop.list_orders?
    Nothing was called. Correct the program and send it again.
    [exit 1]
    $ weir run --code 'await shop.get_order({order_id: "ord_0"})'
    weir: using weir.toml
    [weir] run failed: tool_failed: shop/get_order answered with an error: there is no order "ord_0"; list_orders lists them
    at 1:12: await shop.get_order({order_id: "ord_0"})
    tool shop/get_order: tool_error, body "there is no order \"ord_0\"; list_orders lists them"
    Nothing was written. Send the corrected program again.
    [exit 1]
    $ weir run --code 'await shop.get_order({})'
    weir: using weir.toml
    [weir] run failed: tool_failed: the arguments of shop.get_order do not fit its schema: order_id: expected string, got nothing, and it is required. Nothing was sent
    at 1:12: await shop.get_order({})
    tool shop/get_order: invalid_arguments
    Nothing was written. Send the corrected program again.
    [exit 1]
    "#);
}

#[test]
fn the_readme_shows_what_runs() {
    let readme = include_str!("../../../../README.md");
    let shown = |fence: &str| {
        let (_, rest) = readme.split_once(fence).unwrap_or_else(|| panic!("no {fence} in the README"));
        rest.split_once("```").unwrap().0.to_owned()
    };
    let files = [("s.ts", "```ts\n"), ("s.py", "```python\n"), ("s.star", "```starlark\n")];
    let terminal =
        files.iter().fold(Terminal::with_shop(), |terminal, (file, fence)| terminal.with(file, shown(fence)));
    for (file, _) in files {
        let left = terminal.run(&["run", file]);
        assert_eq!(left.out, "[{\"name\":\"Jonas Berg\",\"shipped\":1}]\n", "{file}: {}", left.err);
    }
}

#[test]
fn standard_input_is_a_file() {
    let left = Terminal::with_shop().run_with_input(&["run", "-"], b"return 6 * 7");
    assert_eq!((left.code, left.out.as_str()), (0, "42\n"), "{}", left.err);
}

#[test]
fn a_run_needs_no_upstream() {
    let left = Terminal::new().run(&["run", "--code", "return 1", "--language", "js"]);
    assert_eq!((left.code, left.out.as_str(), left.err.as_str()), (0, "1\n", ""));
}

#[test]
fn the_report_as_json() {
    let left = Terminal::with_shop().run(&["run", "--json", "--code", "await shop.list_customers({}); return 1"]);
    let report: serde_json::Value = serde_json::from_str(&left.out).unwrap();
    assert_eq!((&report["status"], &report["result"]), (&"completed".into(), &1.into()));
    assert_eq!(report["calls"][0]["tool"], "shop/list_customers");
}

#[test]
fn what_is_no_program_is_refused() {
    let terminal = Terminal::with_shop()
        .with("binary.ts", b"return \"\xff\xfe\"")
        .with("large.ts", vec![b' '; 50_000_000])
        .with("script.rb", "result = 1")
        .with("empty.ts", "");
    insta::assert_snapshot!(terminal.session(&[
        &["run", "binary.ts"],
        &["run", "large.ts"],
        &["run", "script.rb"],
        &["run", "gone.ts"],
        &["run", "."],
        &["run", "empty.ts"],
    ]), @r"
    $ weir run binary.ts
    weir: using weir.toml
    error: binary.ts is no program: byte 8 is not UTF-8 text
    [exit 2]
    $ weir run large.ts
    weir: using weir.toml
    error: large.ts is longer than a program may be, 64 KiB
      hint: raise the limit with --set limits.source_kib=…, or let tools hold the data
    [exit 2]
    $ weir run script.rb
    weir: using weir.toml
    error: weir knows no language by the ending .rb
      hint: say which it is: --language typescript
    [exit 2]
    $ weir run gone.ts
    weir: using weir.toml
    error: gone.ts cannot be read: there is no such file
    [exit 2]
    $ weir run .
    weir: using weir.toml
    error: . cannot be read: is a directory
    [exit 2]
    $ weir run empty.ts
    weir: using weir.toml
    [weir] run failed: source_invalid: The source is empty.
    hint: Send a program that returns a value.
    Nothing was called. Correct the program and send it again.
    [exit 1]
    ");
}

#[test]
fn limits_hold_and_can_be_set() {
    let left = Terminal::new().run(&["run", "--set", "limits.cpu_ms=50", "--code", "for (;;) {}"]);
    assert_eq!(left.code, 1);
    assert!(left.err.contains("cpu_limit"), "{}", left.err);
}
