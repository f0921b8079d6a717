//! OAuth 2 as weir needs it: tokens without a person, the login of a person, and tokens kept between the two.
//!
//! A token goes to the resource it was got for and nowhere else. An authorization server is a stranger: its documents are
//! bounded, its addresses pass the egress rules, and what it says of errors is shown without any credential in it.

mod callback;
mod challenge;
mod client;
mod discovery;
mod flow;
mod grant;
mod kept;
mod leave;
mod machine;
mod metadata;
mod pkce;
mod reach;
mod registration;
mod text;
mod vault;
mod wire;

pub use flow::{LoggedIn, LoginAsked, LoginFailure, LoginPending, begin_login};
pub use leave::{LoggedOut, logout};
pub(crate) use {challenge::hint, kept::Kept, machine::Machine};
#[cfg(test)]
pub(crate) use {kept::log_in, vault::key_in_file};
