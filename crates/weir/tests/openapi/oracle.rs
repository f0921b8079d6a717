//! The requests of swagger-client, which nobody here wrote, beside those of weir for the same calls.

use crate::{
    case::{self, Api, Cases, Outcome},
    fixture,
    home::Home,
    request::{Normal, normal},
    server::{Seen, Server},
};

/// Description, operations at most.
const DESCRIPTIONS: [(&str, usize); 27] = [
    ("petstore_v3.yaml", 100),
    ("slack_web_v2.json", 80),
    ("kubernetes_v1.13_v2.json", 60),
    ("openai.yaml", 60),
    ("discord.json", 60),
    ("box.json", 60),
    ("github.json", 60),
    ("opensandbox_execd.yaml", 100),
    ("oas-examples/3.0_json_circular-paths.json", 100),
    ("oas-examples/3.0_json_circular.json", 100),
    ("oas-examples/3.0_json_discriminators.json", 100),
    ("oas-examples/3.0_json_file-uploads.json", 100),
    ("oas-examples/3.0_json_form-data.json", 100),
    ("oas-examples/3.0_json_openapi-workshop_refs.json", 100),
    ("oas-examples/3.0_json_parameters-common.json", 100),
    ("oas-examples/3.0_json_parameters-cookies.json", 100),
    ("oas-examples/3.0_json_parameters-extreme.json", 100),
    ("oas-examples/3.0_json_parameters-style.json", 100),
    ("oas-examples/3.0_json_petstore-simple-no-tags.json", 100),
    ("oas-examples/3.0_json_polymorphism.json", 100),
    ("oas-examples/3.0_json_response-multiple-mediatypes.json", 100),
    ("oas-examples/3.0_json_schema-additional-properties.json", 100),
    ("oas-examples/3.0_json_schema-circular.json", 100),
    ("oas-examples/3.0_json_security-multiple.json", 100),
    ("oas-examples/3.0_json_security.json", 100),
    ("oas-examples/3.0_json_server-variables.json", 100),
    ("oas-examples/3.1_json_schema-types.json", 100),
];

/// What a description leaves open is left open: the generated value fits several of the alternatives.
pub(crate) const AMBIGUOUS: &str = "fits exactly one of the alternatives";

#[test]
fn c05_to_c07_requests_are_those_of_another_client() {
    let (theirs, ours) = (Server::recording(), Server::recording());
    let name = |at: usize| format!("a{at}");
    let mut config = String::new();
    for (at, (file, _)) in DESCRIPTIONS.iter().enumerate() {
        let (file, base) = (fixture::file_name(file), ours.url(&format!("/{}", name(at))));
        config.push_str(&format!(
            "[upstream.{}]\nopenapi = {file:?}\nbase_url = \"{base}\"\nallow_private = true\nstart_timeout_ms = 240000\n\
             auth = {{ header = {{ name = \"X-Oracle\", value = \"a-credential\" }} }}\n",
            name(at)
        ));
    }
    let home = Home::new(&config);
    let mut apis = Vec::new();
    for (at, (file, count)) in DESCRIPTIONS.iter().enumerate() {
        let path = home.path(&fixture::file_name(file));
        home.write(&fixture::file_name(file), fixture::with_ids(file));
        apis.push(Api { api: name(at), file: path, count: *count, base: Some(theirs.url(&format!("/{}", name(at)))) });
    }
    let cases = case::of(&apis);
    let outcomes = case::call(&home, cases.iter().flat_map(|cases| &cases.cases));
    let (theirs, ours) = (theirs.seen(), ours.seen());
    let mut comparison = Comparison {
        theirs: &theirs,
        ours: &ours,
        next: 0,
        same: 0,
        left_out: 0,
        differences: Vec::new(),
        table: String::new(),
    };
    let mut outcomes = outcomes.iter();
    for ((file, _), cases) in DESCRIPTIONS.iter().zip(&cases) {
        comparison.api(file, cases, &mut outcomes);
    }
    let Comparison { same, left_out, differences, table, .. } = comparison;
    println!("{table}");
    assert!(differences.is_empty(), "{} differ, {same} are the same:\n{}", differences.len(), differences.join("\n"));
    assert!(left_out * 10 <= same, "{left_out} were left out and {same} compared");
}

struct Comparison<'a> {
    theirs: &'a [Seen],
    ours: &'a [Seen],
    /// The number of the next request of ours.
    next: usize,
    same: usize,
    left_out: usize,
    differences: Vec<String>,
    /// A line for each description.
    table: String,
}

impl Comparison<'_> {
    fn api<'o>(&mut self, file: &str, cases: &Cases, outcomes: &mut impl Iterator<Item = &'o Outcome>) {
        let (same, mut ambiguous) = (self.same, 0);
        for (number, (case, outcome)) in cases.cases.iter().zip(outcomes.by_ref()).enumerate() {
            match &outcome.error {
                Some(error) if error.contains(AMBIGUOUS) => ambiguous += 1,
                Some(error) => self.differences.push(format!("{file} {}: weir did not send it: {error}", case.place)),
                None => {
                    // The answer to a HEAD has no number; calls are made one after the other.
                    let seq = outcome.seq.unwrap_or(self.next);
                    self.next = seq + 1;
                    let difference = difference(self.of_other(&cases.api, number), &self.ours[seq]);
                    self.same += usize::from(difference.is_none());
                    self.differences.extend(difference.map(|told| format!("{file} {}: {told}", case.place)));
                }
            }
        }
        self.left_out += ambiguous + cases.passed.values().sum::<usize>();
        self.table.push_str(&format!(
            "{file:<55} {:>5} operations {:>4} calls {:>4} the same, left out {ambiguous} that fit several alternatives, {:?}\n",
            cases.operations,
            cases.cases.len(),
            self.same - same,
            cases.passed
        ));
    }

    /// What the other client sent for a case of an API.
    fn of_other(&self, api: &str, number: usize) -> &Seen {
        let (path, number) = (format!("/{api}/"), number.to_string());
        let mut sent = self.theirs.iter().filter(|seen| seen.target.starts_with(&path));
        let found = sent.find(|seen| seen.header("x-case") == Some(&number));
        found.unwrap_or_else(|| panic!("swagger-client sent nothing for case {number} of {api}"))
    }
}

fn difference(theirs: &Seen, ours: &Seen) -> Option<String> {
    // The credential was put on beside the operation's own.
    assert_eq!(ours.header("x-oracle"), Some("a-credential"));
    let (one, other): (Normal, Normal) = (normal(theirs), normal(ours).without("x-oracle"));
    (one != other).then(|| format!("\n  swagger-client {one:?}\n  weir           {other:?}"))
}
