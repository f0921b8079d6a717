//! Takes an upstream's own credentials out of everything it says: results, errors, tool lists, its standard error.
//!
//! Values of the config count as credentials when their name says so or they have a known token's shape: a plain value
//! such as a directory must stay readable in results. Each is looked for raw, as JSON writes it, in base64 and URL-encoded. The copies
//! kept for that are wiped when they are dropped.

mod form;

use std::{
    borrow::Cow,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem;
use weir_model::Secret;
use zeroize::Zeroizing;

use self::form::{Form, forms};
use crate::Transport;

/// Shorter values are too likely to be ordinary text.
const CREDENTIAL_BYTES_MIN: usize = 6;
const MARK: &str = "[redacted]";

/// Credentials of one upstream that are known at once; the oldest that was learned goes first.
const LEARNED_MAX: usize = 64;

#[derive(Default)]
pub(crate) struct Redactor {
    needles: RwLock<Needles>,
}

/// Every form of every credential.
#[derive(Default)]
struct Needles {
    /// Longest first: a credential inside another goes with it.
    all: Arc<[Arc<Form>]>,
    of_config: Vec<Arc<Form>>,
    /// In the order they came; of each the credential itself is the first.
    learned: Vec<Vec<Arc<Form>>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} forms)", self.needles().len())
    }
}

impl Redactor {
    pub(crate) fn new(transport: &Transport) -> Self {
        let mut credentials = Vec::new();
        match transport {
            Transport::Stdio { args, env, .. } => {
                let named = env.iter().map(|(name, value)| (name.as_str(), value.expose()));
                for (name, value) in named.chain(named_arguments(args)) {
                    collect(name, value, &mut credentials);
                }
            }
            Transport::Http { url, headers } => {
                for (name, value) in headers {
                    collect(name, value.expose(), &mut credentials);
                }
                if let Ok(url) = reqwest::Url::parse(url) {
                    credentials.extend(url.password().map(|password| Zeroizing::new(password.to_owned())));
                    for (name, value) in url.query_pairs() {
                        collect(&name, &value, &mut credentials);
                    }
                }
            }
            Transport::OpenApi(api) => {
                for (name, value) in &api.headers {
                    collect(name, value.expose(), &mut credentials);
                }
            }
        }
        let of_config = credentials.iter().flat_map(|credential| forms(credential)).map(Arc::new).collect();
        let mut needles = Needles { of_config, ..Needles::default() };
        needles.build();
        Self { needles: RwLock::new(needles) }
    }

    /// A credential that was got since: from here on it is taken out like those of the config.
    pub(crate) fn learn(&self, credential: &Secret) {
        let known = |needles: &Needles| needles.learned.iter().any(|forms| forms[0].as_str() == credential.expose());
        if known(&self.needles.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let forms = forms(credential.expose()).into_iter().map(Arc::new).collect();
        let mut needles = self.needles.write().unwrap_or_else(PoisonError::into_inner);
        if known(&needles) {
            return;
        }
        if needles.learned.len() >= LEARNED_MAX {
            needles.learned.remove(0);
        }
        needles.learned.push(forms);
        needles.build();
    }

    fn needles(&self) -> Arc<[Arc<Form>]> {
        self.needles.read().unwrap_or_else(PoisonError::into_inner).all.clone()
    }

    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = Cow::Borrowed(text);
        for needle in self.needles().iter() {
            if let Some(changed) = replaced(&clean, needle, MARK) {
                clean = Cow::Owned(changed);
            }
        }
        clean
    }

    /// JSON text stays JSON text: `None` when a credential stood where it cannot be taken out.
    pub(crate) fn json(&self, json: String) -> Option<String> {
        let mut clean = json;
        let mut touched = false;
        for needle in self.needles().iter() {
            // All digits may stand in a number, where no text can.
            let mark = if needle.bytes().all(|byte| byte.is_ascii_digit()) { "0" } else { MARK };
            if let Some(changed) = replaced(&clean, needle, mark) {
                (clean, touched) = (changed, true);
            }
        }
        let valid = !touched || serde_json::from_str::<serde::de::IgnoredAny>(&clean).is_ok();
        valid.then_some(clean)
    }

