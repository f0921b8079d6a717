//! `weir results`: a value that was too large for a model, or what a run returned.

use std::io::{self, IsTerminal, Write};

use serde_json::json;
use weir_bridge::port::StoredKind;
use weir_model::HandleId;
use weir_store::Store;

use super::{
    Global,
    exit::{Exit, Stopped},
    runs::find,
    screen::{data, talk},
    store,
};
use crate::{
    admin::value::{self, Page},
    answer::escape,
    gateway::local,
};

/// Print a stored value, or what a run returned
///
/// The bytes as they are: JSON, or what a tool answered in binary. A terminal gets text only,
/// with control characters written out.
///
/// Examples:
///   weir results h_5d41402abc4b2a76b9719d911017c592 > orders.json
///   weir results run_3f8e12ab34cd | jq .
///   weir results h_5d41402abc4b2a76b9719d911017c592 --offset 65536 --bytes 4096
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Results {
    /// A handle, or a run
    #[arg(value_name = "ID")]
    id: String,
    /// Where to begin, in bytes
    #[arg(long, default_value_t = 0)]
    offset: u64,
    /// Bytes at most; to the end without it
    #[arg(long)]
    bytes: Option<u64>,
    /// Print the bytes within a JSON object that says where they stand
    #[arg(long)]
    json: bool,
}

impl Results {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let store = store::open(global).await?;
        let page = self.page(&store).await?;
        if self.json {
            data(&format!("{:#}\n", self.described(&page)))?;
            return Ok(Exit::Ok);
        }
        if io::stdout().is_terminal() {
            on_terminal(&page)?;
        } else {
            raw(&page.bytes)?;
        }
        if page.is_cut() {
            talk(&format!(
                "weir: {} of {} bytes; the rest with --offset {}",
                page.bytes.len(),
                page.total,
                page.offset + page.bytes.len() as u64
            ));
        }
        Ok(Exit::Ok)
    }

    async fn page(&self, store: &Store) -> Result<Page, Stopped> {
        let bytes = self.bytes.unwrap_or(u64::MAX);
        if !self.id.starts_with("run_") {
            let handle = HandleId::new(self.id.trim());
            let page = value::of_handle(store, &local(), &handle, self.offset, bytes).await;
            return page.map_err(store::unavailable)?.ok_or_else(|| {
                Stopped::new(Exit::RunFailed, "error: there is no such value")
                    .hint("an answer names it, h_…; values are kept until newer ones need their room")
            });
        }
        let run = find::run(store, &self.id).await?;
        let recorded = store.recorded(&run, None).await.map_err(store::unavailable)?.ok_or_else(find::no_such_run)?;
        let result = recorded.report.as_ref().and_then(|report| report.result.as_deref());
        let Some(result) = result else {
            return Err(Stopped::new(Exit::RunFailed, "error: this run has returned nothing")
                .hint(&format!("weir runs show {} tells what became of it", find::short(run.as_str()))));
        };
        Ok(Page::of(StoredKind::Json, result.as_bytes(), self.offset, bytes))
    }

    fn described(&self, page: &Page) -> serde_json::Value {
        let mut value = json!({
            "id": self.id,
            "mime": page.mime(),
            "offset": page.offset,
            "bytes": page.bytes.len(),
            "bytes_total": page.total,
        });
        match std::str::from_utf8(&page.bytes) {
            Ok(text) => value["text"] = text.into(),
            Err(_) => value["base64"] = value::base64(&page.bytes).into(),
        }
        value
    }
}

fn raw(bytes: &[u8]) -> Result<(), Stopped> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Stopped::new(Exit::Ok, "")),
        Err(error) => Err(Stopped::new(Exit::Internal, format!("error: the output cannot be written: {error}"))),
    }
}

fn on_terminal(page: &Page) -> Result<(), Stopped> {
    match std::str::from_utf8(&page.bytes) {
        Ok(text) => data(&format!("{}\n", escape::block(text))),
        Err(_) => Err(Stopped::new(
            Exit::Usage,
            format!("error: the value is binary ({}), which would garble a terminal", escape::line(page.mime(), 100)),
        )
        .hint("send it into a file: weir results ID > FILE")),
    }
}
