//! Which of an API's operations become tools, as the operator chose.

use weir_openapi::Operation;

use crate::{OpenApi, Selector, ToolFilter};

/// What some `include` means (everything, when there is none) and no `exclude` does.
pub(super) fn selects(config: &OpenApi, names: &ToolFilter, operation: &Operation) -> bool {
    let any = |selectors: &[Selector]| selectors.iter().any(|selector| means(selector, operation));
    (config.include.is_empty() || any(&config.include)) && !any(&config.exclude) && names.admits(&operation.name)
}

fn means(selector: &Selector, operation: &Operation) -> bool {
    match selector {
        Selector::Tag(glob) => operation.tags.iter().any(|tag| glob.matches(tag)),
        Selector::Path(glob) => glob.matches(&operation.path.text),
        Selector::Method(method) => operation.method.as_str().eq_ignore_ascii_case(method),
        Selector::Id(glob) => glob.matches(&operation.name),
    }
}

#[cfg(test)]
mod tests {
    use weir_openapi::{Method, PathTemplate};

    use super::*;
    use crate::{DescriptionAt, Glob};

    fn operation(method: Method, path: &str, name: &str, tags: &[&str]) -> Operation {
        Operation {
            name: name.into(),
            title: None,
            description: None,
            method,
            path: PathTemplate { text: path.into(), segments: Vec::new() },
            servers: Vec::new(),
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
            security: Vec::new(),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            deprecated: false,
            input_schema: "{}".into(),
            output_schema: None,
        }
    }

    #[test]
    fn c15_operations_are_chosen_by_tag_path_method_and_id() {
        let all = [
            operation(Method::Get, "/repos/{owner}/issues", "issues/list", &["issues", "repos"]),
            operation(Method::Post, "/repos/{owner}/issues", "issues/create", &["issues"]),
            operation(Method::Get, "/user", "users/me", &["users"]),
            operation(Method::Delete, "/user/keys/{id}", "users/delete-key", &[]),
        ];
        let (tag, path) = (|g: &str| Selector::Tag(Glob::new(g)), |g: &str| Selector::Path(Glob::new(g)));
        let (id, method) = (|g: &str| Selector::Id(Glob::new(g)), |m: &str| Selector::Method(m.into()));
        for (include, exclude, expected) in [
            (vec![], vec![], "issues/list issues/create users/me users/delete-key"),
            (vec![tag("issues")], vec![], "issues/list issues/create"),
            (vec![path("/repos/*")], vec![method("POST")], "issues/list"),
            (vec![method("get")], vec![], "issues/list users/me"),
            (vec![id("users/*"), tag("repos")], vec![id("*key")], "issues/list users/me"),
            (vec![tag("nothing")], vec![], ""),
            (vec![], vec![path("*")], ""),
        ] {
            let config = OpenApi { include, exclude, ..OpenApi::new(DescriptionAt::Url(String::new())) };
            let kept: Vec<&str> =
                all.iter().filter(|o| selects(&config, &ToolFilter::default(), o)).map(|o| &*o.name).collect();
            assert_eq!(kept.join(" "), expected);
        }
    }
}
