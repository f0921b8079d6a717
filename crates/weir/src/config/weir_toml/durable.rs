//! `[store]`, `[approvals]` and `[admin]` as written.

use crate::config::{
    fields::{Fields, Unknown},
    problem::Findings,
    raw::{RawAdmin, RawApprovals, RawNotify, RawStore},
    setting::{EXPIRE_HOURS_MAX, KEEP_DAYS_MAX, KEEP_MB_MAX},
    tree::{Entry, Node},
};

pub(super) fn store(node: &Node, findings: &mut Findings) -> Option<RawStore> {
    let mut fields = Fields::of(node, "[store]", findings)?;
    let store = RawStore {
        path: fields.text("path"),
        url: fields.text("url"),
        keep_days: fields.integer("keep_days", 1, KEEP_DAYS_MAX),
        keep_mb: fields.integer("keep_mb", 1, KEEP_MB_MAX),
    };
    fields.finish(Unknown::Refused);
    Some(store)
}

pub(super) fn approvals(node: &Node, findings: &mut Findings) -> Option<RawApprovals> {
    let mut fields = Fields::of(node, "[approvals]", findings)?;
    let expire_hours = fields.integer("expire_hours", 1, EXPIRE_HOURS_MAX);
    let notify = fields.take("notify").and_then(|entry| notify(entry, fields.findings()));
    fields.finish(Unknown::Refused);
    Some(RawApprovals { expire_hours, notify })
}

/// `None` as well when something in it was not understood: what seems missing may be just that.
fn notify(entry: &Entry, findings: &mut Findings) -> Option<RawNotify> {
    let errors_before = findings.errors.len();
    let mut fields = Fields::of(&entry.node, "`notify` of [approvals]", findings)?;
    let (command, webhook) = (fields.texts("command"), fields.text("webhook"));
    fields.finish(Unknown::Refused);
    let understood = findings.errors.len() == errors_before;
    understood.then(|| RawNotify { place: entry.key_place.clone(), command, webhook })
}

/// `None` as well when something in it was not understood.
pub(super) fn admin(entry: &Entry, findings: &mut Findings) -> Option<RawAdmin> {
    let errors_before = findings.errors.len();
    let mut fields = Fields::of(&entry.node, "[admin]", findings)?;
    let (listen, token) = (fields.text("listen"), fields.text("token"));
    fields.finish(Unknown::Refused);
    let understood = findings.errors.len() == errors_before;
    understood.then(|| RawAdmin { place: entry.key_place.clone(), listen, token })
}
