//! Why a request was refused, as JSON: `{"error": {"code", "message"}}`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use weir_store::StoreUnavailable;

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Beside code and message.
    more: Option<Box<(&'static str, Value)>>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), more: None }
    }

    /// The same with a wrong token and with none.
    pub(super) fn unknown_caller() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "send the token of [admin]: Authorization: Bearer …")
    }

    pub(super) fn foreign(what: &str) -> Self {
        let message = format!("this {what} is not answered; [serve] allowed_hosts and allowed_origins name others");
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such path")
    }

    pub(super) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path has no such method")
    }

    pub(super) fn no_such_run() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such run")
    }

    pub(super) fn no_such_value() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such value")
    }

    /// One answer for what never was, what was used, what has expired and what is somebody else's.
    pub(super) fn nothing_waits() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "nothing waits for a decision under this id")
    }

    pub(super) fn already_decided(theirs: Value) -> Self {
        let message = "somebody was first";
        Self {
            more: Some(Box::new(("decided", theirs))),
            ..Self::new(StatusCode::CONFLICT, "already_decided", message)
        }
    }

    pub(super) fn not_in_doubt() -> Self {
        let message = "the call was never sent, so it cannot have been done; approve or deny it";
        Self::new(StatusCode::CONFLICT, "not_in_doubt", message)
    }

    pub(super) fn ended() -> Self {
        Self::new(StatusCode::CONFLICT, "ended", "the run has ended already")
    }

    pub(super) fn not_json() -> Self {
        let message = "send the body as JSON, with Content-Type: application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message)
    }

    pub(super) fn too_large(bytes_max: usize) -> Self {
        let message = format!("the body is longer than {bytes_max} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    pub(super) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body took too long")
    }
}

impl From<StoreUnavailable> for Refusal {
    fn from(error: StoreUnavailable) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(more) = self.more {
            let (key, value) = *more;
            error[key] = value;
        }
        let mut response = super::answer(self.status, &json!({ "error": error }));
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
