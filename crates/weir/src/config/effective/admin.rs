//! Judges `[admin]`: the API that decides approvals from elsewhere. It has a listener of its own, and no one without
//! the token gets an answer.

use std::{fmt, net::SocketAddr};

use sha2::{Digest, Sha256};

use super::{Folder, listen_address};
use crate::config::{
    problem::{Findings, Problem},
    raw::RawAdmin,
    setting::{ADMIN_LISTEN_DEFAULT, ADMIN_TOKEN_CHARS_MIN},
};

#[derive(Debug, Clone)]
pub struct Admin {
    pub listen: SocketAddr,
    pub token: AdminToken,
}

/// The token's SHA-256: enough to know it again, and nothing to leak.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// How long this takes tells of two hashes, not of the tokens.
    pub fn is(&self, presented: &str) -> bool {
        Self::of(presented).0 == self.0
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[admin token]")
    }
}

/// `serve` is where the MCP surface listens.
pub(super) fn judge(raw: &RawAdmin, serve: SocketAddr, folder: Folder<'_>, findings: &mut Findings) -> Option<Admin> {
    let address = match &raw.listen {
        Some(listen) => folder.text(listen, findings),
        None => Some(ADMIN_LISTEN_DEFAULT.to_owned()),
    };
    let token = raw.token.as_ref().and_then(|token| folder.text(token, findings));
    let place = raw.listen.as_ref().map_or(&raw.place, |listen| &listen.place);
    let listen = address.and_then(|address| {
        let listen = listen_address(&address);
        if listen.is_none() {
            let problem = Problem::new(format!("`listen` is \"{address}\", which is no address to listen on"));
            findings.error(problem.at(place).hint("write an IP address and a port: 127.0.0.1:7421"));
        }
        listen
    });
    if let Some(listen) = listen {
        if listen == serve && listen.port() != 0 {
            let problem = Problem::new(format!("[admin] and [serve] both listen on {listen}")).at(place);
            findings.error(problem.hint("give one of them another port"));
        }
        if !listen.ip().is_loopback() {
            let problem = Problem::new("the admin API is reached over plain http from other machines").at(place);
            findings.warn(problem.hint("listen on 127.0.0.1, behind something that speaks https"));
        }
    }
    let hint = "write token = \"${WEIR_ADMIN_TOKEN}\" and set that variable, for example to what `openssl rand -hex 32` prints";
    match (&raw.token, &token) {
        (None, _) => findings.error(Problem::new("[admin] has no `token`").at(&raw.place).hint(hint)),
        (Some(written), Some(token)) if token.chars().count() < ADMIN_TOKEN_CHARS_MIN => {
            let message = format!("`token` is shorter than {ADMIN_TOKEN_CHARS_MIN} characters");
            findings.error(Problem::new(message).at(&written.place).hint(hint));
        }
        (Some(written), Some(token)) if token.chars().any(|c| !c.is_ascii_graphic()) => {
            let message = "`token` has characters that no header can bear";
            findings.error(Problem::new(message).at(&written.place).hint(hint));
        }
        (Some(_), _) => {}
    }
    Some(Admin { listen: listen?, token: AdminToken::of(&token?) })
}
