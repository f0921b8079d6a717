//! `weir login`: a person lets weir in at an upstream, with a browser here or elsewhere.

mod browser;

use std::path::PathBuf;

use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    sync::mpsc,
};
use weir_upstream::{LoggedIn, LoginAsked, LoginFailure, UpstreamConfig, begin_login};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{data, talk},
    signal, start,
};
use crate::{
    answer::escape,
    config::{Loaded, Surroundings},
};

/// Characters of a pasted address; a longer one is none.
const PASTED_CHARS_MAX: usize = 16 * 1024;

/// Log in to an upstream that wants it
///
/// Opens the browser at the upstream's own login, or prints the address for a browser
/// elsewhere. What weir gets is kept encrypted, renewed by itself, and sent to this upstream
/// only. Where no browser can come back to this machine, paste the address that it ended at.
///
/// Examples:
///   weir login github
///   weir login github --scope repo:write     more rights, beside those there are
///   weir login github --no-browser           the address is only printed
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Login {
    /// The upstream's name in the configuration
    #[arg(value_name = "UPSTREAM")]
    upstream: String,
    /// A right to ask for, beside those that are asked for anyway; may be repeated
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Print the address, and open nothing
    #[arg(long)]
    no_browser: bool,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
}

impl Login {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let stop = signal::stop_asked()?;
        let loaded = start::configured(global)?;
        let (upstream, tokens) = meant(&loaded, &self.upstream)?;
        let asked = LoginAsked { upstream, tokens: &tokens, scopes: &self.scope };
        let name = escape::line(upstream.name.as_str(), 64);
        let login = async {
            let pending = begin_login(asked).await?;
            talk(&format!("weir: log in to {name} at {}, here:\n", escape::line(pending.issuer(), 300)));
            talk(&format!("  {}\n", escape::line(pending.url(), 16 * 1024)));
            if !pending.scopes().is_empty() {
                talk(&format!("weir: it asks for {}", escape::line(&pending.scopes().join(" "), 1_000)));
            }
            let opened = !self.no_browser && browser::open(pending.url(), &Surroundings::of_process());
            talk(match opened {
                true => "weir: the browser was asked to open it; waiting for it to come back",
                false => "weir: open it in a browser; waiting for it to come back",
            });
            talk(&format!(
                "  hint: a browser on another machine ends at {}…, which it cannot show: paste that whole address here",
                pending.redirect()
            ));
            pending.complete(pasted()).await
        };
        tokio::select! {
            logged_in = login => self.tell(&logged_in.map_err(|failure| refused(&name, &failure))?, &name),
            () = stop.cancelled() => Ok(Exit::Interrupted),
        }
    }

    fn tell(&self, logged_in: &LoggedIn, name: &str) -> Result<Exit, Stopped> {
        let LoggedIn { issuer, scopes, lasts, renewable } = logged_in;
        if self.json {
            let told = json!({
                "upstream": self.upstream,
                "issuer": issuer,
                "scopes": scopes,
                "lasts_s": lasts.map(|lasts| lasts.as_secs()),
                "renewable": renewable,
            });
            data(&format!("{told:#}\n"))?;
            return Ok(Exit::Ok);
        }
        let rights = match scopes.is_empty() {
            true => String::new(),
            false => format!(", for {}", escape::line(&scopes.join(" "), 1_000)),
        };
        let lasts = match (renewable, lasts) {
            (true, _) => "; it is renewed by itself".to_owned(),
            (false, Some(lasts)) => format!("; it ends after {} minutes", lasts.as_secs().div_ceil(60)),
            (false, None) => String::new(),
        };
        data(&format!("logged in to {name} at {}{rights}{lasts}\n", escape::line(issuer, 300)))?;
        Ok(Exit::Ok)
    }
}

/// The upstream of that name, and where its tokens are kept.
pub(super) fn meant<'a>(loaded: &'a Loaded, name: &str) -> Result<(&'a UpstreamConfig, PathBuf), Stopped> {
    start::with_upstreams(loaded)?;
    let all = &loaded.effective.upstreams;
    let upstream = all.iter().find(|upstream| upstream.name.as_str() == name).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|upstream| upstream.name.as_str()).collect();
        Stopped::new(Exit::Usage, format!("error: no upstream is named `{}`", escape::line(name, 64)))
            .hint(&format!("there are {}", escape::line(&names.join(", "), 500)))
    })?;
    let tokens = loaded.effective.tokens_dir.clone().ok_or_else(|| {
        Stopped::new(Exit::Usage, "error: there is no place to keep a login: no home folder is known")
            .hint("set HOME, or XDG_STATE_HOME")
    })?;
    Ok((upstream, tokens))
}

pub(super) fn refused(name: &str, failure: &LoginFailure) -> Stopped {
    Stopped::new(Exit::Unavailable, format!("error: {name}: {}", escape::line(&failure.to_string(), 2_000)))
}

/// Lines of standard input that hold something. What is typed elsewhere, or not at all, ends nothing.
fn pasted() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin());
        let mut line = Vec::new();
        loop {
            line.clear();
            let bounded = &mut tokio::io::AsyncReadExt::take(&mut lines, PASTED_CHARS_MAX as u64);
            match bounded.read_until(b'\n', &mut line).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => break,
            }
            let text = String::from_utf8_lossy(&line).trim().to_owned();
            if !text.is_empty() && sender.send(text).await.is_err() {
                return;
            }
        }
        // The end of the input is not an answer: the browser may still come back.
        sender.closed().await;
    });
    receiver
}
