//! What works, and how it fails.

use super::harness::{Way, asks, check, logs, run};

#[test]
fn results() {
    check("1 + 1", "2");
    check("result = 5\nprint(result)", "5");
    check("result = 5\n6", "5");
    check("x = 5", "null");
    check("", "null");
    check("\u{feff}x = 1\r\nif x:\r\n    y = 2\r\ny\r\n", "2");
    check("def f(a: int, b: str = \"x\") -> str:\n    return f\"{a} {b}\"\nf(1)", r#""1 x""#);
    check(
        "[isinstance([], list), sum([1, 2, 3]), round(2.5), round(2.675, 2), math.floor(2.7), math.sqrt(16)]",
        "[true,6,2,2.67,2,4.0]",
    );
    check(
        "sorted({\"b\": 1, \"a\": 2}.keys()) + [\"%s-%d\" % (\"a\", 3), \"{} {x}\".format(1, x=2)]",
        r#"["a","b","a-3","1 2"]"#,
    );
}

#[test]
fn texts_take_expressions() {
    check("x = {\"a\": struct(b = 2)}\nf\"{x['a'].b * 2} {[n for n in [1]]}\"", r#""4 [1]""#);
    check("f\"{github.nope()}\"", "! unknown_tool 1:4: github.nope\n> f\"{github.nope()}\"");
    check("[f() for f in [lambda: f\"{(lambda: n)()}\" for n in [1, 2]]]", r#"["1","2"]"#);
}

#[test]
fn tools_are_called_by_name() {
    check("github.get_issue(number=7)[\"title\"]", r#""issue 7""#);
    check("github.get_issue({\"number\": 8})[\"title\"]", r#""issue 8""#);
    check("tools.github.get_issue(number=9)[\"title\"]", r#""issue 9""#);
    check("tools[\"my-server\"][\"raw.name\"](x=1)", r#""my-server.raw.name({\"x\":1})""#);
    check("github.create_issue()", r#""github.create_issue({})""#);
    check("my_server.echo(a=9007199254740993123, b=1.0, c=[None])", r#"{"a":9007199254740993123,"b":1.0,"c":[null]}"#);
}

#[test]
fn a_trailing_underscore_stands_for_a_word_of_the_language() {
    check("my_server.echo(from_=1, in_=2, load_=3, type_=4, x_=5)", r#"{"from":1,"in":2,"load":3,"type_":4,"x_":5}"#);
    check("my_server.echo({\"from_\": 1})", r#"{"from_":1}"#);
}

#[test]
fn asks_carry_the_line_of_the_snippet() {
    let source = "def f():\n    return github.get_issue(number=1)\n\nf()\nattempt(github.get_issue, number=2)\n\
        parallel([partial(github.get_issue, number=3)])\nsleep(5)\nsearch(\"x\", limit=2)\ndescribe([\"a.b\"])\nload_handle(\"h1\")";
    assert_eq!(
        asks(source),
        [
            "2: github.get_issue({\"number\":1})",
            "5: github.get_issue({\"number\":2})",
            "6: github.get_issue({\"number\":3})",
            "7: .sleep({\"ms\":5.0})",
            "8: .search({\"queries\":[\"x\"],\"limit\":2})",
            "9: .describe({\"tools\":[\"a.b\"]})",
            "10: .load({\"handle\":\"h1\"})",
        ]
    );
}

#[test]
fn namespaces_can_be_looked_at() {
    check(
        "[dir(github), dir(tools), [n for n in tools]]",
        r#"[["create_issue","get_issue","list_issues"],["github","my_server"],["github","my_server"]]"#,
    );
    check(
        "[\"list_issues\" in github, \"x\" in github, hasattr(github, \"x\"), getattr(github, \"x\", 5), len(tools)]",
        "[true,false,false,5,2]",
    );
    check(
        "[str(github.get_issue), type(github), github.get_issue == tools.github.get_issue]",
        r#"["github.get_issue","tools",true]"#,
    );
}

#[test]
fn wrong_arguments_are_explained_and_nothing_is_sent() {
    let source = "github.get_issue(1, 2, x=3)";
    check(
        source,
        "! exception 1:1: github.get_issue takes named arguments, as in github.get_issue(name=value), or one dict; it was given 2 \
         positional arguments beside 1 named: int, int\n> github.get_issue(1, 2, x=3)",
    );
    assert!(asks(source).is_empty());
    check(
        "github.get_issue(a={\"x\": [float(\"nan\")]})",
        "! exception 1:1: github.get_issue: arguments.a.x[0] is NaN, which JSON cannot say\n> github.get_issue(a={\"x\": [float(\"nan\")]})",
    );
    check(
        "github(1)",
        "! exception 1:1: <tools of github> is not a tool: call one of its own, which dir() lists\n> github(1)",
    );
}

#[test]
fn parallel_keeps_the_order_of_its_branches() {
    let source = "def steps(n):\n    one = github.get_issue(number=n)\n    return github.get_issue(number=one[\"number\"] + 100)[\"title\"]\n\
        [parallel(steps, [1, 2, 3]), parallel([lambda: 5, lambda: steps(4)]), parallel({\"a\": lambda: steps(5)}), \
        parallel(lambda n: parallel(steps, [n, n + 1]), [10, 20]), parallel([])]";
    for backwards in [false, true] {
        let (shown, _) = run(source, &Way { backwards, ..Way::default() });
        assert_eq!(
            shown,
            r#"[["issue 101","issue 102","issue 103"],[5,"issue 104"],{"a":"issue 105"},[["issue 110","issue 111"],["issue 120","issue 121"]],[]]"#
        );
    }
}

#[test]
fn branches_wait_at_the_same_time() {
    let source =
        "def steps(n):\n    github.get_issue(number=n)\n    github.get_issue(number=n + 10)\nparallel(steps, [1, 2])";
    let (_, script) = run(source, &Way { backwards: true, ..Way::default() });
    let numbers: Vec<String> = script.take().asks.iter().map(|ask| ask.arguments.clone()).collect();
    // Both first calls leave before any answer; then the one answered first goes on first.
    assert_eq!(numbers, [r#"{"number":1}"#, r#"{"number":2}"#, r#"{"number":12}"#, r#"{"number":11}"#]);
}

#[test]
fn more_branches_than_may_run_at_once_take_turns() {
    let source = "parallel(lambda n: github.get_issue(number=n)[\"number\"], range(200)) == list(range(200))";
    for backwards in [false, true] {
        let (shown, _) = run(source, &Way { backwards, ..Way::default() });
        assert_eq!(shown, "true");
    }
}

#[test]
fn the_first_failed_branch_in_order_fails_the_parallel() {
    check(
        "parallel(lambda n: github.get_issue(number=n), [1, 402, 3, 401, 5])",
        "! tool_failed 1:20: no issue 402\n> parallel(lambda n: github.get_issue(number=n), [1, 402, 3, 401, 5])\n# operation 2",
    );
    check("parallel(lambda n: attempt(lambda: github.get_issue(number=n)).ok, [1, 402, 3])", "[true,false,true]");
    // What was under way has ended, what had not begun never does.
    assert_eq!(asks("parallel(lambda n: github.get_issue(number=n + 400), range(100))").len(), 64);
}

#[test]
fn parallel_explains_what_it_takes() {
    let hint = "parallel takes a list of functions, as in parallel([lambda: f(x), lambda: g(y)]), or a function and a list, as in parallel(f, items)";
    check(
        "parallel([github.get_issue(number=1)])",
        &format!(
            "! exception 1:1: {hint}; one of them is a value of type dict: put lambda: before the call\n> parallel([github.get_issue(number=1)])"
        ),
    );
    check("parallel(5)", &format!("! exception 1:1: {hint}; it was given one int\n> parallel(5)"));
    check(
        "def f():\n    return parallel([f])\nf()",
        "! exception 2:12: parallel is used more than 8 levels inside parallel\n>     return parallel([f])",
    );
}

#[test]
fn a_lambda_made_in_a_loop_keeps_its_turn() {
    check("parallel([lambda: github.get_issue(number=n)[\"number\"] for n in [1, 2, 3]])", "[1,2,3]");
    check("[f(10) for f in [lambda x: (x, a, b) for a, b in [(1, 2), (3, 4)]]]", "[[10,1,2],[10,3,4]]");
    check(
        "fs = []\nfor n in range(3):\n    fs.append(lambda: [n * m for m in [1, 2]])\n[f() for f in fs]",
        "[[0,0],[1,2],[2,4]]",
    );
    check("fs = {k: lambda: (lambda: k)() for k in [\"a\", \"b\"]}\n[fs[k]() for k in fs]", r#"["a","b"]"#);
    // Places after what was written out stay the user's.
    check(
        "[lambda: n for n in [1]] + 5",
        "! exception 1:1: Operation `+` not supported for types `list` and `int`\n> [lambda: n for n in [1]] + 5",
    );
    check(
        "x = [lambda: n for n in [1]]; fail(\"é\")",
        "! exception 1:31: é\n> x = [lambda: n for n in [1]]; fail(\"é\")",
    );
}

#[test]
fn attempt_tells_what_went_wrong() {
    check(
        "r = attempt(lambda: github.get_issue(number=404))\n[r.ok, r.value, r.error]",
        r#"[false,null,{"kind":"upstream_error","message":"no issue 404","tool":"github.get_issue","status":404,"code":null,"body":null,"retry_after":null,"retryable":false}]"#,
    );
    check("attempt(github.get_issue, number=4)", r#"{"ok":true,"value":{"number":4,"title":"issue 4"},"error":null}"#);
    check(
        "e = attempt(lambda: fail(\"no\", 1)).error\n[e.kind, e.message, e.retryable]",
        r#"["exception","no 1",false]"#,
    );
    check("attempt(lambda: [][3]).error.message", r#""Index `3` is out of bound""#);
}

#[test]
fn errors_say_where() {
    check(
        "x = 1\ny = x + \"a\"",
        "! exception 2:5: Operation `+` not supported for types `int` and `string`\n> y = x + \"a\"",
    );
    check("fail(\"stop here\")", "! exception 1:1: stop here\n> fail(\"stop here\")");
    check(
        "def f(n):\n    return github.get_issue(number=n)\nf(1)\nf(404)",
        "! tool_failed 2:12: no issue 404\n>     return github.get_issue(number=n)\n# operation 2",
    );
    check("y = 10 / 0", "! exception 1:5: float division by zero: 10 / 0\n> y = 10 / 0");
    check(
        "x = datetime.now()",
        "! exception 1:5: Variable `datetime` not found\n> x = datetime.now()\n? Starlark has no modules: json, math, struct and the tools are there already.",
    );
    check(
        "\"%.2f\" % 1.5",
        "! exception 1:1: Unsupported format character: '.'\n> \"%.2f\" % 1.5\n? Formats know no widths and precisions here: use round(x, 2).",
    );
    check(
        "\"{:.2f}\".format(1.5)",
        "! exception 1:1: Invalid character '.' inside replacement field\n> \"{:.2f}\".format(1.5)\n? Formats know no widths and precisions \
         here: use round(x, 2).",
    );
    // A call by way of the interpreter's own code.
    check("p = partial(github.get_issue, number=404)\np()", "! tool_failed 2:1: no issue 404\n> p()\n# operation 1");
}

#[test]
fn words_of_other_languages_have_a_hint() {
    check(
        "x = 1\nwhile x < 3:\n    x += 1",
        "! syntax 2:1: Parse error: cannot use reserved keyword `while`.\n> while x < 3:\n? Starlark has no while: use for _ in range(n), with break.",
    );
    check(
        "h = load(\"h1\")",
        "! syntax 1:5: Parse error: unexpected keyword 'load', expected expression.\n> h = load(\"h1\")\n? There are no other files. For the \
         value behind a handle use load_handle(\"name\"); the tools are there already.",
    );
}

#[test]
fn products_stay_where_they_were_written() {
    check("x = 3\nx *= (2 +\n   4); y = \"é\"\n[x, y]", r#"[18,"é"]"#);
    check(
        "x = 3\nx *= 2; y = \"é\" + x",
        "! exception 2:13: Operation `+` not supported for types `string` and `int`\n> x *= 2; y = \"é\" + x",
    );
    check(
        "x = [1]\nx *= 3\n[x, \"ab\" * 2, 2 * (1,), 3 * 1.5, 1 << 40, (1 << 40) * (1 << 40)]",
        "[[1,1,1],\"abab\",[1,1],4.5,1099511627776,1208925819614629174706176]",
    );
    check(
        "a = {}\na[0] *= 3",
        "! unsupported 2:1: *= works on a name only.\n> a[0] *= 3\n? Write it as a[i] = a[i] * b.",
    );
}

#[test]
fn a_tool_that_is_not_there_is_found_before_anything_runs() {
    for (source, expected) in [
        (
            "github.get_issue(number=1)\ngithub.list_isues(owner=\"o\")",
            "! unknown_tool 2:1: github.list_isues\n> github.list_isues(owner=\"o\")",
        ),
        (
            "github.get_issue(number=1)\nx = tools[\"github\"][\"nope\"]",
            "! unknown_tool 2:5: tools.github.nope\n> x = tools[\"github\"][\"nope\"]",
        ),
        ("tools.githubb.x()", "! unknown_tool 1:1: tools.githubb.x\n> tools.githubb.x()"),
        ("githb.list_issues()", "! unknown_tool 1:1: githb.list_issues\n> githb.list_issues()"),
        (
            "f = lambda: [partial(github.nope) for _ in range(3)]",
            "! unknown_tool 1:22: github.nope\n> f = lambda: [partial(github.nope) for _ in range(3)]",
        ),
    ] {
        check(source, expected);
        assert!(asks(source).is_empty());
    }
}

#[test]
fn names_a_program_defines_are_its_own() {
    check("def f(github):\n    return github.nope()\nf(struct(nope = lambda: 5))", "5");
    check("github = struct(nope = 6)\ngithub.nope", "6");
    check("[githb.x for githb in [struct(x = 7)]]", "[7]");
    check("n = \"nope\"\nattempt(lambda: tools[\"github\"][n]()).ok", "true");
}

#[test]
fn prints_are_lines_of_the_log() {
    assert_eq!(
        logs("print(\"hello\", [1, \"x\"], {\"a\": (1,)}, struct(b = None))\nprint(1, 2, sep=\"-\")"),
        ["Info: hello [1, \"x\"] {\"a\": (1,)} struct(b=None)", "Info: 1-2"]
    );
    let long = logs("print(\"é\" * 20000)");
    assert!(long[0].len() < 17_000 && long[0].ends_with("… (line cut at 16 KiB)"));
}
