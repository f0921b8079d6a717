//! Judges credentials: which kind, and where the value is. Values that stand in the environment become [`Secret`]s here;
//! files, commands and keyrings are read by whoever sends the credential, when it is sent.

use axum::http::HeaderName;
use weir_model::Secret;
use weir_upstream::{Auth, KeyPlace, Login, OAuth2, Reference};

use super::Judge;
use crate::config::{
    raw::{RawAuth, RawCredential, RawLogin, RawOAuth2, RawReference},
    source::{Located, Place},
};

impl Judge<'_> {
    /// The credential of every request.
    pub(super) fn auth(&mut self) -> Option<Auth> {
        let raw = self.raw.auth.as_ref().filter(|_| self.raw.command.is_none())?;
        let authorization = self.raw.headers.iter().find(|(name, _)| name.value.eq_ignore_ascii_case("authorization"));
        let place = match &raw.credential {
            RawCredential::SchemeKey(_) => {
                let hint = "say where it goes: header = { name = \"X-Api-Key\", value = \"${KEY}\" }, or query, or cookie; \
                            `value` alone is for [upstream.NAME.schemes]";
                self.error("`auth` does not say where its `value` goes", &raw.place, hint);
                return None;
            }
            RawCredential::Key { place, .. } => *place,
            _ => KeyPlace::Header,
        };
        if authorization.is_some() && place == KeyPlace::Header {
            self.error("`auth` and a header Authorization exclude each other", &raw.place, "keep one of them");
        }
        self.credential(raw)
    }

    /// One credential, of all requests or of a security scheme.
    pub(super) fn credential(&mut self, raw: &RawAuth) -> Option<Auth> {
        let auth = match &raw.credential {
            RawCredential::Bearer(reference) => Auth::Bearer(self.header_reference("bearer", reference)?),
            RawCredential::SchemeKey(reference) => Auth::SchemeKey(self.reference("value", reference)?),
            RawCredential::Basic { user, password } => {
                let (user, password) = (self.user(user), self.reference("password", password));
                Auth::Basic { user: user?, password: password? }
            }
            RawCredential::Key { place, name, value } => self.key(*place, name, value)?,
            RawCredential::OAuth2(oauth2) => Auth::OAuth2(self.oauth2(oauth2)?),
            RawCredential::Login(login) => Auth::Login(self.login(login)?),
        };
        Some(auth)
    }

    fn key(&mut self, place: KeyPlace, name: &Located<String>, value: &RawReference) -> Option<Auth> {
        let text = self.text(name)?;
        let fits = match place {
            // A cookie's name is a token, as a header's is.
            KeyPlace::Header | KeyPlace::Cookie => HeaderName::from_bytes(text.as_bytes()).is_ok(),
            KeyPlace::Query => !text.is_empty() && !text.contains(char::is_control),
        };
        if !fits {
            let what = match place {
                KeyPlace::Header => "a header",
                KeyPlace::Query => "a query parameter",
                KeyPlace::Cookie => "a cookie",
            };
            self.error(format!("{text:?} is no name of {what}"), &name.place, "write for example X-Api-Key");
            return None;
        }
        if place == KeyPlace::Header
            && self.raw.headers.iter().any(|(known, _)| known.value.eq_ignore_ascii_case(&text))
        {
            let message = format!("the header {text} is set by `headers` and by a credential");
            self.error(message, &name.place, "keep one of them");
        }
        let value = match place {
            KeyPlace::Header => self.header_reference(&text, value)?,
            KeyPlace::Query | KeyPlace::Cookie => self.reference(&text, value)?,
        };
        Some(Auth::Key { place, name: text, value })
    }

    fn oauth2(&mut self, raw: &RawOAuth2) -> Option<OAuth2> {
        let token_url = self.trusted_url("token_url", &raw.token_url);
        let client_id = self.said("client_id", &raw.client_id);
        let client_secret = raw.client_secret.as_ref().map(|secret| self.reference("client_secret", secret));
        let refresh_token = raw.refresh_token.as_ref().map(|token| self.reference("refresh_token", token));
        let audience = raw.audience.as_ref().map(|audience| self.said("audience", audience));
        Some(OAuth2 {
            token_url: token_url?,
            client_id: client_id?,
            client_secret: whole(client_secret)?,
            refresh_token: whole(refresh_token)?,
            scopes: self.all(&raw.scopes),
            audience: whole(audience)?,
        })
    }

    fn login(&mut self, raw: &RawLogin) -> Option<Login> {
        let client_id = raw.client_id.as_ref().map(|id| self.said("client_id", id));
        let client_secret = raw.client_secret.as_ref().map(|secret| self.reference("client_secret", secret));
        let client_metadata_url =
            raw.client_metadata_url.as_ref().map(|url| self.trusted_url("client_metadata_url", url));
        let issuer = raw.issuer.as_ref().map(|issuer| self.trusted_url("issuer", issuer));
        if let (None, Some(_)) = (&raw.client_id, &raw.client_secret) {
            let place = self.raw.auth.as_ref().map_or(&self.raw.name.place, |auth| &auth.place);
            self.error("`login` has a `client_secret` without a `client_id`", place, "write client_id = \"…\"");
        }
        Some(Login {
            client_id: whole(client_id)?,
            client_secret: whole(client_secret)?,
            client_metadata_url: whole(client_metadata_url)?,
            scopes: self.all(&raw.scopes),
            redirect_port: raw.redirect_port.as_ref().and_then(|port| u16::try_from(port.value).ok()),
            issuer: whole(issuer)?,
        })
    }

    /// Basic's user: a colon would end it early.
    fn user(&mut self, raw: &RawReference) -> Option<Reference> {
        let user = self.reference("user", raw)?;
        if let (RawReference::Text(written), Reference::Value(_)) = (raw, &user)
            && self.text(written).is_some_and(|user| user.contains(':'))
        {
            self.error(
                "`user` has a colon in it, which Basic cannot say",
                &written.place,
                "is the password in it, too?",
            );
            return None;
        }
        Some(user)
    }

    /// A value that goes into a header: what is known of it now is checked now.
    fn header_reference(&mut self, key: &str, raw: &RawReference) -> Option<Reference> {
        let RawReference::Text(written) = raw else { return self.reference(key, raw) };
        let text = self.secret(key, written)?;
        self.header_value_fits(key, &text, &written.place).then(|| Reference::Value(Secret::new(text)))
    }

    fn reference(&mut self, key: &str, raw: &RawReference) -> Option<Reference> {
        match raw {
            RawReference::Text(written) => self.secret(key, written).map(|text| Reference::Value(Secret::new(text))),
            RawReference::File(written) => {
                let file = self.said("file", written)?;
                let path = self.surroundings.path(&file, &self.raw.workspace);
                if !path.is_file() {
                    let message =
                        format!("`{key}` is said to be in {}, which is no file", self.surroundings.shown(&path));
                    self.error(message, &written.place, "paths start from the folder of the configuration");
                    return None;
                }
                Some(Reference::File(path))
            }
            RawReference::Command { words, place } => self.command(key, words, place),
            RawReference::Keyring(written) => {
                let text = self.said("keyring", written)?;
                let named =
                    text.rsplit_once('/').filter(|(service, account)| !service.is_empty() && !account.is_empty());
                let Some((service, account)) = named else {
                    let message = format!("`keyring` is \"{text}\", which does not name a service and an account");
                    self.error(message, &written.place, "write keyring = \"service/account\"");
                    return None;
                };
                Some(Reference::Keyring { service: service.to_owned(), account: account.to_owned() })
            }
        }
    }

    fn command(&mut self, key: &str, words: &[Located<String>], place: &Place) -> Option<Reference> {
        let mut expanded = self.all(words);
        if expanded.len() < words.len() {
            return None;
        }
        if expanded.first().is_none_or(|program| program.trim().is_empty()) {
            let message = format!("`command` of `{key}` names no program");
            self.error(message, place, "write the program and its arguments: [\"pass\", \"show\", \"github\"]");
            return None;
        }
        let program = std::mem::take(&mut expanded[0]);
        expanded[0] = self.program(program);
        Some(Reference::Command(expanded))
    }

    /// A text that must not be empty.
    fn said(&mut self, key: &str, written: &Located<String>) -> Option<String> {
        let text = self.text(written)?;
        if text.trim().is_empty() {
            self.error(format!("`{key}` is empty"), &written.place, "leave it out, or set the variable it names");
            return None;
        }
        Some(text)
    }

    /// The same for a credential: variables often end with a line break that belongs to the file they came from.
    fn secret(&mut self, key: &str, written: &Located<String>) -> Option<String> {
        let text = self.said(key, written)?;
        Some(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// `None` when it was there and not understood.
#[expect(
    clippy::option_option,
    reason = "the outer one says whether it was written, the inner whether it was understood"
)]
fn whole<T>(judged: Option<Option<T>>) -> Option<Option<T>> {
    match judged {
        None => Some(None),
        Some(understood) => understood.map(Some),
    }
}
