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
