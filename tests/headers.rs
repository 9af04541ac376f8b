//! Security headers.

use std::collections::BTreeSet;

use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{Ask, Server, User, email, header, password, raw};

const POLICY: [&str; 12] = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "manifest-src 'self'",
    "worker-src 'self'",
];

fn policy(answer: &Response) -> BTreeSet<String> {
    header(answer, "content-security-policy")
        .split(';')
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

fn assert_hardened(answer: &Response) {
    let url = answer.url();
    assert_eq!(header(answer, "x-content-type-options"), "nosniff", "{url}");
    let referrer = header(answer, "referrer-policy");
    assert!(
        matches!(
            referrer.as_str(),
            "no-referrer" | "same-origin" | "strict-origin" | "strict-origin-when-cross-origin"
        ),
        "{url}: Referrer-Policy: {referrer}"
    );
    for wanted in [
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy(answer).contains(wanted), "{url}: {wanted}");
    }
    assert_eq!(header(answer, "access-control-allow-origin"), "", "{url}");
}

/// Returns the path of the first link or script whose name ends in `suffix`.
fn asset(page: &str, suffix: &str) -> String {
    page.split('"')
        .find(|text| text.starts_with('/') && text.ends_with(suffix))
        .unwrap_or_else(|| panic!("no {suffix} in {page}"))
        .to_owned()
}

/// Returns the attributes of the cookie `name` in a response, in lower case, sorted.
fn cookie(answer: &Response, name: &str) -> (String, BTreeSet<String>) {
    let all: Vec<_> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().expect("text").to_owned())
        .collect();
    let own = all
        .iter()
        .find_map(|text| text.strip_prefix(&format!("{name}=")))
        .unwrap_or_else(|| panic!("no {name} in {all:?}"));
    let mut parts = own.split(';').map(|part| part.trim().to_owned());
    let value = parts.next().unwrap_or_default();
    (value, parts.map(|part| part.to_lowercase()).collect())
}

async fn sign_in(server: &Server) -> Response {
    let user = User::register(server).await;
    let form = [("email", user.email.as_str()), ("password", &user.password)];
    let answer = server.post("/login").form(&form).is(303).await;
    assert_eq!(header(&answer, "location"), "/today");
    answer
}

#[tokio::test]
async fn every_page_has_the_whole_policy() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let expected: BTreeSet<_> = POLICY.iter().map(|part| part.to_string()).collect();
    for path in [
        "/",
        "/login",
        "/register",
        "/api/docs",
        "/nowhere",
        "/tasks",
        "/today",
        "/search?q=bold",
        "/settings/security",
        "/settings/tokens",
    ] {
        for answer in [
            server.get(path).answer().await,
            user.by_cookie(Method::GET, path).answer().await,
        ] {
            assert_hardened(&answer);
            assert_eq!(policy(&answer), expected, "{path}");
        }
    }
    let rejected = server
        .post("/login")
        .form(&[("email", "x"), ("password", "y")]);
    let answer = rejected.answer().await;
    assert_hardened(&answer);
    assert_eq!(policy(&answer), expected);
}

#[tokio::test]
async fn pages_hold_no_inline_script_or_style() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    user.add_task("<b>bold</b>").await;
    for path in [
        "/",
        "/login",
        "/register",
        "/api/docs",
        "/nowhere",
        "/tasks",
        "/today",
        "/search?q=bold",
        "/settings/security",
        "/settings/tokens",
    ] {
        let answer = user.by_cookie(Method::GET, path).answer().await;
        let page = answer.text().await.expect("a page");
        for script in page.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            // Texts of scripts are data, which no browser runs.
            let is_data = tag.contains("type=\"application/json\"");
            assert!(tag.contains("src=\"/") || is_data, "{path}: <script{tag}>");
        }
        for inline in [
            "<style",
            " style=\"",
            " onclick=",
            " onload=",
            "javascript:",
            "<b>bold",
        ] {
            assert!(!page.contains(inline), "{path} holds {inline}");
        }
    }
}

#[tokio::test]
async fn the_api_is_hardened_too() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let wrong = json!({ "title": "" });
    for request in [
        user.get("/api/v1/me"),
        user.get("/api/v1/tasks"),
        server.get("/api/v1/me"),
        server.get("/api/v1/nowhere"),
        user.post("/api/v1/tasks", &wrong),
        user.delete("/api/v1/tasks"),
        server.get("/api/openapi.json"),
    ] {
        let answer = request.answer().await;
        assert_hardened(&answer);
        // Opened as a page, the response has no origin and no permissions.
        for wanted in ["default-src 'none'", "sandbox"] {
            assert!(policy(&answer).contains(wanted), "{}", answer.url());
        }
    }
}

