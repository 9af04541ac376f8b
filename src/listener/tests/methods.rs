//! Methods that Rocket does not know.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use reqwest::Response;
use rocket::{Route, State, get, post, routes};
use serde_json::Value;

use super::{Probe, Server};
use crate::auth::User;
use crate::http::{Extension, Upload, extension_routes};

/// Returns routes that an extension method must not reach.
pub fn routes() -> Vec<Route> {
    routes![stray, stray_in_dav, read]
}

/// Returns a route for every path, including the internal paths of extension methods.
pub fn catch_all() -> Vec<Route> {
    let mut routes = routes![stray_anywhere];
    for route in &mut routes {
        // Precedes all other routes.
        route.rank = -100;
    }
    routes
}

pub fn extensions() -> Vec<Route> {
    let open = extension_routes("PROPFIND", "/test/dav", routes![propfind]);
    let private = extension_routes("PROPFIND", "/api/dav", routes![private]);
    [open.expect("a path"), private.expect("a path")].concat()
}

#[post("/all/<_path..>")]
fn stray(_path: PathBuf, probe: &State<Arc<Probe>>) {
    probe.strayed.fetch_add(1, Ordering::Relaxed);
}

#[post("/<_path..>")]
fn stray_anywhere(_path: PathBuf, probe: &State<Arc<Probe>>) {
    probe.strayed.fetch_add(1, Ordering::Relaxed);
}

#[post("/dav/<_path..>")]
fn stray_in_dav(_path: PathBuf, probe: &State<Arc<Probe>>) {
    probe.strayed.fetch_add(1, Ordering::Relaxed);
}

#[get("/all/<_path..>")]
fn read(_path: PathBuf) {}

#[post("/<path..>", data = "<body>")]
async fn propfind(path: PathBuf, extension: &Extension, body: Upload) -> String {
    let Extension { method, uri } = extension;
    let length = body.length();
    format!("{method} {uri} {} {length}", path.display())
}

#[post("/<_path..>")]
fn private(_path: PathBuf, user: User) -> String {
    user.email
}

fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name).map(|value| value.to_str());
    value.and_then(Result::ok).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_route_gets_the_method_the_path_and_the_body() {
    let server = Server::start().await;
    let request = server.request("PROPFIND", "/test/dav/a%20b/c?d=e");
    let response = request.body("body").send().await.expect("a response");
    assert_eq!(response.status(), 200);
    assert_ne!(header(&response, "x-request-id"), "");
    let text = response.text().await.expect("text");
    assert_eq!(text, "PROPFIND /test/dav/a%20b/c?d=e a b/c 4");
    assert_eq!(server.probe.strayed(), 0);
}

#[tokio::test]
async fn a_method_without_a_route_here_is_a_405_or_404() {
    let server = Server::start().await;
    let response = server.send("PROPFIND", "/test/all/a").await;
    assert_eq!(response.status(), 405);
    assert_eq!(header(&response, "allow"), "GET, HEAD, OPTIONS, POST");
    assert!(header(&response, "content-type").starts_with("text/html"));
    let response = server.send("PROPFIND", "/api/v1/me").await;
    assert_eq!(response.status(), 405);
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    let allow = header(&response, "allow");
    assert!(allow.contains("GET") && !allow.contains("PROPFIND"));
    assert_eq!(server.send("PROPFIND", "/test/nowhere").await.status(), 404);
    assert_eq!(server.probe.strayed(), 0);
}

#[tokio::test]
async fn a_method_without_any_route_is_a_501() {
    let server = Server::start().await;
    for method in [
        "REPORT",
        "MKCALENDAR",
        "PROPFINDX",
        "propfind",
        "-",
        "POST2",
    ] {
        for path in ["/test/dav/a", "/test/all/a", "/api/v1/me", "/nowhere"] {
            let response = server.send(method, path).await;
            assert_eq!(response.status(), 501, "{method} {path}");
        }
    }
    assert_eq!(server.probe.strayed(), 0);
}

#[tokio::test]
async fn another_method_is_told_of_the_extension() {
    let server = Server::start().await;
    let response = server.send("DELETE", "/test/dav/a").await;
    assert_eq!(response.status(), 405);
    assert_eq!(header(&response, "allow"), "OPTIONS, POST, PROPFIND");
    let response = server.send("OPTIONS", "/test/dav/a").await;
    assert_eq!(response.status(), 204);
    assert_eq!(header(&response, "allow"), "OPTIONS, POST, PROPFIND");
}

#[tokio::test]
async fn nobody_reaches_a_route_by_its_internal_path() {
    let server = Server::start().await;
    for method in ["GET", "POST", "CONNECT", "OPTIONS", "PROPFIND"] {
        for path in [
            "/-/PROPFIND/test/dav/a",
            "/-/PROPFIND/api/dav/a",
            "/-/PROPFIND/-/PROPFIND/test/dav/a",
            "/-/",
        ] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let received = server.raw(&request).await;
            assert!(
                received.starts_with("HTTP/1.1 404 "),
                "{method} {path}: {received}"
            );
        }
    }
    for path in ["/%2D/PROPFIND/test/dav/a", "//-/PROPFIND/test/dav/a"] {
        let request = format!("CONNECT {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let received = server.raw(&request).await;
        assert!(received.starts_with("HTTP/1.1 400"), "{path}: {received}");
    }
}

#[tokio::test]
async fn a_cookie_is_good_on_the_same_site_only() {
    let server = Server::start().await;
    let cookie = format!("docket_access={}", server.register().await);
    for (site, status) in [("same-origin", 200), ("cross-site", 403)] {
        let request = server
            .request("PROPFIND", "/api/dav/a")
            .header("cookie", &cookie)
            .header("sec-fetch-site", site);
        let response = request.send().await.expect("a response");
        assert_eq!(response.status(), status, "{site}");
    }
    let response = server.send("PROPFIND", "/api/dav/a").await;
    assert_eq!(response.status(), 401);
    let body: Value = response.json().await.expect("a problem document");
    assert_eq!(body["status"], 401);
}
