//! `weir logout`: a login is forgotten here, and ended where it was made.

use serde_json::json;
use weir_upstream::{LoggedOut, logout};

use super::{
    Global,
    exit::{Exit, Stopped},
    login::{meant, refused},
    screen::data,
    start,
};
use crate::answer::escape;

/// Log out of an upstream
///
/// Its tokens are removed from this machine, and revoked where the upstream's login server
/// has a way to do that.
///
/// Example:
///   weir logout github
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Logout {
    /// The upstream's name in the configuration
    #[arg(value_name = "UPSTREAM")]
    upstream: String,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
}

impl Logout {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let loaded = start::configured(global)?;
        let (upstream, tokens) = meant(&loaded, &self.upstream)?;
        let name = escape::line(upstream.name.as_str(), 64);
        let ended = logout(upstream, &tokens).await.map_err(|failure| refused(&name, &failure))?;
        let (removed, revoked, why) = match &ended {
            LoggedOut::Already => (false, false, None),
            LoggedOut::Revoked => (true, true, None),
            LoggedOut::Forgotten(why) => (true, false, Some(why.as_str())),
        };
        if self.json {
            let told = json!({ "upstream": self.upstream, "removed": removed, "revoked": revoked, "reason": why });
            data(&format!("{told:#}\n"))?;
            return Ok(Exit::Ok);
        }
        let told = match &ended {
            LoggedOut::Already => format!("nobody was logged in to {name}"),
            LoggedOut::Revoked => format!("logged out of {name}; its tokens are revoked"),
            LoggedOut::Forgotten(why) => {
                format!("logged out of {name} here; its tokens were not revoked there: {}", escape::line(why, 500))
            }
        };
        data(&format!("{told}\n"))?;
        Ok(Exit::Ok)
    }
}
