//! What makes one login unguessable: the proof key (RFC 7636, S256 only) and the state.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use weir_model::Secret;
use zeroize::Zeroizing;

/// The system gives no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers: {0}")]
pub(super) struct NoRandomness(getrandom::Error);

pub(super) struct Proof {
    pub(super) verifier: Secret,
    pub(super) challenge: String,
}

impl Proof {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        let verifier = random()?;
        Ok(Self { challenge: challenge(&verifier), verifier: Secret::new(verifier) })
    }
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// 256 bits, as text that needs no encoding anywhere.
pub(super) fn random() -> Result<String, NoRandomness> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(&mut bytes[..]).map_err(NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(&bytes[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let of_the_rfc = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(of_the_rfc), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let (one, other) = (Proof::new().unwrap(), Proof::new().unwrap());
        assert_eq!(one.verifier.expose().len(), 43, "between 43 and 128 by the RFC");
        assert_ne!(one.challenge, other.challenge);
    }
}
