//! The log: one line per request and per fault, machine-readable, without secrets.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use sqlx::{Executor, raw_sql};
use tempfile::TempDir;

use crate::support::{
    Ask, Server, User, docket, email, header, is_moment, password, query, raw, until,
};

const JSON: (&str, &str) = ("DOCKET_LOG_FORMAT", "json");

/// Members of a request's line, in order.
const REQUEST: [&str; 9] = [
    "time",
    "level",
    "event",
    "request_id",
    "method",
    "route",
    "status",
    "duration_ms",
    "user_id",
];

/// Parses the lines of a JSON log.
fn lines(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Returns the lines with this request id, once the request is logged.
async fn about(server: &Server, id: &str) -> Vec<Value> {
    until("the request is logged", || async {
        let of_request = |line: &Value| line["event"] == "request" && line["request_id"] == id;
        lines(&server.log()).iter().any(of_request)
    })
    .await;
    let mut all = lines(&server.log());
    all.retain(|line| line["request_id"] == id);
    all
}

/// Renames the table of tasks, so that requests for tasks fail with a server fault.
async fn break_tasks(server: &Server) {
    let mut database = server.database().await;
    let sql = raw_sql("ALTER TABLE tasks RENAME TO gone");
    database.execute(sql).await.expect("another name");
}

fn is_uuid_v7(id: &str) -> bool {
    uuid::Uuid::try_parse(id).is_ok_and(|id| id.get_version_num() == 7)
}

#[tokio::test]
async fn each_request_is_one_line_of_json() {
    let server = Server::with(&[JSON]).await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Secret errand").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    for (id, method, path, route, status, user) in [
        (
            "a",
            Method::GET,
            path.as_str(),
            Some("/api/v1/tasks/<id>"),
            200,
            true,
        ),
        (
            "b",
            Method::GET,
            "/api/v1/tasks?q=errand",
            Some("/api/v1/tasks"),
            200,
            true,
        ),
        (
            "c",
            Method::HEAD,
            "/health/live",
            Some("/health/live"),
            200,
            false,
        ),
        (
            "d",
            Method::GET,
            "/nowhere/errand?q=errand",
            None,
            404,
            true,
        ),
        ("e", Method::DELETE, "/api/v1/nowhere", None, 404, false),
        ("f", Method::PATCH, "/static/app.css", None, 405, true),
    ] {
        ada.request(method.clone(), path)
            .header("x-request-id", id)
            .is(status)
            .await;
        let all = about(&server, id).await;
        let [line] = all.as_slice() else {
            panic!("{all:?}");
        };
        let text = server.log();
        let text = text
            .lines()
            .find(|text| text.contains(&format!("\"request_id\":\"{id}\"")))
            .expect("the line");
        let mut rest = text;
        for name in REQUEST {
            let (_, behind) = rest
                .split_once(&format!("\"{name}\":"))
                .unwrap_or_else(|| panic!("no {name} in its place: {text}"));
            rest = behind;
        }
        assert_eq!(line.as_object().expect("an object").len(), REQUEST.len());
        assert!(
            is_moment(line["time"].as_str().unwrap_or_default()),
            "{text}"
        );
        assert_eq!(line["level"], "info");
        assert_eq!(line["method"], method.as_str());
        assert_eq!(line["route"], json!(route));
        assert_eq!(line["status"], status);
        assert!(line["duration_ms"].as_f64().is_some_and(|time| time > 0.0));
        let (_, decimals) = text.split_once("\"duration_ms\":").expect("a duration");
        let (_, decimals) = decimals.split_once('.').expect("decimals");
        assert_eq!(decimals.find(','), Some(3), "{text}");
        if user {
            assert_eq!(line["user_id"], ada.id);
        } else {
            assert_eq!(line["user_id"], Value::Null);
        }
        assert!(!text.contains("errand"), "{text}");
    }
}

#[tokio::test]
async fn a_request_with_an_api_token_is_logged_with_its_user() {
    let server = Server::with(&[JSON]).await;
    let ada = User::register(&server).await;
    let token = ada.add_api_token("Script", &["tasks:read"]).await;
    let script = ada.with_token(&token);
    for (id, path, status) in [("t", "/api/v1/tasks", 200), ("s", "/api/v1/sessions", 403)] {
        script.get(path).header("x-request-id", id).is(status).await;
        assert_eq!(about(&server, id).await[0]["user_id"], ada.id);
    }
}

