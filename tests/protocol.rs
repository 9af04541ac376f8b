//! HTTP semantics: methods, content negotiation, empty bodies, and unknown paths.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, RawAnswer, Server, User, header, problem, raw, until};

const TASKS: &str = "/api/v1/tasks";

fn methods(allow: &str) -> Vec<String> {
    let mut all: Vec<_> = allow
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !matches!(name.as_str(), "" | "HEAD" | "OPTIONS"))
        .collect();
    all.sort();
    all
}

const ROUTES: [(&str, &str); 12] = [
    ("/api/v1/auth/register", "POST"),
    ("/api/v1/auth/login", "POST"),
    ("/api/v1/auth/refresh", "POST"),
    ("/api/v1/auth/logout", "POST"),
    ("/api/v1/me", "DELETE,GET,PATCH"),
    ("/api/v1/me/password", "PUT"),
    ("/api/v1/sessions", "DELETE,GET"),
    (
        "/api/v1/sessions/0192f0c1-2345-7000-8000-000000000000",
        "DELETE",
    ),
    (TASKS, "GET,POST"),
    (
        "/api/v1/tasks/0192f0c1-2345-7000-8000-000000000000",
        "DELETE,GET,PATCH,PUT",
    ),
    (
        "/api/v1/tasks/0192f0c1-2345-7000-8000-000000000000/toggle",
        "POST",
    ),
    ("/api/openapi.json", "GET"),
];

#[tokio::test]
async fn another_method_is_a_405_that_says_which_are_allowed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for (path, allowed) in ROUTES {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if allowed.split(',').any(|name| name == method) {
                continue;
            }
            let method: Method = method.parse().expect("a method");
            let answer = ada
                .request(method.clone(), path)
                .json(&json!({}))
                .is(405)
                .await;
            let allow = header(&answer, "allow");
            assert_eq!(
                methods(&allow).join(","),
                allowed,
                "{method} {path}: {allow}"
            );
            problem(answer, 405).await;
        }
    }
}

#[tokio::test]
async fn trace_and_connect_repeat_nothing() {
    let server = Server::start().await;
    for (method, path) in [
        ("TRACE", "/"),
        ("TRACE", TASKS),
        ("TRACE", "/static/app.css"),
        ("CONNECT", "docket:443"),
    ] {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: docket\r\nX-Secret: hush\r\n\
             Cookie: docket_access=hush\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(&server, request.as_bytes()).await;
        assert_eq!(answer.status / 100, 4, "{method} {path}: {}", answer.head);
        let whole = format!("{}{}", answer.head, answer.body);
        assert!(!whole.contains("hush"), "{method} {path}: {whole}");
    }
}

#[tokio::test]
async fn no_directory_is_listed() {
    let server = Server::start().await;
    for path in [
        "/static",
        "/static/",
        "/static/vendor",
        "/static/vendor/",
        "/.git/",
        "/.git/HEAD",
        "/data/",
        "/data/jwt.keys",
        "/.well-known/",
    ] {
        let answer = server.get(path).is(404).await;
        let text = answer.text().await.expect("a page");
        assert!(!text.contains("htmx.min.js\""), "{path}");
        assert!(!text.contains("jwks.json"), "{path}");
    }
}

#[tokio::test]
async fn options_lists_the_methods() {
    let server = Server::start().await;
    for (path, allowed) in ROUTES {
        let answer = server.request(Method::OPTIONS, path).is(204).await;
        let allow = header(&answer, "allow");
        assert_eq!(methods(&allow).join(","), allowed, "{path}: {allow}");
        // Other origins may not read responses.
        assert_eq!(header(&answer, "access-control-allow-origin"), "");
    }
    server
        .request(Method::OPTIONS, "/api/v1/nowhere")
        .is(404)
        .await;
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Read my head").await;
    let path = format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    for path in [
        TASKS,
        &path,
        "/api/v1/me",
        "/api/openapi.json",
        "/",
        "/login",
    ] {
        let get = ada.get(path).answer().await;
        let head = ada.request(Method::HEAD, path).answer().await;
        assert_eq!(head.status(), get.status(), "{path}");
        for name in ["content-type", "etag", "cache-control"] {
            assert_eq!(header(&head, name), header(&get, name), "{path}: {name}");
        }
        assert_eq!(head.bytes().await.expect("a body").len(), 0);
    }
}

