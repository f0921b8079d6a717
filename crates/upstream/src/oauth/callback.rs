//! Where a login comes back to: one port on loopback, one path, one answer. Nothing foreign is put into a page.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use weir_model::{Secret, limits};

const PATH: &str = "/callback";

pub(super) struct Redirects {
    listener: TcpListener,
    port: u16,
}

/// What an authorization server sent back with the browser.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) outcome: Outcome,
    /// RFC 9207.
    pub(super) issuer: Option<String>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Code(Secret),
    Refused { code: String, description: String },
}

/// Why something is not the answer that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stray {
    #[error("it is no URL of the form {0}", "http://127.0.0.1:PORT/callback?code=…&state=…")]
    NoReturn,
    #[error("it belongs to another login: its state is not this one's")]
    OtherState,
    #[error("it holds neither a code nor an error")]
    Nothing,
    #[error("it says one thing twice")]
    Twice,
}

#[derive(Debug, thiserror::Error)]
#[error("too many requests that belong to no login came to the address it is redirected to")]
pub(super) struct TooManyStrays;

impl Redirects {
    /// On IPv4 loopback only; any free port when none is said.
    pub(super) async fn bind(port: Option<u16>) -> std::io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or(0)));
        let listener = TcpListener::bind(address).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Until the answer with this state has come. Every other request is turned away.
    pub(super) async fn returned(&self, state: &str) -> Result<Returned, TooManyStrays> {
        let mut connections = FuturesUnordered::new();
        let mut strays = 0;
        loop {
            let room = connections.len() < limits::REDIRECT_CONNECTIONS_MAX;
            tokio::select! {
                accepted = self.listener.accept(), if room => match accepted {
                    Ok((stream, _)) => connections.push(timeout(limits::REDIRECT_READ_TIMEOUT, self.answer(stream, state))),
                    Err(_) => strays += 1,
                },
                Some(answered) = connections.next() => match answered {
                    Ok(Some(returned)) => return Ok(returned),
                    Ok(None) | Err(_) => strays += 1,
                },
            }
            if strays > limits::REDIRECT_STRAYS_MAX {
                return Err(TooManyStrays);
            }
        }
    }

    async fn answer(&self, mut stream: TcpStream, state: &str) -> Option<Returned> {
        let head = head(&mut stream).await?;
        let read = self.target(&head).ok_or((404, "There is nothing here."));
        let read = read.and_then(|target| {
            let url = Url::parse(&format!("http://127.0.0.1{target}")).map_err(|_| (400, "That is no request."))?;
            returned(&url, state).map_err(|_| (400, "This belongs to no login that is under way."))
        });
        let (status, said) = match &read {
            Ok(Returned { outcome: Outcome::Code(_), .. }) => {
                (200, "weir has its answer. You can close this page; the terminal says how it went.")
            }
            Ok(_) => (200, "The login was refused. You can close this page; the terminal says why."),
            Err(refused) => *refused,
        };
        // A browser that has gone away does not undo what it brought.
        let _ = stream.write_all(page(status, said).as_bytes()).await;
        let _ = stream.shutdown().await;
        read.ok()
    }

    /// Of a GET of the one path, by the one name of this address.
    fn target<'a>(&self, head: &'a str) -> Option<&'a str> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let mut hosts =
            lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = hosts.next()?.1.trim();
        let own = host == format!("127.0.0.1:{}", self.port);
        let whole =
            method == "GET" && version.starts_with("HTTP/1.") && words.next().is_none() && hosts.next().is_none();
        let path = target.split('?').next()?;
        (own && whole && path == PATH).then_some(target)
    }
}

/// Up to the empty line. None: it is too long, or the other side went away.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 2_048];
    loop {
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            bytes.truncate(end);
            return String::from_utf8(bytes).ok();
        }
        if bytes.len() > limits::REDIRECT_BYTES_MAX {
            return None;
        }
    }
}

fn page(status: u16, said: &str) -> String {
    let reason = match status {
        200 => "OK",
        404 => "Not Found",
        _ => "Bad Request",
    };
    let body = format!("<!doctype html><meta charset=utf-8><title>weir</title><p>{said}</p>\n");
    format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\ncontent-security-policy: default-src 'none'\r\nreferrer-policy: no-referrer\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// What a person copied from the browser's address bar, the browser being on another machine.
pub(super) fn pasted(text: &str, state: &str) -> Result<Returned, Stray> {
    let text = text.trim();
    let url = match text.len() <= limits::REDIRECT_BYTES_MAX {
        true => Url::parse(text).map_err(|_| Stray::NoReturn)?,
        false => return Err(Stray::NoReturn),
    };
    if url.scheme() != "http" || url.host_str() != Some("127.0.0.1") || url.path() != PATH {
        return Err(Stray::NoReturn);
    }
    returned(&url, state)
}

fn returned(url: &Url, expected: &str) -> Result<Returned, Stray> {
    let (mut code, mut state, mut issuer, mut error, mut description) = (None, None, None, None, None);
    for (name, value) in url.query_pairs() {
        let place = match &*name {
            "code" => &mut code,
            "state" => &mut state,
            "iss" => &mut issuer,
            "error" => &mut error,
            "error_description" => &mut description,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(Stray::Twice);
        }
    }
    if state.as_deref() != Some(expected) {
        return Err(Stray::OtherState);
    }
    let outcome = match (code, error) {
        (Some(code), None) if !code.is_empty() => Outcome::Code(Secret::new(code)),
        (None, Some(code)) => Outcome::Refused { code, description: description.unwrap_or_default() },
        _ => return Err(Stray::Nothing),
    };
    Ok(Returned { outcome, issuer })
}

#[cfg(test)]
mod tests;
