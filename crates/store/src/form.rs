//! How the model's types are written down: JSON, by mirrors of their shape.
//!
//! A field added to a mirror later has a `#[serde(default)]`; what was ever written can be read for good.

mod approval;
mod id;
mod opened;
mod record;
mod report;

use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use crate::trouble::Trouble;

pub(crate) use approval::{ApprovalHead, DecisionHead};
pub(crate) use id::ToolIdForm;
pub(crate) use opened::{BindingsHead, OpenedHead};
pub(crate) use record::{Head, Kind};
pub(crate) use report::{FaultKindForm, LanguageForm, ReportHead};

pub(crate) fn encode(head: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(head).expect("mirrors hold nothing that JSON cannot say")
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|error| Trouble::damaged(format!("a row cannot be read: {error}")))
}

/// The mirror of a type that knows no serde.
pub(crate) trait Form {
    type Of;
    fn put<S: Serializer>(of: &Self::Of, serializer: S) -> Result<S::Ok, S::Error>;
    fn take<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self::Of, D::Error>;
}

/// A mirror made with `#[serde(remote = …)]`.
macro_rules! mirrors {
    ($($form:ty => $of:ty),* $(,)?) => {$(
        impl $crate::form::Form for $form {
            type Of = $of;
            fn put<S: serde::Serializer>(of: &$of, serializer: S) -> Result<S::Ok, S::Error> {
                <$form>::serialize(of, serializer)
            }
            fn take<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<$of, D::Error> {
                <$form>::deserialize(deserializer)
            }
        }
    )*};
}
/// A mirror of a closed list, each of its members by its stable code.
macro_rules! codes {
    ($($form:ident => $of:ty),* $(,)?) => {$(
        pub(crate) enum $form {}
        impl $form {
            pub(crate) fn find(code: &str) -> Option<$of> {
                <$of>::ALL.into_iter().find(|known| known.as_str() == code)
            }
            pub(crate) fn serialize<S: serde::Serializer>(of: &$of, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(of.as_str())
            }
            pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<$of, D::Error> {
                let code = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::find(&code).ok_or_else(|| serde::de::Error::custom(format_args!("there is no {code:?} here")))
            }
        }
        mirrors!($form => $of);
    )*};
}
use {codes, mirrors};

struct Put<'a, F: Form>(&'a F::Of);

impl<F: Form> Serialize for Put<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        F::put(self.0, serializer)
    }
}

struct Taken<F: Form>(F::Of);

impl<'de, F: Form> Deserialize<'de> for Taken<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        F::take(deserializer).map(Self)
    }
}

/// For a field that holds a list of them.
pub(crate) struct Each<F>(PhantomData<F>);

impl<F: Form> Each<F> {
    pub(crate) fn serialize<S: Serializer>(of: &[F::Of], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(of.iter().map(Put::<F>))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<F::Of>, D::Error> {
        let taken = Vec::<Taken<F>>::deserialize(deserializer)?;
        Ok(taken.into_iter().map(|taken| taken.0).collect())
    }
}

/// For a field that may hold one.
pub(crate) struct Maybe<F>(PhantomData<F>);

impl<F: Form> Maybe<F> {
    pub(crate) fn serialize<S: Serializer>(of: &Option<F::Of>, serializer: S) -> Result<S::Ok, S::Error> {
        of.as_ref().map(Put::<F>).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<F::Of>, D::Error> {
        Ok(Option::<Taken<F>>::deserialize(deserializer)?.map(|taken| taken.0))
    }
}
