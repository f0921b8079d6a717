//! Programs kept under a name.

use serde_json::json;

use crate::home::Home;

#[test]
fn a_program_is_saved_shown_and_removed() {
    let home = Home::new();
    home.write(
        "strike.ts",
        "// Strikes out what was added twice.\nawait ledger.add({id: 'a'});\nreturn ledger.drop({id: 'a'});\n",
    );
    home.done(&["snippets", "save", "strike", "strike.ts"]);
    home.write("strike.py", "# Adds.\nledger.add(id='a')\n");
    home.done(&["snippets", "save", "strike", "strike.py", "--description", "Adds a line."]);

    let saved = home.json(&["snippets", "--json"]);
    let (mut one, all) = (saved[0].clone(), saved.as_array().unwrap().len());
    one.as_object_mut().unwrap().remove("saved_unix_ms");
    assert_eq!(all, 1);
    assert_eq!(
        one,
        json!({"name": "strike", "language": "python", "description": "Adds a line.", "tools": ["ledger/add"], "version": 2})
    );
    assert_eq!(home.done(&["snippets", "show", "strike"]), "# Adds.\nledger.add(id='a')\n");
    home.done(&["snippets", "remove", "strike"]);
    assert_eq!(home.run(&["snippets", "show", "strike"]).code, 1);
    assert_eq!(home.run(&["snippets", "remove", "strike"]).code, 1);
}

#[test]
fn a_program_calls_saved_ones_of_its_language() {
    let home = Home::new();
    home.write("strike_ts.ts", "const line: any = await ledger.add({id: args.id});\nreturn line.id + '!'");
    home.write("strike_py.py", "line = ledger.add(id=args['id'])\nline['id'] + '!'");
    home.write("strike_star.star", "line = ledger.add(id = args['id'])\nline['id'] + '!'");
    for name in ["strike_ts.ts", "strike_py.py", "strike_star.star"] {
        home.done(&["snippets", "save", name.split('.').next().unwrap(), name]);
    }
    let rows = [
        ("typescript", "return await run_saved('strike_ts', {id: 't'})", "\"t!\"\n"),
        ("python", "run_saved('strike_py', {'id': 'p'})", "\"p!\"\n"),
        ("starlark", "run_saved('strike_star', {'id': 's'})", "\"s!\"\n"),
    ];
    for (language, code, expected) in rows {
        assert_eq!(home.done(&["run", "--language", language, "--code", code]), expected, "{language}");
    }
    let elsewhere = [
        ("typescript", "return await run_saved('strike_py')"),
        ("python", "run_saved('strike_star')"),
        ("starlark", "run_saved('strike_py')"),
    ];
    for (language, code) in elsewhere {
        let left = home.run(&["run", "--language", language, "--code", code]);
        assert_eq!(left.code, 1, "{language}");
        assert!(left.err.contains(&format!("and this one is in {language}")), "{}", left.err);
    }
}

#[test]
fn what_a_program_names_is_noted() {
    let home = Home::new();
    home.write(
        "strike.ts",
        "// Strikes out\n// what was added.\nawait ledger.add({id: 'a'});\nreturn ledger.drop({id: 'a'});\n",
    );
    home.done(&["snippets", "save", "strike", "strike.ts"]);
    let one = home.json(&["snippets", "show", "strike", "--json"]);
    assert_eq!(
        (&one["tools"], &one["description"], &one["language"]),
        (&json!(["ledger/add", "ledger/drop"]), &json!("Strikes out what was added."), &json!("typescript"))
    );
}

#[test]
fn what_is_no_name_and_no_program_is_refused() {
    let home = Home::new();
    home.write("large.ts", &" ".repeat(70_000));
    for args in [["save", "no name", "large.ts"], ["save", "large", "large.ts"], ["save", "gone", "gone.ts"]] {
        assert_eq!(home.run(&[&["snippets"], &args[..]].concat()).code, 2, "{args:?}");
    }
}