#[tokio::test]
async fn every_answer_names_its_type_and_every_text_its_charset() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let answer = user.by_cookie(Method::GET, "/tasks").is(200).await;
    let page = answer.text().await.expect("a page");
    let (style, script) = (asset(&page, ".css"), asset(&page, ".js"));
    for (path, wanted) in [
        ("/settings/profile", "text/html; charset=utf-8"),
        ("/tasks", "text/html; charset=utf-8"),
        ("/nowhere", "text/html; charset=utf-8"),
        (&style, "text/css; charset=utf-8"),
        (&script, "text/javascript; charset=utf-8"),
        ("/api/openapi.json", "application/json"),
        ("/api/v1/tasks", "application/json"),
        ("/api/v1/nowhere", "application/problem+json"),
        ("/.well-known/jwks.json", "application/jwk-set+json"),
    ] {
        let answer = user.by_cookie(Method::GET, path).answer().await;
        let found = header(&answer, "content-type").to_lowercase();
        assert_eq!(found, wanted, "{path}");
    }
    for path in ["/health/live", "/health/ready"] {
        let answer = server.get(path).is(200).await;
        let kind = header(&answer, "content-type").to_lowercase();
        let named = kind == "application/json" || kind == "text/plain; charset=utf-8";
        assert!(named, "{path}: {kind}");
    }
}

#[tokio::test]
async fn signing_out_clears_what_the_browser_has_kept() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for path in ["/tasks", "/settings/profile"] {
        let answer = ada.by_cookie(Method::GET, path).is(200).await;
        assert_eq!(header(&answer, "clear-site-data"), "", "{path}");
    }
    let phone = ada.again(&server).await;
    let answer = phone.by_cookie(Method::POST, "/logout").is(303).await;
    assert_eq!(header(&answer, "clear-site-data"), "\"cache\", \"storage\"");
    let deletion = [("password", ada.password.as_str())];
    let delete = ada.by_cookie(Method::POST, "/settings/delete");
    let answer = delete.form(&deletion).is(303).await;
    assert_eq!(header(&answer, "clear-site-data"), "\"cache\", \"storage\"");
}

#[tokio::test]
async fn responses_with_user_data_are_not_cached() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let task = user.add_task("Private").await;
    let id = task["id"].as_str().expect("an id");
    for path in [
        "/",
        "/tasks",
        &format!("/tasks/{id}"),
        "/settings/security",
        "/settings/tokens",
    ] {
        let answer = user.by_cookie(Method::GET, path).answer().await;
        let value = header(&answer, "cache-control");
        assert!(value.contains("no-store"), "{path}: {value}");
    }
    let task_path = format!("/api/v1/tasks/{id}");
    for path in [
        "/api/v1/me",
        "/api/v1/sessions",
        "/api/v1/tasks",
        &task_path,
    ] {
        let answer = user.get(path).is(200).await;
        let value = header(&answer, "cache-control");
        assert!(value.contains("no-store"), "{path}: {value}");
    }
    let credentials = json!({ "email": user.email, "password": user.password });
    let login = server.post("/api/v1/auth/login").json(&credentials);
    let answer = login.is(200).await;
    assert!(header(&answer, "cache-control").contains("no-store"));
    let answer = server.get("/api/v1/me").is(401).await;
    assert!(!header(&answer, "cache-control").contains("public"));
}

#[tokio::test]
async fn static_files_have_hashed_names_and_never_change() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let answer = user.by_cookie(Method::GET, "/tasks").is(200).await;
    let page = answer.text().await.expect("a page");
    for (suffix, kind) in [(".css", "text/css"), (".js", "text/javascript")] {
        let path = asset(&page, suffix);
        let answer = server.get(&path).is(200).await;
        let value = header(&answer, "cache-control");
        assert!(value.contains("immutable"), "{path}: {value}");
        assert!(value.contains("public"), "{path}: {value}");
        let seconds: u32 = value
            .split(',')
            .find_map(|part| part.trim().strip_prefix("max-age="))
            .and_then(|text| text.parse().ok())
            .expect("max-age");
        assert!(seconds >= 31_536_000, "{seconds}");
        assert!(header(&answer, "content-type").starts_with(kind), "{path}");
        assert_hardened(&answer);
        assert_eq!(header(&answer, "set-cookie"), "");

        // A name with a wrong hash must not be cached for a year.
        let hash = path
            .split(['.', '-', '/', '_'])
            .find(|part| part.len() >= 8 && part.chars().all(|c| c.is_ascii_hexdigit()));
        let hash = hash.unwrap_or_else(|| panic!("no hash in {path}"));
        let wrong = path.replace(hash, &"0".repeat(hash.len()));
        let answer = server.get(&wrong).answer().await;
        let value = header(&answer, "cache-control");
        assert!(!value.contains("immutable"), "{wrong}: {value}");
    }
    server.get("/static/nothing.css").is(404).await;
    server.get("/static/..%2f..%2fCargo.toml").is(404).await;
}

