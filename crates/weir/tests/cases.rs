//! One suite for every language: each case under `cases/` is a task, its fake tools, a snippet per language, and the report
//! the run must leave. Bridge, catalog, workers and engines are real; only the upstreams and time are played.

#[path = "cases/answer.rs"]
mod answer;
#[path = "cases/case.rs"]
mod case;
#[path = "cases/expect.rs"]
mod expect;
#[path = "cases/expect_tests.rs"]
mod expect_tests;
#[path = "cases/fill.rs"]
mod fill;
#[path = "cases/scene.rs"]
mod scene;
#[path = "cases/snippets.rs"]
mod snippets;
#[path = "cases/time.rs"]
mod time;
#[path = "cases/tool.rs"]
mod tool;

use std::{collections::BTreeSet, fs};

use futures_util::{StreamExt, stream};
use weir_model::Language;

use case::directory;

/// Every case is written in these, or says why it cannot be.
const LANGUAGES: [&str; 3] = ["typescript", "python", "starlark"];
/// Runs at once: more than there are workers, so that runs share them.
const AT_ONCE: usize = 8;
/// What the issue of the suite asks for; fewer means that cases were lost.
const CASES_MIN: usize = 60;

/// Runs every case in one language over one pool; all that differs is told at the end.
async fn check(language: Language) {
    let cases = case::all();
    assert!(cases.len() >= CASES_MIN, "{} cases were found in {}", cases.len(), directory().display());
    let pool = scene::pool();
    pool.ready(language).await.expect("the guest is ready");
    let ran = stream::iter(&cases)
        .filter(|case| std::future::ready(!case.not.contains_key(language.as_str())))
        .map(|case| async {
            let outcome = scene::run(&pool, case, language).await;
            (case.name.as_str(), outcome)
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    pool.shut_down().await;
    let mut table = String::new();
    for (name, differences) in &ran {
        for difference in differences {
            table.push_str(&format!("{name:<36} {difference}\n"));
        }
    }
    let failed = ran.iter().filter(|(_, differences)| !differences.is_empty()).count();
    assert!(failed == 0, "{failed} of {} cases in {language} went otherwise:\n{table}", ran.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typescript() {
    check(Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python() {
    check(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starlark() {
    check(Language::Starlark).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_gives_what_cpython_gives() {
    let pool = scene::pool();
    pool.ready(Language::Python).await.expect("the guest is ready");
    let differences = snippets::differences(&pool).await;
    pool.shut_down().await;
    assert!(differences.is_empty(), "snippets that went otherwise:\n{}", differences.join("\n"));
}

/// A case without a snippet in some language says why, and the language's page of limitations says so too.
#[test]
fn every_case_is_written_in_every_language_or_says_why_not() {
    let mut missing = Vec::new();
    for case in case::all() {
        for language in LANGUAGES {
            match (case.snippet(language).is_some(), case.not.get(language)) {
                (true, None) => {}
                (true, Some(_)) => missing.push(format!("{} has a {language} snippet and says it cannot", case.name)),
                (false, None) => missing.push(format!("{} has no {language} snippet and no reason", case.name)),
                (false, Some(reason)) => {
                    let page = directory().join(format!("../docs/limitations/{language}.md"));
                    let text = fs::read_to_string(&page).unwrap_or_default();
                    if !text.contains(reason.as_str()) {
                        missing.push(format!("{}: \"{reason}\" does not stand in {}", case.name, page.display()));
                    }
                }
            }
        }
        let strangers: BTreeSet<_> = case.not.keys().filter(|name| !LANGUAGES.contains(&name.as_str())).collect();
        assert!(strangers.is_empty(), "{}: {strangers:?} are no languages", case.name);
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
