//! Who weir is to an authorization server, and how it proves that.

use base64::{Engine, engine::general_purpose::STANDARD};
use weir_model::Secret;
use zeroize::Zeroizing;

use super::text;

#[derive(Debug, Clone)]
pub(super) struct ClientIdentity {
    pub(super) id: String,
    pub(super) secret: Option<Secret>,
    pub(super) method: ClientMethod,
}

/// How a client's secret is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientMethod {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
    /// A client without a secret.
    None,
}

impl ClientMethod {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::None => "none",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Basic, Self::Post, Self::None].into_iter().find(|method| method.as_str() == name)
    }

    /// For a client with or without a secret, at a server that says which methods it takes; none said means basic.
    pub(super) fn chosen(has_secret: bool, supported: Option<&[String]>) -> Self {
        let takes = |method: Self| supported.is_some_and(|all| all.iter().any(|one| one == method.as_str()));
        match has_secret {
            false => Self::None,
            true if !takes(Self::Basic) && takes(Self::Post) => Self::Post,
            true => Self::Basic,
        }
    }
}

impl ClientIdentity {
    pub(super) fn new(id: String, secret: Option<Secret>, method: ClientMethod) -> Self {
        let method = if secret.is_none() { ClientMethod::None } else { method };
        Self { id, secret, method }
    }

    /// RFC 6749, 2.3.1: both parts are encoded as in a form before they are joined.
    pub(super) fn authorization(&self) -> Option<Secret> {
        let secret = self.secret.as_ref().filter(|_| self.method == ClientMethod::Basic)?;
        let (id, secret) = (text::encoded(&self.id), text::encoded(secret.expose()));
        let pair = Zeroizing::new(format!("{}:{}", id.as_str(), secret.as_str()));
        Some(Secret::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))))
    }

    /// What goes into the form.
    pub(super) fn fields(&self) -> Vec<(&str, &str)> {
        match (self.method, &self.secret) {
            (ClientMethod::Basic, _) => Vec::new(),
            (ClientMethod::Post, Some(secret)) => {
                vec![("client_id", self.id.as_str()), ("client_secret", secret.expose())]
            }
            _ => vec![("client_id", self.id.as_str())],
        }
    }

    /// The other way to show the secret, for a server that did not take this one.
    pub(super) fn otherwise(&self) -> Option<Self> {
        let method = match self.method {
            ClientMethod::Basic => ClientMethod::Post,
            ClientMethod::Post => ClientMethod::Basic,
            ClientMethod::None => return None,
        };
        Some(Self { method, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_encoded_before_it_is_joined() {
        let client = ClientIdentity::new("my id".into(), Some(Secret::new("p:w%".into())), ClientMethod::Basic);
        let shown = client.authorization().unwrap();
        let pair = STANDARD.decode(shown.expose().strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(pair).unwrap(), "my%20id:p%3Aw%25");
        assert!(client.fields().is_empty());
        assert_eq!(client.otherwise().unwrap().fields(), [("client_id", "my id"), ("client_secret", "p:w%")]);
        assert!(!format!("{client:?}").contains("p:w"));
    }

    #[test]
    fn the_method_is_one_the_server_takes() {
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let (post, both) = (list(&["client_secret_post"]), list(&["client_secret_post", "client_secret_basic"]));
        for (has_secret, supported, expected) in [
            (true, None, ClientMethod::Basic),
            (true, Some(&post), ClientMethod::Post),
            (true, Some(&both), ClientMethod::Basic),
            (false, Some(&both), ClientMethod::None),
        ] {
            assert_eq!(ClientMethod::chosen(has_secret, supported.map(Vec::as_slice)), expected);
        }
    }
}
