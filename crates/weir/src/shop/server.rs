//! The shop as an MCP server, in both eras: whatever `rmcp` speaks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
    transport::stdio_pipes,
};
use serde_json::Value;

use super::{
    till::Till,
    tool::{ShopTool, tools},
};

#[derive(Clone)]
pub struct Shop {
    tools: Arc<HashMap<String, ShopTool>>,
    listed: Arc<[Tool]>,
    till: Arc<Mutex<Till>>,
}

impl Default for Shop {
    fn default() -> Self {
        Self::new()
    }
}

/// Why the shop stopped serving.
#[derive(Debug, thiserror::Error)]
#[error("the shop's connection broke: {0}")]
pub struct ShopClosed(String);

impl Shop {
    pub fn new() -> Self {
        let tools = tools();
        let listed = tools.iter().map(|tool| tool.listed.clone()).collect();
        let tools = tools.into_iter().map(|tool| (tool.listed.name.to_string(), tool)).collect();
        Self { tools: Arc::new(tools), listed, till: Arc::new(Mutex::new(Till::new())) }
    }

    /// Serves one client on standard input and output, until it leaves.
    pub async fn serve_stdio(self) -> Result<(), ShopClosed> {
        let serving = match self.serve(stdio_pipes()).await {
            Ok(serving) => serving,
            // A client that comes and goes without a word, or only probes, is nothing to complain about.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(ShopClosed(error.to_string())),
        };
        serving.waiting().await.map(drop).map_err(|error| ShopClosed(error.to_string()))
    }

    pub(super) fn answer(&self, request: CallToolRequestParams) -> Result<CallToolResult, ErrorData> {
        let Some(tool) = self.tools.get(request.name.as_ref()) else {
            let name: String = request.name.chars().take(100).collect();
            return Err(ErrorData::invalid_params(format!("the shop has no tool \"{name}\""), None));
        };
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let mut till = self.till.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match tool.call(&mut till, arguments) {
            Ok(result) => CallToolResult::structured(result),
            Err(refusal) => CallToolResult::error(vec![ContentBlock::text(refusal)]),
        })
    }
}

impl ServerHandler for Shop {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("weir-demo-shop", env!("CARGO_PKG_VERSION")))
            .with_instructions("A small online shop for coffee and tea: customers, orders, invoices, mail drafts.")
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.listed.to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.answer(request).map(Into::into)
    }
}
