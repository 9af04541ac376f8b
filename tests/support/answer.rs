//! Assertions about responses.

use std::panic::Location;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;

/// Prefix of the `type` of a problem.
const KINDS: &str = "/api/docs#problem-";

/// Returns the value of a header; empty if absent. Several lines form one list (RFC 9110, section
/// 5.3).
pub fn header(answer: &Response, name: &str) -> String {
    let lines = answer.headers().get_all(name).iter();
    let lines: Vec<_> = lines
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    lines.join(", ")
}

/// Panics with the body unless the status is `status`. Returns the response.
#[track_caller]
pub fn expect(answer: Response, status: u16) -> impl Future<Output = Response> {
    let caller = Location::caller();
    async move { check(answer, status, caller).await }
}

/// Returns the JSON body. Panics unless the status is `status` and the content type is JSON.
#[track_caller]
pub fn body(answer: Response, status: u16) -> impl Future<Output = Value> {
    let caller = Location::caller();
    async move { json_of(answer, status, caller).await }
}

/// Panics unless the response is a complete and consistent problem document with this status.
#[track_caller]
pub fn problem(answer: Response, status: u16) -> impl Future<Output = Problem> {
    let caller = Location::caller();
    async move { problem_of(answer, status, caller).await }
}

/// A problem document (RFC 9457).
#[derive(Debug)]
pub struct Problem {
    pub body: Value,
    caller: String,
}

impl Problem {
    /// Panics unless `errors` contains `field` with a message. Returns the problem.
    #[track_caller]
    pub fn names(self, field: &str) -> Problem {
        let caller = Location::caller();
        assert!(
            self.fields().iter().any(|named| named == field),
            "{caller}: the problem does not name {field}: {}",
            self.body
        );
        self
    }

    /// Panics unless `errors` has this code for `field`. Returns the entry.
    #[track_caller]
    pub fn breaks(&self, field: &str, code: &str) -> &Value {
        let caller = Location::caller();
        let errors = self.body["errors"].as_array();
        let entry = errors
            .into_iter()
            .flatten()
            .find(|error| error["field"] == field && error["code"] == code);
        entry.unwrap_or_else(|| panic!("{caller}: {field} is not {code}: {}", self.body))
    }

    /// Returns the last part of its `type`, the name of its kind.
    pub fn kind(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or_default();
        kind.strip_prefix(KINDS).unwrap_or(kind)
    }

    /// Returns the fields of `errors`, in order.
    pub fn fields(&self) -> Vec<String> {
        let Some(errors) = self.body.get("errors") else {
            return Vec::new();
        };
        errors
            .as_array()
            .unwrap_or_else(|| panic!("{}: errors is no list: {}", self.caller, self.body))
            .iter()
            .map(|error| {
                let message = error["message"].as_str().unwrap_or_default();
                let sentence = message.starts_with(char::is_uppercase) && message.ends_with('.');
                assert!(sentence, "{}: no sentence: {error}", self.caller);
                let code = error["code"].as_str().unwrap_or_default();
                let snake = |each: char| each.is_ascii_lowercase() || each == '_';
                let stable = !code.is_empty() && code.chars().all(snake);
                assert!(stable, "{}: no code: {error}", self.caller);
                error["field"].as_str().unwrap_or_default().to_owned()
            })
            .collect()
    }

    pub fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }
}

/// Sends a request and asserts on its response in one expression:
/// `ada.get("/api/v1/me").gives(200).await["email"]`.
pub trait Ask: Sized {
    /// Returns the response, whatever its status.
    fn answer(self) -> impl Future<Output = Response> + Send;

    /// Returns the response, which must have this status.
    fn is(self, status: u16) -> impl Future<Output = Response> + Send;

    /// Returns the JSON body of the response, which must have this status.
    fn gives(self, status: u16) -> impl Future<Output = Value> + Send;

    /// Returns the problem document of the response, which must have this status.
    fn fails(self, status: u16) -> impl Future<Output = Problem> + Send;
}

impl Ask for RequestBuilder {
    async fn answer(self) -> Response {
        self.send().await.expect("an answer")
    }

    #[track_caller]
    fn is(self, status: u16) -> impl Future<Output = Response> + Send {
        let caller = Location::caller();
        async move { check(self.answer().await, status, caller).await }
    }

    #[track_caller]
    fn gives(self, status: u16) -> impl Future<Output = Value> + Send {
        let caller = Location::caller();
        async move { json_of(self.answer().await, status, caller).await }
    }

    #[track_caller]
    fn fails(self, status: u16) -> impl Future<Output = Problem> + Send {
        let caller = Location::caller();
        async move { problem_of(self.answer().await, status, caller).await }
    }
}

async fn check(answer: Response, status: u16, caller: &Location<'_>) -> Response {
    let found = answer.status().as_u16();
    if found != status {
        let url = answer.url().clone();
        let text = answer.text().await.unwrap_or_default();
        panic!("{caller}: {url} answered {found}, not {status}: {text}");
    }
    answer
}

async fn json_of(answer: Response, status: u16, caller: &Location<'_>) -> Value {
    let answer = check(answer, status, caller).await;
    let content_type = header(&answer, "content-type");
    assert!(
        content_type.starts_with("application/json"),
        "{caller}: {} has content type {content_type}",
        answer.url()
    );
    answer.json().await.expect("a JSON body")
}

async fn problem_of(answer: Response, status: u16, caller: &Location<'_>) -> Problem {
    let answer = check(answer, status, caller).await;
    let content_type = header(&answer, "content-type");
    let url = answer.url().clone();
    let text = answer.text().await.expect("a body");
    assert!(
        content_type.starts_with("application/problem+json"),
        "{caller}: {url} has content type {content_type}: {text}"
    );
    let body: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{caller}: {url}: {error}: {text}"));
    assert_eq!(body["status"], status, "{caller}: {url}: {body}");
    for member in ["type", "title", "detail"] {
        let value = body[member].as_str().unwrap_or_default();
        assert!(!value.is_empty(), "{caller}: {url}: no {member}: {body}");
    }
    let caller = caller.to_string();
    let kind = body["type"].as_str().unwrap_or_default();
    let known = kind == "about:blank" || kind.starts_with(KINDS);
    assert!(known, "{caller}: {url}: {body}");
    let problem = Problem { body, caller };
    // Reading the fields checks the shape of each entry.
    problem.fields();
    problem
}
