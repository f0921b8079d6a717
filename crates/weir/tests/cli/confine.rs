//! What keeps processes inside, as it is told, and what the processes weir starts are given.

use std::{
    fs,
    process::{Command, Stdio},
};

use super::{Terminal, WEIR};

#[test]
fn check_tells_what_confines_workers() {
    let terminal = Terminal::new();
    let told = terminal.run(&["check", "--json"]).out;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let protections = told["protections"].as_array().unwrap();
    assert_eq!(told["protections_unknown"], serde_json::Value::Null);
    let names: Vec<&str> = protections.iter().map(|told| told["name"].as_str().unwrap()).collect();
    insta::assert_snapshot!(names.join(", "), @"system calls, files, network, signals, privileges, descriptors, inspection, resources, priority, parent, cgroup");
    let text = terminal.run(&["check"]).out;
    let line = text.lines().find(|line| line.starts_with("workers    confined  ")).unwrap_or_else(|| panic!("{text}"));
    for protection in protections {
        let (name, detail) = (protection["name"].as_str().unwrap(), protection["detail"].as_str().unwrap());
        match protection["state"].as_str().unwrap() {
            "active" if name != "cgroup" => assert!(line.contains(name), "{name}: {line}"),
            state => assert!(text.contains(&format!("{state:<8}  {name}: {detail}")), "{name}: {text}"),
        }
    }
    #[cfg(target_os = "linux")]
    assert_eq!(protections[0]["state"], "active", "{}", protections[0]);
}

#[test]
#[cfg(target_os = "linux")]
fn m12_an_upstream_inherits_no_descriptor_of_a_careless_launcher() {
    // The listing stands in for a server: it ends at once, which is all the same here.
    let lister = "ls -l /proc/self/fd > $0";
    let config = format!("[upstream.lister]\ncommand = \"/bin/sh\"\nargs = ['-c', '{lister}', 'through-weir']\n");
    let terminal = Terminal::new().with("weir.toml", config).with("secret-canary", "x");
    let launched = |words: &[&str]| {
        let mut launcher = Command::new("/bin/sh");
        launcher
            .args(["-c", "exec 9<secret-canary; exec \"$@\"", "sh"])
            .args(words)
            .current_dir(terminal.root.path().join("project"))
            .env_clear()
            .envs([("HOME", "/nonexistent"), ("PATH", "/usr/bin:/bin")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        launcher.status().unwrap()
    };
    let listing = |name: &str| fs::read_to_string(terminal.root.path().join("project").join(name)).unwrap();
    assert!(launched(&["/bin/sh", "-c", lister, "direct"]).success());
    assert!(listing("direct").contains("secret-canary"), "the launcher leaves it open: {}", listing("direct"));
    launched(&[WEIR, "search", "x"]);
    assert!(!listing("through-weir").contains("secret-canary"), "{}", listing("through-weir"));
}