    /// Of bytes that are no text weir knows of: a credential that stands in them as it is.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let mut clean = bytes;
        for needle in self.needles().iter() {
            if let Some(changed) = spliced(&clean, needle.as_bytes(), MARK.as_bytes()) {
                clean = changed;
            }
        }
        clean
    }
}

impl Needles {
    fn build(&mut self) {
        let mut forms: Vec<&Arc<Form>> = self.of_config.iter().chain(self.learned.iter().flatten()).collect();
        forms.retain(|form| form.len() >= CREDENTIAL_BYTES_MIN);
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.as_str().cmp(b.as_str())));
        forms.dedup_by(|a, b| a.as_str() == b.as_str());
        self.all = forms.into_iter().cloned().collect();
    }
}

fn replaced(text: &str, needle: &str, mark: &str) -> Option<String> {
    let changed = spliced(text.as_bytes(), needle.as_bytes(), mark.as_bytes())?;
    Some(String::from_utf8(changed).expect("text with text in place of text is text"))
}

/// `None` where there is nothing to take out.
fn spliced(bytes: &[u8], needle: &[u8], mark: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < needle.len() {
        return None;
    }
    let mut found = memmem::find_iter(bytes, needle).peekable();
    found.peek()?;
    let (mut out, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for at in found {
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(mark);
        from = at + needle.len();
    }
    out.extend_from_slice(&bytes[from..]);
    Some(out)
}

/// `--name=value` and `--name value`.
fn named_arguments(args: &[String]) -> impl Iterator<Item = (&str, &str)> {
    let joined = args.iter().filter_map(|arg| arg.strip_prefix("--")?.split_once('='));
    let apart = args.windows(2).filter_map(|pair| {
        let name = pair[0].strip_prefix("--").filter(|name| !name.contains('='))?;
        (!pair[1].starts_with("--")).then_some((name, pair[1].as_str()))
    });
    joined.chain(apart)
}

fn collect(name: &str, value: &str, credentials: &mut Vec<Zeroizing<String>>) {
    let owned = |text: &str| Zeroizing::new(text.to_owned());
    if let Some(password) = password(value) {
        credentials.extend([owned(value), password]);
        return;
    }
    if !names_a_credential(name) && !looks_like_a_token(value) {
        return;
    }
    credentials.push(owned(value));
    // "Bearer abc", "Basic dXNlcjpwYXNz": what follows the scheme is the credential.
    let Some((scheme, rest)) = value.split_once(' ') else { return };
    credentials.push(owned(rest.trim()));
    if scheme.eq_ignore_ascii_case("basic")
        && let Some(pair) = STANDARD.decode(rest.trim()).ok().map(Zeroizing::new)
        && let Some((_, password)) = std::str::from_utf8(&pair).ok().and_then(|pair| pair.split_once(':'))
    {
        credentials.push(owned(password));
    }
}

/// Of a value that is a URL with one.
fn password(value: &str) -> Option<Zeroizing<String>> {
    let url = reqwest::Url::parse(value).ok()?;
    let password = url.password().map(|password| Zeroizing::new(password.to_owned()));
    drop(Zeroizing::new(String::from(url)));
    password
}

fn names_a_credential(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let place = ["_FILE", "_PATH", "_DIR", "_SOCK", "_URL", "_TYPE"].iter().any(|end| name.ends_with(end));
    let words =
        ["KEY", "TOKEN", "SECRET", "PASS", "PWD", "AUTH", "CREDENTIAL", "COOKIE", "PRIVATE", "SIGNATURE", "BEARER"];
    !place && (words.iter().any(|word| name.contains(word)) || name == "PAT" || name.ends_with("_PAT"))
}

fn looks_like_a_token(value: &str) -> bool {
    let prefixes = [
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "sk-",
        "sk_",
        "rk_",
        "xoxb-",
        "xoxp-",
        "xapp-",
        "AKIA",
        "eyJ",
        "ntn_",
        "secret_",
        "Bearer ",
        "npm_",
        "pypi-",
    ];
    value.len() >= 16 && prefixes.iter().any(|prefix| value.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_env(values: &[(&str, &str)]) -> Redactor {
        let env = values.iter().map(|&(n, v)| (n.to_owned(), Secret::new(v.to_owned()))).collect();
        Redactor::new(&Transport::Stdio {
            command: "x".into(),
            args: vec!["--api-key=arg-secret".into()],
            env,
            cwd: None,
        })
    }

    #[test]
    fn t14_every_form_of_a_credential_goes() {
        let redactor = of_env(&[("API_TOKEN", "s3cr\"t/+pass")]);
        for (said, expected) in [
            ("plain s3cr\"t/+pass.", "plain [redacted]."),
            (r#"{"a":"s3cr\"t/+pass"}"#, r#"{"a":"[redacted]"}"#),
            (r#"{"a":"s3cr\"t\/+pass"}"#, r#"{"a":"[redacted]"}"#),
            ("czNjciJ0LytwYXNz", "[redacted]"),
            ("xx Zm9yIG1lOiBzM2NyInQvK3Bhc3MhCg== xx", "xx Zm9yIG1lOiB[redacted]MhCg== xx"),
            ("?q=s3cr%22t%2F%2Bpass&x", "?q=[redacted]&x"),
            ("?q=s3cr%22t%2f%2bpass&x", "?q=[redacted]&x"),
            ("s3cr\"t/+pass s3cr\"t/+pass", "[redacted] [redacted]"),
            ("arg-secret", "[redacted]"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(redactor.text(said), expected);
        }
    }

    #[test]
    fn what_is_learned_goes_too_and_the_oldest_is_forgotten_first() {
        let redactor = of_env(&[("API_TOKEN", "from-config")]);
        for number in 100..=100 + LEARNED_MAX {
            let secret = Secret::new(format!("learned-{number}"));
            redactor.learn(&secret);
            redactor.learn(&secret);
        }
        let last = 100 + LEARNED_MAX;
        let said = format!("from-config learned-100 learned-101 learned-{last}");
        assert_eq!(redactor.text(&said), "[redacted] learned-100 [redacted] [redacted]");
        assert_eq!(redactor.bytes(b"\xfflearned-101\x00from-config".to_vec()), b"\xff[redacted]\x00[redacted]");
        assert_eq!(format!("{redactor:?}").matches("learned").count(), 0);
    }

    #[test]
    fn only_credentials_are_hidden() {
        let redactor = of_env(&[
            ("MEMORY_FILE_PATH", "/data/memory.json"),
            ("NODE_ENV", "production"),
            ("SSL_KEY_FILE", "/etc/key.pem"),
            ("SHORT_KEY", "abc"),
            ("ANY", "ghp_0123456789abcdef"),
            ("DATABASE_URL", "postgres://me:hunter22@host/db"),
        ]);
        let said = "/data/memory.json production /etc/key.pem abc ghp_0123456789abcdef postgres://me:hunter22@host/db hunter22 host";
        insta::assert_snapshot!(redactor.text(said), @"/data/memory.json production /etc/key.pem abc [redacted] [redacted] [redacted] host");
    }

    #[test]
    fn headers_and_urls_hold_credentials_too() {
        let header = |n: &str, v: &str| (n.to_owned(), Secret::new(v.to_owned()));
        let redactor = Redactor::new(&Transport::Http {
            url: "https://u:urlpass@host/mcp?api_key=querykey&mode=readonly".into(),
            headers: vec![header("Authorization", "Basic dTpiYXNpY3Bhc3M="), header("X-Mode", "readonly")],
        });
        let said = "urlpass querykey readonly Basic dTpiYXNpY3Bhc3M= dTpiYXNpY3Bhc3M= basicpass";
        insta::assert_snapshot!(redactor.text(said), @"[redacted] [redacted] readonly [redacted] [redacted] [redacted]");
    }

    #[test]
    fn json_stays_json() {
        let redactor = of_env(&[("PIN_KEY", "123456"), ("EVIL_KEY", "\":[1,2")]);
        assert_eq!(redactor.json(r#"{"a":1234567}"#.into()), None, "`07` is no number");
        assert_eq!(redactor.json(r#"{"a":123456,"b":"x123456"}"#.into()).as_deref(), Some(r#"{"a":0,"b":"x0"}"#));
        assert_eq!(
            redactor.json(r#"{"a":[1,2]}"#.into()),
            None,
            "where nothing can stand in for it, nothing is passed on"
        );
        assert_eq!(redactor.json(r#"{"a":[1,3]}"#.into()).as_deref(), Some(r#"{"a":[1,3]}"#));
    }
}
