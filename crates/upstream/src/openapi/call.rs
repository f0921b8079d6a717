//! One call of an operation: built, given its credentials, sent, answered. The only place where a request to an API is put together
//! from what was judged and what is secret, and the latter comes last.

use reqwest::{
    Method, Url,
    header::{COOKIE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use url::form_urlencoded;
use weir_bridge::port::UpstreamCall;
use weir_model::{FailureKind, Part, ToolFailure, ToolReply};
use weir_openapi::{Base, Operation, Request};

use super::{
    answer::{self, Received, Trouble},
    circuit::LeftAlone,
    lane::NoPlace,
    security::shown_by,
    service::{Service, Usable},
};
use crate::{
    KeyPlace,
    credential::{CredentialFailure, Keeper, Shown},
    egress,
    http::{cause, put_on, same},
    oauth,
    pending::Lost,
    refusal::Told,
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What does not change when another credential is tried.
struct Errand<'a> {
    service: &'a Service,
    call: &'a UpstreamCall,
    operation: &'a Operation,
    base: &'a Base,
    arguments: &'a Map<String, Value>,
    request: &'a Request,
    told: Told<'a>,
    by: Instant,
    deadline: std::time::Duration,
}

pub(crate) async fn call(
    service: &Service,
    call: &UpstreamCall,
    told: Told<'_>,
    deadline: std::time::Duration,
) -> Result<ToolReply, ToolFailure> {
    let by = Instant::now() + deadline;
    let Some((usable, base)) = service.usable(&call.tool.name) else {
        let message = format!("{}: its upstream offers no such tool any more; the call was not sent", call.tool);
        return Err(ToolFailure::new(FailureKind::UnknownTool, message));
    };
    let told = Told { repeatable: repeatable(service, usable, call), ..told };
    let refused = |why: String| {
        ToolFailure::new(FailureKind::InvalidArguments, format!("{}: {why}; nothing was sent", call.tool))
    };
    let arguments: Map<String, Value> =
        serde_json::from_str(&call.arguments).map_err(|_| refused("its arguments are no JSON object".to_owned()))?;
    let request = weir_openapi::build(&usable.operation, base, &arguments).map_err(|bad| refused(bad.to_string()))?;
    let errand = Errand {
        service,
        call,
        operation: &usable.operation,
        base,
        arguments: &arguments,
        request: &request,
        told,
        by,
        deadline,
    };
    errand.run().await
}

/// A read, what says itself that it may be sent twice, and what the upstream tells apart by its key. The bridge gives a key to
/// whatever it does not take for a read.
fn repeatable(service: &Service, usable: &Usable, call: &UpstreamCall) -> bool {
    call.idempotency_key.is_none() || usable.idempotent || service.idempotency.is_some()
}

impl Errand<'_> {
    async fn run(&self) -> Result<ToolReply, ToolFailure> {
        let keepers = self.service.security.of(self.operation).map_err(|missing| self.denied(&missing.to_string()))?;
        let url = Url::parse(&self.request.url).map_err(|_| self.denied("the URL it would be sent to is none"))?;
        self.service.lane.rules.check(&url).map_err(|denied| self.denied(&denied.to_string()))?;
        let shown = self.shown(&keepers, &url).await?;
        let refused = match self.attempt(&url, &shown).await {
            Err(failure) if failure.status == Some(401) && !keepers.is_empty() => failure,
            ended => return ended,
        };
        // Nothing was done for who was not let in, so that even a write goes out once more, with another credential.
        keepers.iter().for_each(|keeper| keeper.refused());
        let another = self.shown(&keepers, &url).await?;
        if same(&shown, &another) { Err(refused) } else { self.attempt(&url, &another).await }
    }

    async fn shown(&self, keepers: &[&Keeper], url: &Url) -> Result<Shown, ToolFailure> {
        let shown = match timeout_at(self.by, shown_by(keepers, url)).await {
            Ok(shown) => shown.map_err(|failure| self.without_credential(&failure))?,
            Err(_) => {
                return Err(self.unsent(&format!("its credential was not there within {:?}", self.deadline)));
            }
        };
        shown.secrets.iter().for_each(|secret| self.service.redactor.learn(secret));
        Ok(shown)
    }

    async fn attempt(&self, url: &Url, shown: &Shown) -> Result<ToolReply, ToolFailure> {
        let request = self.composed(url, shown)?;
        let place = self.service.lane.place(self.by).await.map_err(|none| self.no_place(&none))?;
        let exchange = timeout_at(self.by, self.exchange(request)).await;
        let pass = place.pass;
        match exchange {
            Ok(Ok(received)) => {
                match received.status {
                    502..=504 => pass.failed(Instant::now()),
                    _ => pass.answered(),
                }
                self.read(received)
            }
            Ok(Err(End::Denied(why))) => Err(self.denied(&why)),
            Ok(Err(End::Lost(lost))) => {
                match &lost {
                    Lost::Gone(_) | Lost::NotSent(_) => pass.failed(Instant::now()),
                    _ => pass.answered(),
                }
                Err(self.told.lost(&lost))
            }
            Err(_) => {
                pass.failed(Instant::now());
                Err(self.told.deadline(self.deadline))
            }
        }
    }

    /// What was judged, then the operator's headers, then the credentials: each can only add to or replace what is not the request's
    /// own meaning.
    fn composed(&self, url: &Url, shown: &Shown) -> Result<reqwest::Request, ToolFailure> {
        let mut url = url.clone();
        let mut headers = HeaderMap::new();
        for (name, value) in &self.request.headers {
            let (name, value) = header(name, value).ok_or_else(|| self.denied("a header of it cannot be sent"))?;
            headers.append(name, value);
        }
        for name in self.service.headers.keys() {
            headers.remove(name);
        }
        headers.extend(self.service.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        if let (Some(name), Some(key)) = (&self.service.idempotency, &self.call.idempotency_key)
            && let Ok(key) = HeaderValue::from_str(key)
        {
            headers.insert(name.clone(), key);
        }
        if let Some(trace) = self.call.traceparent.as_deref().and_then(|trace| HeaderValue::from_str(trace).ok()) {
            headers.entry(TRACEPARENT).or_insert(trace);
        }
        if let Some(name) = beside(shown, &url, &headers) {
            return Err(self.denied(&format!("an argument of it is named {name:?}, as the credential that weir adds")));
        }
        put_on(shown, &mut url, &mut headers)
            .ok_or_else(|| self.denied("its credential holds characters no header may"))?;
        let method = Method::from_bytes(self.request.method.as_str().as_bytes())
            .map_err(|_| self.denied("its method cannot be sent"))?;
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        if let Some(body) = &self.request.body {
            *request.body_mut() = Some(body.clone().into());
        }
        Ok(request)
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Received, End> {
        let response = self.service.lane.client.execute(request).await.map_err(|error| End::of(&error))?;
        let bytes_max = self.service.response_bytes_max;
        answer::receive(response, bytes_max).await.map_err(|trouble| {
            let lost = match trouble {
                Trouble::TooLarge => Lost::TooLarge(bytes_max),
                Trouble::Broke(why) => Lost::Gone(why.into()),
                Trouble::Unacceptable(why) => Lost::Protocol(why.into()),
            };
            End::Lost(lost)
        })
    }

    fn read(&self, received: Received) -> Result<ToolReply, ToolFailure> {
        let failure = match self.reply(&received) {
            Ok(read) => {
                let reply = ToolReply {
                    warnings: read.reply.warnings.into_iter().chain(read.warnings).collect(),
                    ..read.reply
                };
                return self.clean(reply);
            }
            Err(failure) => failure,
        };
        // What a failure quotes is cut to size: a credential has to be gone before that, or a part of it would stay.
        let redactor = &self.service.redactor;
        let headers = received.headers.into_iter().map(|(name, value)| (name, redactor.text(&value).into_owned()));
        let received =
            Received { headers: headers.collect(), body: redactor.bytes(received.body), status: received.status };
        let failure = self.reply(&received).err().unwrap_or(ToolFailure { body: None, ..failure });
        Err(self.clean_failure(failure, &received))
    }

    fn reply(&self, received: &Received) -> Result<weir_openapi::Reply, ToolFailure> {
        let Received { status, headers, body } = received;
        let answer = weir_openapi::Answer { status: *status, headers, body };
        weir_openapi::reply(self.operation, self.base, self.arguments, self.request, answer)
    }

    /// Without the upstream's own credentials, wherever it repeats them.
    fn clean(&self, reply: ToolReply) -> Result<ToolReply, ToolFailure> {
        let redactor = &self.service.redactor;
        let stuck = || {
            self.told.protocol("its answer repeats a credential of weir's config, in a place it cannot be taken out of")
        };
        let part = |part| match part {
            Part::Json(json) => redactor.json(json).map(Part::Json).ok_or_else(stuck),
            Part::Text(text) => Ok(Part::Text(redactor.text(&text).into_owned())),
            Part::Blob { mime, bytes } => {
                Ok(Part::Blob { mime: redactor.text(&mime).into_owned(), bytes: redactor.bytes(bytes) })
            }
        };
        Ok(ToolReply {
            parts: reply.parts.into_iter().map(part).collect::<Result<_, _>>()?,
            next: reply.next.map(|next| redactor.json(next).ok_or_else(stuck)).transpose()?,
            warnings: reply.warnings.iter().map(|warning| redactor.text(warning).into_owned()).collect(),
        })
    }

    fn clean_failure(&self, failure: ToolFailure, received: &Received) -> ToolFailure {
        let redactor = &self.service.redactor;
        let headers: HeaderMap = received.headers.iter().filter_map(|(name, value)| header(name, value)).collect();
        let hint = oauth::hint(&self.call.tool.upstream, received.status, &headers).filter(|_| self.service.by_login);
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        ToolFailure {
            message: redactor.text(&format!("{}: {}{hint}", self.call.tool, failure.message)).into_owned(),
            code: failure.code.map(|code| redactor.text(&code).into_owned()),
            body: failure.body.and_then(|body| redactor.json(body)),
            ..failure
        }
    }

    fn denied(&self, why: &str) -> ToolFailure {
        let why = self.service.redactor.text(why);
        ToolFailure::new(FailureKind::Denied, format!("{}: {why}; the call was not sent", self.call.tool))
    }

    fn unsent(&self, why: &str) -> ToolFailure {
        self.told.unavailable(&format!("{why}; the call was not sent"))
    }

    fn without_credential(&self, failure: &CredentialFailure) -> ToolFailure {
        ToolFailure { retryable: failure.passing, ..self.unsent(&failure.to_string()) }
    }

    fn no_place(&self, none: &NoPlace) -> ToolFailure {
        match none {
            NoPlace::Crowded => self.unsent(&format!(
                "too many other calls were under way or waiting for their turn within {:?}; `concurrency` and `rate` of its upstream limit them",
                self.deadline
            )),
            NoPlace::LeftAlone(LeftAlone(wait)) => ToolFailure {
                retry_after: Some(*wait),
                ..self.unsent(&format!(
                    "its upstream failed again and again and is left alone for another {:.1} s",
                    wait.as_secs_f64()
                ))
            },
        }
    }
}

/// How an exchange ended without an answer.
enum End {
    Denied(String),
    Lost(Lost),
}

impl End {
    fn of(error: &reqwest::Error) -> Self {
        if let Some(denied) = egress::denial(error) {
            return Self::Denied(denied.to_string());
        }
        let why = cause(error);
        if error.is_connect() || error.is_builder() {
            return Self::Lost(Lost::NotSent(format!("it cannot be reached: {why}").into()));
        }
        Self::Lost(Lost::Gone(format!("the connection to it broke: {why}").into()))
    }
}

/// A credential whose name some argument took in the query or the cookies: which of two values counts differs between servers, and it
/// must not be the snippet's.
fn beside<'a>(shown: &'a Shown, url: &Url, headers: &HeaderMap) -> Option<&'a str> {
    let cookies = headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    let mut taken = shown.sent.iter().filter(|(place, name, _)| match place {
        KeyPlace::Query => url.query_pairs().any(|(taken, _)| taken.eq_ignore_ascii_case(name)),
        KeyPlace::Cookie => {
            let mut pairs = cookies.split(';').flat_map(|pair| form_urlencoded::parse(pair.trim().as_bytes()));
            pairs.any(|(taken, _)| taken.eq_ignore_ascii_case(name))
        }
        // There it takes the place of whatever is there.
        KeyPlace::Header => false,
    });
    taken.next().map(|(_, name, _)| name.as_str())
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}
