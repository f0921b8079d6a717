//! Servers nobody here wrote, from their packages in `target/tools`.

use std::path::PathBuf;

use weir_model::{Effect, Part};
use weir_upstream::UpstreamConfig;

use crate::support::*;

/// Something `cargo xtask tools` installs.
pub(crate) fn tool(path: &str) -> String {
    let path: PathBuf = here("../../target/tools").join(path);
    assert!(path.exists(), "{} is not there: run `cargo xtask check`", path.display());
    path.display().to_string()
}

fn node(package: &str, args: &[&str]) -> UpstreamConfig {
    let script = tool(&format!("npm/node_modules/@modelcontextprotocol/{package}/dist/index.js"));
    upstream(stdio(tool("bin/node"), &[&[script.as_str()], args].concat()))
}

#[tokio::test]
async fn everything_over_stdio() {
    let fleet = fleet(vec![node("server-everything", &["stdio"])]);
    let ready = ready(&fleet).await;
    assert_eq!(ready.era, "2025-11-25");
    assert!(ready.names().contains(&"echo") && ready.tools.len() >= 10, "{:?}", ready.names());
    assert_eq!(said(&fleet, "echo", r#"{"message":"hi"}"#).await, "Echo: hi");
    let structured = call(&fleet, "get-structured-content", r#"{"location":"New York"}"#).await.unwrap();
    assert!(matches!(&structured.parts[..], [Part::Json(json)] if json.contains("temperature")), "{structured:?}");
    let image = call(&fleet, "get-tiny-image", "{}").await.unwrap();
    assert!(image.parts.iter().any(
        |part| matches!(part, Part::Blob { mime, bytes } if mime == "image/png" && bytes.starts_with(b"\x89PNG"))
    ));
    let refused = call(&fleet, "echo", "{}").await.unwrap_err();
    assert_eq!(refused.kind, weir_model::FailureKind::ToolError, "{refused:?}");
    fleet.shutdown().await;
}

#[tokio::test]
async fn filesystem_and_memory() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    std::fs::write(root.join("a.txt"), "hello").unwrap();
    let files = started(node("server-filesystem", &[root.to_str().unwrap()])).await;
    let arguments = serde_json::json!({ "path": root.join("a.txt") }).to_string();
    let read = call(&files, "read_text_file", &arguments).await.unwrap();
    assert!(format!("{read:?}").contains("hello"), "{read:?}");
    let outside = call(&files, "read_text_file", r#"{"path":"/etc/passwd"}"#).await.unwrap_err();
    assert!(outside.message.starts_with("up/read_text_file answered with an error: "), "{}", outside.message);
    let listed = ready(&files).await;
    let effect = |name: &str| listed.tools.iter().find(|t| &*t.id.name == name).unwrap().effect();
    assert_eq!([effect("read_text_file"), effect("write_file")], [Effect::Read, Effect::Destructive]);
    files.shutdown().await;

    let store = root.join("memory.jsonl");
    let memory = started(with_env(node("server-memory", &[]), "MEMORY_FILE_PATH", store.to_str().unwrap())).await;
    call(
        &memory,
        "create_entities",
        r#"{"entities":[{"name":"weir","entityType":"gateway","observations":["holds back"]}]}"#,
    )
    .await
    .unwrap();
    let graph = call(&memory, "read_graph", "{}").await.unwrap();
    assert!(format!("{graph:?}").contains("holds back"), "{graph:?}");
    memory.shutdown().await;
}

#[tokio::test]
async fn python_servers_lock_to_the_first_message_and_are_found_all_the_same() {
    let time = fleet(vec![upstream(stdio(tool("py/bin/mcp-server-time"), &["--local-timezone", "UTC"]))]);
    let found = ready(&time).await;
    assert_eq!(found.names(), ["get_current_time", "convert_time"]);
    let now = call(&time, "get_current_time", r#"{"timezone":"Europe/Berlin"}"#).await.unwrap();
    assert!(format!("{now:?}").contains("Europe/Berlin"), "{now:?}");
    time.shutdown().await;

    let directory = tempfile::tempdir().unwrap();
    let repository = directory.path().to_str().unwrap().to_owned();
    let init = std::process::Command::new("git").args(["init", "-q", &repository]).status().unwrap();
    assert!(init.success());
    let git = started(upstream(stdio(tool("py/bin/mcp-server-git"), &["--repository", &repository]))).await;
    let arguments = serde_json::json!({ "repo_path": repository }).to_string();
    let status = call(&git, "git_status", &arguments).await.unwrap();
    assert!(format!("{status:?}").contains("Repository status"), "{status:?}");
    git.shutdown().await;
}

#[tokio::test]
async fn everything_over_http() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = tool("npm/node_modules/@modelcontextprotocol/server-everything/dist/index.js");
    let mut server = tokio::process::Command::new(tool("bin/node"))
        .args([script.as_str(), "streamableHttp"])
        .env("PORT", port.to_string())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    eventually("it listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
    let url = format!("http://127.0.0.1:{port}/mcp");
    let fleet = fleet(vec![upstream(weir_upstream::Transport::Http { url, headers: Vec::new() })]);
    let found = ready(&fleet).await;
    assert_eq!(found.era, "2025-11-25");
    assert_eq!(said(&fleet, "echo", r#"{"message":"hi"}"#).await, "Echo: hi");
    fleet.shutdown().await;
    server.kill().await.unwrap();
}
