//! What a child sees of this process's environment: an allowlist, and what the config names.
//!
//! Never passed on by itself: credentials in variables, loader and runtime switches (`LD_PRELOAD`, `NODE_OPTIONS`,
//! `PYTHONSTARTUP`), and proxy settings, whose URLs carry passwords. The config can name any of them.

use std::ffi::{OsStr, OsString};

const NAMES: [&str; 17] = [
    "HOME",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "NODE_EXTRA_CA_CERTS",
    "PATH",
    "REQUESTS_CA_BUNDLE",
    "SHELL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "__CF_USER_TEXT_ENCODING",
];
const PREFIXES: [&str; 2] = ["LC_", "XDG_"];

pub(crate) fn inherited() -> Vec<(OsString, OsString)> {
    std::env::vars_os().filter(|(name, value)| passes(name, value)).collect()
}

fn passes(name: &OsStr, value: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let listed = NAMES.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p));
    // An exported shell function begins so, and some shells run it on start.
    listed && !value.as_encoded_bytes().starts_with(b"()")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m12_only_the_harmless_passes() {
        for (name, expected) in [
            ("PATH", true),
            ("LC_ALL", true),
            ("XDG_CACHE_HOME", true),
            ("LD_PRELOAD", false),
            ("NODE_OPTIONS", false),
            ("PYTHONPATH", false),
            ("GITHUB_TOKEN", false),
            ("AWS_SECRET_ACCESS_KEY", false),
            ("HTTPS_PROXY", false),
            ("path", false),
            ("", false),
        ] {
            assert_eq!(passes(OsStr::new(name), OsStr::new("x")), expected, "{name}");
        }
        assert!(!passes(OsStr::new("LANG"), OsStr::new("() { :; }; echo")));
    }
}
