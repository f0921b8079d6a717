//! What ends a run from outside, and what is refused before it is too late. Nothing of it can be caught.

use std::{cell::RefCell, rc::Rc};

use super::{
    super::{Run, Step, prepare},
    harness::{Script, Scripted, Way, bindings, check, delivery, run},
};

#[track_caller]
fn ends(source: &str, turns: u32, expected: &str) {
    let (shown, _) = run(source, &Way { turns, memory_bytes: 4 * 1024 * 1024, ..Way::default() });
    assert_eq!(shown, expected, "for {source}");
}

/// The next step that is not cut short by others' turns.
fn next(run: &mut Run) -> Step {
    loop {
        let step = run.step();
        if !matches!(step, Step::Again) {
            return step;
        }
    }
}

#[test]
fn an_endless_program_ends_with_its_time() {
    for source in [
        "[0 for a in range(10000000) for b in range(10000000)]",
        "for a in range(10000000):\n    for b in range(10000000):\n        pass",
        "attempt(lambda: [0 for a in range(10000000) for b in range(10000000)])",
        "parallel([lambda: 1, lambda: [0 for a in range(10000000) for b in range(10000000)]])",
        "f = lambda g, n: g(g, n - 1) or g(g, n - 1) if n else False\nf(f, 100)",
    ] {
        ends(source, 8, "! cpu");
    }
}

#[test]
fn memory_ends_with_its_limit() {
    for source in [
        "x = \"a\" * 2000000000",
        "x = [1]\nx *= 1000000000",
        "attempt(lambda: (1,) * 1000000000)",
        "x = []\nfor i in range(10000000):\n    x.append([i, i])",
        "x = [1]\nfor i in range(100):\n    x = x + x",
        "x = (1,)\nfor i in range(100):\n    x += x",
        "x = [1]\nfor i in range(100):\n    x += x",
        "x = {0: \"a\" * 1000}\nfor i in range(100):\n    x[0] += x[0]",
        "x = \"a\" * 100000\nfor i in range(10000000):\n    x += \"b\"",
        "x = []\nfor i in range(100):\n    x.append(list(range(1000000)))",
        "parallel(lambda n: [[n, i] for i in range(10000000)], range(10))",
    ] {
        ends(source, 1_000_000, "! memory");
    }
}

