//! Encryption of what is kept: ChaCha20-Poly1305, a new nonce for each writing, bound to where it is kept.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

pub(super) const KEY_BYTES: usize = 32;
/// What a sealed file begins with, and a version.
const MAGIC: &[u8; 8] = b"weirtok1";

pub(super) struct Key(LessSafeKey);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    pub(super) fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, bytes).expect("a key of this length is one");
        Self(LessSafeKey::new(key))
    }

    /// Fails when the system gives no random bytes. Random nonces of 96 bits serve for billions of writings.
    pub(super) fn seal(&self, plain: &[u8], binding: &[u8]) -> Result<Vec<u8>, String> {
        let mut nonce = [0_u8; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|error| format!("the system gives no random numbers: {error}"))?;
        // Room for the tag, so that the plain text is never moved.
        let mut text = Zeroizing::new(Vec::with_capacity(plain.len() + CHACHA20_POLY1305.tag_len()));
        text.extend_from_slice(plain);
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(binding), &mut *text)
            .map_err(|_| "it is too long".to_owned())?;
        Ok([&MAGIC[..], &nonce, &text].concat())
    }

    /// None: not sealed with this key for this place, or changed since.
    pub(super) fn open(&self, sealed: &[u8], binding: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let rest = sealed.strip_prefix(MAGIC)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN)?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.0.open_in_place(nonce, Aad::from(binding), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_sealed_opens_only_where_and_as_it_was() {
        let (key, other) = (Key::new(&[7; KEY_BYTES]), Key::new(&[8; KEY_BYTES]));
        let sealed = key.seal(b"token", b"place").unwrap();
        assert_eq!(key.open(&sealed, b"place").unwrap().as_slice(), b"token");
        assert!(key.open(&sealed, b"elsewhere").is_none());
        assert!(other.open(&sealed, b"place").is_none());
        assert_ne!(sealed, key.seal(b"token", b"place").unwrap(), "a nonce is used once");
        assert!(!sealed.windows(5).any(|bytes| bytes == b"token"));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&changed, b"place").is_none(), "byte {at} changed");
            assert!(key.open(&sealed[..at], b"place").is_none(), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_file_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let sealed = [MAGIC.as_slice(), &bytes].concat();
            prop_assert!(Key::new(&[7; KEY_BYTES]).open(&sealed, b"").is_none());
        }
    }
}
