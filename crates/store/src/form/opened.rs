//! What a run is a function of. Its source and its names lie beside the mirror.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_bridge::port::Resumes;
use weir_model::{Bindings, Limits, Member, Namespace, RunId};

use super::{Each, Maybe, id::RunIdForm, mirrors};

#[derive(Serialize, Deserialize)]
pub(crate) struct OpenedHead {
    pub(crate) seed: u64,
    #[serde(with = "LimitsForm")]
    pub(crate) limits: Limits,
    pub(crate) plan: bool,
    #[serde(with = "Maybe::<ResumesForm>")]
    pub(crate) resumes: Option<Resumes>,
    /// The source's first line that says something, for lists.
    pub(crate) first_line: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Limits")]
struct LimitsForm {
    wall: Duration,
    cpu: Duration,
    memory_bytes: u64,
    source_bytes: u64,
    calls: u32,
    calls_in_flight: u32,
    log_bytes: u64,
    result_tokens: u32,
    call_deadline: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Resumes")]
struct ResumesForm {
    #[serde(with = "RunIdForm")]
    run: RunId,
    fresh: bool,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct BindingsHead(#[serde(with = "BindingsForm")] pub(crate) Bindings);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Bindings")]
struct BindingsForm {
    version: u64,
    #[serde(with = "Each::<NamespaceForm>")]
    namespaces: Vec<Namespace>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Namespace")]
struct NamespaceForm {
    identifier: String,
    raw: String,
    #[serde(with = "Each::<MemberForm>")]
    members: Vec<Member>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Member")]
struct MemberForm {
    identifier: String,
    raw: String,
}

mirrors! { ResumesForm => Resumes, NamespaceForm => Namespace, MemberForm => Member }
