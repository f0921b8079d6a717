//! `auth` and `schemes` as written: which credential, and where its value is said to be.

use weir_upstream::KeyPlace;

use crate::config::{
    fields::{Fields, Unknown, mismatch, text_of},
    problem::{Findings, Problem},
    raw::{RawAuth, RawCredential, RawLogin, RawOAuth2, RawReference},
    source::Located,
    tree::{Entry, Node, Value},
};

const FORMS: [&str; 8] = ["bearer", "basic", "header", "query", "cookie", "oauth2", "login", "value"];
const EXAMPLE: &str = "write for example auth = { bearer = \"${TOKEN}\" }; other kinds are basic, header, query, cookie, oauth2 and login";
const REFERENCES: &str = "write the text with a reference in it, \"${TOKEN}\", or { file = \"…\" }, { command = [\"…\"] } or { keyring = \"service/account\" }";

/// `auth = { … }`. `None`, and findings, when it is not understood.
pub(super) fn read(entry: &Entry, title: &str, findings: &mut Findings) -> Option<RawAuth> {
    if !matches!(entry.node.value, Value::Table(_)) {
        findings.error(mismatch(title, "a table", &entry.node).hint(EXAMPLE));
        return None;
    }
    let errors_before = findings.errors.len();
    let mut fields = Fields::of(&entry.node, title, findings)?;
    for form in FORMS {
        fields.take(form);
    }
    fields.finish(Unknown::Refused);
    let mut forms: Vec<_> = FORMS.into_iter().filter_map(|form| Some((form, entry.node.entry(form)?))).collect();
    forms.sort_by_key(|(_, form)| form.key_place.span.start);
    match forms[..] {
        [(name, form)] => {
            let credential = credential(name, form, findings)?;
            Some(RawAuth { place: entry.key_place.clone(), credential })
        }
        [(one, _), (other, second), ..] => {
            findings.error(
                Problem::new(format!("{title} has both `{one}` and `{other}`"))
                    .at(&second.key_place)
                    .hint("keep one; where an API takes several, [upstream.NAME.schemes] has one for each of its security schemes"),
            );
            None
        }
        [] => {
            // An unknown key has been told of already, with the known ones.
            if findings.errors.len() == errors_before {
                findings
                    .error(Problem::new(format!("{title} names no credential")).at(&entry.node.place).hint(EXAMPLE));
            }
            None
        }
    }
}

/// `[upstream.NAME.schemes]`
pub(super) fn schemes(entry: &Entry, findings: &mut Findings) -> Vec<(Located<String>, RawAuth)> {
    let Value::Table(entries) = &entry.node.value else {
        let hint = "write [upstream.NAME.schemes] and one SCHEME = { bearer = \"${TOKEN}\" } a line";
        findings.error(mismatch("`schemes`", "a table", &entry.node).hint(hint));
        return Vec::new();
    };
    let read = entries.iter().filter_map(|scheme| {
        let name = Located::new(scheme.key.clone(), scheme.key_place.clone());
        Some((name, read(scheme, &format!("`{}` of `schemes`", scheme.key), findings)?))
    });
    read.collect()
}

fn credential(name: &'static str, entry: &Entry, findings: &mut Findings) -> Option<RawCredential> {
    match name {
        "bearer" => Some(RawCredential::Bearer(reference(&entry.node, name, findings)?)),
        "value" => Some(RawCredential::SchemeKey(reference(&entry.node, name, findings)?)),
        "basic" => {
            let mut fields = Fields::of(&entry.node, "`basic`", findings)?;
            let (user, password) = (required(&mut fields, "user", entry), required(&mut fields, "password", entry));
            fields.finish(Unknown::Refused);
            Some(RawCredential::Basic { user: user?, password: password? })
        }
        "header" => key(KeyPlace::Header, name, entry, findings),
        "query" => key(KeyPlace::Query, name, entry, findings),
        "cookie" => key(KeyPlace::Cookie, name, entry, findings),
        "oauth2" => oauth2(entry, findings).map(RawCredential::OAuth2),
        _ => login(entry, findings).map(RawCredential::Login),
    }
}

fn key(place: KeyPlace, title: &str, entry: &Entry, findings: &mut Findings) -> Option<RawCredential> {
    let mut fields = Fields::of(&entry.node, format!("`{title}`"), findings)?;
    let (name, value) = (required_text(&mut fields, "name", entry), required(&mut fields, "value", entry));
    fields.finish(Unknown::Refused);
    Some(RawCredential::Key { place, name: name?, value: value? })
}