#[tokio::test]
async fn cookies_over_plain_http_are_as_strict_as_they_can_be() {
    let server = Server::start().await;
    let answer = sign_in(&server).await;
    assert_eq!(header(&answer, "strict-transport-security"), "");
    for name in ["docket_access", "docket_refresh"] {
        let (value, attributes) = cookie(&answer, name);
        assert!(value.len() > 20, "{name}");
        for wanted in ["httponly", "samesite=lax", "path=/"] {
            assert!(attributes.contains(wanted), "{name}: {attributes:?}");
        }
        assert!(!attributes.contains("secure"), "{name}: {attributes:?}");
        assert!(
            !attributes.iter().any(|one| one.starts_with("domain")),
            "{attributes:?}"
        );
    }
}

#[tokio::test]
async fn cookies_over_https_are_bound_to_the_host() {
    let server = Server::with(&[("DOCKET_PUBLIC_URL", "https://docket.example.org")]).await;
    let answer = sign_in(&server).await;
    for name in ["__Host-docket_access", "__Host-docket_refresh"] {
        let (_, attributes) = cookie(&answer, name);
        for wanted in ["httponly", "samesite=lax", "path=/", "secure"] {
            assert!(attributes.contains(wanted), "{name}: {attributes:?}");
        }
        assert!(
            !attributes.iter().any(|one| one.starts_with("domain")),
            "{attributes:?}"
        );
    }
    let (token, _) = cookie(&answer, "__Host-docket_access");
    let page = |name: &str| {
        let cookie = format!("{name}={token}");
        server.get("/settings/profile").header("cookie", cookie)
    };
    page("__Host-docket_access").is(200).await;
    // Browsers let every page of the domain set a cookie with the escaped name.
    for name in ["docket_access", "%5F%5FHost-docket_access"] {
        let answer = page(name).is(303).await;
        let location = header(&answer, "location").replace("%2F", "/");
        assert_eq!(location, "/login?next=/settings/profile");
    }
}

#[tokio::test]
async fn a_cookie_of_another_host_is_ignored() {
    let server = Server::with(&[("DOCKET_PUBLIC_URL", "https://docket.example.org")]).await;
    let (token, _) = cookie(&sign_in(&server).await, "__Host-docket_access");
    let status = |pair: String| {
        let server = &server;
        async move {
            let request = format!(
                "GET /api/v1/me HTTP/1.1\r\nHost: x\r\nCookie: {pair}\r\nConnection: close\r\n\r\n"
            );
            raw(server, request.as_bytes()).await.status
        }
    };
    let own = format!("__Host-docket_access={token}");
    assert_eq!(status(own.clone()).await, 200);
    assert_eq!(status(format!("a=b;\t{own} ")).await, 200);
    // A browser takes each of these for a part of the name, which then has no prefix.
    for blank in [
        "\u{85}", "\u{a0}", "\u{1680}", "\u{2000}", "\u{2001}", "\u{2002}", "\u{2003}", "\u{2004}",
        "\u{2005}", "\u{2006}", "\u{2007}", "\u{2008}", "\u{2009}", "\u{200a}", "\u{2028}",
        "\u{2029}", "\u{202f}", "\u{205f}", "\u{3000}", "\u{feff}", "\"",
    ] {
        for pair in [
            format!("{blank}{own}"),
            format!("a=b; {blank}{own}"),
            format!("__Host-docket_access{blank}={token}"),
        ] {
            assert_eq!(status(pair).await, 401, "{blank:?}");
        }
    }
}

#[tokio::test]
async fn hsts_is_sent_with_an_https_address_only() {
    let https = Server::with(&[("DOCKET_PUBLIC_URL", "https://docket.example.org")]).await;
    for path in ["/", "/api/v1/me", "/nowhere"] {
        let answer = https.get(path).answer().await;
        let value = header(&answer, "strict-transport-security");
        assert_eq!(value, "max-age=31536000; includeSubDomains", "{path}");
    }
    let http = Server::with(&[("DOCKET_PUBLIC_URL", "http://docket.example.org")]).await;
    let answer = http.get("/").is(200).await;
    assert_eq!(header(&answer, "strict-transport-security"), "");
}

#[tokio::test]
async fn the_public_url_is_an_origin() {
    let server = Server::with(&[("DOCKET_PUBLIC_URL", "https://docket.example.org")]).await;
    let register = |origin: &str| {
        let (address, secret) = (email(), password());
        let form = [
            ("email", address),
            ("display_name", "Ada".into()),
            ("password", secret),
        ];
        server
            .post("/register")
            .header("origin", origin)
            .form(&form)
    };
    register("https://docket.example.org").is(303).await;
    for other in [
        "https://evil.example",
        "https://docket.example.org.evil.example",
        "null",
    ] {
        register(other).is(403).await;
    }
}
