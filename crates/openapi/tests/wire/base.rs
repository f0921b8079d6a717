//! Where an API is: servers, variables, and URLs that are refused.

use std::collections::BTreeMap;

use weir_openapi::{Base, Server, Variable};

fn shown(base: Result<Base, weir_openapi::BadBase>) -> String {
    base.map_or_else(|error| error.to_string(), |base| base.as_str().to_owned())
}

#[test]
fn a_base_is_a_host_and_a_path() {
    for (url, expected) in [
        ("https://api.test", "https://api.test"),
        ("https://api.test/", "https://api.test"),
        ("HTTPS://API.test:443/V1//", "https://api.test/V1"),
        ("http://127.0.0.1:8080/a%20b", "http://127.0.0.1:8080/a%20b"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.test", "https://xn--bcher-kva.test"),
    ] {
        assert_eq!(shown(Base::parse(url)), expected);
        assert_eq!(shown(Base::parse(expected)), expected, "a base is a base again");
    }
}

#[test]
fn a_base_that_could_be_two_things_is_refused() {
    for (url, why) in [
        ("", "it must begin with https:// or http://"),
        ("api.test", "it must begin with https:// or http://"),
        ("//evil", "it must begin with https:// or http://"),
        ("/v1", "it must begin with https:// or http://"),
        ("ftp://x", "it must begin with https:// or http://"),
        ("file:///etc/passwd", "it must begin with https:// or http://"),
        ("https:evil.com", "it must begin with https:// or http://"),
        ("https://", "it names no host"),
        ("https:///evil.com", "it names no host"),
        ("https://:80/", "it names no host"),
        ("https://x/?q", "it holds a query or a fragment: only a path may follow the host"),
        ("https://x/#f", "it holds a query or a fragment: only a path may follow the host"),
        ("https://x?@y", "it holds a query or a fragment: only a path may follow the host"),
        ("https:\\\\evil", "it holds a backslash"),
        ("https://x\\@evil", "it holds a backslash"),
        ("https://x/a b", "it holds a space or a control character"),
        ("https://x/\n", "it holds a space or a control character"),
        (" https://x", "it holds a space or a control character"),
        ("https://{x}/", "it holds a variable that has no value"),
        ("https://x/a/../b", "its path holds `.` or `..`"),
        ("https://x/%2E%2e/b", "its path holds `.` or `..`"),
        ("https://x:99999", "invalid port number"),
        ("https://a%00b/", "invalid international domain name"),
    ] {
        let told = shown(Base::parse(url));
        assert!(told.ends_with(&format!("cannot be an API's base URL: {why}")), "{url}: {told}");
    }
    let told = shown(Base::parse("https://user:hunter2@api.test/v1?token=hunter2"));
    assert_eq!(
        told,
        "`https://…@api.test/v1` cannot be an API's base URL: it holds a user name or a password: credentials belong under `auth`"
    );
}

fn server(url: &str, variables: &[(&str, &str, &[&str])]) -> Server {
    let variable = |(name, default, allowed): &(&str, &str, &[&str])| {
        let allowed = allowed.iter().map(|one| (*one).to_owned()).collect();
        ((*name).to_owned(), Variable { default: (*default).to_owned(), allowed })
    };
    Server { url: url.to_owned(), variables: variables.iter().map(variable).collect() }
}

fn of(server: &Server, configured: &[(&str, &str)], document: Option<&str>) -> String {
    let configured: BTreeMap<String, String> =
        configured.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    shown(Base::of(server, &configured, document))
}

#[test]
fn c08_variables_have_defaults_and_the_operators_values() {
    let regions = server(
        "https://{region}.api.test:{port}/{version}",
        &[("region", "us", &["us", "eu"]), ("port", "443", &[]), ("version", "v1/rest", &[])],
    );
    assert_eq!(of(&regions, &[], None), "https://us.api.test/v1/rest");
    assert_eq!(
        of(&regions, &[("region", "eu"), ("port", "8443"), ("version", "v2")], None),
        "https://eu.api.test:8443/v2"
    );
    assert_eq!(
        of(&regions, &[("region", "mars")], None),
        "the server variable `region` cannot be `mars`: the description allows `us`, `eu`"
    );
    let host = server("{scheme}://{host}/api", &[("scheme", "https", &[]), ("host", "api.test:8080", &[])]);
    assert_eq!(of(&host, &[], None), "https://api.test:8080/api");
    assert_eq!(of(&host, &[("host", "github.example.com"), ("scheme", "http")], None), "http://github.example.com/api");
    assert_eq!(
        of(&server("https://{x}.test", &[]), &[], None),
        "the server variable `x` has no value: set it under `variables`, or set `base_url`"
    );
    assert_eq!(
        of(&server("https://{x.test", &[]), &[], None),
        "the description's server `https://{x.test` has an unclosed brace"
    );
}

#[test]
fn h12_a_server_variable_cannot_leave_its_place() {
    let region = server("https://{region}.api.test/{path}", &[("region", "us", &[]), ("path", "v1", &[])]);
    for value in [
        "evil.com/",
        "evil.com#",
        "evil.com?",
        "evil.com\\",
        "a@evil",
        "evil.com:80",
        "a b",
        "",
        "-a",
        "a-",
        "a..b",
        ".a",
        "a/",
        "ünï",
        "%2e",
        "a\r\n",
    ] {
        let told = of(&region, &[("region", value)], None);
        assert!(
            told.ends_with("it stands in the host's name, which is letters, digits, hyphens and dots"),
            "{value:?}: {told}"
        );
    }
    for value in ["..", ".", "", "a/b", "a?b", "a#b", "a%2fb", "@", "\\"] {
        let told = of(&region, &[("path", value)], None);
        assert!(told.contains("it stands in the path, where"), "{value:?}: {told}");
    }
    // The description's own default and list are held to their place as well.
    for value in ["evil.com/", "evil.com?", "a@evil.com", "evil.com#"] {
        for listed in [vec![], vec![value]] {
            let told = of(&server("https://{r}.api.test", &[("r", value, &listed)]), &[], None);
            assert!(told.contains("it stands in the host's name"), "{value:?}: {told}");
        }
    }
    let glued = server("https://api-{r}.test", &[("r", "x", &[])]);
    assert_eq!(of(&glued, &[("r", "eu")], None), "https://api-eu.test");
    assert!(of(&glued, &[("r", "a.evil")], None).contains("where letters, digits and hyphens may be"));
    for (url, value) in [("https://x.test:{p}", "80/evil"), ("https://x.test:{p}", "80@evil"), ("{p}://x.test", "file")]
    {
        assert!(
            of(&server(url, &[("p", "80", &[])]), &[("p", value)], None)
                .starts_with("the server variable `p` cannot be")
        );
    }
}

#[test]
fn c08_relative_servers_stand_beside_the_document() {
    let document = Some("https://user:pw@docs.test:8443/specs/v3/openapi.json?token=x#y");
    for (url, expected) in [
        ("", "https://docs.test:8443"),
        ("/", "https://docs.test:8443"),
        ("/v1", "https://docs.test:8443/v1"),
        ("v1/", "https://docs.test:8443/specs/v3/v1"),
        ("../v1", "https://docs.test:8443/specs/v1"),
        (".", "https://docs.test:8443/specs/v3"),
        ("//api.test/v1", "https://api.test/v1"),
        ("https://api.test/v1", "https://api.test/v1"),
        (
            "api.test:80/v1",
            "the description's server `api.test:80/v1` cannot be used: it must begin with https:// or http://, or be relative: set `base_url`",
        ),
        ("\\\\evil", "the description's server `\\\\\\\\evil` cannot be used: it holds a backslash"),
        ("/v1?a=b", "the description's server `/v1` cannot be used: it holds a query or a fragment"),
    ] {
        assert_eq!(of(&server(url, &[]), &[], document), expected);
    }
    for document in [None, Some("file:///etc/openapi.json"), Some("nonsense")] {
        assert_eq!(
            of(&server("/v1", &[]), &[], document),
            "the description's server `/v1` cannot be used: it is relative, and the description was not read from a URL: set `base_url`"
        );
    }
}
