//! The MCP server itself: one instance per session (or per request, for stateless clients), all over one gateway.
//! Both eras come through here; rmcp tells them apart and shapes the results for each.

use std::sync::Arc;

use axum::http::request::Parts;
use futures_util::{FutureExt, future::BoxFuture};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, CompleteRequestParams,
        CompleteResult, ContentBlock, CustomRequest, CustomResult, ErrorCode, GetTaskParams, GetTaskResult,
        Implementation, InitializeRequestParams, InitializeResult, JsonObject, ListPromptsResult,
        ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
        ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, SubscriptionFilter,
        UpdateTaskParams,
    },
    service::{NotificationContext, Peer, RequestContext, SubscriptionContext},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use weir_model::PrincipalId;
use weir_store::StoreUnavailable;

use super::{
    arguments, execute,
    request_state::RequestStates,
    resources,
    roster::{Roster, RosterCell},
    tasks, tools,
};
use crate::{
    answer,
    gateway::{Gateway, local},
    saved,
};

/// How long a stateless client may keep the tool list; a subscription tells it of a change earlier.
pub(super) const LIST_TTL_MS: u64 = 300_000;

/// What all sessions of one surface share.
pub(super) struct Shared {
    pub(super) gateway: Arc<Gateway>,
    /// Whom every request comes from: until virtual keys exist, a surface serves one principal.
    pub(super) principal: PrincipalId,
    pub(super) states: RequestStates,
    pub(super) turned_away: tasks::TurnedAway,
    roster: RosterCell,
    pub(super) tasks: TaskTracker,
}

impl Shared {
    pub(super) fn new(gateway: Arc<Gateway>) -> Arc<Self> {
        gateway.prepare(gateway.language());
        Arc::new(Self {
            gateway,
            principal: local(),
            states: RequestStates::default(),
            turned_away: tasks::TurnedAway::default(),
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
pub(super) fn abandoned(context: &RequestContext<RoleServer>) -> BoxFuture<'static, ()> {
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
        let mut text = answer::search::text(&catalog, &*access, &queries, limit, language, &self.shared.roster().text);
        // A store that cannot be read hides saved programs, not tools.
        let saved = self.shared.gateway.store().snippets(&self.shared.principal).await.unwrap_or_default();
        text.push_str(&saved::found(&saved, &queries, language));
        success(text)
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
}

pub(super) fn success(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}

pub(super) fn error(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

pub(super) fn unavailable(error: StoreUnavailable) -> ErrorData {
    ErrorData::internal_error(answer::escape::line(&error.to_string(), 500), None)
}

pub(super) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}

/// What is not declared is not answered with an empty list either.
fn not_offered<T>(what: &str) -> Result<T, ErrorData> {
    Err(ErrorData::new(
        ErrorCode::METHOD_NOT_FOUND,
        format!("weir offers tools and their kept results; it has no {what}"),
        None,
    ))
}

/// For a list that fits one page.
fn first_page(request: Option<PaginatedRequestParams>, what: &str) -> Result<(), ErrorData> {
    match request.and_then(|page| page.cursor) {
        None => Ok(()),
        Some(_) => {
            let message = format!("there is no such page: {what} fit one page, ask without a cursor");
            Err(ErrorData::invalid_params(message, None))
        }
    }
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
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .enable_tasks()
            .build();
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
        first_page(request, "the tools")?;
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
            tools::EXECUTE => return Ok(execute::answer(&self.shared, request, context).await),
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
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|page| page.cursor);
        resources::list(&self.shared, cursor.as_deref()).await
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        first_page(request, "the resource templates")?;
        Ok(resources::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&self.shared, &request.uri).await.map(Into::into)
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        tasks::get(&self.shared, &request.task_id, &context).await
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        tasks::update(&self.shared, &request.task_id, &request.input_responses, &context).await
    }

    async fn cancel_task(&self, request: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        tasks::cancel(&self.shared, &request.task_id).await
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
            "initialize"
            | "ping"
            | "tools/call"
            | "tools/list"
            | "resources/list"
            | "resources/read"
            | "resources/templates/list"
            | "server/discover"
            | "subscriptions/listen" => Err(ErrorData::invalid_params(
                format!("the parameters of {method} do not have the shape MCP gives them"),
                None,
            )),
            _ => Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method \"{method}\""), None)),
        }
    }
}