#[tokio::test]
async fn text_has_the_same_members() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    ada.get("/api/v1/me")
        .header("x-request-id", "mine")
        .is(200)
        .await;
    server
        .get("/nowhere")
        .header("x-request-id", "lost")
        .is(404)
        .await;
    until("both are logged", || async {
        server.log().contains("request_id=mine") && server.log().contains("request_id=lost")
    })
    .await;
    let log = server.log();
    for (id, rest) in [
        (
            "mine",
            format!(
                "method=GET route=/api/v1/me status=200 duration_ms=* user_id={}",
                ada.id
            ),
        ),
        (
            "lost",
            "method=GET route=- status=404 duration_ms=* user_id=-".into(),
        ),
    ] {
        let line = log
            .lines()
            .find(|line| line.contains(&format!("request_id={id} ")));
        let words: Vec<&str> = line.expect("the line").split(' ').collect();
        assert!(is_moment(words[0]), "{words:?}");
        assert_eq!(
            words[1..4],
            ["info", "event=request", &format!("request_id={id}")]
        );
        let expected: Vec<&str> = rest.split(' ').collect();
        assert_eq!(words.len(), 4 + expected.len(), "{words:?}");
        for (word, expected) in words[4..].iter().zip(expected) {
            match expected.strip_suffix('*') {
                Some(start) => assert!(word.starts_with(start), "{word}"),
                None => assert_eq!(*word, expected),
            }
        }
    }
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let server = Server::start().await;
    let most = "x".repeat(64);
    for id in ["a", "A-b_c.9", most.as_str()] {
        for (path, status) in [
            ("/", 200),
            ("/nowhere", 404),
            ("/api/v1/nowhere", 404),
            ("/api/v1/me", 401),
            ("/settings", 303),
            ("/static/app.css", 200),
            ("/health/live", 200),
        ] {
            let request = server.get(path).header("x-request-id", id);
            assert_eq!(header(&request.is(status).await, "x-request-id"), id);
        }
    }
    let long = "x".repeat(65);
    let mut seen = Vec::new();
    for id in ["", "a b", "a\u{e9}", "a;b", "a\"b", "<b>", long.as_str()] {
        let value = HeaderValue::from_bytes(id.as_bytes()).expect("a value");
        let request = server.get("/health/live").header("x-request-id", value);
        seen.push(header(&request.is(200).await, "x-request-id"));
    }
    seen.push(header(
        &server.get("/nowhere").is(404).await,
        "x-request-id",
    ));
    for id in &seen {
        assert!(is_uuid_v7(id), "{id}");
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "an id was given twice");
}