fn oauth2(entry: &Entry, findings: &mut Findings) -> Option<RawOAuth2> {
    let errors_before = findings.errors.len();
    let mut fields = Fields::of(&entry.node, "`oauth2`", findings)?;
    let token_url = required_text(&mut fields, "token_url", entry);
    let client_id = required_text(&mut fields, "client_id", entry);
    let client_secret = optional(&mut fields, "client_secret");
    let refresh_token = optional(&mut fields, "refresh_token");
    let scopes = fields.texts("scopes").unwrap_or_default();
    let audience = fields.text("audience");
    fields.finish(Unknown::Refused);
    (findings.errors.len() == errors_before).then_some(())?;
    let (token_url, client_id) = (token_url?, client_id?);
    Some(RawOAuth2 { token_url, client_id, client_secret, refresh_token, scopes, audience })
}

fn login(entry: &Entry, findings: &mut Findings) -> Option<RawLogin> {
    let errors_before = findings.errors.len();
    let mut fields = Fields::of(&entry.node, "`login`", findings)?;
    let login = RawLogin {
        client_id: fields.text("client_id"),
        client_secret: optional(&mut fields, "client_secret"),
        client_metadata_url: fields.text("client_metadata_url"),
        scopes: fields.texts("scopes").unwrap_or_default(),
        redirect_port: fields.integer("redirect_port", 1, u16::MAX.into()),
        issuer: fields.text("issuer"),
    };
    fields.finish(Unknown::Refused);
    (findings.errors.len() == errors_before).then_some(login)
}

fn required_text(fields: &mut Fields<'_>, key: &'static str, of: &Entry) -> Option<Located<String>> {
    let errors_before = fields.findings().errors.len();
    let text = fields.text(key);
    if text.is_none() && fields.findings().errors.len() == errors_before {
        missing(key, of, fields.findings());
    }
    text
}

fn required(fields: &mut Fields<'_>, key: &'static str, of: &Entry) -> Option<RawReference> {
    match fields.take(key) {
        Some(entry) => reference(&entry.node, key, fields.findings()),
        None => {
            missing(key, of, fields.findings());
            None
        }
    }
}

fn optional(fields: &mut Fields<'_>, key: &'static str) -> Option<RawReference> {
    let entry = fields.take(key)?;
    reference(&entry.node, key, fields.findings())
}

fn missing(key: &str, of: &Entry, findings: &mut Findings) {
    findings.error(Problem::new(format!("`{}` has no `{key}`", of.key)).at(&of.key_place).hint(
        match of.key.as_str() {
            "basic" => "write basic = { user = \"…\", password = \"${PASSWORD}\" }",
            "oauth2" => {
                "write oauth2 = { token_url = \"https://…\", client_id = \"…\", client_secret = \"${SECRET}\" }"
            }
            _ => "write { name = \"X-Api-Key\", value = \"${KEY}\" }",
        },
    ));
}

/// A text, `{ file }`, `{ command }` or `{ keyring }`.
fn reference(node: &Node, key: &'static str, findings: &mut Findings) -> Option<RawReference> {
    match &node.value {
        Value::Text(_) | Value::Bare(_) => text_of(node, key, findings).map(RawReference::Text),
        Value::Table(_) => elsewhere(node, key, findings),
        _ => {
            findings.error(mismatch(&format!("`{key}`"), "a string or a table", node).hint(REFERENCES));
            None
        }
    }
}

fn elsewhere(node: &Node, key: &str, findings: &mut Findings) -> Option<RawReference> {
    let errors_before = findings.errors.len();
    let mut fields = Fields::of(node, format!("`{key}`"), findings)?;
    let file = fields.text("file").map(RawReference::File);
    let command = fields.texts("command").map(|words| RawReference::Command { words, place: node.place.clone() });
    let keyring = fields.text("keyring").map(RawReference::Keyring);
    fields.finish(Unknown::Refused);
    (findings.errors.len() == errors_before).then_some(())?;
    let mut places = [file, command, keyring].into_iter().flatten();
    match (places.next(), places.next()) {
        (Some(place), None) => Some(place),
        (found, _) => {
            let what = if found.is_some() { "says twice where it is" } else { "does not say where it is" };
            findings.error(Problem::new(format!("`{key}` {what}")).at(&node.place).hint(REFERENCES));
            None
        }
    }
}
