//! What was found out, for people.

use weir_sandbox::confine::{Layer, Protection, Strength};
use weir_upstream::{CredentialStatus, DescriptionStatus, UpstreamState};

use super::{
    Checked, Findings,
    tools::{InPart, Misspelt},
};
use crate::{
    answer::escape,
    cli::screen::{BAD, BOLD, DIM, GOOD, NOTE, grouped, styled},
    config::Loaded,
};

/// Operations that cannot be used, shown with their reasons; `--json` has more.
const SKIPPED_SHOWN_MAX: usize = 10;
/// The same for what is odd about an upstream's tools.
const WARNINGS_SHOWN_MAX: usize = 10;
/// Tools named in one line.
const NAMED_MAX: usize = 5;

/// Labels on the left, what is said on the right.
struct Page(String);

impl Page {
    fn line(&mut self, label: &str, rest: &str) {
        self.0.push_str(&format!("{label:<10} {rest}\n"));
    }
}

pub(super) fn report(loaded: &Loaded, findings: &Findings) -> String {
    let mut page = Page(String::new());
    page.line("config", loaded.file.as_deref().unwrap_or("none found; weir help tells where it is looked for"));
    match &findings.sandbox {
        Ok(ms) => page.line("sandbox", &format!("{}  first program after {ms} ms", styled(GOOD, "ready "))),
        Err(why) => page.line("sandbox", &format!("{}  {}", styled(BAD, "broken"), escape::line(why, 500))),
    }
    match &findings.protections {
        Ok(protections) => confinement(protections, &mut page),
        Err(why) => page.line("workers", &format!("{}  {}", styled(BAD, "unknown "), escape::line(why, 300))),
    }
    for name in &loaded.effective.disabled {
        page.line(&escape::line(name, 64), &styled(DIM, "disabled"));
    }
    for up in &findings.upstreams {
        upstream(up, &mut page);
    }
    let direct: usize = findings.upstreams.iter().map(|up| up.direct.tokens).sum();
    if direct > 0 {
        let more = if findings.upstreams.iter().any(|up| up.direct.more) { "more than " } else { "" };
        let sums = format!("{} instead of {more}{}", grouped(findings.surface_tokens), grouped(direct));
        page.0.push_str(&format!("\nA model's context holds {} tokens of definitions.\n", styled(BOLD, &sums)));
    }
    page.0
}

/// One line of what holds, and one for each layer that does not, or holds as far as the host lets it.
fn confinement(protections: &[Protection], page: &mut Page) {
    let whole = |told: &&Protection| told.strength == Strength::Active && told.layer != Layer::Group;
    let (active, other): (Vec<_>, Vec<_>) = protections.iter().partition(whole);
    let names: Vec<&str> = active.iter().map(|told| told.layer.as_str()).collect();
    page.line("workers", &format!("{}  {}", styled(GOOD, "confined"), names.join(", ")));
    for Protection { layer, strength, detail } in other {
        let word = format!("{:<8}", strength.as_str());
        let detail = escape::line(detail, 300);
        page.line("", &format!("{}  {}: {detail}", styled(NOTE, &word), layer.as_str()));
    }
}

fn upstream(up: &Checked, page: &mut Page) {
    let name = escape::line(up.status.name.as_str(), 64);
    match &up.status.state {
        UpstreamState::Ready { protocol, server, tools, took, description, credentials } => {
            let ready = format!(
                "{}  {protocol}  {:>3} tools, {}{:>7} tokens  {:>6} ms  {}",
                styled(GOOD, "ready "),
                tools.len(),
                if up.direct.more { "more than " } else { "" },
                grouped(up.direct.tokens),
                took.as_millis(),
                styled(DIM, &escape::line(server, 80)),
            );
            page.line(&name, &ready);
            if let Some(description) = description {
                operations(description, page);
            }
            credentials.iter().for_each(|told| credential(told, page));
        }
        UpstreamState::Starting => page.line(&name, &format!("{}  not finished in its time", styled(BAD, "absent"))),
        UpstreamState::Absent { reason } => {
            page.line(&name, &format!("{}  {}", styled(BAD, "absent"), escape::line(reason, 1_000)));
        }
    }
    in_part(&up.tools.in_part, page);
    let warnings = &up.tools.warnings;
    for told in warnings.iter().take(WARNINGS_SHOWN_MAX) {
        warning(told, page);
    }
    if let Some(more @ 1..) = warnings.len().checked_sub(WARNINGS_SHOWN_MAX) {
        warning(&format!("{} more; weir check --json tells them", grouped(more)), page);
    }
    for rule in &up.tools.misspelt {
        warning(&no_tool(rule), page);
    }
}

fn warning(told: &str, page: &mut Page) {
    page.line("", &format!("{} {}", styled(NOTE, "warning:"), escape::line(told, 500)));
}

/// One line, however many there are.
fn in_part(tools: &[InPart], page: &mut Page) {
    if tools.is_empty() {
        return;
    }
    let named: Vec<String> = tools.iter().take(NAMED_MAX).map(|tool| escape::line(&tool.path, 80)).collect();
    let more = match tools.len() - named.len() {
        0 => String::new(),
        more => format!(" and {} more", grouped(more)),
    };
    let tools = if tools.len() == 1 { "1 tool".to_owned() } else { format!("{} tools", grouped(tools.len())) };
    let told = format!("not or partly checked for {tools}: {}{more}; weir check --json says why", named.join(", "));
    page.line("", &format!("arguments   {told}"));
}

fn no_tool(rule: &Misspelt) -> String {
    let meant = match rule.nearest.join(", ") {
        none if none.is_empty() => String::new(),
        near => format!("; did you mean {near}?"),
    };
    format!("a rule names {}, which this upstream does not offer: it has no effect{meant}", rule.tool)
}

fn operations(description: &DescriptionStatus, page: &mut Page) {
    let kept = if description.kept { " (read before)" } else { "" };
    let mut told = format!("operations  {} loaded{kept}", grouped(description.operations));
    if description.left_out > 0 {
        told.push_str(&format!(", {} left out by the configuration", grouped(description.left_out)));
    }
    if description.skipped_count > 0 {
        let skipped = format!("{} cannot be used", grouped(description.skipped_count));
        told.push_str(&format!(", {}", styled(NOTE, &skipped)));
    }
    page.line("", &told);
    let shown = description.skipped.iter().take(SKIPPED_SHOWN_MAX);
    for skipped in shown.clone() {
        let (place, reason) = (escape::line(&skipped.place, 120), escape::line(&skipped.reason, 300));
        page.line("", &format!("  {place}: {reason}"));
    }
    let more = description.skipped_count.saturating_sub(shown.len());
    if more > 0 {
        page.line("", &format!("  and {} more; weir check --json tells them", grouped(more)));
    }
}

fn credential(credential: &CredentialStatus, page: &mut Page) {
    let told = escape::line(&credential.told, 300);
    let told = if credential.configured { told } else { styled(NOTE, &told) };
    let scheme = credential.scheme.as_ref().map(|scheme| format!("{}: ", escape::line(scheme, 64)));
    page.line("", &format!("credential  {}{told}", scheme.unwrap_or_default()));
}
