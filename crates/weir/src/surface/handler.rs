//! The MCP server itself: one instance per session (or per request, for stateless clients), all over one gateway.
//! Both eras come through here; rmcp tells them apart and shapes the results for each.

use std::sync::Arc;

use axum::http::request::Parts;
use futures_util::{FutureExt, future::BoxFuture};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
        ContentBlock, CustomRequest, CustomResult, ErrorCode, Implementation, InitializeRequestParams,
        InitializeResult, JsonObject, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
        ListToolsResult, MetaObject, PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig,
        SubscriptionFilter,
    },
    service::{NotificationContext, Peer, RequestContext, SubscriptionContext},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use weir_model::PrincipalId;

use super::{
    arguments, progress,
    roster::{Roster, RosterCell},
    tools,
};
use crate::{
    answer,
    gateway::{ExecuteRequest, Executed, Gateway},
};

/// How long a stateless client may keep the tool list; a subscription tells it of a change earlier.
const LIST_TTL_MS: u64 = 300_000;

/// The one principal of a gateway without keys.
const LOCAL: &str = "local";

/// What all sessions of one surface share.
pub(super) struct Shared {
    gateway: Arc<Gateway>,
    /// Whom every request comes from: until virtual keys exist, a surface serves one principal.
    principal: PrincipalId,
    roster: RosterCell,
    pub(super) tasks: TaskTracker,
}

impl Shared {
    pub(super) fn new(gateway: Arc<Gateway>) -> Arc<Self> {
        gateway.prepare(gateway.language());
        Arc::new(Self {
            gateway,
            principal: PrincipalId::new(LOCAL),
            roster: RosterCell::default(),
            tasks: TaskTracker::new(),
        })
    }

    fn roster(&self) -> Roster {
        self.roster.of(&self.gateway.catalog())
    }

    /// Resolves when the set of upstreams is another one than `told`, with the new one; `None` when it never will be.
    async fn changed(&self, told: &Roster) -> Option<Roster> {
        let mut changes = self.gateway.catalog_changes();
        loop {
            let now = self.roster();
            if now != *told {
                return Some(now);
            }
            changes.changed().await.ok()?;
        }
    }
}

/// Beside a request of an HTTP session: cancelled when the session ends.
#[derive(Clone)]
pub(super) struct SessionEnd(pub(super) CancellationToken);

/// Resolves when nobody waits for a request's answer any more.
fn abandoned(context: &RequestContext<RoleServer>) -> BoxFuture<'static, ()> {
    let cancelled = context.ct.clone().cancelled_owned();
    let session = context.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<SessionEnd>());
    match session.cloned() {
        None => cancelled.boxed(),
        Some(SessionEnd(end)) => async move {
            tokio::select! {
                () = cancelled => {}
                () = end.cancelled_owned() => {}
            }
        }
        .boxed(),
    }
}

/// One session's server.
pub(super) struct Surface {
    shared: Arc<Shared>,
    /// Ends what the session started when the session is dropped.
    ended: CancellationToken,
    _end: DropGuard,
}

impl Surface {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let ended = CancellationToken::new();
        Self { shared, _end: ended.clone().drop_guard(), ended }
    }

    async fn search(&self, arguments: Option<JsonObject>) -> CallToolResult {
        let asked = match arguments::search(arguments, self.shared.gateway.language()) {
            Ok(asked) => asked,
            Err(invalid) => return error(invalid.to_string()),
        };
        self.shared.gateway.started().await;
        let (catalog, access) = (self.shared.gateway.catalog(), self.shared.gateway.access(&self.shared.principal));
        let arguments::Search { queries, limit, language } = asked;
        success(answer::search::text(&catalog, &*access, &queries, limit, language, &self.shared.roster().text))
    }

    async fn get_schema(&self, arguments: Option<JsonObject>) -> CallToolResult {
        let asked = match arguments::schema(arguments, self.shared.gateway.language()) {
            Ok(asked) => asked,
            Err(invalid) => return error(invalid.to_string()),
        };
        self.shared.gateway.started().await;
        let (catalog, access) = (self.shared.gateway.catalog(), self.shared.gateway.access(&self.shared.principal));
        match answer::schema::text(&catalog, &*access, &asked.tools, asked.language) {
            (text, true) => error(text),
            (text, false) => success(text),
        }
    }

    async fn execute(&self, arguments: Option<JsonObject>, context: RequestContext<RoleServer>) -> CallToolResult {
        let asked = match arguments::execute(arguments, self.shared.gateway.language()) {
            Ok(asked) => asked,
            Err(invalid) => return error(invalid.to_string()),
        };
        let mut request = ExecuteRequest {
            principal: self.shared.principal.clone(),
            code: asked.code.into(),
            language: asked.language,
            observer: None,
            cancel: abandoned(&context),
            traceparent: context.meta.get_traceparent().filter(|text| is_traceparent(text)).map(str::to_owned),
        };
        let gateway = &self.shared.gateway;
        let executed = match context.meta.get_progress_token() {
            None => gateway.execute(request).await,
            Some(token) => {
                let work = |observer| {
                    request.observer = Some(observer);
                    gateway.execute(request)
                };
                progress::told(context.peer, token, work).await
            }
        };
        executed_result(&executed, gateway.limits().result_tokens as usize)
    }
}

