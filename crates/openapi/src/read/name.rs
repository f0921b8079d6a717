//! The raw names of operations: as written, or made of method and path; each once.

use std::collections::{HashMap, HashSet};

use weir_model::limits;

use crate::Method;

/// Names given, and those that some operation has written.
#[derive(Default)]
pub(super) struct Names {
    written: HashSet<String>,
    given: HashSet<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    /// All operationIds of the description: none is given to an operation that did not write it.
    pub(super) fn new<'n>(written: impl Iterator<Item = &'n str>) -> Self {
        Self { written: written.map(cut).collect(), ..Self::default() }
    }

    pub(super) fn give(&mut self, written: Option<&str>, method: Method, path: &str) -> String {
        let name = match written.map(cut).filter(|name| !name.is_empty()) {
            Some(name) if self.given.insert(name.clone()) => return name,
            Some(name) => name,
            None => made(method, path),
        };
        if !self.written.contains(&name) && self.given.insert(name.clone()) {
            return name;
        }
        let number = self.numbers.entry(name.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{name}_{number}");
            if !self.written.contains(&numbered) && self.given.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

/// Room for a number after the name.
const NAME_BYTES_MAX: usize = limits::TOOL_NAME_BYTES_MAX - 16;

fn cut(written: &str) -> String {
    let mut name: String = written.trim().chars().filter(|character| !character.is_control()).collect();
    let end = (0..=name.len().min(NAME_BYTES_MAX)).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    name.truncate(end);
    name
}

/// `get_users_id_posts` of `GET /users/{id}/posts`.
fn made(method: Method, path: &str) -> String {
    let mut name = method.as_str().to_ascii_lowercase();
    for character in path.chars() {
        if character.is_alphanumeric() {
            if name.ends_with(' ') {
                name.pop();
                name.push('_');
            }
            name.extend(character.to_lowercase());
        } else if !name.ends_with(' ') {
            name.push(' ');
        }
    }
    cut(&name)
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::Method;

    #[test]
    fn names_are_as_written_or_made_of_method_and_path_and_each_is_given_once() {
        let written = ["list", "list", "list_2", "", "a\u{7}b"];
        let mut names = Names::new(written.into_iter());
        let given: Vec<String> =
            written.iter().map(|written| names.give(Some(written), Method::Get, "/users/{user-id}/Posts")).collect();
        assert_eq!(given, ["list", "list_3", "list_2", "get_users_user_id_posts", "ab"]);
        assert_eq!(names.give(None, Method::Delete, "/"), "delete");
        assert_eq!(names.give(None, Method::Delete, "/"), "delete_2");
        let long = names.give(Some(&"é".repeat(2_000)), Method::Get, "/");
        assert!(long.len() <= weir_model::limits::TOOL_NAME_BYTES_MAX, "{}", long.len());
    }
}
