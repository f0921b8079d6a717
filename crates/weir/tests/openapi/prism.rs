//! Prism serves a description's examples and judges every request by the description: none of weir's may be refused.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use weir_testkit::{installed, module};

use crate::{
    case::{self, Api},
    fixture,
    home::Home,
    oracle::AMBIGUOUS,
};

struct Prism {
    child: Child,
    url: String,
    /// Its log, line by line.
    lines: mpsc::Receiver<String>,
}

impl Prism {
    fn start(description: &std::path::Path) -> Self {
        let mut child = Command::new(installed("bin/node"))
            .arg(module("@stoplight/prism-cli/dist/index.js"))
            .args(["mock", "--errors", "--host", "127.0.0.1", "--port", "0"])
            .arg(description)
            .env("NO_COLOR", "1")
            .env("FORCE_COLOR", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let listening = "Prism is listening on ";
        let url = loop {
            let line = lines.recv().expect("Prism says where it listens");
            if let Some((_, url)) = line.split_once(listening) {
                break url.trim().to_owned();
            }
        };
        Self { child, url, lines }
    }

    /// What it refused, and why.
    fn refused(mut self) -> Vec<String> {
        self.end();
        let refusals =
            ["did not pass", "Violation: request", "NO_PATH_MATCHED", "NO_METHOD_MATCHED", "UNSUPPORTED_MEDIA"];
        self.lines.iter().filter(|line| refusals.iter().any(|refusal| line.contains(refusal))).collect()
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        self.end();
    }
}

/// Description, and calls that are made of it at least.
const DESCRIPTIONS: [(&str, usize); 5] = [
    ("petstore_v3.yaml", 30),
    ("oas-examples/3.0_json_parameters-common.json", 6),
    ("oas-examples/3.0_json_form-data.json", 2),
    ("oas-examples/3.1_json_schema-types.json", 20),
    ("opensandbox_execd.yaml", 30),
];

#[test]
fn prism_accepts_every_request() {
    let home = Home::new("");
    let (mut config, mut apis, mut prisms) = (String::new(), Vec::new(), Vec::new());
    for (at, (name, _)) in DESCRIPTIONS.iter().enumerate() {
        let file = fixture::file_name(name);
        home.write(&file, fixture::with_ids(name));
        let prism = Prism::start(&home.path(&file));
        config.push_str(&format!(
            "[upstream.a{at}]\nopenapi = {file:?}\nbase_url = \"{}\"\nallow_private = true\nauth = {{ bearer = \"prism\" }}\n\
             headers = {{ api_key = \"prism\", X-EXECD-ACCESS-TOKEN = \"prism\" }}\n",
            prism.url
        ));
        apis.push(Api { api: format!("a{at}"), file: home.path(&file), count: 100, base: None });
        prisms.push(prism);
    }
    home.configure(&config);
    let cases = case::of(&apis);
    let outcomes = case::call(&home, cases.iter().flat_map(|cases| &cases.cases));
    let mut outcomes = outcomes.iter();
    for (((name, calls_min), cases), prism) in DESCRIPTIONS.iter().zip(&cases).zip(prisms) {
        let refused = prism.refused();
        assert!(refused.is_empty(), "{name}: {}", refused.join("\n"));
        let mut accepted = 0;
        for (case, outcome) in cases.cases.iter().zip(outcomes.by_ref()) {
            if outcome.error.as_ref().is_some_and(|error| error.contains(AMBIGUOUS)) {
                continue;
            }
            // What Prism answers to a request it accepts is made up from the description: any status that is declared.
            assert!(outcome.error.is_none() || outcome.status.is_some(), "{name} {}: {outcome:?}", case.place);
            assert!(!matches!(outcome.status, Some(401 | 405 | 406 | 415 | 422)), "{name} {}: {outcome:?}", case.place);
            accepted += 1;
        }
        println!("{name}: {accepted} calls accepted, {:?} left out", cases.passed);
        assert!(accepted >= *calls_min, "{name}: only {accepted} calls were made");
    }
}

/// The judge judges: a request that does not fit is seen by the same means.
#[test]
fn prism_refuses_what_does_not_fit() {
    let home = Home::new("");
    home.write("petstore_v3.yaml", fixture::bytes("petstore_v3.yaml"));
    let prism = Prism::start(&home.path("petstore_v3.yaml"));
    let address = prism.url.trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let request = "POST /pet HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer x\r\n\
                   content-type: application/json\r\ncontent-length: 10\r\n\r\n{\"name\":5}";
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(!prism.refused().is_empty());
}
