//! Credentials from every place, shown in every way, and tokens from token endpoints that behave and that do not.

mod logins;
mod references;
mod tokens;

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use weir_model::{PrincipalId, UpstreamName};

use super::*;
use crate::{OAuth2, Reference};

fn surroundings() -> Surroundings {
    Surroundings {
        principal: PrincipalId::new("local"),
        upstream: UpstreamName::new("up").unwrap(),
        resource: Some("https://api.example/v1".into()),
        tokens: None,
        resource_is_allowed: false,
        allow_private: true,
        tracker: TaskTracker::new(),
    }
}

fn value(text: &str) -> Reference {
    Reference::Value(Secret::new(text.to_owned()))
}

fn keeper(auth: &Auth) -> Keeper {
    Keeper::new(auth, None, &surroundings())
}

/// `place name: value` of each part, or the failure as people are told it.
fn told(shown: Result<Shown, CredentialFailure>) -> String {
    match shown {
        Ok(shown) => {
            let parts = shown.sent.iter().map(|(place, name, value)| format!("{place:?} {name}: {}", value.expose()));
            parts.collect::<Vec<_>>().join(", ")
        }
        Err(failure) => failure.told(),
    }
}

#[tokio::test]
async fn c09_each_kind_is_shown_its_own_way() {
    let key = |place, name: &str| Auth::Key { place, name: name.into(), value: value("k1") };
    let at = |place| Scheme::ApiKey { place, name: "X-Key".into() };
    let login = Scheme::OAuth2 { token_url: None, scopes: Vec::new() };
    let basic = Auth::Basic { user: value("me"), password: value("pa:ss") };
    let colon = Auth::Basic { user: value("m:e"), password: value("p") };
    let scheme_key = Auth::SchemeKey(value("k1"));
    let rows = [
        (Auth::Bearer(value("t1")), None),
        (basic, None),
        (colon, None),
        (key(KeyPlace::Header, "X-A"), None),
        (key(KeyPlace::Query, "a"), Some(Scheme::Basic)),
        (key(KeyPlace::Cookie, "sid"), None),
        (scheme_key.clone(), Some(at(weir_openapi::Place::Header))),
        (scheme_key.clone(), Some(at(weir_openapi::Place::Query))),
        (scheme_key.clone(), Some(at(weir_openapi::Place::Path))),
        (scheme_key.clone(), Some(Scheme::Bearer)),
        (scheme_key.clone(), Some(login)),
        (scheme_key.clone(), Some(Scheme::Basic)),
        (scheme_key.clone(), Some(Scheme::Other("mutualTLS".into()))),
        (scheme_key, None),
    ];
    let mut all = Vec::new();
    for (auth, scheme) in rows {
        all.push(told(Keeper::new(&auth, scheme.as_ref(), &surroundings()).credential().await));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    Header Authorization: Bearer t1
    Header Authorization: Basic bWU6cGE6c3M=
    its user name contains a colon, which ends a user name
    Header X-A: k1
    Query a: k1
    Cookie sid: k1
    Header X-Key: k1
    Query X-Key: k1
    the config gives only a value for its credential, and no key can go where the description wants it; write bearer, basic, header, query or cookie
    Header Authorization: Bearer k1
    Header Authorization: Bearer k1
    the config gives only a value for its credential, and the description wants a user and a password; write bearer, basic, header, query or cookie
    the config gives only a value for its credential, and the description's scheme is none that weir knows; write bearer, basic, header, query or cookie
    the config gives only a value for its credential, and no scheme of the description says where it goes; write bearer, basic, header, query or cookie
    ");
}

#[tokio::test]
async fn a_credential_is_described_and_never_printed() {
    let basic = keeper(&Auth::Basic { user: value("me"), password: value("hunter22") });
    assert_eq!(basic.described(), "basic from the config");
    assert_eq!(basic.checked().await, "basic from the config, present");
    let missing = keeper(&Auth::Bearer(Reference::File("/nowhere/at/all".into())));
    insta::assert_snapshot!(missing.checked().await, @"bearer from the file /nowhere/at/all, missing: the file of its credential cannot be read: No such file or directory (os error 2) (/nowhere/at/all)");
    let shown = basic.credential().await.unwrap();
    let debug = format!("{basic:?} {shown:?} {:?}", Obtained { shown: shown.clone(), ends: None });
    for secret in ["hunter22", "aHVudGVyMjI", "bWU6aHVudGVyMjI="] {
        assert!(!debug.contains(secret), "{debug}");
    }
    assert_eq!(shown.secrets.iter().map(Secret::expose).collect::<Vec<_>>(), ["hunter22", "bWU6aHVudGVyMjI="]);
}

#[tokio::test]
async fn a_login_needs_somebody_who_logged_in() {
    let directory = tempfile::tempdir().unwrap();
    let with_tokens = Surroundings { tokens: Some(directory.path().to_owned()), ..surroundings() };
    let login = Auth::Login(crate::Login::default());
    let keeper = Keeper::new(&login, None, &with_tokens);
    assert_eq!(told(keeper.credential().await), "not logged in: run `weir login up`");
    assert_eq!(keeper.described(), "login, missing: not logged in: run `weir login up`");
    let optional = Keeper::if_logged_in(&with_tokens);
    assert_eq!(told(optional.credential().await), "", "nobody has to be");
    assert_eq!(optional.described(), "none: nobody is logged in");
    optional.refused();
    assert_eq!(told(optional.credential().await), "not logged in: run `weir login up`", "but then it is asked for");
    let elsewhere = Url::parse("https://evil.example/v1").unwrap();
    insta::assert_snapshot!(told(keeper.credential_for(&elsewhere).await), @"its login is for https://api.example, and this request goes elsewhere");
}
