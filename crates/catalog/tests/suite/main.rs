//! The catalog against what real servers list, what hostile servers could list, and a labelled search corpus.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own fixture has failed")]

mod breakout;
mod dialects;
mod hostile;
mod large;
mod probe;
mod python;
mod retrieval;
mod sample;
mod shared;
mod snapshot;
mod stubs;
mod toollist;
mod validation;
