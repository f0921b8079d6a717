//! The pages in docs/reference are what the code says. To write them anew: WEIR_BLESS=1 cargo nextest run reference.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

fn is_current(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(page);
    if std::env::var_os("WEIR_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "docs/reference/{page} is not what the code says; run this test with WEIR_BLESS=1");
}

#[test]
fn the_config_page_is_current() {
    is_current("config.md", &weir::config::reference_page::markdown());
}

#[test]
fn the_cli_page_is_current() {
    is_current("cli.md", &weir::cli::reference_page::markdown());
}
