//! References in strings: `${VAR}`, `${VAR:-default}`, `${env:VAR}`, `${userHome}`, `${workspaceFolder}`.
//! An unset variable is an error that names it; nothing unresolved is ever passed on.

use std::path::Path;

use super::{
    problem::{Findings, Problem, nearest},
    source::Located,
    surroundings::{Missing, Surroundings},
};

/// Replaces every reference. `None`, and findings, when one cannot be resolved.
pub(super) fn expand(
    text: &Located<String>,
    workspace: &Path,
    surroundings: &Surroundings,
    findings: &mut Findings,
) -> Option<String> {
    let mut expanded = String::with_capacity(text.value.len());
    let mut rest = text.value.as_str();
    let mut whole = true;
    while let Some(at) = rest.find("${") {
        // `$${` says `${`.
        if rest[..at].ends_with('$') {
            expanded.push_str(&rest[..at - 1]);
            expanded.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        expanded.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let Some(end) = after.find('}') else {
            findings.error(
                Problem::new("`${` is not closed by `}`")
                    .at(&text.place.narrowed(&rest[at..]))
                    .hint("write `$${` for a literal `${`"),
            );
            return None;
        };
        match resolve(&after[..end], workspace, surroundings) {
            Ok(value) => expanded.push_str(&value),
            Err(problem) => {
                findings.error(problem.at(&text.place.narrowed(&rest[at..at + 2 + end + 1])));
                whole = false;
            }
        }
        rest = &after[end + 1..];
    }
    expanded.push_str(rest);
    whole.then_some(expanded)
}

fn resolve(reference: &str, workspace: &Path, surroundings: &Surroundings) -> Result<String, Problem> {
    match reference {
        "userHome" => {
            return surroundings.home.as_ref().map(|home| home.display().to_string()).ok_or_else(|| {
                Problem::new("`${userHome}` cannot be resolved: no home folder is known").hint("set the variable HOME")
            });
        }
        "workspaceFolder" => return Ok(workspace.display().to_string()),
        "workspaceFolderBasename" => {
            return Ok(workspace.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
        }
        "pathSeparator" | "/" => return Ok(std::path::MAIN_SEPARATOR_STR.to_owned()),
        _ => {}
    }
    if let Some(id) = reference.strip_prefix("input:") {
        let variable: String =
            id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        return Err(Problem::new(format!("`${{input:{id}}}` is asked for by the editor; weir has nobody to ask"))
            .hint(format!("write `${{{variable}}}` instead and set that variable")));
    }
    let (name, default) = match reference.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (reference, None),
    };
    let name = name.strip_prefix("env:").unwrap_or(name);
    if !is_variable_name(name) {
        return Err(Problem::new(format!("`${{{reference}}}` is no reference weir knows")).hint(
            "it knows ${VAR}, ${VAR:-default}, ${env:VAR}, ${userHome} and ${workspaceFolder}; `$${` is a literal `${`",
        ));
    }
    match (surroundings.variable(name), default) {
        (Ok(value), Some(default)) if value.is_empty() => Ok(default.to_owned()),
        (Ok(value), _) => Ok(value),
        (Err(Missing::Unset), Some(default)) => Ok(default.to_owned()),
        (Err(Missing::Unset), None) => Err(unset(name, surroundings)),
        (Err(Missing::NotText), _) => Err(Problem::new(format!("the variable `{name}` is set, but is no UTF-8 text"))),
    }
}

fn unset(name: &str, surroundings: &Surroundings) -> Problem {
    let names = surroundings.variable_names();
    let near = nearest(name, names.iter().map(String::as_str)).filter(|near| *near != name);
    let set = format!("set it: export {name}=…, or give a default: ${{{name}:-…}}");
    Problem::new(format!("the variable `{name}` is not set")).hint(match near {
        Some(near) => format!("`{near}` is set; did you mean that? Otherwise {set}"),
        None => set,
    })
}

pub(super) fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
