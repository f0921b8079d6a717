//! Judges `[approvals]`: how long a waiting call can be decided, and who is told that it waits.

use std::time::Duration;

use weir_model::{Secret, limits::APPROVAL_TTL};

use super::{
    Folder,
    upstream::{is_http, is_loopback},
};
use crate::{
    config::{
        problem::{Findings, Problem},
        raw::{RawApprovals, RawNotify},
        source::Located,
    },
    notify::{Notify, NotifyCommand},
};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Clone)]
pub struct Approvals {
    /// From asking to the last moment of deciding.
    pub ttl: Duration,
    pub notify: Option<Notify>,
}

impl Default for Approvals {
    fn default() -> Self {
        Self { ttl: APPROVAL_TTL, notify: None }
    }
}

pub(super) fn judge(raw: &RawApprovals, folder: Folder<'_>, findings: &mut Findings) -> Approvals {
    let hours = raw.expire_hours.as_ref().map(|hours| HOUR * u32::try_from(hours.value).unwrap_or(u32::MAX));
    let notify = raw.notify.as_ref().and_then(|raw| notify(raw, folder, findings));
    Approvals { ttl: hours.unwrap_or(APPROVAL_TTL), notify }
}

fn notify(raw: &RawNotify, folder: Folder<'_>, findings: &mut Findings) -> Option<Notify> {
    match (&raw.command, &raw.webhook) {
        (Some(_), Some(webhook)) => {
            let problem = Problem::new("`notify` has both `command` and `webhook`").at(&webhook.place);
            findings.error(problem.hint("keep one of them; a command can tell many"));
            None
        }
        (None, None) => {
            let problem = Problem::new("`notify` has neither `command` nor `webhook`").at(&raw.place);
            findings
                .error(problem.hint("write { command = [\"notify-send\", \"weir\"] } or { webhook = \"https://…\" }"));
            None
        }
        (Some(command), None) => self::command(raw, command, folder, findings),
        (None, Some(webhook)) => self::webhook(webhook, folder, findings),
    }
}

fn command(raw: &RawNotify, words: &[Located<String>], folder: Folder<'_>, findings: &mut Findings) -> Option<Notify> {
    let expanded: Vec<String> = words.iter().filter_map(|word| folder.text(word, findings)).collect();
    if expanded.len() < words.len() {
        return None;
    }
    let Some((program, args)) = expanded.split_first().filter(|(program, _)| !program.trim().is_empty()) else {
        let place = words.first().map_or(&raw.place, |word| &word.place);
        let problem = Problem::new("`command` of `notify` names no program").at(place);
        findings.error(problem.hint("write the program and its arguments: [\"notify-send\", \"weir\"]"));
        return None;
    };
    let is_path = program.contains('/') || program.starts_with('~');
    let program = if is_path { folder.path(program).display().to_string() } else { program.clone() };
    Some(Notify::Command(NotifyCommand {
        program,
        args: args.to_vec(),
        cwd: folder.folder.to_path_buf(),
        env: folder.surroundings.desktop(),
    }))
}

fn webhook(written: &Located<String>, folder: Folder<'_>, findings: &mut Findings) -> Option<Notify> {
    let url = folder.text(written, findings)?;
    // Who knows a webhook's address may post to it: the value is not shown.
    if !is_http(&url) {
        let problem = Problem::new("`webhook` is no http or https address").at(&written.place);
        findings.error(problem.hint("write for example https://hooks.example.com/weir"));
        return None;
    }
    if url.starts_with("http://") && !is_loopback(&url) {
        let problem = Problem::new("`webhook` gets the arguments of calls over plain http, where others can read them");
        findings.warn(problem.at(&written.place).hint("use https"));
    }
    Some(Notify::Webhook(Secret::new(url)))
}
