//! What was found out, for programs.

use serde_json::{Value, json};
use weir_sandbox::confine::Protection;
use weir_upstream::{CredentialStatus, DescriptionStatus, UpstreamState};

use super::{
    Checked, Findings,
    tools::{InPart, Misspelt},
};
use crate::config::Loaded;

pub(super) fn report(loaded: &Loaded, findings: &Findings) -> Value {
    let warnings: Vec<String> = loaded.warnings.iter().map(|warning| warning.message.clone()).collect();
    json!({
        "config": loaded.file,
        "also_seen": loaded.also_seen,
        "notes": loaded.notes,
        "warnings": warnings,
        "disabled": loaded.effective.disabled,
        "sandbox": match &findings.sandbox {
            Ok(ms) => json!({ "ready": true, "first_run_ms": u64::try_from(*ms).unwrap_or(u64::MAX) }),
            Err(why) => json!({ "ready": false, "reason": why }),
        },
        "protections": findings.protections.as_ref().ok().map(|all| all.iter().map(protection).collect::<Vec<_>>()),
        "protections_unknown": findings.protections.as_ref().err(),
        "surface_tokens": findings.surface_tokens,
        "upstreams": findings.upstreams.iter().map(upstream).collect::<Vec<_>>(),
    })
}

fn upstream(up: &Checked) -> Value {
    let mut value = json!({ "name": up.status.name.as_str(), "warnings": up.tools.warnings });
    if !up.tools.in_part.is_empty() {
        let in_part = |tool: &InPart| json!({ "tool": tool.path, "reason": tool.reason });
        value["checked_in_part"] = up.tools.in_part.iter().map(in_part).collect();
    }
    if !up.tools.misspelt.is_empty() {
        let misspelt = |rule: &Misspelt| json!({ "tool": rule.tool.to_string(), "nearest": rule.nearest });
        value["rules_without_tool"] = up.tools.misspelt.iter().map(misspelt).collect();
    }
    match &up.status.state {
        UpstreamState::Ready { protocol, server, tools, took, description, credentials } => {
            value["state"] = "ready".into();
            value["protocol"] = protocol.to_string().into();
            value["server"] = server.as_str().into();
            value["tools"] = tools.len().into();
            value["definition_tokens"] = up.direct.tokens.into();
            value["definition_tokens_more"] = up.direct.more.into();
            value["start_ms"] = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).into();
            if let Some(description) = description {
                value["operations"] = operations(description);
            }
            if !credentials.is_empty() {
                value["credentials"] = credentials.iter().map(credential).collect();
            }
        }
        UpstreamState::Starting => value["state"] = "starting".into(),
        UpstreamState::Absent { reason } => {
            value["state"] = "absent".into();
            value["reason"] = reason.as_str().into();
        }
    }
    value
}

fn operations(description: &DescriptionStatus) -> Value {
    let skipped = description.skipped.iter().map(|skipped| json!({ "place": skipped.place, "reason": skipped.reason }));
    json!({
        "loaded": description.operations,
        "left_out": description.left_out,
        "skipped_count": description.skipped_count,
        "skipped": skipped.collect::<Vec<_>>(),
        "from_cache": description.kept,
    })
}

fn credential(credential: &CredentialStatus) -> Value {
    json!({ "scheme": credential.scheme, "configured": credential.configured, "told": credential.told })
}

fn protection(protection: &Protection) -> Value {
    json!({
        "name": protection.layer.as_str(),
        "state": protection.strength.as_str(),
        "detail": protection.detail,
    })
}
