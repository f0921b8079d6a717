//! `[store]`, `[approvals]` and `[admin]`: what they become, and what is said of mistakes.

use weir_model::limits::APPROVAL_TTL;
use weir_store::Location;

use super::{World, weir_toml};
use crate::{
    config::{Ask, Surroundings, without_file},
    notify::Notify,
};

fn place(world: &World) -> String {
    let root = world.root.path().display().to_string();
    match world.found().effective.store.place {
        Location::Memory => "memory".to_owned(),
        Location::Sqlite(path) => path.display().to_string().replace(&root, "ROOT"),
        Location::Postgres(url) => url,
    }
}

#[test]
fn where_runs_are_kept() {
    for (text, expected) in [
        ("", "ROOT/home/.local/state/weir/weir.db"),
        ("[store]\npath = \"runs.db\"\n", "ROOT/project/runs.db"),
        ("[store]\npath = \"~/${NAME}.db\"\n", "ROOT/home/name.db"),
        ("[store]\npath = \"/var/lib/weir/weir.db\"\n", "/var/lib/weir/weir.db"),
        ("[store]\npath = \":memory:\"\n", "memory"),
        ("[store]\nurl = \"${DATABASE_URL}\"\n", "postgres://me:pw@db/weir"),
        ("[store]\nurl = \"postgresql:///weir\"\n", "postgresql:///weir"),
    ] {
        let world = weir_toml(text).with("NAME", "name").with("DATABASE_URL", "postgres://me:pw@db/weir");
        assert_eq!(place(&world), expected, "{text}");
    }
    let world = weir_toml("").with("XDG_STATE_HOME", "/state");
    assert_eq!(place(&world), "/state/weir/weir.db");
    let nowhere = Surroundings::fixed([], None, "/".into());
    let loaded = without_file(&[], &nowhere).unwrap();
    assert_eq!(loaded.effective.store.place, Location::Memory);
    insta::assert_snapshot!(loaded.warnings[0].render("warning"), @r"
    warning: runs are kept in memory only and end with weir: no home folder is known
      hint: set the variable HOME, or [store] path
    ");
    let said = without_file(&["store.path=:memory:".to_owned()], &nowhere).unwrap();
    assert!(said.warnings.is_empty());
}

#[test]
fn how_long_they_are_kept() {
    for (text, days, bytes) in [
        ("", 30, 1_024_000_000),
        ("[store]\nkeep_days = 1\n", 1, 1_024_000_000),
        ("[store]\nkeep_mb = 5\n", 30, 5_000_000),
    ] {
        let store = weir_toml(text).found().effective.store;
        assert_eq!((store.keep.as_secs(), store.keep_bytes), (days * 86_400, bytes), "{text}");
    }
}

#[test]
fn who_is_told_that_calls_wait() {
    let world = weir_toml("[approvals]\nexpire_hours = 2\nnotify = { command = [\"./tell\", \"${NAME}\", \"a b\"] }\n")
        .with("NAME", "name")
        .with("PATH", "/bin")
        .with("DISPLAY", ":0")
        .with("LC_ALL", "C")
        .with("GITHUB_TOKEN", "canary");
    let approvals = world.found().effective.approvals;
    assert_eq!(approvals.ttl.as_secs(), 7_200);
    let Some(Notify::Command(command)) = approvals.notify else { panic!("{approvals:?}") };
    let root = world.root.path();
    assert_eq!(command.program, root.join("project/./tell").display().to_string());
    assert_eq!((command.args, command.cwd), (vec!["name".to_owned(), "a b".to_owned()], root.join("project")));
    let env: Vec<_> = command.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["DISPLAY=:0", "LC_ALL=C", "PATH=/bin"]);

    let found = weir_toml("[approvals.notify]\ncommand = [\"notify-send\"]\n").found().effective.approvals;
    assert!(matches!(found.notify, Some(Notify::Command(command)) if command.program == "notify-send"));
    assert_eq!(found.ttl, APPROVAL_TTL);

    let world = weir_toml("[approvals.notify]\nwebhook = \"${HOOK}\"\n").with("HOOK", "http://hooks.example/canary");
    let loaded = world.found();
    let Some(Notify::Webhook(url)) = &loaded.effective.approvals.notify else { panic!() };
    assert_eq!(url.expose(), "http://hooks.example/canary");
    assert!(!format!("{loaded:?}").contains("canary"));
    insta::assert_snapshot!(loaded.warnings[0].message, @"`webhook` gets the arguments of calls over plain http, where others can read them");
    assert!(weir_toml("").found().effective.approvals.notify.is_none());
}

