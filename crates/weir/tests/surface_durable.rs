//! Runs that wait, as MCP clients see them: dialogs of both eras, plain words for the others, corrected programs, plans, waits,
//! kept results; and states that somebody else made.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "surface_durable/elicitation.rs"]
mod elicitation;
#[path = "surface_durable/input_required.rs"]
mod input_required;
#[path = "surface_durable/place.rs"]
mod place;
#[path = "surface_durable/resources.rs"]
mod resources;
#[path = "support/stdio.rs"]
#[expect(dead_code, reason = "hanging up matters to other tests")]
mod stdio;
#[path = "surface_durable/tasks.rs"]
mod tasks;
#[path = "surface_durable/told.rs"]
mod told;

use serde_json::{Value, json};

use stdio::modern;

/// Makes a draft (a write nobody asks for) and deletes it again (a destructive call, which waits). Were the first repeated on the
/// way, one draft would be left.
const PROGRAM: &str = "const {customers} = await shop.list_customers({});
const draft = await shop.create_mail_draft({to: customers[0].email, subject: 'hello', body: 'you'});
const gone = await shop.delete_mail_draft({draft_id: draft.id});
return {gone: gone.id, left: (await shop.list_mail_drafts({})).drafts.length};";
const DONE: &str = r#"{"gone":"dft_0001","left":0}"#;
const CALL: &str = "await shop.delete_mail_draft({draft_id: draft.id});";

fn report(answer: &Value) -> &Value {
    &answer["result"]["_meta"]["weir/run"]
}

fn run_of(answer: &Value) -> String {
    report(answer)["run"].as_str().unwrap_or_else(|| panic!("no run: {answer}")).to_owned()
}

fn approvals(answer: &Value) -> Vec<String> {
    let approvals = report(answer)["approvals"].as_array().unwrap_or_else(|| panic!("nothing waits: {answer}"));
    approvals.iter().map(|approval| approval["id"].as_str().unwrap().to_owned()).collect()
}

/// A request of a client of 2026-07-28 that shows forms.
fn asking(request: Value) -> Value {
    let mut request = modern(request);
    request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {"form": {}}});
    request["params"]["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({"name": "tester", "version": "1"});
    request
}

/// The same request again, with what the person said to every form.
fn answered(id: u64, request: &Value, asked: &Value, said: &Value) -> Value {
    let forms = asked["result"]["inputRequests"].as_object().unwrap_or_else(|| panic!("no forms: {asked}"));
    let mut again = request.clone();
    again["id"] = id.into();
    again["params"]["requestState"] = asked["result"]["requestState"].clone();
    again["params"]["inputResponses"] =
        forms.keys().map(|key| (key.clone(), said.clone())).collect::<serde_json::Map<_, _>>().into();
    again
}

fn accept(decision: &str) -> Value {
    json!({"action": "accept", "content": {"decision": decision}})
}
