//! Opens a person's browser, where there is one to open. No shell, and nothing but an `http` or `https` address.

use std::process::{Command, Stdio};

use crate::config::Surroundings;

/// Whether a browser was asked to show it.
pub(super) fn open(url: &str, surroundings: &Surroundings) -> bool {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return false;
    }
    let set = |name: &str| surroundings.variable(name).is_ok_and(|value| !value.is_empty());
    let program = match cfg!(target_os = "macos") {
        // Over SSH it would open on a screen that nobody looks at.
        true if !set("SSH_CONNECTION") => "open",
        false if set("DISPLAY") || set("WAYLAND_DISPLAY") => "xdg-open",
        _ => return false,
    };
    let started = Command::new(program)
        .arg(url)
        .env_clear()
        .envs(surroundings.desktop())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    // It shows the address and ends, or becomes the browser: either way it is not this command's to wait for.
    started.is_ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn m20_only_addresses_are_opened_and_only_where_there_is_a_screen() {
        let with = |variables: &[(&'static str, &'static str)]| {
            Surroundings::fixed(variables.iter().copied(), None, PathBuf::from("/"))
        };
        let screen = with(&[("DISPLAY", ":0"), ("PATH", "/nowhere")]);
        for url in ["file:///etc/passwd", "javascript:alert(1)", "$(id)", "-h", "--version", "ftp://x", ""] {
            assert!(!open(url, &screen), "{url}");
        }
        assert!(!open("https://as.example/authorize", &with(&[("SSH_CONNECTION", "1 2 3 4")])));
    }
}
