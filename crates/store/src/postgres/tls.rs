//! Encryption of the connection. The server's certificate is checked as this machine checks any: by its own roots.
//!
//! What leaves this machine is encrypted, unless the address says `sslmode=disable`. There is no "if the server happens to".

use std::{
    io,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use rustls::{ClientConfig, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Config, Socket,
    config::{Host, SslMode},
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::TlsConnector;

use crate::{Problem, trouble::Trouble};

/// Whether this connection is encrypted, as the address wants it.
pub(super) fn wanted(config: &Config) -> SslMode {
    let near = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    };
    match config.get_ssl_mode() {
        // Also what an address has that does not say.
        SslMode::Prefer if config.get_hosts().iter().all(near) => SslMode::Disable,
        SslMode::Prefer => SslMode::Require,
        said => said,
    }
}

/// What makes connections encrypted; nothing where none is to be.
#[derive(Clone)]
pub(super) struct Encryption(Option<TlsConnector>);

impl Encryption {
    pub(super) fn new(mode: SslMode) -> Result<Self, Trouble> {
        if mode == SslMode::Disable {
            return Ok(Self(None));
        }
        let cannot = |error: rustls::Error| Trouble::new(Problem::Unusable(format!("no TLS is possible: {error}")));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(cannot)?
            .with_no_client_auth();
        Ok(Self(Some(TlsConnector::from(Arc::new(config)))))
    }
}

pub(super) struct Handshake {
    connector: Option<TlsConnector>,
    name: ServerName<'static>,
}

impl MakeTlsConnect<Socket> for Encryption {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = rustls::pki_types::InvalidDnsNameError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Handshake, Self::Error> {
        // A socket in the file system has no name, and no handshake.
        let name = if domain.is_empty() { "localhost" } else { domain };
        Ok(Handshake { connector: self.0.clone(), name: ServerName::try_from(name.to_owned())? })
    }
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Encrypted>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move {
            let Some(connector) = self.connector else { return Err(io::Error::other("no TLS was asked for")) };
            Ok(Encrypted(connector.connect(self.name, stream).await?))
        })
    }
}

pub(super) struct Encrypted(tokio_rustls::client::TlsStream<Socket>);

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_encrypted() {
        for (address, expected) in [
            ("postgres://u@db.example/w", SslMode::Require),
            ("postgres://u@db.example/w?sslmode=prefer", SslMode::Require),
            ("postgres://u@db.example/w?sslmode=disable", SslMode::Disable),
            ("postgres://u@10.0.0.1,127.0.0.1/w", SslMode::Require),
            ("postgres://u@127.0.0.1/w", SslMode::Disable),
            ("postgres://u@localhost/w", SslMode::Disable),
            ("postgres://u@localhost/w?sslmode=require", SslMode::Require),
            ("host=/run/postgresql user=u", SslMode::Disable),
        ] {
            assert_eq!(wanted(&address.parse().expect("an address")), expected, "{address}");
        }
    }
}
