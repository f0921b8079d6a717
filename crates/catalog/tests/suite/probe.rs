//! Whether stubs and calls written against them type-check in TypeScript.

use std::path::Path;

use weir_testkit::checker;

pub(crate) fn type_check(name: &str, program: &str) -> Result<(), String> {
    checker::typescript(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("stubs").join(name), program)
}

pub(crate) fn check(name: &str, program: &str) {
    if let Err(complaints) = type_check(name, program) {
        panic!("{name}: {complaints}");
    }
}
