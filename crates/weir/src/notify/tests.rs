//! Real commands and a real listener: what they are told, how often, and what becomes of those that do not end.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, routing::post};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};
use weir_model::{
    Approval, ApprovalId, AskReason, CallSeq, Effect, OpId, PrincipalId, RunId, Secret, ToolId, UpstreamName,
};

use super::{Batch, MESSAGE_APPROVALS_MAX, Notifier, Notify, NotifyCommand, Queue, TOLD_MAX, Told, command, message};

/// Ends a test that waits for something that does not come. Generous: two cores, many tests.
const PATIENCE: Duration = Duration::from_secs(60);

fn approval(id: &str, arguments: &str) -> Approval {
    Approval {
        id: ApprovalId::new(id),
        run: RunId::new("run_1"),
        principal: PrincipalId::new("local"),
        seq: CallSeq(2),
        op: OpId(3),
        tool: ToolId { upstream: UpstreamName::new("mail").unwrap(), name: "send".into() },
        written: "mail.send".into(),
        effect: Effect::Write,
        arguments: arguments.into(),
        line: 4,
        reason: AskReason::Policy,
        asked_unix_ms: 1_000,
        expires_unix_ms: 2_000,
    }
}

fn shell(script: &str, cwd: &Path) -> NotifyCommand {
    let env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap()), ("SEEN".to_owned(), "yes".to_owned())];
    NotifyCommand { program: "sh".into(), args: vec!["-c".into(), script.into()], cwd: cwd.into(), env }
}

fn told(batch: &Batch) -> Value {
    serde_json::from_str(&message::json(batch)).unwrap()
}

