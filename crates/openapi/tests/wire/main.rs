//! What goes over the wire and what comes back: requests byte by byte, answers, failures, pages.

mod answer;
mod base;
mod body;
mod described;
mod failure;
mod header;
mod operation;
mod page;
mod path;
mod property;
mod query;
mod reader;
mod reserved;
mod stream;
mod style;
