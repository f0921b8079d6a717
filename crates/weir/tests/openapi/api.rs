//! A small API: its description, and a server that behaves as described.

use crate::{
    home::Home,
    server::{Answer, Seen, Server},
};

pub(crate) const DESCRIPTION: &str = r##"{
  "openapi": "3.0.3",
  "info": {"title": "Tickets", "version": "7"},
  "servers": [{"url": "https://{region}.tickets.example/v1", "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}}}],
  "security": [{"token": []}],
  "paths": {
    "/tickets": {
      "get": {
        "operationId": "tickets/list", "summary": "List tickets", "tags": ["tickets"],
        "parameters": [
          {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}},
          {"name": "page", "in": "query", "schema": {"type": "integer"}}
        ],
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Ticket"}}}}}}
      },
      "post": {
        "operationId": "tickets/create", "summary": "Create a ticket", "tags": ["tickets"],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ticket"}}}},
        "responses": {"201": {"description": "made", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ticket"}}}}}
      }
    },
    "/tickets/{id}": {
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
      "get": {
        "operationId": "tickets/get", "summary": "Get one ticket", "tags": ["tickets"],
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ticket"}}}}}
      },
      "delete": {
        "operationId": "tickets/delete", "summary": "Delete a ticket", "tags": ["tickets"],
        "responses": {"204": {"description": "gone"}}
      }
    },
    "/echo": {
      "get": {"operationId": "echo", "summary": "Say what came", "tags": ["debug"], "security": [{}],
        "responses": {"200": {"description": "ok", "content": {"application/json": {}}}}}
    },
    "/old": {
      "get": {"operationId": "old", "summary": "List tickets the old way", "deprecated": true, "responses": {"200": {"description": "ok"}}}
    },
    "/broken/{id}": {
      "get": {"operationId": "broken", "parameters": [{"$ref": "#/components/parameters/Gone"}], "responses": {"200": {"description": "ok"}}}
    }
  },
  "components": {
    "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    "schemas": {
      "Ticket": {
        "type": "object", "required": ["title"],
        "properties": {
          "id": {"type": "string", "readOnly": true},
          "title": {"type": "string"},
          "state": {"type": "string", "enum": ["open", "closed"], "nullable": true},
          "blocks": {"type": "array", "items": {"$ref": "#/components/schemas/Ticket"}}
        }
      }
    }
  }
}"##;

/// A home whose one upstream, `tickets`, is at this server. `more` are further keys of it.
pub(crate) fn home(server: &Server, more: &str) -> Home {
    let home = Home::new(&format!(
        "[upstream.tickets]\nopenapi = \"tickets.json\"\nbase_url = \"{}\"\nallow_private = true\n{more}\n",
        server.url("/v1")
    ));
    home.write("tickets.json", DESCRIPTION);
    home
}

/// Three pages of tickets; ticket 1 of them, no other; and an echo of everything that came.
pub(crate) fn server() -> Server {
    Server::start(|_, seen| answer(seen))
}

fn answer(seen: &Seen) -> Answer {
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    match (seen.method.as_str(), path) {
        ("GET", "/v1/tickets") => page(seen, query),
        ("POST", "/v1/tickets") => {
            Answer::json(201, String::from_utf8_lossy(&seen.body).replacen('{', r#"{"id":"9","#, 1))
        }
        ("GET", "/v1/tickets/1") => Answer::json(200, r#"{"id":"1","title":"first"}"#),
        ("GET", "/v1/tickets/teapot") => Answer::json(503, r#"{"error":{"code":"busy","message":"try later"}}"#),
        ("GET", "/v1/tickets/busy") => Answer::json(429, r#"{"error":{"code":"busy"}}"#).with("retry-after", "0"),
        ("GET", "/v1/tickets/away") => {
            Answer::json(302, "{}").with("location", "http://169.254.169.254/latest/meta-data?a=b")
        }
        ("DELETE", _) => Answer { status: 204, headers: Vec::new(), body: Vec::new() },
        ("GET", "/v1/echo") => {
            let headers: Vec<String> = seen.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let echo = serde_json::json!({"headers": headers, "target": seen.target});
            Answer::json(200, echo.to_string()).with("x-echo", headers.join(", "))
        }
        _ => Answer::json(404, r#"{"code":"no_such_ticket","message":"there is none"}"#),
    }
}

fn page(seen: &Seen, query: &str) -> Answer {
    const PAGES: usize = 3;
    let number = |pair: &str| pair.strip_prefix("page=")?.parse::<usize>().ok();
    let page = query.split('&').find_map(number).unwrap_or(1);
    let body = format!(r#"[{{"id":"{page}a","title":"a"}},{{"id":"{page}b","title":"b"}}]"#);
    let answer = Answer::json(200, body);
    if page >= PAGES {
        return answer;
    }
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && number(pair).is_none()).collect();
    let host = seen.header("host").unwrap_or_default();
    let next = format!("http://{host}/v1/tickets?{}", [rest, vec![&format!("page={}", page + 1)]].concat().join("&"));
    answer.with("link", format!("<{next}>; rel=\"next\", <{next}>; rel=\"last\""))
}
