//! The command line: one command a file; the `///` on each is its help.
//!
//! stdout is data and stderr is talk. A command decides nothing that a surface decides too: both ask the gateway.

use std::{panic, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

mod admin;
mod approvals;
mod approve;
mod cancel;
mod check;
mod demo;
mod deny;
mod direct;
mod done;
mod exit;
mod login;
mod logout;
pub mod reference_page;
mod results;
mod run;
mod runs;
mod screen;
mod search;
mod serve;
mod show;
mod signal;
mod snippets;
mod start;
mod stdio;
mod store;
pub mod warden;
pub mod worker;

pub use exit::Exit;
use exit::Stopped;

use crate::config::Surroundings;

/// A gateway between an AI agent and its tools
///
/// The agent connects to weir instead of to every MCP server by itself, and sees three
/// tools: search, get_schema and execute. It finds what it needs, writes one short program,
/// and weir runs that program in a sandbox where every upstream tool is a typed function.
/// Definitions and raw results stay out of the model's context.
///
/// Try it, no configuration needed:   weir demo
/// With the servers you have:         weir check, then weir stdio or weir serve
#[derive(Debug, Parser)]
#[command(name = "weir", version, verbatim_doc_comment, after_long_help = exit::table(), max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
pub struct Global {
    /// The configuration: weir.toml, or the file of an MCP client
    ///
    /// Without it, weir takes ./weir.toml, else the first of the usual client files that has servers in it, and says
    /// which on stderr.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override one setting; may be repeated
    ///
    /// Settings are named as in weir.toml: --set limits.cpu_ms=2000 --set upstream.github.enabled=false
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Stdio(stdio::Stdio),
    Serve(serve::Serve),
    Run(run::Run),
    Search(search::Search),
    Show(show::Show),
    Check(check::Check),
    Login(login::Login),
    Logout(logout::Logout),
    Runs(runs::Runs),
    Approvals(approvals::Approvals),
    Approve(approve::Approve),
    Deny(deny::Deny),
    Done(done::Done),
    Cancel(cancel::Cancel),
    Results(results::Results),
    Snippets(snippets::Snippets),
}

impl Command {
    /// Servers warn as things happen; the others say themselves what went wrong, once.
    fn trace_level(&self) -> &'static str {
        match self {
            Self::Stdio(_) | Self::Serve(_) => "warn",
            _ => "error",
        }
    }
}

/// Parses the arguments and does what they say.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let what = info.payload_as_str().unwrap_or("no reason given");
        screen::talk(&format!(
            "weir: a fault of weir's own{place}: {what}\n  hint: please report this line, and what you did, to the project's issue tracker"
        ));
    }));
    let cli = Cli::parse();
    trace(&Surroundings::of_process(), cli.command.trace_level());
    match begin(cli) {
        Ok(exit) => exit.into(),
        Err(stopped) => {
            if !stopped.message.is_empty() {
                screen::talk(&stopped.message);
            }
            stopped.exit.into()
        }
    }
}

fn begin(cli: Cli) -> Result<Exit, Stopped> {
    let Cli { global, command } = cli;
    let mut runtime = match &command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        // One client: a call then crosses no thread on its way, which on an idle machine costs more than the call itself.
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| Stopped::internal(format!("threads cannot be started: {error}")))?;
    let ended = runtime.block_on(async {
        match command {
            Command::Demo(command) => command.run(&global).await,
            Command::Stdio(command) => command.run(&global).await,
            Command::Serve(command) => command.run(&global).await,
            Command::Run(command) => command.run(&global).await,
            Command::Runs(command) => command.run(&global).await,
            Command::Approvals(command) => command.run(&global).await,
            Command::Approve(command) => command.run(&global).await,
            Command::Deny(command) => command.run(&global).await,
            Command::Done(command) => command.run(&global).await,
            Command::Cancel(command) => command.run(&global).await,
            Command::Results(command) => command.run(&global).await,
            Command::Snippets(command) => command.run(&global).await,
            Command::Search(command) => command.run(&global).await,
            Command::Show(command) => command.run(&global).await,
            Command::Check(command) => command.run(&global).await,
            Command::Login(command) => command.run(&global).await,
            Command::Logout(command) => command.run(&global).await,
        }
    });
    // A thread may still wait for standard input; nothing that matters does.
    runtime.shutdown_background();
    ended
}

/// The operator's trace, on stderr: what `WEIR_LOG` asks for, else what the command's own words leave unsaid.
fn trace(surroundings: &Surroundings, level: &str) {
    let asked = surroundings.log_filter().unwrap_or_else(|| level.to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&asked).unwrap_or_else(|error| {
        screen::talk(&format!("warning: WEIR_LOG is \"{asked}\", which is no filter ({error}); it is ignored"));
        tracing_subscriber::EnvFilter::new(level)
    });
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(anstream::stderr).with_target(false).finish();
    // Set twice only if a library did it first; then its choice stands.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