#[tokio::test]
async fn an_unacceptable_media_type_is_a_406() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for accept in [
        "text/html",
        "image/*",
        "application/xml",
        "application/json;q=0",
        "application/json;charset=utf-8;q=0",
        "text/*",
    ] {
        for path in [TASKS, "/api/v1/me"] {
            ada.get(path).header("accept", accept).fails(406).await;
        }
        let post = ada.post(TASKS, &json!({ "title": "x" }));
        post.header("accept", accept).fails(406).await;
    }
    assert_eq!(ada.list("").await["items"], json!([]));
    for accept in [
        "application/json",
        "*/*",
        "application/*",
        "text/html, application/json;q=0.5",
        "text/html;q=0.9, */*;q=0.1",
        "Application/JSON",
    ] {
        ada.get(TASKS).header("accept", accept).gives(200).await;
    }
    // Several header lines form one list.
    let lines = |second: &'static str| {
        let first = ada.get(TASKS).header("accept", "text/html");
        first.header("accept", second)
    };
    lines("application/json").gives(200).await;
    lines("image/*").fails(406).await;
}

#[tokio::test]
async fn a_body_of_another_type_is_a_415() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("A task").await;
    let path = format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    let body = r#"{"title": "x"}"#;
    let send = |method: &Method, path: &str, kind: &str| {
        let request = ada.request(method.clone(), path).body(body);
        if kind.is_empty() {
            request
        } else {
            request.header("content-type", kind)
        }
    };
    for kind in [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
    ] {
        for (method, path) in [
            (Method::POST, TASKS),
            (Method::PUT, &path),
            (Method::PATCH, &path),
        ] {
            send(&method, path, kind).fails(415).await;
        }
    }
    for (method, path) in [(Method::POST, TASKS), (Method::PUT, path.as_str())] {
        send(&method, path, "application/merge-patch+json")
            .fails(415)
            .await;
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        send(&Method::PUT, &path, kind).gives(200).await;
        send(&Method::PATCH, &path, kind).gives(200).await;
    }
}

#[tokio::test]
async fn an_unknown_api_path_is_a_problem_document() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for path in [
        "/api/v1/nowhere",
        "/api/v1",
        "/api/v2/tasks",
        "/api/nowhere",
        "/api/v1/tasks/1/2/3",
        "/api/v1/%ff",
        "/api/v1/..%2f..%2fetc%2fpasswd",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            ada.request(method.clone(), path).fails(404).await;
            server.request(method, path).fails(404).await;
        }
        // The path decides about the format, so even a browser gets JSON.
        server
            .get(path)
            .header("accept", "text/html")
            .fails(404)
            .await;
    }
}

#[tokio::test]
async fn an_unknown_page_is_a_page_with_a_way_back() {
    let server = Server::start().await;
    for path in [
        "/nowhere",
        "/tasks/1/2/3",
        "/%ff",
        "/static/../Cargo.toml",
        "/.env",
    ] {
        let answer = server.get(path).header("accept", "text/html").is(404).await;
        let content_type = header(&answer, "content-type");
        assert!(
            content_type.starts_with("text/html"),
            "{path}: {content_type}"
        );
        let text = answer.text().await.expect("a page");
        assert!(
            text.contains("<main") && text.contains("href=\"/"),
            "{path}: {text}"
        );
    }
}

#[tokio::test]
async fn an_unknown_task_is_a_page_too() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for id in ["0192f0c1-2345-7000-8000-000000000000", "x"] {
        let path = format!("/tasks/{id}");
        let answer = ada.by_cookie(Method::GET, &path).is(404).await;
        assert!(header(&answer, "content-type").starts_with("text/html"));
    }
}

#[tokio::test]
async fn an_address_that_is_no_uri_is_refused_like_any_bad_input() {
    let server = Server::start().await;
    for (path, media) in [
        ("/a|b", "text/html"),
        ("/login/{x}", "text/html"),
        ("/api/v1/tasks?q=\u{e9}", "application/problem+json"),
        ("/api/v1/{tasks}", "application/problem+json"),
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: odd\r\n\
                 Connection: close\r\n\r\n"
            );
            let answer = raw(&server, request.as_bytes()).await;
            assert_eq!(answer.status, 400, "{method} {path}: {}", answer.head);
            assert!(answer.header("content-type").starts_with(media), "{path}");
            assert!(answer.body.contains("percent-encoded"), "{}", answer.body);
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_ne!(answer.header("content-security-policy"), "");
            assert_eq!(answer.header("x-request-id"), "odd");
        }
    }
    until("they are logged", || async {
        server.log().matches("request_id=odd").count() == 12
    })
    .await;
}

/// Sends these lines with `Connection: close` and returns the response.
async fn lines(server: &Server, lines: &[&str]) -> RawAnswer {
    let request = format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"));
    raw(server, request.as_bytes()).await
}

