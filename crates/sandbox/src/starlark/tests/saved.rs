//! Saved programs: they share the run's limits, and nothing else of their caller.

use serde_json::json;

use super::harness::{Way, asks, check, run};

fn composed(program: &str, saved: &[(&str, &str)]) -> String {
    let programs: serde_json::Map<_, _> =
        saved.iter().map(|(name, source)| ((*name).to_owned(), json!(source))).collect();
    let brought = json!({ "programs": programs, "others": {}, "unknown": "there is none" });
    format!("{program}\n# weir:saved {brought}")
}

#[test]
fn they_give_a_value_for_their_arguments() {
    let rows = [
        ("run_saved(\"a\")", "args", "{}"),
        ("run_saved(\"a\", None)", "args", "{}"),
        ("run_saved(\"a\", args = [1, \"x\"])", "args + [2]", "[1,\"x\",2]"),
        ("args = 5\n[run_saved(\"a\", {\"n\": 1}), args]", "result = args[\"n\"]\nargs = 7", "[1,5]"),
        ("github = 1\nrun_saved(\"a\")", "github.get_issue(number = 3)[\"title\"]", "\"issue 3\""),
        ("parallel(lambda n: run_saved(\"a\", n), [1, 2])", "github.get_issue(number = args)[\"number\"]", "[1,2]"),
    ];
    for (program, saved, expected) in rows {
        check(&composed(program, &[("a", saved)]), expected);
    }
    // The lines are those of the program that calls.
    let source = composed("\n\nrun_saved(\"a\")", &[("a", "github.get_issue(number = 1)")]);
    assert_eq!(asks(&source), ["3: github.get_issue({\"number\":1})"]);
}

#[test]
fn what_goes_wrong_in_them_is_an_error_of_the_call() {
    let rows = [
        ("1 +", "the saved program a cannot be run: "),
        ("fail(\"no\")", "the saved program a failed: no"),
        ("nobody", "the saved program a failed: "),
        ("lambda: 1", "its value cannot be handed back"),
        ("run_saved(\"b\")", "there is none"),
    ];
    for (saved, expected) in rows {
        let (shown, _) = run(&composed("\nrun_saved(\"a\")", &[("a", saved)]), &Way::default());
        assert!(shown.starts_with("! exception 2:1: ") && shown.contains(expected), "{shown} for {saved}");
    }
    let (shown, _) = run(&composed("run_saved(\"a\")", &[("a", "github.get_issue(number = 404)")]), &Way::default());
    assert!(shown.starts_with("! tool_failed 1:1: no issue 404") && shown.ends_with("# operation 1"), "{shown}");
    check(
        &composed("attempt(lambda: run_saved(\"a\")).error.status", &[("a", "github.get_issue(number = 404)")]),
        "404",
    );
}

#[test]
fn they_end_at_the_limits_of_the_run() {
    let grow = "x = []\nfor i in range(10000000):\n    x.append(\"y\" * 1000 + str(i))";
    let half = "x = [\"y\" * 1000 + str(i) for i in range(3500)]";
    let rows = [
        // Another heap is not another limit.
        ("run_saved(\"a\")".to_owned(), grow.to_owned(), "! memory"),
        (format!("{half}\nrun_saved(\"a\")"), format!("{half}\n{}\nlen(x)", half.replace('x', "z")), "! memory"),
        (
            "run_saved(\"a\")".to_owned(),
            "for i in range(10000000):\n    for j in range(10000000):\n        pass".to_owned(),
            "! cpu",
        ),
    ];
    let way = || Way { memory_bytes: 8 * 1024 * 1024, turns: 200, ..Way::default() };
    for (program, saved, expected) in rows {
        let (shown, _) = run(&composed(&program, &[("a", &saved)]), &way());
        assert_eq!(shown, expected, "for {saved}");
    }
    // What one of them held is free again.
    let (shown, _) = run(
        &composed("for i in range(20):\n    run_saved(\"a\")\nresult = 1", &[("a", half)]),
        &Way { turns: 10_000, ..way() },
    );
    assert_eq!(shown, "1");
}

#[test]
fn r23_saved_programs_that_call_themselves_end() {
    let (shown, _) = run(&composed("run_saved(\"a\")", &[("a", "run_saved(\"a\")")]), &Way::default());
    assert!(shown.contains("more than 8 levels deep"), "{shown}");
    let deep = "def f(n):\n    return run_saved(\"a\") if n == 0 else f(n - 1)\nf(150)";
    let (shown, _) = run(&composed(deep, &[("a", &deep.replace("150", "60"))]), &Way::default());
    assert!(shown.contains("more than 8 levels deep"), "{shown}");
}
