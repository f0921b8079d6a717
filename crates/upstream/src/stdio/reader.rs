//! Reads what a child prints and hands every answer to its waiter. The rest is acted on, counted, or slowed down.

use std::time::Duration;

use tokio::{io::AsyncRead, time::Instant};
use weir_model::limits;

use super::{
    Pipe,
    line::{Line, Lines},
};
use crate::{
    pending::Lost,
    wire::{Inbound, Oversize, error_reply, id_of_oversize, inbound, pong},
};

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadEnd {
    Closed,
    Noise,
}

pub(super) async fn read(pipe: &Pipe, stdout: impl AsyncRead + Unpin) -> ReadEnd {
    let cap = usize::try_from(limits::MESSAGE_BYTES_MAX).unwrap_or(usize::MAX);
    let mut lines = Lines::new(stdout, cap);
    let mut pace = Pace::new();
    let mut noise = 0;
    while let Ok(Some(line)) = lines.next().await {
        pipe.last_words.mark_spoke();
        let kind = match line {
            Line::Whole(bytes) => pipe.take(bytes),
            Line::TooLong { head, tail } => pipe.take_oversize(&head, &tail),
        };
        match kind {
            Kind::Asked => {
                noise = 0;
                continue;
            }
            Kind::Unasked => {}
            Kind::Noise => noise += 1,
        }
        if noise > limits::NOISE_LINES_MAX {
            return ReadEnd::Noise;
        }
        pace.unasked().await;
    }
    ReadEnd::Closed
}

enum Kind {
    Asked,
    Unasked,
    Noise,
}

impl Pipe {
    fn take(&self, line: Vec<u8>) -> Kind {
        if line.trim_ascii().is_empty() {
            return Kind::Noise;
        }
        let answered = match inbound(&line) {
            Inbound::Answer(id) => id,
            other => return self.act(other, &line),
        };
        if self.pending.settle(answered, Ok(line)) {
            Kind::Asked
        } else {
            self.events.stray();
            Kind::Unasked
        }
    }

    fn act(&self, message: Inbound<'_>, line: &[u8]) -> Kind {
        match message {
            Inbound::Ping(id) => self.reply(&pong(id)),
            Inbound::Request(id) => self.reply(&error_reply(id)),
            Inbound::Progress { token, note } => {
                if let Some(sink) = self.pending.progress(token) {
                    sink.pass(&note);
                }
            }
            Inbound::ToolsChanged => self.events.changed.notify_one(),
            Inbound::Notification => {}
            Inbound::Answer(_) | Inbound::Stray => self.events.stray(),
            Inbound::Batch(ids) => {
                self.events.stray();
                for id in ids {
                    self.pending
                        .settle(id, Err(Lost::Protocol("it answered in a batch, which weir never asks for".into())));
                }
            }
            Inbound::Noise => {
                self.events.noise(line);
                return Kind::Noise;
            }
        }
        Kind::Unasked
    }

    fn reply(&self, message: &[u8]) {
        if self.outbox.push(|out| out.extend_from_slice(message)).is_err() {
            self.events.dropped();
        }
    }

    fn take_oversize(&self, head: &[u8], tail: &[u8]) -> Kind {
        self.events.oversize();
        let lost = Lost::TooLarge(limits::MESSAGE_BYTES_MAX);
        match id_of_oversize(head, tail) {
            Oversize::Answer(id) if self.pending.settle(id, Err(lost)) => Kind::Asked,
            Oversize::Answer(_) => Kind::Unasked,
            Oversize::Unasked => Kind::Unasked,
            // Some call's answer may be lost with this line, and none can tell which: better all of them know now.
            Oversize::Unknown if head.trim_ascii_start().starts_with(b"{") => {
                self.pending.fail_all(&Lost::TooLarge(limits::MESSAGE_BYTES_MAX), false);
                Kind::Unasked
            }
            Oversize::Unknown => {
                self.events.noise(head);
                Kind::Noise
            }
        }
    }
}

/// Lets an upstream say only so much unasked in a moment; then its pipe fills and it has to wait.
struct Pace {
    since: Instant,
    count: u32,
}

impl Pace {
    const WINDOW: Duration = Duration::from_millis(100);

    fn new() -> Self {
        Self { since: Instant::now(), count: 0 }
    }

    async fn unasked(&mut self) {
        self.count += 1;
        if self.count < limits::UNASKED_MESSAGES_MAX {
            return;
        }
        let window_end = self.since + Self::WINDOW;
        if Instant::now() < window_end {
            tokio::time::sleep_until(window_end).await;
        }
        *self = Self::new();
    }
}