#[tokio::test]
async fn a_method_is_its_name_in_its_case() {
    let server = Server::start().await;
    for method in ["get", "Get", "gET", "post", "delete", "BREW", "GETS"] {
        for (path, media) in [
            ("/login", "text/html"),
            ("/api/v1/me", "application/problem+json"),
        ] {
            let answer = lines(&server, &[&format!("{method} {path} HTTP/1.1"), "Host: x"]).await;
            assert_eq!(answer.status, 501, "{method} {path}: {}", answer.head);
            assert!(answer.header("content-type").starts_with(media), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
}

/// There is no WebDAV yet. The path is that by which the listener would route such a method.
#[tokio::test]
async fn a_method_of_webdav_reaches_no_route() {
    let server = Server::start().await;
    for method in ["PROPFIND", "REPORT", "MKCALENDAR"] {
        for path in ["/login", TASKS, "/nowhere"] {
            let answer = lines(&server, &[&format!("{method} {path} HTTP/1.1"), "Host: x"]).await;
            assert_eq!(answer.status, 501, "{method} {path}: {}", answer.head);
        }
    }
    for method in ["GET", "POST", "CONNECT"] {
        let line = format!("{method} /-/PROPFIND/login HTTP/1.1");
        let answer = lines(&server, &[&line, "Host: x"]).await;
        assert_eq!(answer.status, 404, "{method}: {}", answer.head);
    }
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = Server::start().await;
    let missing = lines(&server, &["GET /login HTTP/1.1"]).await;
    assert_eq!(missing.status, 400, "{}", missing.head);
    for version in ["HTTP/1.1", "HTTP/1.0"] {
        let first = format!("GET /login {version}");
        for hosts in [
            &["Host: x", "Host: x"][..],
            &["Host: x", "Host: y"],
            &["Host: x, y"],
            &["Host:"],
            &["Host: <script>"],
            &["Host: a@x"],
            &["Host: x/y"],
            &["Host: x:port"],
            &["Host: x:80:80"],
            &["Host: \u{e9}"],
        ] {
            let request: Vec<_> = [first.as_str()].iter().chain(hosts).copied().collect();
            let answer = lines(&server, &request).await;
            assert_eq!(answer.status, 400, "{request:?}: {}", answer.head);
        }
        for host in [
            "x",
            "x:80",
            "docket.example.org",
            "[::1]:8000",
            "127.0.0.1:",
        ] {
            let answer = lines(&server, &[&first, &format!("Host: {host}")]).await;
            assert_eq!(answer.status, 200, "{host}: {}", answer.head);
        }
    }
    let old = lines(&server, &["GET /login HTTP/1.0"]).await;
    assert_eq!(old.status, 200, "{}", old.head);
}

#[tokio::test]
async fn a_target_in_absolute_form_names_the_host() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let cookie = format!("Cookie: docket_access={}", ada.tokens.access);
    let post = |target: &str, origin: &str| {
        let first = format!("DELETE http://{target}/api/v1/sessions HTTP/1.1");
        let origin = format!("Origin: http://{origin}");
        let (server, cookie) = (&server, &cookie);
        async move {
            lines(server, &[&first, "Host: x", &origin, cookie])
                .await
                .status
        }
    };
    assert_eq!(post("x", "x").await, 204);
    // The header is ignored, in the cross-origin check too.
    assert_eq!(post("y", "x").await, 403);
    assert_eq!(post("y", "y").await, 204);
    for target in ["http://a@x/login", "http://:80/login", "http://x:y/login"] {
        let answer = lines(&server, &[&format!("GET {target} HTTP/1.1"), "Host: x"]).await;
        assert_eq!(answer.status, 400, "{target}: {}", answer.head);
    }
}

#[tokio::test]
async fn a_path_has_one_form() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let token = format!("Authorization: Bearer {}", ada.tokens.access);
    for (path, media) in [
        ("//api/v1/me", "application/problem+json"),
        ("/%61pi/v1/me", "application/problem+json"),
        ("/./api/v1/me", "application/problem+json"),
        ("/api//v1/me", "application/problem+json"),
        ("/api/v1//me", "application/problem+json"),
        ("/api/v1/%6de", "application/problem+json"),
        ("/api/v1/./me", "application/problem+json"),
        ("/api/v1/%2e/me", "application/problem+json"),
        ("http://x//api/v1/me", "application/problem+json"),
        ("//login", "text/html"),
        ("/%6cogin", "text/html"),
        ("//", "text/html"),
        ("/static/../login", "text/html"),
        ("/static/../api/v1/me", "text/html"),
        ("*", "text/html"),
    ] {
        let answer = lines(
            &server,
            &[&format!("GET {path} HTTP/1.1"), "Host: x", &token],
        )
        .await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.head);
        let found = answer.header("content-type");
        assert!(found.starts_with(media), "{path}: {found}");
    }
    for (path, status) in [
        ("/api/v1/me", 200),
        ("http://x/api/v1/me", 200),
        ("/api/v1/me/", 200),
        // Each is a different path without a route.
        ("/api%2Fv1/me", 404),
        ("/API/v1/me", 404),
    ] {
        let answer = lines(
            &server,
            &[&format!("GET {path} HTTP/1.1"), "Host: x", &token],
        )
        .await;
        assert_eq!(answer.status, status, "{path}: {}", answer.head);
    }
}

