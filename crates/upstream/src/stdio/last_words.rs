//! The last lines a child printed on its standard error: the reason people are told when it is gone.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::io::AsyncRead;
use weir_model::UpstreamName;

use super::line::{Line, Lines};
use crate::redact::Redactor;

const LINES_KEPT: usize = 8;
const LINE_CHARS_MAX: usize = 240;
const LINE_BYTES_MAX: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(crate) struct LastWords {
    lines: Mutex<VecDeque<String>>,
    spoke: AtomicBool,
}

impl LastWords {
    /// Reads to the end; credentials of this upstream are gone from what is kept and traced.
    pub(crate) async fn listen(&self, stderr: impl AsyncRead + Unpin, name: UpstreamName, redactor: Arc<Redactor>) {
        let mut lines = Lines::new(stderr, LINE_BYTES_MAX);
        while let Ok(Some(line)) = lines.next().await {
            self.spoke.store(true, Ordering::Relaxed);
            let bytes = match line {
                Line::Whole(bytes) => bytes,
                Line::TooLong { head, .. } => head,
            };
            let said = String::from_utf8_lossy(&bytes);
            let text = redactor.text(&said);
            let text: String = text.trim().chars().filter(|c| !c.is_control()).take(LINE_CHARS_MAX).collect();
            if text.is_empty() {
                continue;
            }
            tracing::debug!(upstream = %name, "{text}");
            let mut kept = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == LINES_KEPT {
                kept.pop_front();
            }
            kept.push_back(text);
        }
    }

    pub(crate) fn mark_spoke(&self) {
        self.spoke.store(true, Ordering::Relaxed);
    }

    /// Whether the child has printed anything at all: one that has not may still be loading.
    pub(crate) fn spoke(&self) -> bool {
        self.spoke.load(Ordering::Relaxed)
    }

    pub(crate) fn told(&self) -> Option<String> {
        let kept = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        (!kept.is_empty()).then(|| kept.iter().map(String::as_str).collect::<Vec<_>>().join(" | "))
    }
}