#[test]
fn numbers_have_a_size() {
    check(
        "x = 7\nfor i in range(40):\n    x *= x",
        "! exception 3:7: the product has more than 131072 bits\n>     x *= x",
    );
    check("attempt(lambda: 1 << 100001).ok", "false");
    check(
        "range(1000000000)",
        "! exception 1:1: a range has at most 10000000 elements, this one would have 1000000000: nest two loops to go further\n> range(1000000000)",
    );
    check("[len(range(5, 0, -2)), list(range(-2, 2)), len(range(5, 0))]", "[3,[-2,-1,0,1],0]");
    check("attempt(lambda: range(1, 2, 0)).error.message", r#""range() cannot step by 0""#);
}

/// Sums are guarded, and mean what they meant.
#[test]
fn sums_stay_what_they_were() {
    check("a = [1]\nb = a\na += [2]\na = a + [3]\n[a, b]", "[[1,2,3],[1,2]]");
    check("t = (1,)\nt += 2, 3\nt", "[1,2,3]");
    check("n = 1\nn += 2\nn += 0.5\nn += n + n\nn", "10.5");
    check("d = {\"a\": \"x\"}\nd[\"a\"] += \"y\" + \"z\"\nd[\"a\"]", "\"xyz\"");
    check("n = []\ndef i():\n    n.append(1)\n    return 0\nd = [1]\nd[i()] += 2 + 3\n[d, len(n)]", "[[6],1]");
    check("fs = []\nfor i in range(2):\n    fs += [lambda: i]\n[f() for f in fs]", "[0,1]");
    check("x = 1\nx += [2]", "! exception 2:1: Operation `+` not supported for types `int` and `list`\n> x += [2]");
    check("1 + \"a\"", "! exception 1:1: Operation `+` not supported for types `int` and `string`\n> 1 + \"a\"");
}

/// P12: load, while, recursion, a huge range, a deep dict printed.
#[test]
fn p12_starlark_cannot_run_away() {
    check(
        "load(\"//x\", \"y\")",
        "! unsupported 1:6: load is not available in a snippet.\n> load(\"//x\", \"y\")\n? There are no other files. For the value behind a \
         handle use load_handle(\"name\"); the tools are there already.",
    );
    check(
        "def f(n):\n    return f(n)\nattempt(lambda: f(1))",
        "! stack_overflow 2:12: The snippet's calls or data are nested too deeply.\n>     return f(n)\n? Check for a recursion that does \
         not end; use a loop for deep structures.",
    );
    let (shown, script) = run("d = {}\nfor i in range(2000):\n    d = {\"a\": d}\nprint(d)\nd = None", &Way::default());
    assert_eq!(shown, "null");
    assert_eq!(script.take().logs[0].matches("\"a\"").count(), 32);
}

/// The deepest calls allowed, by the ways that take most of a stack each, fit the stacks they run on.
#[test]
fn the_deepest_calls_fit_their_stack() {
    let ways = [
        "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n",
        "def f(n):\n    return 0 if n == 0 else sorted([n], key=lambda x: f(n - 1))[0]\n",
        "def f(n):\n    return 0 if n == 0 else attempt(lambda: f(n - 1)).value\n",
        "def f(n):\n    return 0 if n == 0 else [attempt(f, *[n - 1], **{}) for _ in [1]][0].value\n",
        "def f(n):\n    return 0 if n == 0 else partial(f, n - 1)()\n",
    ];
    for way in ways {
        // In steps, since each way has its own number of calls for a level.
        for call in ["[f(n) != None for n in [10, 40]][0]", "parallel(lambda n: f(n) != None, [10, 40])[0]"] {
            let (shown, _) = run(&format!("{way}{call}"), &Way::default());
            assert_eq!(shown, "true", "for {way}{call}");
        }
        for call in ["f(100000)", "parallel([lambda: f(100000)])"] {
            let (shown, _) = run(&format!("{way}{call}"), &Way::default());
            assert!(shown.starts_with("! stack_overflow"), "{shown} for {way}{call}");
        }
    }
}

/// A run that is dropped while it waits takes its branches with it.
#[test]
fn a_run_can_be_dropped_at_any_point() {
    let source = "parallel(lambda n: parallel([lambda: github.get_issue(number=n), lambda: sleep(1)]), range(5))";
    for answers in 0..8 {
        let script = Rc::new(RefCell::new(Script { turns: 1000, ..Script::default() }));
        let program = prepare(source, &bindings()).expect("a program");
        let mut run = Run::new(program, bindings(), 1 << 26, Box::new(Scripted(Rc::clone(&script)))).expect("a stack");
        assert!(matches!(next(&mut run), Step::Idle));
        for op in 1..=answers {
            run.deliver(delivery(op, Ok("1".to_owned())));
            assert!(matches!(next(&mut run), Step::Idle));
        }
        drop(run);
        assert_eq!(Rc::strong_count(&script), 1, "the run's state is gone");
    }
}

fn asking_twice() -> (Run, Rc<RefCell<Script>>) {
    let script = Rc::new(RefCell::new(Script { turns: 1000, ..Script::default() }));
    let program = prepare("[github.get_issue(number=1), github.get_issue(number=2)]", &bindings()).expect("a program");
    let run = Run::new(program, bindings(), 1 << 26, Box::new(Scripted(Rc::clone(&script)))).expect("a stack");
    (run, script)
}

/// Answers that are there before they are asked for are handed over when they are. One given twice changes nothing.
#[test]
fn answers_ahead_wait_for_their_operations() {
    let (mut run, _) = asking_twice();
    for (op, text) in [(1, "10"), (1, "11"), (2, "20"), (7, "7")] {
        run.deliver(delivery(op, Ok(text.to_owned())));
    }
    let Step::Ended(ended) = next(&mut run) else { panic!("the run goes on") };
    assert_eq!(ended.result.ok().as_deref(), Some("[10,20]"));
}

/// Their order holds: one that is never asked for holds up those behind it.
#[test]
fn an_answer_ahead_holds_up_those_behind_it() {
    let (mut run, script) = asking_twice();
    for (op, text) in [(2, "20"), (1, "10")] {
        run.deliver(delivery(op, Ok(text.to_owned())));
    }
    assert!(matches!(next(&mut run), Step::Idle));
    assert!(matches!(next(&mut run), Step::Idle));
    assert_eq!((script.borrow().asks.len(), run.taken()), (1, 0));
}
