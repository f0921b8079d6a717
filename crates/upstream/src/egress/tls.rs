//! TLS as this machine trusts it: its own roots, read once for all upstreams. Nothing here can turn verification off.

use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore, client::Resumption};
use rustls_platform_verifier::BuilderVerifierExt;

/// Sessions of one upstream that are picked up again.
const SESSIONS: usize = 64;

/// For one client: the roots are shared, sessions are not.
pub(super) fn of_system() -> ClientConfig {
    static SYSTEM: OnceLock<ClientConfig> = OnceLock::new();
    apart(SYSTEM.get_or_init(read_system).clone())
}

fn apart(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    config
}

fn read_system() -> ClientConfig {
    let builder = || {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring knows the versions that are safe")
    };
    match builder().with_platform_verifier() {
        Ok(verified) => verified.with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "this machine's certificates cannot be read: no https upstream can be verified");
            builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
    }
}

#[cfg(test)]
pub(super) fn of_root(certificate: rustls::pki_types::CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    apart(config.with_root_certificates(roots).with_no_client_auth())
}
