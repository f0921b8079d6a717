//! Whatever text a run is given, it ends; it never panics and never overflows a stack.

use proptest::prelude::*;

use super::harness::{Way, check, run};

/// Nesting of every kind the parser recurses on.
#[test]
fn nested_source_fits_the_stack_or_is_refused() {
    let fits: [(String, &str); 7] = [
        (format!("x = {}1{}\nx", "(".repeat(400), ")".repeat(400)), "1"),
        (format!("x = {}1\nx", "not ".repeat(450)), "true"),
        (format!("x = {}\nx", vec!["1"; 450].join("+")), "450"),
        (format!("x = {}\nx", vec!["1"; 450].join("*")), "1"),
        (format!("x = {}1\nx", "1 if 1 else ".repeat(450)), "1"),
        (format!("x = {}1\nlen([x])", "lambda: ".repeat(400)), "1"),
        (
            format!(
                "{}{}x=1\n",
                (0..300).map(|i| format!("{}if 1:\n", " ".repeat(i))).collect::<String>(),
                " ".repeat(300)
            ),
            "null",
        ),
    ];
    for (source, expected) in fits {
        check(&source, expected);
    }
    for source in ["- ", "not ", "lambda: ", "1+", "1*", "1 if 1 else ", "[", "f(", "{1:", "x.", "x[0]."] {
        let (shown, _) = run(&format!("x = {}1", source.repeat(60_000 / source.len())), &Way::default());
        assert!(shown.starts_with("! syntax"), "{shown} for {source}");
    }
}

/// Pieces of programs, so that more than the lexer is reached.
fn any_program() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "x",
        "github",
        "tools",
        ".get_issue",
        "(number=1)",
        "[\"a\"]",
        " = ",
        " *= ",
        " += ",
        "lambda: ",
        "lambda n: ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        "\n",
        "\n    ",
        "def f():",
        "for n in ",
        "range(3)",
        " if ",
        " else ",
        "1",
        "2.5",
        "\"é\"",
        "f\"{x}\"",
        "None",
        " in ",
        "not ",
        "parallel",
        "attempt",
        "struct(a=1)",
        "print",
        "fail",
        "result",
        "return ",
        "*",
        "**",
        " % ",
        "#",
        "'''",
        "\\",
        "load(\"a\", \"b\")",
        "pass",
    ]);
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_text_ends(source in "\\PC{0,80}") {
        let _ended = run(&source, &Way { turns: 20, ..Way::default() });
    }

    #[test]
    fn any_pieces_of_programs_end(source in any_program()) {
        let (shown, _) = run(&source, &Way { turns: 20, ..Way::default() });
        prop_assert!(!shown.contains("! internal"), "{} for {}", shown, source);
    }
}