fn executed_result(executed: &Executed, tokens_max: usize) -> CallToolResult {
    let text = answer::execute::text(&executed.report, executed.shown.as_deref(), tokens_max);
    let mut result = if answer::execute::is_error(&executed.report) { error(text) } else { success(text) };
    let mut meta = MetaObject::new();
    meta.0.insert(answer::report::META_KEY.into(), answer::report::json(&executed.report));
    result.meta = Some(meta);
    result
}

fn success(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}

fn error(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// W3C trace context, version 00: anything else is not passed on.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    matches!(parts[..], ["00", trace, span, flags] if trace.len() == 32 && span.len() == 16 && flags.len() == 2)
        && parts.iter().all(|part| hex(part))
}

fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}

/// What is not declared is not answered with an empty list either.
fn not_offered<T>(what: &str) -> Result<T, ErrorData> {
    Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("weir offers tools only; it has no {what}"), None))
}

async fn follow(shared: Arc<Shared>, peer: Peer<RoleServer>, ended: CancellationToken) {
    let mut told = shared.roster();
    loop {
        let changed = tokio::select! {
            () = ended.cancelled() => return,
            changed = shared.changed(&told) => changed,
        };
        let Some(now) = changed else { return };
        told = now;
        if peer.notify_tool_list_changed().await.is_err() {
            return;
        }
    }
}

impl ServerHandler for Surface {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        let server = Implementation::new("weir", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(tools::INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        mut request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let answer = self.negotiate_initialize(&request)?;
        request.protocol_version = answer.protocol_version.clone();
        context.peer.set_peer_info(request);
        Ok(answer)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.shared.tasks.spawn(follow(self.shared.clone(), context.peer, self.ended.clone()));
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut told = self.shared.roster();
        loop {
            let changed = tokio::select! {
                () = context.cancelled() => return Ok(()),
                changed = self.shared.changed(&told) => changed,
            };
            let Some(now) = changed else { return Ok(()) };
            told = now;
            if context.accepted().tools_list_changed == Some(true)
                && context.sink().notify_tool_list_changed().await.is_err()
            {
                return Ok(());
            }
        }
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if request.is_some_and(|page| page.cursor.is_some()) {
            return Err(ErrorData::invalid_params(
                "there is no such page: the tools fit one page, ask without a cursor",
                None,
            ));
        }
        let listed = ListToolsResult::with_all_items(tools::definitions(
            &self.shared.roster().text,
            self.shared.gateway.language(),
        ));
        Ok(match is_modern(&context) {
            true => listed.with_ttl_ms(LIST_TTL_MS).with_cache_scope(CacheScope::Private),
            false => listed,
        })
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let result = match &*request.name {
            tools::SEARCH => self.search(request.arguments).await,
            tools::GET_SCHEMA => self.get_schema(request.arguments).await,
            tools::EXECUTE => self.execute(request.arguments, context).await,
            name => {
                let name = answer::escape::line(name, 80);
                let message = format!(
                    "there is no tool \"{name}\"; there are search, get_schema and execute, and tools of upstreams are called inside execute"
                );
                return Err(ErrorData::invalid_params(message, None));
            }
        };
        Ok(result.into())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        not_offered("completions")
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        not_offered("prompts")
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        not_offered("resources")
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        not_offered("resource templates")
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // rmcp takes a known method whose parameters do not fit for a method of somebody's own.
        let method = answer::escape::line(&request.method, 80);
        match &*request.method {
            "initialize" | "ping" if is_modern(&context) => Err(ErrorData::new(
                ErrorCode::METHOD_NOT_FOUND,
                format!("{method} is not part of this protocol revision"),
                None,
            )),
            "initialize" | "ping" | "tools/call" | "tools/list" | "server/discover" | "subscriptions/listen" => {
                Err(ErrorData::invalid_params(
                    format!("the parameters of {method} do not have the shape MCP gives them"),
                    None,
                ))
            }
            _ => Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method \"{method}\""), None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_is_passed_on() {
        let rows = [
            ("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", true),
            ("00-0AF7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01\r\nx: y", false),
            ("01-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", false),
            ("", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_traceparent(text), expected, "{text:?}");
        }
    }
}
