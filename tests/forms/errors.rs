//! Error pages, and forms sent from another site.

use reqwest::{Method, RequestBuilder};

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, header, raw};

/// Panics unless the response is a whole page with this status and a link back. Returns the link.
async fn error_page(request: RequestBuilder, status: u16) -> String {
    let page = Page::of(request.is(status).await).await;
    page.is_whole().has(&status.to_string());
    page.has_not("panicked").has_not("src/");
    let content = page.between("<main", "</main>").to_owned();
    Page(content).tag("href=\"/").get("href")
}

#[tokio::test]
async fn a_missing_page_links_back() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let stranger = Visitor::stranger(&server);
    for path in [
        "/nowhere",
        "/tasks/a/b/c",
        "/settings/colours",
        "/%F0%9F%8D%85",
    ] {
        assert_eq!(error_page(ada.get(path), 404).await, "/today");
        assert_eq!(error_page(stranger.get(path), 404).await, "/");
    }
}

#[tokio::test]
async fn an_error_page_has_a_heading_for_people() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = Page::of(ada.get("/nowhere").is(404).await).await;
    page.has("<h1>We can&#39;t find that page</h1>");
    page.has(">Go to your tasks</a>").has_not("Not Found");
    let stranger = Visitor::stranger(&server);
    let page = Page::of(stranger.get("/nowhere").is(404).await).await;
    page.has(">Go to the home page</a>");
    let put = ada
        .request(Method::PUT, "/tasks")
        .header("sec-fetch-site", "same-origin");
    let page = Page::of(put.is(405).await).await;
    page.has("<h1>That doesn&#39;t work here</h1>");
    page.has_not("Method Not Allowed").has_not("HEAD");
    let page = Page::of(ada.get("/tasks?colour=red").is(422).await).await;
    page.has("<h1>Docket can&#39;t understand that</h1>");
}

#[tokio::test]
async fn an_unsupported_method_is_named() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    for (method, path) in [
        (Method::PUT, "/tasks"),
        (Method::DELETE, "/settings"),
        (Method::POST, "/settings"),
    ] {
        let same = || {
            ada.request(method.clone(), path)
                .header("sec-fetch-site", "same-origin")
        };
        let answer = same().is(405).await;
        let allowed = header(&answer, "allow");
        assert!(!allowed.is_empty(), "{method} {path}");
        let named = allowed.split(", ").any(|one| one == method.as_str());
        assert!(!named, "{method} {path}: {allowed}");
        error_page(same(), 405).await;
    }
    assert!(ada.is_signed_in().await);
}

#[tokio::test]
async fn a_field_of_a_form_is_no_method() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let task = user.add_task("Stay").await;
    let id = task["id"].as_str().expect("an id");
    let none = "0192f0c1-2345-7000-8000-000000000000";
    // The forms are empty, so the responses differ, but each is that of its own route.
    let mut paths: Vec<String> = [
        "/tasks",
        "/login",
        "/register",
        "/settings/profile",
        "/settings/password",
        "/settings/delete",
        "/settings/tokens",
        "/settings/sessions/end-others",
        "/api/v1/tasks",
        "/api/v1/auth/login",
        "/api/v1/auth/register",
        "/api/v1/auth/refresh",
        "/api/v1/me",
        "/settings",
    ]
    .map(str::to_owned)
    .into();
    paths.extend([
        format!("/tasks/{id}"),
        format!("/tasks/{id}/toggle"),
        format!("/tasks/{none}/delete"),
        format!("/settings/sessions/{none}/end"),
        format!("/settings/tokens/{none}/revoke"),
        format!("/api/v1/tasks/{id}"),
    ]);
    for path in &paths {
        let plain = ada.post(path, &[("other", "delete")]).answer().await;
        for method in ["get", "put", "delete", "DELETE", "patch", "head", "options"] {
            let answer = ada.post(path, &[("_method", method)]).answer().await;
            assert_eq!(answer.status(), plain.status(), "{path}: {method}");
            assert_eq!(header(&answer, "allow"), header(&plain, "allow"), "{path}");
        }
    }
    // One of the forms has ended the other session.
    let user = ada.by_api(&server).await;
    ada.submit("/tasks", &[("_method", "delete"), ("title", "Come")])
        .await;
    assert_eq!(user.titles("sort=title").await, ["Come", "Stay"]);
    let multipart = user
        .request(Method::POST, &format!("/api/v1/tasks/{id}"))
        .header("content-type", "multipart/form-data; boundary=x")
        .body("_method=delete");
    multipart.is(405).await;
    assert_eq!(user.titles("sort=title").await, ["Come", "Stay"]);
}

