//! A description, from where it is to the model of its operations: from disk when it was read before, else read anew.
//!
//! Reading runs beside the runtime, few at a time: a tree of values of a large description is large itself, and gone when this ends.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use weir_openapi::Api;

use super::{
    fetch,
    jail::{Jail, Nowhere, read_capped},
    kept::{Fetched, Hash, Kept, hash},
};
use crate::{DescriptionAt, egress::Rules, link::Ended};

/// Descriptions read anew at once, in the whole process.
static READERS: Semaphore = Semaphore::const_new(2);

pub(super) struct Loaded {
    pub(super) api: Api,
    /// Of the root's bytes.
    pub(super) hash: Hash,
    /// It needed no reading.
    pub(super) kept: bool,
    /// By which a server may say that nothing changed.
    pub(super) etag: Option<String>,
    pub(super) warning: Option<String>,
}

/// `name` is what messages call it. `within`: how long a server may take.
pub(super) async fn load(
    at: &DescriptionAt,
    name: &str,
    kept: &Arc<Kept>,
    rules: Rules,
    within: Duration,
) -> Result<Loaded, Ended> {
    match at {
        DescriptionAt::File(path) => of_file(path, name, kept).await,
        DescriptionAt::Url(url) => of_url(url, name, kept, rules, within).await,
    }
}

/// A description by URL whose bytes are others than those of `hash`.
pub(super) async fn changed(
    url: &str,
    etag: Option<&str>,
    known: &Hash,
    name: &str,
    kept: &Arc<Kept>,
    rules: Rules,
    within: Duration,
) -> Result<Option<Loaded>, Ended> {
    let fetched = match fetched(url, etag, rules, within).await {
        Ok(fetch::Answer::Changed(fetched)) if hash(&fetched.bytes) != *known => fetched,
        Ok(_) => return Ok(None),
        Err(why) => return Err(Ended::with_detail("its description cannot be fetched", Some(why))),
    };
    of_fetched(url, fetched, name, kept).await.map(Some)
}

async fn fetched(url: &str, etag: Option<&str>, rules: Rules, within: Duration) -> Result<fetch::Answer, String> {
    match tokio::time::timeout(within, fetch::fetch(url, etag, rules)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("it was not there within {within:?}")),
    }
}

/// Read, and only then kept: what is no description must not stand in for one.
async fn of_fetched(url: &str, fetched: Fetched, name: &str, kept: &Arc<Kept>) -> Result<Loaded, Ended> {
    let loaded = of_bytes(fetched.clone(), name, kept).await?;
    let (kept, url) = (kept.clone(), url.to_owned());
    beside_runtime(move || kept.keep_fetched(&url, &fetched)).await?;
    Ok(loaded)
}

async fn of_file(path: &Path, name: &str, kept: &Arc<Kept>) -> Result<Loaded, Ended> {
    let shown = path.display().to_string();
    let unreadable =
        move |why: String| Ended::with_detail("its description cannot be read", Some(format!("{shown}: {why}")));
    let (path, name, kept) = (path.to_owned(), name.to_owned(), kept.clone());
    let look = {
        let (path, kept) = (path.clone(), kept.clone());
        move || {
            let bytes = read_capped(&path)?;
            let root = hash(&bytes);
            let jail = Jail::around(&path).map_err(|error| format!("it cannot be read: {}", error.kind()))?;
            let known = kept.parsed(&root, |beside| jail.hash_of(beside));
            Ok::<_, String>((known, root, bytes))
        }
    };
    let (known, root, bytes) = beside_runtime(look).await?.map_err(&unreadable)?;
    if let Some(api) = known {
        return Ok(Loaded { api, hash: root, kept: true, etag: None, warning: None });
    }
    let _permit = READERS.acquire().await;
    let read = move || {
        let jail = Jail::around(&path).map_err(|error| format!("it cannot be read: {}", error.kind()))?;
        let api = weir_openapi::read(&name, &bytes, &jail).map_err(|error| error.to_string())?.api;
        drop(bytes);
        kept.keep_parsed(&root, &jail.seen(), &api);
        Ok::<_, String>(api)
    };
    let api = beside_runtime(read).await?.map_err(&unreadable)?;
    Ok(Loaded { api, hash: root, kept: false, etag: None, warning: None })
}

async fn of_url(url: &str, name: &str, kept: &Arc<Kept>, rules: Rules, within: Duration) -> Result<Loaded, Ended> {
    let (found, wanted) = (kept.clone(), url.to_owned());
    let earlier = beside_runtime(move || found.fetched(&wanted)).await?;
    let etag = earlier.as_ref().and_then(|earlier| earlier.etag.clone());
    let why = match (fetched(url, etag.as_deref(), rules, within).await, &earlier) {
        (Ok(fetch::Answer::Same), Some(earlier)) => return of_bytes(earlier.clone(), name, kept).await,
        (Ok(fetch::Answer::Changed(fetched)), _) => match of_fetched(url, fetched, name, kept).await {
            Ok(loaded) => return Ok(loaded),
            Err(ended) => ended.told(),
        },
        (Ok(fetch::Answer::Same), None) => {
            "its server says that it has not changed, without having been asked".to_owned()
        }
        (Err(why), _) => why,
    };
    let Some(earlier) = earlier else {
        return Err(Ended::with_detail("its description cannot be fetched", Some(why)));
    };
    let warning = format!("its description cannot be fetched, and the copy kept from earlier is used: {why}");
    Ok(Loaded { warning: Some(warning), ..of_bytes(earlier, name, kept).await? })
}

/// A description that is one file and here already.
async fn of_bytes(fetched: Fetched, name: &str, kept: &Arc<Kept>) -> Result<Loaded, Ended> {
    let Fetched { etag, bytes } = fetched;
    let found = kept.clone();
    let look = move || {
        let root = hash(&bytes);
        (found.parsed(&root, |_| None), root, bytes)
    };
    let (known, root, bytes) = beside_runtime(look).await?;
    if let Some(api) = known {
        return Ok(Loaded { api, hash: root, kept: true, etag, warning: None });
    }
    let _permit = READERS.acquire().await;
    let (kept, name) = (kept.clone(), name.to_owned());
    let read = move || {
        let api = weir_openapi::read(&name, &bytes, &Nowhere)?.api;
        drop(bytes);
        kept.keep_parsed(&root, &[], &api);
        Ok::<_, weir_openapi::Unreadable>(api)
    };
    let api = beside_runtime(read).await?;
    let api = api.map_err(|error| Ended::with_detail("its description cannot be read", Some(error.to_string())))?;
    Ok(Loaded { api, hash: root, kept: false, etag, warning: None })
}

async fn beside_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Ended> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|_| Ended::plain("reading its description ended before it was done: a fault of weir's own"))
}
