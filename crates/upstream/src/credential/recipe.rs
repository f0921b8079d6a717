//! Credentials that are put together from values: bearer, basic, and a key in a header, query or cookie.

use base64::{Engine, engine::general_purpose::STANDARD};
use weir_model::Secret;
use weir_openapi::{Place, Scheme};
use zeroize::Zeroizing;

use super::{
    CredentialFailure, Shown,
    reference::{self, Repeat},
};
use crate::{Auth, KeyPlace, Reference};

pub(super) enum Recipe {
    Bearer(Reference),
    Basic { user: Reference, password: Reference },
    Key { place: KeyPlace, name: String, value: Reference },
}

impl Recipe {
    /// Of an `auth` that is neither OAuth nor a login.
    pub(super) fn of(auth: &Auth, scheme: Option<&Scheme>) -> Result<Self, CredentialFailure> {
        match auth {
            Auth::Bearer(value) => Ok(Self::Bearer(value.clone())),
            Auth::Basic { user, password } => Ok(Self::Basic { user: user.clone(), password: password.clone() }),
            Auth::Key { place, name, value } => {
                Ok(Self::Key { place: *place, name: name.clone(), value: value.clone() })
            }
            Auth::SchemeKey(value) => Self::by_scheme(value, scheme),
            Auth::OAuth2(_) | Auth::Login(_) => {
                Err(CredentialFailure::lasting("its credential is a token, and no value of the config"))
            }
        }
    }

    fn by_scheme(value: &Reference, scheme: Option<&Scheme>) -> Result<Self, CredentialFailure> {
        let unclear = |why: &str| {
            Err(CredentialFailure::lasting(format!(
                "the config gives only a value for its credential, and {why}; write bearer, basic, header, query or cookie"
            )))
        };
        match scheme {
            Some(Scheme::ApiKey { place, name }) => {
                let place = match place {
                    Place::Header => KeyPlace::Header,
                    Place::Query => KeyPlace::Query,
                    Place::Cookie => KeyPlace::Cookie,
                    Place::Path | Place::QueryString => return unclear("no key can go where the description wants it"),
                };
                Ok(Self::Key { place, name: name.clone(), value: value.clone() })
            }
            Some(Scheme::Bearer | Scheme::OAuth2 { .. }) => Ok(Self::Bearer(value.clone())),
            Some(Scheme::Basic) => unclear("the description wants a user and a password"),
            Some(Scheme::Other(_)) => unclear("the description's scheme is none that weir knows"),
            None => unclear("no scheme of the description says where it goes"),
        }
    }

    pub(super) async fn shown(&self) -> Result<Shown, CredentialFailure> {
        match self {
            Self::Bearer(value) => Ok(bearer(reference::read(value).await?)),
            Self::Basic { user, password } => {
                let (user, password) = (reference::read(user).await?, reference::read(password).await?);
                if user.expose().contains(':') {
                    return Err(CredentialFailure::lasting("its user name contains a colon, which ends a user name"));
                }
                let pair = Zeroizing::new(format!("{}:{}", user.expose(), password.expose()));
                let encoded = Secret::new(STANDARD.encode(pair.as_bytes()));
                let sent = Secret::new(format!("Basic {}", encoded.expose()));
                let sent = vec![(KeyPlace::Header, "Authorization".to_owned(), sent)];
                Ok(Shown { sent, secrets: vec![password, encoded] })
            }
            Self::Key { place, name, value } => {
                let value = reference::read(value).await?;
                Ok(Shown { sent: vec![(*place, name.clone(), value.clone())], secrets: vec![value] })
            }
        }
    }

    pub(super) fn repeat(&self) -> Repeat {
        match self {
            Self::Bearer(value) | Self::Key { value, .. } => reference::repeat(value),
            Self::Basic { user, password } => reference::repeat(user).max(reference::repeat(password)),
        }
    }

    pub(super) fn described(&self) -> String {
        let (kind, value) = match self {
            Self::Bearer(value) => ("bearer".to_owned(), value),
            Self::Basic { password, .. } => ("basic".to_owned(), password),
            Self::Key { place, name, value } => {
                let place = match place {
                    KeyPlace::Header => "header",
                    KeyPlace::Query => "query",
                    KeyPlace::Cookie => "cookie",
                };
                (format!("{place} {name}"), value)
            }
        };
        format!("{kind} from {}", reference::described(value))
    }
}

/// As RFC 6750 wants it.
pub(crate) fn bearer(token: Secret) -> Shown {
    let sent = Secret::new(format!("Bearer {}", token.expose()));
    Shown { sent: vec![(KeyPlace::Header, "Authorization".to_owned(), sent)], secrets: vec![token] }
}
