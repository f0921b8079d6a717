//! Stored values, handles and saved snippets: each principal's own, each bounded.

use std::{sync::Arc, time::Duration};

use weir_bridge::port::{Handles, State, StateRefused, Stored, StoredKind};
use weir_model::{
    HandleId, Language, PrincipalId,
    limits::{
        HANDLE_BYTES_MAX, HANDLES_MAX, STATE_BYTES_MAX, STATE_KEY_BYTES_MAX, STATE_KEYS_MAX, STATE_VALUE_BYTES_MAX,
    },
};
use weir_store::{SavedSnippet, Store};

use crate::{
    place::Place,
    sample::{principal, tool},
};

const TTL: Duration = Duration::from_secs(60);

fn stranger() -> PrincipalId {
    PrincipalId::new("stranger")
}

async fn loaded(store: &Store, key: &str) -> Option<Arc<str>> {
    State::load(store, &principal(), key).await.expect("readable")
}

pub(crate) async fn g04_stored_values_are_their_principals(place: &Place) {
    let store = place.open().await;
    let large: Arc<str> = format!("\"{}\"", "é".repeat(100_000)).into();
    for (key, value) in [("", "null"), ("a\0b", "1"), ("é", &*large), ("a\0b", "2")] {
        store.store(&principal(), key, value.into(), TTL).await.expect("stored");
    }
    assert_eq!(loaded(&store, "").await.as_deref(), Some("null"));
    assert_eq!(loaded(&store, "a\0b").await.as_deref(), Some("2"), "replaced");
    assert_eq!(loaded(&store, "é").await, Some(large));
    assert_eq!(loaded(&store, "a").await, None);
    assert_eq!(State::load(&*store, &stranger(), "").await.expect("readable"), None);
}

pub(crate) async fn stored_values_have_their_limits(place: &Place) {
    let store = place.open().await;
    let put = async |key: String, value: Arc<str>| match store.store(&principal(), &key, value, TTL).await {
        Ok(()) => "stored",
        Err(StateRefused::Full(_)) => "full",
        Err(StateRefused::Unavailable(_)) => "unavailable",
    };
    let largest: Arc<str> = "1".repeat(STATE_VALUE_BYTES_MAX as usize).into();
    assert_eq!(put("k".repeat(STATE_KEY_BYTES_MAX), "1".into()).await, "stored");
    assert_eq!(put("k".repeat(STATE_KEY_BYTES_MAX + 1), "1".into()).await, "full");
    assert_eq!(put("large".to_owned(), format!("{largest}1").into()).await, "full");
    for n in 0..STATE_BYTES_MAX / STATE_VALUE_BYTES_MAX - 1 {
        assert_eq!(put(format!("large{n}"), largest.clone()).await, "stored", "{n}");
    }
    assert_eq!(put("one too many".to_owned(), largest.clone()).await, "full");
    assert_eq!(put("large0".to_owned(), largest).await, "stored", "in place of itself");
    let held = STATE_BYTES_MAX / STATE_VALUE_BYTES_MAX;
    for n in held..STATE_KEYS_MAX as u64 {
        assert_eq!(put(format!("small{n}"), "1".into()).await, "stored", "{n}");
    }
    assert_eq!(put("one key too many".to_owned(), "1".into()).await, "full");
    assert_eq!(store.store(&stranger(), "k", "1".into(), TTL).await.map_err(|error| error.to_string()), Ok(()));
}

pub(crate) async fn stored_values_end(place: &Place) {
    let store = place.open().await;
    for (key, ttl) in [("short", Duration::from_millis(1)), ("long", TTL), ("never", Duration::MAX)] {
        store.store(&principal(), key, "1".into(), ttl).await.expect("stored");
    }
    // Forth, back, and to the end of all clocks.
    for (now, expected) in [
        (1_000, [true, true, true]),
        (1_001, [false, true, true]),
        (0, [true, true, true]),
        (u64::MAX - 1, [false, false, false]),
    ] {
        place.clock.set(now);
        let there = [loaded(&store, "short").await, loaded(&store, "long").await, loaded(&store, "never").await];
        assert_eq!(there.map(|value| value.is_some()), expected, "{now}");
    }
}

async fn put(store: &Store, bytes: Vec<u8>) -> HandleId {
    store.put(&principal(), Stored { kind: StoredKind::Json, bytes: bytes.into() }).await.expect("stored")
}