#[test]
fn a_message_says_what_waits() {
    let batch = Batch { approvals: vec![approval("apr_1", r#"{"to":"a\u202eb"}"#)], more: 0 };
    insta::assert_snapshot!(message::json(&batch), @r#"{"event":"approvals_waiting","text":"A call waits for a decision: mail/send (write). See them with: weir approvals","approvals":[{"id":"apr_1","run":"run_1","principal":"local","tool":"mail/send","written":"mail.send","effect":"write","arguments":{"to":"a\u202eb"},"line":4,"reason":"policy","asked_unix_ms":1000,"expires_unix_ms":2000}],"more":0}"#);
}

#[test]
fn what_is_long_is_cut_and_what_is_hidden_is_shown() {
    let mut strange = approval("apr_1", &format!("\"{}é\"", "x".repeat(4 * 1024 - 2)));
    strange.tool.name = "se\u{202e}nd\n".into();
    let message = message::json(&Batch { approvals: vec![strange], more: 9 });
    assert!(!message.contains('\u{202e}'), "{message}");
    let message: Value = serde_json::from_str(&message).unwrap();
    let cut = message["approvals"][0]["arguments_cut"].as_str().unwrap();
    assert!(cut.len() == 4 * 1024 - 1 && message["approvals"][0].get("arguments").is_none());
    let text = message["text"].as_str().unwrap();
    assert!(text.starts_with("10 calls wait for a decision: mail/se") && text.contains(" and 9 more"), "{text}");
    assert!(!text.contains('\n'), "{text}");
}

#[tokio::test]
async fn a_message_has_room_for_so_many_and_counts_the_rest() {
    let queue = Queue::default();
    let many: Vec<Approval> = (0..MESSAGE_APPROVALS_MAX + 5).map(|n| approval(&format!("apr_{n}"), "{}")).collect();
    queue.add(&many);
    queue.close();
    let batch = queue.next().await.unwrap();
    assert_eq!((batch.approvals.len(), batch.more), (MESSAGE_APPROVALS_MAX, 5));
    assert_eq!(told(&batch)["more"], 5);
    assert!(queue.next().await.is_none());
}

#[test]
fn what_was_told_is_remembered_within_bounds() {
    let mut told = Told::default();
    let id = |n: usize| ApprovalId::new(format!("apr_{n}"));
    assert!((0..=TOLD_MAX).all(|n| told.add(&id(n))));
    assert!(!told.add(&id(TOLD_MAX)));
    assert!(told.add(&id(0)), "the oldest is forgotten");
    assert_eq!((told.known.len(), told.order.len()), (TOLD_MAX, TOLD_MAX));
}

#[tokio::test]
async fn a_command_reads_the_message_and_sees_only_its_own_environment() {
    let folder = TempDir::new().unwrap();
    let script = r#"cat > told; printf '%s %s' "$SEEN" "${CARGO_MANIFEST_DIR-none}" > env"#;
    let notifier = Notifier::with_deadline(Notify::Command(shell(script, folder.path())), PATIENCE);
    notifier.waiting(&[approval("apr_1", "{}"), approval("apr_2", "{}")]);
    notifier.shutdown().await;
    let told: Value = serde_json::from_slice(&std::fs::read(folder.path().join("told")).unwrap()).unwrap();
    let ids: Vec<_> = told["approvals"].as_array().unwrap().iter().map(|waiting| waiting["id"].clone()).collect();
    assert_eq!(ids, ["apr_1", "apr_2"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("env")).unwrap(), "yes none");
}

#[tokio::test]
async fn how_a_command_fails_is_known() {
    let folder = TempDir::new().unwrap();
    let missing = NotifyCommand { program: "no-such-program".into(), ..shell("", folder.path()) };
    let large = "x".repeat(1 << 20);
    for (command, message, expected) in [
        (shell("exit 0", folder.path()), large.as_str(), ""),
        (shell("exit 3", folder.path()), "{}", "\"sh\" ended with exit status: 3"),
        (missing, "{}", "\"no-such-program\" cannot be started: No such file or directory (os error 2)"),
    ] {
        let failed = command::run(&command, message, PATIENCE).await.err();
        assert_eq!(failed.map(|failed| failed.to_string()).unwrap_or_default(), expected);
    }
}

/// Running, that is: neither gone nor a zombie waiting for its parent.
fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(|state| state != "Z" && state != "X")
}

#[tokio::test]
async fn a_command_that_does_not_end_is_ended_with_all_it_started() {
    let folder = TempDir::new().unwrap();
    let script = "sleep 1000 & echo $$ $! > pids.new; mv pids.new pids; wait";
    let command = shell(script, folder.path());
    // As long as it takes to have started both, whatever the machine is doing.
    let pids = loop {
        let run = command::run(&command, "{}", Duration::from_millis(500)).await;
        assert!(run.unwrap_err().to_string().ends_with("had not ended after 500ms and was killed"));
        if let Ok(pids) = std::fs::read_to_string(folder.path().join("pids")) {
            break pids;
        }
    };
    let gone = tokio::time::timeout(PATIENCE, async {
        while pids.split_whitespace().any(is_running) {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("a process of the command is left");
    assert_eq!(pids.split_whitespace().count(), 2);
}

/// A listener that answers each message as it is told to, and not before.
async fn listener() -> (Secret, mpsc::Receiver<Value>, mpsc::Sender<StatusCode>) {
    let (sender, receiver) = mpsc::channel(8);
    let (answer, answers) = mpsc::channel(8);
    let answers = Arc::new(Mutex::new(answers));
    let hear = move |body: String| {
        let (sender, answers) = (sender.clone(), answers.clone());
        async move {
            sender.send(serde_json::from_str(&body).unwrap()).await.unwrap();
            answers.lock().await.recv().await.unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(hear))).await });
    (Secret::new(url), receiver, answer)
}

fn ids(message: &Value) -> Vec<&str> {
    message["approvals"].as_array().unwrap().iter().map(|waiting| waiting["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_begins_to_wait_meanwhile_goes_into_one_message_and_nothing_is_told_twice() {
    let (url, mut heard, answer) = listener().await;
    let notifier = Notifier::with_deadline(Notify::Webhook(url), PATIENCE);
    notifier.waiting(&[approval("apr_1", "{}")]);
    assert_eq!(ids(&heard.recv().await.unwrap()), ["apr_1"]);
    notifier.waiting(&[approval("apr_2", "{}")]);
    notifier.waiting(&[approval("apr_1", "{}"), approval("apr_3", "{}")]);
    notifier.waiting(&[]);
    answer.send(StatusCode::NO_CONTENT).await.unwrap();
    assert_eq!(ids(&heard.recv().await.unwrap()), ["apr_2", "apr_3"]);
    answer.send(StatusCode::NO_CONTENT).await.unwrap();
    notifier.shutdown().await;
    assert!(heard.try_recv().is_err());
}

#[tokio::test]
async fn a_webhook_that_fails_keeps_nobody_from_hearing_of_the_next() {
    let (url, mut heard, answer) = listener().await;
    let notifier = Notifier::with_deadline(Notify::Webhook(url), PATIENCE);
    notifier.waiting(&[approval("apr_1", "{}")]);
    assert_eq!(ids(&heard.recv().await.unwrap()), ["apr_1"]);
    answer.send(StatusCode::INTERNAL_SERVER_ERROR).await.unwrap();
    notifier.waiting(&[approval("apr_2", "{}")]);
    assert_eq!(ids(&heard.recv().await.unwrap()), ["apr_2"]);
    answer.send(StatusCode::NO_CONTENT).await.unwrap();
    notifier.shutdown().await;
}

#[test]
fn what_is_configured_prints_no_credential() {
    let mut command = shell("canary", Path::new("/"));
    command.args.push("canary".into());
    for how in [Notify::Command(command), Notify::Webhook(Secret::new("https://canary".into()))] {
        assert!(!format!("{how:?}").contains("canary"), "{how:?}");
    }
}