#[tokio::test]
async fn a_header_that_decides_has_one_value_in_utf_8() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Once").await;
    let path = format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    let cookie = format!("Cookie: docket_access={}", ada.tokens.access);
    let token = format!("Authorization: Bearer {}", ada.tokens.access);
    let delete = |headers: Vec<&[u8]>| {
        let mut request = format!("DELETE {path} HTTP/1.1\r\nHost: x\r\n{cookie}\r\n").into_bytes();
        for header in headers {
            request.extend_from_slice(header);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"Connection: close\r\n\r\n");
        let server = &server;
        async move { raw(server, &request).await.status }
    };
    for headers in [
        vec![token.as_bytes(), token.as_bytes()],
        vec![token.as_bytes(), b"Authorization: Bearer x"],
        vec![b"Authorization: Bearer \xff"],
        vec![token.as_bytes(), b"authorization: \xff"],
        vec![b"If-Match: \"\xff\""],
        vec![b"If-Match: \"other\"", b"If-Match: \xff"],
        vec![b"Idempotency-Key: \xff"],
        vec![b"Idempotency-Key: a", b"Idempotency-Key: b"],
        vec![b"Origin: http://x", b"Origin: http://evil.example"],
        vec![b"Content-Type: a/b", b"Content-Type: c/d"],
    ] {
        assert_eq!(delete(headers.clone()).await, 400, "{headers:?}");
    }
    assert_eq!(
        delete(vec!["Authorization: Bearer \u{e9}".as_bytes()]).await,
        401
    );
    assert_eq!(ada.titles("").await, ["Once"]);
    assert_eq!(delete(vec![token.as_bytes()]).await, 204);
}

#[tokio::test]
async fn odd_requests_break_nothing() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for request in [
        "GET /api/v1/tasks HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET //api//v1//tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /api/v1/tasks?q=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "BREW /api/v1/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: <script>\r\nConnection: close\r\n\r\n",
    ] {
        let answer = raw(&server, request.as_bytes()).await;
        // An unknown method may get a 501. No other request here causes a server fault.
        let broken = matches!(answer.status, 500 | 502 | 503);
        assert!(!broken, "{request:?}: {}", answer.head);
    }
    let mut cookies = String::from("a=b");
    for index in 0..200 {
        cookies.push_str(&format!("; c{index}=%%%"));
    }
    let request = ada.get("/api/v1/me").header("cookie", cookies);
    let me: Value = request.gives(200).await;
    assert_eq!(me["id"], ada.id);
}

#[tokio::test]
async fn a_body_has_at_most_one_mebibyte() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let padded = |length: usize| {
        let json = r#"{"title": "Padded"}"#;
        format!("{}{json}", " ".repeat(length - json.len()))
    };
    let limit = 1 << 20;
    let post = |body: String| {
        ada.request(Method::POST, TASKS)
            .header("content-type", "application/json")
            .body(body)
    };
    post(padded(limit)).gives(201).await;
    post(padded(limit + 1)).fails(413).await;

    let token = &ada.tokens.access;
    let head = format!(
        "POST {TASKS} HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nConnection: close\r\n"
    );
    let text = padded(limit + 1);
    let length = text.len();
    let chunked =
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{text}\r\n0\r\n\r\n");
    let answer = raw(&server, chunked.as_bytes()).await;
    assert_eq!(answer.status, 413, "{}", answer.head);
    let promised = format!("{head}Content-Length: 99999999999\r\n\r\n");
    let answer = raw(&server, promised.as_bytes()).await;
    assert_eq!(answer.status, 413, "{}", answer.head);
    assert_eq!(ada.titles("").await, ["Padded"]);
}
