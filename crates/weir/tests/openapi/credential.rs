//! Credentials: the API gets them, nobody else sees them, however they are echoed.

use std::os::unix::fs::PermissionsExt;

use crate::api;

const SECRET: &str = "canary/+4711 x";

const ECHO: &str = "const said = await tickets.echo({}); console.log(JSON.stringify(said)); return said";

/// Every form: what the server gets, and that neither answer, log nor report shows it, raw or encoded.
#[test]
fn c09_a_credential_is_sent_and_never_seen() {
    for (auth, name, sent) in [
        ("{ bearer = \"${SECRET}\" }", "authorization", "Bearer canary/+4711 x"),
        ("{ bearer = { file = \"secret.txt\" } }", "authorization", "Bearer canary/+4711 x"),
        ("{ bearer = { command = [\"./tell\"] } }", "authorization", "Bearer canary/+4711 x"),
        ("{ basic = { user = \"ann\", password = \"${SECRET}\" } }", "authorization", "Basic YW5uOmNhbmFyeS8rNDcxMSB4"),
        ("{ header = { name = \"X-Key\", value = \"${SECRET}\" } }", "x-key", "canary/+4711 x"),
        ("{ cookie = { name = \"session\", value = \"canary4711\" } }", "cookie", "session=canary4711"),
        ("{ query = { name = \"key\", value = \"${SECRET}\" } }", "", "key="),
    ] {
        let server = api::server();
        let home = api::home(&server, &format!("auth = {auth}")).with("SECRET", SECRET);
        home.write("secret.txt", format!("{SECRET}\n"));
        std::fs::set_permissions(home.path("secret.txt"), std::fs::Permissions::from_mode(0o600)).unwrap();
        home.write("tell", "#!/bin/sh\ncat secret.txt\n");
        std::fs::set_permissions(home.path("tell"), std::fs::Permissions::from_mode(0o700)).unwrap();
        home.write("echo.js", ECHO);
        let left = home.run(&["run", "echo.js", "--json"]);
        assert_eq!(left.code, 0, "{auth}: {}", left.seen());
        let seen = server.seen();
        let came = if name.is_empty() { seen[0].target.as_str() } else { seen[0].header(name).unwrap_or_default() };
        assert!(came.contains(sent), "{auth}: {came}");
        for secret in ["canary", "Y2FuYXJ5", "YW5uOmNhbmFye", "4711"] {
            assert!(!left.seen().contains(secret), "{auth}: {secret} in {}", left.seen());
        }
        assert!(left.out.contains("[redacted]"), "{auth}: {}", left.out);
    }
}

/// A scheme of the description gets its credential where an operation asks for it, and nowhere else.
#[test]
fn a_scheme_has_its_own_credential() {
    let server = api::server();
    let home = api::home(&server, "[upstream.tickets.schemes]\ntoken = { bearer = \"${SECRET}\" }")
        .with("SECRET", "s3cret-4711");
    home.program("both.js", "return [await tickets.echo({}), await tickets.tickets_get({id: '1'})].length");
    let sent: Vec<_> = server.seen().iter().map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [None, Some("Bearer s3cret-4711".to_owned())]);
}

/// An operation that needs a credential nobody configured is not sent without.
#[test]
fn a_missing_credential_is_named() {
    let server = api::server();
    let home = api::home(&server, "");
    let said = home.program(
        "get.js",
        "try { return await tickets.tickets_get({id: '1'}) } catch (error) { return error.message }",
    );
    let said = said.as_str().unwrap();
    assert!(said.contains("token") && said.contains("schemes"), "{said}");
    assert!(server.seen().is_empty());
}
