//! Pages: what is asked for, and where it ends.

use super::harness::{asks, check, logs};

#[test]
fn a_page_is_asked_for_with_what_the_last_one_told() {
    check("github.list_issues.pages(at = 7)", "[7,8,9]");
    assert_eq!(
        asks("\ngithub.list_issues.pages({\"at\": 8, \"_max\": 1}, _max = 2)"),
        [
            r#"2: .page({"tool":["github","list_issues"],"arguments":{"at":8,"_max":1}})"#,
            r#"2: .page({"tool":["github","list_issues"],"arguments":{"at":9}})"#
        ]
    );
    check(
        "[str(github.list_issues.pages), dir(github.list_issues), \"pages\" in tools]",
        "[\"github.list_issues.pages\",[\"pages\"],false]",
    );
}

/// H20: a next page that was there before ends it, and so does the most that may be asked for.
#[test]
fn h20_pages_that_never_end_do() {
    check("github.list_issues.pages(at = 0, _max = 100)", "[0,1,2,3,4]");
    assert_eq!(
        logs("github.list_issues.pages(at = 0)"),
        [
            "Warn: github.list_issues.pages stopped after 5 pages: the upstream names one as the next that was there before"
        ]
    );
    check("len(github.list_issues.pages(at = 100))", "10");
    check("len(github.list_issues.pages(at = 100, _max = 100))", "100");
    assert_eq!(
        logs("github.list_issues.pages(at = 100)"),
        ["Warn: github.list_issues.pages stopped after 10 pages, and there are more: pass _max for up to 100"]
    );
}
