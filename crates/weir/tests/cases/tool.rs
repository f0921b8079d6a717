//! Fake tools: a schema, and rules that say what a call is answered with. The first rule that fits a call answers it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use weir_bridge::port::{Clock, UpstreamCall, Upstreams};
use weir_catalog::{Catalog, Listing, ListingState};
use weir_model::{Annotations, FailureKind, Tool, ToolFailure, ToolId, ToolReply, UpstreamName};

use crate::{answer::Answer, fill::Holes, time::PlayedClock};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToolSpec {
    /// `upstream/name`, the upstream's own name for it.
    id: String,
    #[serde(default)]
    effect: EffectSpec,
    #[serde(default)]
    description: String,
    /// `{"owner": "string", "page?": "integer", "labels?": "string[]", "point": {…a schema…}}`.
    #[serde(default)]
    input: Map<String, Value>,
    /// A whole JSON Schema, where `input` says too little.
    schema: Option<Value>,
    output: Option<Value>,
    answers: Vec<Rule>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EffectSpec {
    #[default]
    Read,
    Write,
    Destructive,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Arguments the call must have, compared field by field.
    #[serde(default)]
    when: Map<String, Value>,
    /// How many calls it answers before it is used up.
    times: Option<u64>,
    /// Played time until the answer.
    #[serde(default)]
    delay_ms: u64,
    /// Answers only when so many calls wait for this rule at once: what is not parallel meets the deadline.
    together: Option<usize>,
    answer: Answer,
    /// What fetches the next page, with holes; `paginate` tells by itself.
    next: Option<Value>,
}

fn parameter(kind: &Value) -> Value {
    match kind.as_str() {
        Some(kind) => match kind.strip_suffix("[]") {
            Some(items) => json!({ "type": "array", "items": { "type": items } }),
            None => json!({ "type": kind }),
        },
        None => kind.clone(),
    }
}

impl ToolSpec {
    fn input_schema(&self) -> Value {
        if let Some(schema) = &self.schema {
            return schema.clone();
        }
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (name, kind) in &self.input {
            let given = name.strip_suffix('?');
            if given.is_none() {
                required.push(name.as_str());
            }
            properties.insert(given.unwrap_or(name).to_owned(), parameter(kind));
        }
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    }

    fn tool(&self) -> Tool {
        let (upstream, name) = self.id.split_once('/').expect("upstream/name");
        let id = ToolId { upstream: UpstreamName::new(upstream).expect("a good name"), name: name.into() };
        Tool {
            description: Some(self.description.clone()),
            output_schema: self.output.as_ref().map(|schema| schema.to_string().into()),
            annotations: Annotations {
                read_only: Some(matches!(self.effect, EffectSpec::Read)),
                destructive: Some(matches!(self.effect, EffectSpec::Destructive)),
                idempotent: None,
            },
            ..Tool::new(id, self.input_schema().to_string())
        }
    }
}

/// A snapshot with these tools.
pub(crate) fn catalog(tools: &[ToolSpec]) -> Arc<Catalog> {
    let mut listings: Vec<(UpstreamName, Vec<Tool>)> = Vec::new();
    for tool in tools.iter().map(ToolSpec::tool) {
        match listings.iter_mut().find(|(upstream, _)| *upstream == tool.id.upstream) {
            Some((_, listed)) => listed.push(tool),
            None => listings.push((tool.id.upstream.clone(), vec![tool])),
        }
    }
    let listed = |(upstream, tools)| Listing { upstream, state: ListingState::Listed { tools, warnings: Vec::new() } };
    Arc::new(Catalog::build(1, listings.into_iter().map(listed).collect()))
}

/// The upstreams of one case.
pub(crate) struct Played {
    tools: HashMap<String, Arc<PlayedTool>>,
    clock: Arc<PlayedClock>,
}

struct PlayedTool {
    rules: Vec<PlayedRule>,
    calls: Mutex<u64>,
}

struct PlayedRule {
    rule: Rule,
    used: Mutex<u64>,
    gathered: Mutex<usize>,
    complete: Notify,
}

impl Played {
    pub(crate) fn new(tools: &[ToolSpec], clock: Arc<PlayedClock>) -> Self {
        let played = |tool: &ToolSpec| {
            let rules = tool.answers.iter().cloned().map(|rule| PlayedRule {
                rule,
                used: Mutex::default(),
                gathered: Mutex::default(),
                complete: Notify::new(),
            });
            (tool.id.clone(), Arc::new(PlayedTool { rules: rules.collect(), calls: Mutex::default() }))
        };
        Self { tools: tools.iter().map(played).collect(), clock }
    }
}

/// One more; how many there are now.
fn counted<N: Copy + std::ops::AddAssign + From<u8>>(count: &Mutex<N>) -> N {
    let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
    *count += N::from(1);
    *count
}

impl Upstreams for Played {
    fn call(&self, call: UpstreamCall) -> BoxFuture<'static, Result<ToolReply, ToolFailure>> {
        let tool = Arc::clone(&self.tools[&call.tool.to_string()]);
        let clock = Arc::clone(&self.clock);
        async move {
            let late = clock.sleep(call.deadline);
            tokio::select! {
                biased;
                answer = tool.answer(&call.arguments, &*clock) => answer,
                () = late => Err(ToolFailure::new(
                    FailureKind::DeadlineExceeded,
                    format!("no answer from {} within {} ms", call.tool, call.deadline.as_millis()),
                )),
            }
        }
        .boxed()
    }
}

impl PlayedTool {
    async fn answer(&self, arguments: &str, clock: &dyn Clock) -> Result<ToolReply, ToolFailure> {
        let arguments: Map<String, Value> = serde_json::from_str(arguments).expect("canonical arguments");
        let calls = counted(&self.calls);
        let Some(played) = self.rules.iter().find(|played| played.takes(&arguments)) else {
            let message = format!("no rule of the case answers {}", Value::Object(arguments));
            return Err(ToolFailure::new(FailureKind::Internal, message));
        };
        if let Some(together) = played.rule.together {
            played.gather(together).await;
        }
        if played.rule.delay_ms > 0 {
            clock.sleep(Duration::from_millis(played.rule.delay_ms)).await;
        }
        match &played.rule.answer {
            Answer::Never {} => std::future::pending().await,
            answer => {
                let holes = Holes { arguments: &arguments, calls, index: 0 };
                let mut reply = answer.reply(&holes)?;
                if let Some(next) = &played.rule.next {
                    reply.next = Some(holes.fill(next).to_string());
                }
                Ok(reply)
            }
        }
    }
}

impl PlayedRule {
    /// Whether the rule answers this call; uses it up a little.
    fn takes(&self, arguments: &Map<String, Value>) -> bool {
        if !self.rule.when.iter().all(|(name, value)| arguments.get(name) == Some(value)) {
            return false;
        }
        self.rule.times.is_none_or(|times| counted(&self.used) <= times)
    }

    async fn gather(&self, together: usize) {
        let complete = self.complete.notified();
        let mut complete = std::pin::pin!(complete);
        complete.as_mut().enable();
        if counted::<usize>(&self.gathered) >= together {
            self.complete.notify_waiters();
        } else {
            complete.await;
        }
    }
}
