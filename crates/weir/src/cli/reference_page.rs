//! `docs/reference/cli.md`, written from the same definitions that parse the command line.

use clap::CommandFactory;

use super::{Cli, exit};

/// The whole page.
pub fn markdown() -> String {
    let mut page = String::from(
        "<!-- Written by the test `the_cli_page_is_current`; do not edit. -->\n# Command line\n\n\
         stdout is data, stderr is talk. Colour is used on terminals only, and never when `NO_COLOR` is set.\n\
         `WEIR_LOG=debug` (or `weir_upstream=trace,warn`, …) traces to stderr.\n",
    );
    let mut weir = Cli::command().term_width(100);
    weir.build();
    section(&mut page, "weir", &mut weir);
    page.push_str("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for exit in exit::Exit::ALL {
        page.push_str(&format!("| {} | {} |\n", exit as u8, exit.meaning()));
    }
    page
}

/// A command's help, and that of its own commands.
fn section(page: &mut String, title: &str, command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let trimmed: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## `{title}`\n\n```text\n{}\n```\n", trimmed.join("\n").trim_end()));
    for command in command.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        section(page, &format!("{title} {}", command.get_name()), command);
    }
}