#[tokio::test]
async fn the_address_of_a_form_leads_to_its_page() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let id = uuid::Uuid::now_v7();
    for (path, page) in [
        ("/settings", "/settings/profile"),
        ("/settings/password", "/settings/security"),
        ("/settings/sessions/end-others", "/settings/security"),
        (
            &format!("/settings/sessions/{id}/end"),
            "/settings/security",
        ),
        (&format!("/settings/tokens/{id}/revoke"), "/settings/tokens"),
        (&format!("/tasks/{id}/completion"), "/tasks"),
        (&format!("/tasks/{id}/delete"), "/tasks"),
        ("/logout", "/"),
    ] {
        let answer = ada.get(path).is(303).await;
        assert_eq!(header(&answer, "location"), page, "{path}");
        ada.request(Method::HEAD, path).is(303).await;
    }
    assert!(ada.is_signed_in().await);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let post = |kind: &str, body: Vec<u8>| {
        ada.request(Method::POST, "/tasks")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", kind)
            .body(body)
    };
    let form = "application/x-www-form-urlencoded";
    error_page(post(form, b"title=%FF%FE".to_vec()), 400).await;
    error_page(post(form, vec![b't', b'=', 0xff]), 400).await;
    let json = br#"{"title": "By JSON"}"#.to_vec();
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=b",
        "",
    ] {
        error_page(post(kind, json.clone()), 415).await;
    }
    let limit = 1 << 20;
    let large = [b"title=", vec![b'x'; limit].as_slice()].concat();
    error_page(post(form, large), 413).await;
    // Rocket waits for the first bytes of a body, because a form may name another method there.
    let start = "email=ada%40example.org&password=";
    let promised = format!(
        "POST /login HTTP/1.1\r\nHost: docket\r\nContent-Type: {form}\r\n\
         Connection: close\r\nContent-Length: 99999999999\r\n\r\n{start}"
    );
    let answer = raw(&server, promised.as_bytes()).await;
    assert_eq!(answer.status, 413, "{}", answer.head);
    assert_eq!(ada.page("/tasks?status=all").await.titles(), [""; 0]);

    // A parameter of the media type makes no difference.
    let charset = format!("{form}; charset=UTF-8");
    post(&charset, b"title=Caf%C3%A9".to_vec()).is(303).await;
    assert_eq!(ada.page("/tasks").await.titles(), ["Café"]);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let api = ada.by_api(&server).await;
    let task = api.add_task("Mine").await;
    let id = task["id"].as_str().expect("an id");
    let other = ada.elsewhere(&server).await;
    let sessions = api.get("/api/v1/sessions").gives(200).await;
    let secret = ada.password.as_str();
    let forms: [(String, Vec<(&str, &str)>); 9] = [
        ("/tasks".into(), vec![("title", "Theirs")]),
        (
            format!("/tasks/{id}"),
            vec![("title", "Theirs"), ("version", "1")],
        ),
        (
            format!("/tasks/{id}/completion"),
            vec![("completed", "true")],
        ),
        (format!("/tasks/{id}/delete"), vec![]),
        ("/settings/profile".into(), vec![("display_name", "Theirs")]),
        (
            "/settings/password".into(),
            vec![
                ("current_password", secret),
                ("new_password", "four unlike words 9"),
            ],
        ),
        ("/settings/sessions/end-others".into(), vec![]),
        ("/settings/delete".into(), vec![("password", secret)]),
        ("/logout".into(), vec![]),
    ];
    for (path, fields) in &forms {
        let cross = ada
            .foreign(path, fields)
            .header("sec-fetch-site", "cross-site");
        error_page(cross, 403).await;
        let origin = ada
            .foreign(path, fields)
            .header("origin", "https://evil.example");
        error_page(origin, 403).await;
    }
    assert!(ada.is_signed_in().await);
    assert!(other.is_signed_in().await);
    assert_eq!(api.task(id).await, task);
    assert_eq!(api.titles("").await, ["Mine"]);
    let name = &api.get("/api/v1/me").gives(200).await["display_name"];
    assert_eq!(name, "Ada Lovelace");
    let after = api.get("/api/v1/sessions").gives(200).await;
    let count = |list: &serde_json::Value| list["items"].as_array().map(Vec::len);
    assert_eq!(count(&after), count(&sessions));
}

#[tokio::test]
async fn another_site_cannot_sign_a_user_in() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let victim = Visitor::stranger(&server);
    for (path, fields) in [
        ("/login", ada.credentials().to_vec()),
        ("/register", victim.registration().to_vec()),
    ] {
        let cross = victim.foreign(path, &fields);
        error_page(cross.header("sec-fetch-site", "cross-site"), 403).await;
        assert!(!victim.is_signed_in().await, "{path}");
    }
    victim.rejected(401, "/login", &victim.credentials()).await;
}

#[tokio::test]
async fn a_form_is_accepted_by_its_origin_headers() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let own = server.base.clone();
    let longer = format!("{own}.evil.example");
    let post = |headers: &[(&str, &str)]| {
        let request = ada.foreign("/tasks", &[("title", "Judged")]);
        headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        })
    };
    let passes: [&[(&str, &str)]; 5] = [
        &[],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", &own)],
        &[("sec-fetch-site", "same-origin"), ("origin", &own)],
    ];
    for headers in passes {
        post(headers).is(303).await;
    }
    let refused: [&[(&str, &str)]; 9] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[("origin", "https://evil.example")],
        &[("origin", "http://127.0.0.1:1")],
        &[("origin", &longer)],
        &[("origin", "null")],
        &[("origin", "")],
    ];
    for headers in refused {
        post(headers).is(403).await;
    }
    let added = ada.page("/tasks").await.titles();
    assert_eq!(added.len(), passes.len());
    // Any site may link to this page.
    let link = ada.get("/tasks").header("sec-fetch-site", "cross-site");
    link.is(200).await;
}