#[tokio::test]
async fn a_fault_is_logged_under_the_id_that_the_user_is_shown() {
    let server = Server::with(&[JSON]).await;
    let ada = User::register(&server).await;
    let unasked = server.get("/api/v1/me").fails(401).await;
    assert_eq!(
        unasked.body.get("request_id"),
        None,
        "it is no fault of the server"
    );
    break_tasks(&server).await;

    let problem = ada.get("/api/v1/tasks").fails(500).await;
    let id = problem.body["request_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert!(is_uuid_v7(&id), "{id}");
    assert!(!problem.detail().contains("tasks"), "{}", problem.detail());

    let page = ada.by_cookie(Method::GET, "/tasks").is(500).await;
    let shown = header(&page, "x-request-id");
    let html = page.text().await.expect("a page");
    assert!(html.contains("Reference: "), "{html}");
    assert!(html.contains(&shown), "{html}");

    for id in [id, shown] {
        let all = about(&server, &id).await;
        // The sidebar of a page is a fault of its own.
        let Some((request, faults)) = all.split_last().filter(|(_, faults)| !faults.is_empty())
        else {
            panic!("{all:?}");
        };
        for fault in faults {
            assert_eq!(fault["level"], "error");
            assert_eq!(fault["event"], "error");
            let message = fault["message"].as_str().expect("a message");
            assert!(message.starts_with("database: "), "{message}");
            assert_eq!(fault.as_object().expect("an object").len(), 5);
        }
        assert_eq!(request["level"], "error");
        assert_eq!(request["status"], 500);
        assert_eq!(request["user_id"], ada.id);
    }
}

#[tokio::test]
#[cfg_attr(windows, ignore = "only Unix can ask a process to end")]
async fn the_level_decides_what_is_logged() {
    for (level, some) in [("critical", true), ("off", false)] {
        let mut server = Server::with(&[JSON, ("DOCKET_LOG_LEVEL", level)]).await;
        let ada = User::register(&server).await;
        server.get("/nowhere").is(404).await;
        break_tasks(&server).await;
        ada.get("/api/v1/tasks").fails(500).await;
        assert!(server.stop().success());
        let all = lines(&server.log());
        assert_eq!(all.len(), if some { 2 } else { 0 }, "{level}: {all:?}");
        assert!(all.iter().all(|line| line["level"] == "error"));
    }
}

#[tokio::test]
#[cfg_attr(windows, ignore = "only Unix can ask a process to end")]
async fn nothing_is_lost_when_the_server_ends() {
    let mut server = Server::with(&[JSON]).await;
    for _ in 0..500 {
        server.get("/health/live").is(200).await;
    }
    assert!(server.stop().success());
    assert_eq!(lines(&server.log()).len(), 500);
}

#[test]
fn a_start_that_fails_says_why_in_the_format_of_the_log() {
    let home = TempDir::new().expect("a directory");
    for level in ["normal", "off"] {
        let ran = docket(home.path(), &["serve"])
            .env("DOCKET_LOG_FORMAT", "json")
            .env("DOCKET_LOG_LEVEL", level)
            // An address for documentation (RFC 5737), which no machine has.
            .env("DOCKET_ADDRESS", "192.0.2.1")
            .output()
            .exits(1);
        let all = lines(&ran.stderr);
        assert_eq!(all.len(), 1, "{}", ran.stderr);
        let message = all[0]["message"].as_str().expect("a message");
        assert!(
            message.starts_with("cannot listen at 192.0.2.1"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn nothing_from_outside_breaks_a_line_or_moves_a_terminal() {
    let hostile = "x\u{1b}[31m\u{202e}\u{2028}\u{9b}31m";
    for format in ["text", "json"] {
        let server = Server::with(&[("DOCKET_LOG_FORMAT", format)]).await;
        let ada = User::register(&server).await;
        // The parser rejects an escape character in a header before the request is logged.
        for value in [hostile, &hostile.replace('\u{1b}', "")] {
            let request = format!(
                "GET /api/v1/tasks/%0a%1b%5b31m?q=%0d%0aforged HTTP/1.1\r\n\
                 Host: localhost\r\nUser-Agent: {value}\r\nX-Request-Id: {value}\r\n\
                 Connection: close\r\n\r\n"
            );
            let answer = raw(&server, request.as_bytes()).await;
            assert!((400..500).contains(&answer.status), "{answer:?}");
        }
        let path = "/api/v1/tasks/%0a%1b?q=%0aforged";
        ada.get(path).header("x-request-id", "last").is(404).await;
        until("it is logged", || async { server.log().contains("last") }).await;
        let log = server.log();
        let seen = |one: char| one == '\n' || (!one.is_control() && one.is_ascii());
        assert!(log.chars().all(seen), "{log:?}");
        assert!(!log.contains("forged"), "{log}");
        if format == "json" {
            lines(&log);
        }
    }
}

/// Performs every action that involves secrets. Returns the secrets.
async fn lived(server: &Server) -> Vec<String> {
    let mut ada = User::register(server).await;
    let mut secrets = vec![ada.email.clone(), ada.password.clone()];
    let mut keep = |user: &User| {
        secrets.extend([user.tokens.access.clone(), user.tokens.refresh.clone()]);
    };
    keep(&ada);
    let spent = ada.tokens.refresh.clone();
    ada.refresh().await;
    keep(&ada);
    let other = ada.again(server).await;
    keep(&other);
    let reused = json!({ "refresh_token": spent });
    let thief = server
        .post("/api/v1/auth/refresh")
        .header("user-agent", "Thief/1");
    thief.json(&reused).fails(401).await;

    let wrong = password();
    let stranger = email();
    for address in [&ada.email, &stranger] {
        let credentials = json!({ "email": address, "password": wrong });
        server
            .post("/api/v1/auth/login")
            .json(&credentials)
            .fails(401)
            .await;
        let form = [("email", address.as_str()), ("password", wrong.as_str())];
        server.post("/login").form(&form).is(401).await;
    }
    let word = "zymurgy";
    let text = query(&[("q", word), ("token", &other.tokens.access)]);
    other
        .get(&format!("/api/v1/tasks?{}", query(&[("q", word)])))
        .is(200)
        .await;
    for path in ["/api/v1/tasks", "/tasks", "/login", "/nowhere"] {
        server.get(&format!("{path}?{text}")).answer().await;
        other
            .by_cookie(Method::GET, &format!("{path}?{text}"))
            .answer()
            .await;
    }
    server
        .get(&format!("/{}/{word}", other.email))
        .is(404)
        .await;
    let title = json!({ "title": word, "nothing": other.tokens.refresh });
    other.post("/api/v1/tasks", &title).fails(422).await;
    other.add_task(word).await;
    let (new_email, new_password) = (email(), password());
    let patch = json!({ "email": new_email, "current_password": other.password });
    other.patch("/api/v1/me", &patch).is(200).await;
    let change = json!({ "current_password": other.password, "new_password": new_password });
    other.put("/api/v1/me/password", &change).is(204).await;
    break_tasks(server).await;
    for path in [
        format!("/api/v1/tasks?q={word}"),
        format!("/tasks?q={word}"),
    ] {
        other.by_cookie(Method::GET, &path).is(500).await;
    }
    other
        .post("/api/v1/tasks", &json!({ "title": word }))
        .fails(500)
        .await;
    other
        .delete("/api/v1/me")
        .json(&json!({ "password": wrong }))
        .fails(422)
        .await;
    secrets.extend([wrong, stranger, word.into(), new_email, new_password]);
    secrets.extend(["docket_access".into(), "Thief/1".into(), "127.0.0.1".into()]);
    secrets
}

#[tokio::test]
#[cfg_attr(windows, ignore = "only Unix can ask a process to end")]
async fn no_secret_and_nothing_personal_is_logged() {
    for format in ["text", "json"] {
        let settings = [("DOCKET_LOG_FORMAT", format)];
        let mut server = Server::with(&settings).await;
        let secrets = lived(&server).await;
        server.get("/health/live").is(200).await;
        assert!(server.stop().success());
        let log = server.log();
        assert!(log.lines().count() > 20, "{log}");
        for secret in secrets {
            let encoded = secret.replace('@', "%40").replace(' ', "+");
            for text in [secret.as_str(), encoded.as_str()] {
                assert!(!log.contains(text), "{text} in\n{log}");
            }
        }
    }
}