/// G03: a handle is readable only by whom it was stored for.
pub(crate) async fn g03_and_g04_handles_are_their_principals_and_paged(place: &Place) {
    let store = place.open().await;
    let binary =
        Stored { kind: StoredKind::Binary("image/\0png".to_owned()), bytes: (0..=255).collect::<Vec<u8>>().into() };
    let handle = store.put(&principal(), binary.clone()).await.expect("stored");
    assert_eq!(store.get(&principal(), &handle).await.expect("readable"), Some(binary));
    assert_eq!(store.get(&stranger(), &handle).await.expect("readable"), None);
    assert_eq!(store.handle_page(&stranger(), &handle, 0, 1).await.expect("readable"), None);
    assert_eq!(store.get(&principal(), &HandleId::new("h_\0")).await.expect("answered"), None);
    let large = put(&store, vec![7; 5_000_000]).await;
    for (offset, length, expected) in
        [(0, 3, 3), (4_999_999, 3, 1), (5_000_000, 3, 0), (u64::MAX, 3, 0), (1, usize::MAX, 4_999_999)]
    {
        let page = store.handle_page(&principal(), &large, offset, length).await.expect("readable").expect("there");
        assert_eq!((page.length, page.offset, page.bytes.len()), (5_000_000, offset, expected));
    }
}

/// G03: the list is the principal's own, newest first, and goes on behind any of its own.
pub(crate) async fn g03_handles_are_listed_newest_first(place: &Place) {
    let store = place.open().await;
    let png = Stored { kind: StoredKind::Binary("image/png".to_owned()), bytes: b"abc"[..].into() };
    let strangers = store.put(&stranger(), png.clone()).await.expect("stored");
    let oldest = put(&store, vec![1; 100_000]).await;
    let middle = store.put(&principal(), png).await.expect("stored");
    let newest = put(&store, vec![1; 5]).await;
    let listed = async |before: Option<&HandleId>, limit| {
        let found = store.handles(&principal(), before, limit).await.expect("readable");
        found.into_iter().map(|kept| (kept.handle, kept.length)).collect::<Vec<_>>()
    };
    let all = [(newest, 5), (middle.clone(), 3), (oldest.clone(), 100_000)];
    assert_eq!(listed(None, 9).await, all);
    assert_eq!(listed(None, 2).await, all[..2]);
    assert_eq!(listed(Some(&middle), 9).await, all[2..]);
    for nothing in [oldest, strangers.clone(), HandleId::new("h_\0"), HandleId::new("h_0")] {
        assert_eq!(listed(Some(&nothing), 9).await, [], "{nothing}");
    }
    let theirs = store.handles(&stranger(), None, 9).await.expect("readable");
    assert_eq!((&theirs[0].handle, &theirs[0].kind), (&strangers, &StoredKind::Binary("image/png".to_owned())));
    assert_eq!(theirs.len(), 1);
}

pub(crate) async fn the_oldest_handles_go_first(place: &Place) {
    let store = place.open().await;
    let strangers =
        store.put(&stranger(), Stored { kind: StoredKind::Json, bytes: b"1"[..].into() }).await.expect("stored");
    let mut handles = Vec::new();
    for n in 0..HANDLES_MAX + 2 {
        handles.push(put(&store, vec![n as u8; 10]).await);
    }
    let there = async |handle: &HandleId| store.get(&principal(), handle).await.expect("readable").is_some();
    assert!(!there(&handles[1]).await && there(&handles[2]).await);
    let most = put(&store, vec![1; HANDLE_BYTES_MAX as usize]).await;
    assert!(there(&most).await && !there(&handles[HANDLES_MAX + 1]).await, "it takes all the room");
    let over = Stored { kind: StoredKind::Json, bytes: vec![1; HANDLE_BYTES_MAX as usize + 1].into() };
    assert!(store.put(&principal(), over).await.is_err());
    assert!(store.get(&stranger(), &strangers).await.expect("readable").is_some());
}

pub(crate) async fn snippets_have_versions(place: &Place) {
    let store = place.open().await;
    let snippet = |name: &str, source: &str| SavedSnippet {
        name: name.to_owned(),
        principal: principal(),
        language: Language::Starlark,
        source: source.into(),
        description: "closes\0".to_owned(),
        tools: vec![tool("close-it"), tool("é")],
        saved_unix_ms: 5,
        version: 99,
    };
    let large = "x = 1\n".repeat(5_000);
    assert_eq!(store.save_snippet(snippet("b", "1")).await.expect("saved"), 1);
    assert_eq!(store.save_snippet(snippet("a", &large)).await.expect("saved"), 1);
    assert_eq!(store.save_snippet(snippet("b", "2")).await.expect("saved"), 2);
    let expected =
        [SavedSnippet { version: 1, ..snippet("a", &large) }, SavedSnippet { version: 2, ..snippet("b", "2") }];
    assert_eq!(store.snippets(&principal()).await.expect("readable"), expected);
    assert_eq!(store.snippet(&principal(), "b").await.expect("readable"), Some(expected[1].clone()));
    for (whose, name) in [(stranger(), "b"), (principal(), "c"), (principal(), "")] {
        assert_eq!(store.snippet(&whose, name).await.expect("readable"), None, "{whose} {name}");
        assert!(!store.remove_snippet(&whose, name).await.expect("answered"), "{whose} {name}");
    }
    assert!(store.remove_snippet(&principal(), "b").await.expect("removed"));
    assert_eq!(store.snippets(&principal()).await.expect("readable").len(), 1);
    for name in ["", &"x".repeat(10_000)] {
        assert!(store.save_snippet(snippet(name, "1")).await.is_err());
    }
}
