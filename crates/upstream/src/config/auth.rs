//! Which credential an upstream gets, and where its value comes from.

use std::path::PathBuf;

use weir_model::Secret;

/// Where a credential's value is.
#[derive(Debug, Clone)]
pub enum Reference {
    Value(Secret),
    /// The file's text without the line end at its end.
    File(PathBuf),
    /// What a command prints, without the line end; no shell is involved.
    Command(Vec<String>),
    /// The system's keyring: `service/account`.
    Keyring {
        service: String,
        account: String,
    },
}

/// One credential, and how it is shown.
#[derive(Debug, Clone)]
pub enum Auth {
    Bearer(Reference),
    Basic {
        user: Reference,
        password: Reference,
    },
    Key {
        place: KeyPlace,
        name: String,
        value: Reference,
    },
    /// A value for an `apiKey` scheme, which says itself where it goes.
    SchemeKey(Reference),
    OAuth2(OAuth2),
    /// A person logs in once (`weir login`); the tokens are kept and renewed.
    Login(Login),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    Header,
    Query,
    Cookie,
}

/// Tokens without a person: client credentials, or a refresh token that was got elsewhere.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    pub token_url: String,
    pub client_id: String,
    pub client_secret: Option<Reference>,
    /// With it the grant is `refresh_token`, without it `client_credentials`.
    pub refresh_token: Option<Reference>,
    pub scopes: Vec<String>,
    pub audience: Option<String>,
}

/// The authorization code flow with PKCE.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// Of a client that was registered beforehand. Without it: the client metadata document, then dynamic registration.
    pub client_id: Option<String>,
    pub client_secret: Option<Reference>,
    /// An `https` URL of a client metadata document, for servers that know those.
    pub client_metadata_url: Option<String>,
    /// Asked for beside those the server names.
    pub scopes: Vec<String>,
    /// The port on loopback that the redirect comes to; any free one when not said.
    pub redirect_port: Option<u16>,
    /// For an API that names no authorization server by itself: its issuer.
    pub issuer: Option<String>,
}