#[test]
fn the_admin_api_has_a_token_or_is_off() {
    assert!(weir_toml("").found().effective.admin.is_none());
    let world = weir_toml("[admin]\ntoken = \"${T}\"\n").with("T", "canary-0123456789");
    let loaded = world.found();
    let admin = loaded.effective.admin.as_ref().unwrap();
    assert_eq!(admin.listen.to_string(), "127.0.0.1:7421");
    assert!(admin.token.is("canary-0123456789"));
    for wrong in ["", "canary-012345678", "canary-01234567890", "Canary-0123456789"] {
        assert!(!admin.token.is(wrong), "{wrong}");
    }
    assert!(!format!("{loaded:?}").contains("canary"));
    let ask = Ask { file: None, set: vec!["admin.listen=0.0.0.0:9".into()] };
    let loaded = world.load(&ask).unwrap_or_else(|invalid| panic!("{invalid}"));
    assert_eq!(loaded.effective.admin.unwrap().listen.to_string(), "0.0.0.0:9");
    insta::assert_snapshot!(loaded.warnings[0].message, @"the admin API is reached over plain http from other machines");
}

#[test]
fn mistakes() {
    for (text, expected) in [
        ("[store]\npath = \"a\"\nurl = \"postgres://x/y\"\n", "[store] has both `path` and `url`"),
        ("[store]\npath = \" \"\n", "`path` is empty"),
        ("[store]\npath = \"postgres://x/y\"\n", "`path` is a URL"),
        ("[store]\nurl = \"weir.db\"\n", "`url` of [store] is no postgres:// URL"),
        ("[store]\nurl = \"${DATABASE_URL}\"\n", "the variable `DATABASE_URL` is not set"),
        ("[store]\nkeep_days = 0\n", "`keep_days` is 0, but must be from 1 to 3650"),
        ("[store]\nkeep_mb = \"1 GB\"\n", "`keep_mb` should be an integer from 1 to 1000000, not a string"),
        ("[store]\nurll = \"x\"\n", "unknown key `urll` in [store]"),
        ("store = \"weir.db\"\n", "[store] should be a table, not a string"),
        ("[approvals]\nexpire_hours = 10_000\n", "`expire_hours` is 10000, but must be from 1 to 8760"),
        ("[approvals]\nnotify = \"notify-send\"\n", "`notify` of [approvals] should be a table, not a string"),
        ("[approvals]\nnotify = {}\n", "`notify` has neither `command` nor `webhook`"),
        ("[approvals.notify]\ncommand = []\n", "`command` of `notify` names no program"),
        ("[approvals.notify]\ncommand = [\"\", \"x\"]\n", "`command` of `notify` names no program"),
        ("[approvals.notify]\ncommand = \"notify-send\"\n", "`command` should be a list of strings, not a string"),
        (
            "[approvals.notify]\ncommand = [\"x\"]\nwebhook = \"https://x\"\n",
            "`notify` has both `command` and `webhook`",
        ),
        ("[approvals.notify]\nwebhook = \"ftp://x/\"\n", "`webhook` is no http or https address"),
        ("[approvals.notify]\nmail = \"me\"\n", "unknown key `mail` in `notify` of [approvals]"),
        ("[admin]\n", "[admin] has no `token`"),
        ("[admin]\nlisten = \"127.0.0.1:1\"\n", "[admin] has no `token`"),
        ("[admin]\ntoken = \"short\"\n", "`token` is shorter than 16 characters"),
        ("[admin]\ntoken = \"0123456789 abcdef\"\n", "`token` has characters that no header can bear"),
        ("[admin]\ntoken = \"${T}\"\n", "the variable `T` is not set"),
        ("[admin]\ntoken = 5\n", "`token` should be a string, not an integer"),
        (
            "[admin]\nlisten = \"x\"\ntoken = \"0123456789abcdef\"\n",
            "`listen` is \"x\", which is no address to listen on",
        ),
        (
            "[admin]\nlisten = \"127.0.0.1:7420\"\ntoken = \"0123456789abcdef\"\n",
            "[admin] and [serve] both listen on 127.0.0.1:7420",
        ),
    ] {
        let refused = weir_toml(text).refused(&[]);
        let first = refused.lines().next().unwrap();
        assert!(first.strip_prefix("error: ").unwrap().starts_with(expected), "{text}\n{refused}");
        assert!(refused.contains("--> weir.toml:"), "{refused}");
        assert!(refused.ends_with("the configuration has a problem; nothing was started"), "{text}\n{refused}");
    }
}

/// One way to say where runs are kept replaces the other.
#[test]
fn set_moves_the_store() {
    let world = weir_toml("[store]\nurl = \"postgres://db/weir\"\nkeep_days = 3\n");
    let ask = Ask { file: None, set: vec!["store.path=:memory:".into()] };
    let store = world.load(&ask).unwrap_or_else(|invalid| panic!("{invalid}")).effective.store;
    assert_eq!((store.place, store.keep.as_secs()), (Location::Memory, 3 * 86_400));
}
