//! Cross-origin resource sharing (WHATWG Fetch).

use reqwest::{Method, RequestBuilder, Response};

use crate::support::{Ask, Server, User, header};

const APP: &str = "https://app.example.org";

async fn with_origins() -> Server {
    let origins = format!("{APP},http://localhost:5173");
    Server::with(&[("DOCKET_CORS_ORIGINS", &origins)]).await
}

/// Returns the request as a page of the origin sends it.
fn from(request: RequestBuilder, origin: &str) -> RequestBuilder {
    request
        .header("origin", origin)
        .header("sec-fetch-site", "cross-site")
}

fn allowed(answer: &Response) -> String {
    header(answer, "access-control-allow-origin")
}

#[tokio::test]
async fn the_configured_origins_call_the_api_with_a_token() {
    let server = with_origins().await;
    let ada = User::register(&server).await;
    for origin in [APP, "http://localhost:5173"] {
        let preflight = server
            .request(Method::OPTIONS, "/api/v1/tasks")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        let answer = from(preflight, origin).is(204).await;
        assert_eq!(allowed(&answer), origin);
        assert!(header(&answer, "access-control-allow-methods").contains("POST"));
        let headers = header(&answer, "access-control-allow-headers");
        assert!(headers.contains("Authorization") && headers.contains("Idempotency-Key"));
        assert_eq!(header(&answer, "access-control-allow-credentials"), "");

        let create = ada.post("/api/v1/tasks", &serde_json::json!({ "title": "Far" }));
        let answer = from(create, origin).is(201).await;
        assert_eq!(allowed(&answer), origin);
        assert!(header(&answer, "access-control-expose-headers").contains("Docket-Change"));
        assert!(header(&answer, "vary").contains("Origin"));
        // Errors are readable as well.
        let missing = from(ada.get("/api/v1/nowhere"), origin).is(404).await;
        assert_eq!(allowed(&missing), origin);
        let unknown = from(server.get("/api/v1/tasks"), origin).is(401).await;
        assert_eq!(allowed(&unknown), origin);
    }
}

#[tokio::test]
async fn other_origins_have_no_permission() {
    let server = with_origins().await;
    let ada = User::register(&server).await;
    for origin in [
        "https://evil.example",
        "https://app.example.org.evil.example",
        "http://app.example.org",
        "null",
    ] {
        let answer = from(ada.get("/api/v1/tasks"), origin).is(200).await;
        assert_eq!(allowed(&answer), "", "{origin}");
        assert!(header(&answer, "vary").contains("Origin"));
    }
    // Pages are no part of the API.
    let page = from(server.get("/login"), APP).is(200).await;
    assert_eq!(allowed(&page), "");
    let closed = Server::start().await;
    let answer = from(closed.get("/api/v1/tasks"), APP).is(401).await;
    assert_eq!(allowed(&answer), "");
}
