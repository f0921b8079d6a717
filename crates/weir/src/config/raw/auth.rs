//! Credentials as written: which kind, and where the value is said to be. Nothing is looked up here.

use weir_upstream::KeyPlace;

use crate::config::source::{Located, Place};

/// One `auth`, or one entry of `schemes`.
#[derive(Debug)]
pub(in crate::config) struct RawAuth {
    pub place: Place,
    pub credential: RawCredential,
}

#[derive(Debug)]
pub(in crate::config) enum RawCredential {
    Bearer(RawReference),
    Basic {
        user: RawReference,
        password: RawReference,
    },
    Key {
        place: KeyPlace,
        name: Located<String>,
        value: RawReference,
    },
    /// `{ value = … }`: a scheme of the description says where it goes.
    SchemeKey(RawReference),
    OAuth2(RawOAuth2),
    Login(RawLogin),
}

/// Where a credential's value is.
#[derive(Debug)]
pub(in crate::config) enum RawReference {
    Text(Located<String>),
    File(Located<String>),
    Command { words: Vec<Located<String>>, place: Place },
    Keyring(Located<String>),
}

#[derive(Debug)]
pub(in crate::config) struct RawOAuth2 {
    pub token_url: Located<String>,
    pub client_id: Located<String>,
    pub client_secret: Option<RawReference>,
    pub refresh_token: Option<RawReference>,
    pub scopes: Vec<Located<String>>,
    pub audience: Option<Located<String>>,
}

#[derive(Debug, Default)]
pub(in crate::config) struct RawLogin {
    pub client_id: Option<Located<String>>,
    pub client_secret: Option<RawReference>,
    pub client_metadata_url: Option<Located<String>>,
    pub scopes: Vec<Located<String>>,
    pub redirect_port: Option<Located<u64>>,
    pub issuer: Option<Located<String>>,
}
