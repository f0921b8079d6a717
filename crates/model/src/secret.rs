//! A value that must not be seen.

use std::fmt;

use zeroize::Zeroizing;

/// A credential. Printed as `[secret]`, wiped when dropped, never compared or hashed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The credential in clear. Only `weir-upstream` calls this, at the moment it is sent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
