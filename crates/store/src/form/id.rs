//! Ids and names.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use weir_model::{ApprovalId, CallSeq, OpId, PrincipalId, RunId, ToolId, UpstreamName};

use super::mirrors;

macro_rules! text_ids {
    ($($form:ident => $of:ident),* $(,)?) => {$(
        pub(crate) enum $form {}
        impl $form {
            pub(crate) fn serialize<S: serde::Serializer>(of: &$of, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(of.as_str())
            }
            pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<$of, D::Error> {
                Ok($of::new(String::deserialize(deserializer)?))
            }
        }
    )*};
}

text_ids! { RunIdForm => RunId, PrincipalIdForm => PrincipalId, ApprovalIdForm => ApprovalId }

#[derive(Serialize, Deserialize)]
#[serde(remote = "CallSeq")]
pub(super) struct CallSeqForm(pub(super) u32);

#[derive(Serialize, Deserialize)]
#[serde(remote = "OpId")]
pub(super) struct OpIdForm(pub(super) u32);

#[derive(Serialize, Deserialize)]
#[serde(remote = "ToolId")]
pub(crate) struct ToolIdForm {
    #[serde(with = "UpstreamNameForm")]
    upstream: UpstreamName,
    name: Arc<str>,
}

enum UpstreamNameForm {}

impl UpstreamNameForm {
    fn serialize<S: serde::Serializer>(of: &UpstreamName, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(of.as_str())
    }

    fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<UpstreamName, D::Error> {
        UpstreamName::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

mirrors! { RunIdForm => RunId, ToolIdForm => ToolId }
