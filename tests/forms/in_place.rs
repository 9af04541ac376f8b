//! Fragments that htmx inserts into the page.

use reqwest::{Method, Response};
use serde_json::json;

use super::visitor::{Page, Visitor, cookies, tokens_of};
use crate::support::{Ask, Server, User, header, jwt};

/// Panics unless the response is a visible message, wherever the page is scrolled to.
async fn error_fragment(answer: Response, status: u16) {
    assert_eq!(answer.status(), status, "{}", answer.url());
    assert_eq!(header(&answer, "hx-retarget"), "#toast");
    assert_eq!(header(&answer, "hx-reswap"), "innerHTML");
    let page = Page::of(answer).await;
    page.is_fragment().has("role=\"alert\"");
}

async fn added(ada: &Visitor, title: &str) -> (Page, String) {
    let answer = ada.in_place("/tasks", &[("title", title)]).is(200).await;
    let page = Page::of(answer).await;
    let id = page
        .0
        .split("id=\"task-")
        .filter_map(|rest| rest.split('"').next())
        .find(|text| uuid::Uuid::try_parse(text).is_ok());
    let path = format!("/tasks/{}", id.expect("an id"));
    (page, path)
}

#[tokio::test]
async fn a_task_is_added_in_place() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let (page, path) = added(&ada, " Buy <b>milk</b> ").await;
    page.is_fragment();
    assert_eq!(page.titles(), ["Buy <b>milk</b>"]);
    // The form comes back empty, and the row is inserted at the top of the list.
    assert_eq!(page.element("new-title").get("value"), "");
    assert!(
        page.element("new-title-form")
            .0
            .contains("hx-post=\"/tasks/quick\"")
    );
    let list = page.element("task-list");
    assert_eq!(list.get("hx-swap-oob"), "afterbegin");
    page.element("announce");
    page.has_not("<b>milk");
    ada.page(&path).await;

    let list = ada.page("/tasks").await;
    assert_eq!(list.titles(), ["Buy <b>milk</b>"]);
    assert_eq!(list.flash(), "", "what was seen in place is not said again");
}

#[tokio::test]
async fn a_rejected_title_comes_back_in_the_form() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let long = "x".repeat(501);
    for title in ["", "  ", &long] {
        let answer = ada.in_place("/tasks", &[("title", title)]).is(422).await;
        assert_eq!(header(&answer, "hx-retarget"), "");
        let page = Page::of(answer).await;
        page.is_fragment();
        page.error_of("new-title");
        assert_eq!(page.element("new-title").get("value"), title);
        assert!(
            page.element("new-title-form")
                .0
                .contains("hx-post=\"/tasks/quick\"")
        );
    }
    assert_eq!(ada.page("/tasks?status=all").await.titles(), [""; 0]);
}

#[tokio::test]
async fn a_task_is_completed_in_place() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let (_, path) = added(&ada, "Call home").await;
    let id = path.trim_start_matches("/tasks/");
    let next = "/tasks?status=all&sort=title";
    for pressed in ["true", "false"] {
        let form = [("completed", pressed), ("next", next)];
        let tick = ada.in_place(&format!("{path}/completion"), &form);
        let page = Page::of(tick.is(200).await).await;
        page.is_fragment();
        page.element(&format!("task-{id}"));
        let button = page.element(&format!("toggle-{id}"));
        assert_eq!(button.get("aria-pressed"), pressed);
        let said = page.between("id=\"announce\"", "</p>");
        assert!(said.contains("Call home"), "{said}");
        assert_eq!(page.tag("name=\"next\"").get("value"), next);
    }
    let form = [("completed", "true"), ("next", "//evil.example")];
    let tick = ada.in_place(&format!("{path}/completion"), &form);
    let page = Page::of(tick.is(200).await).await;
    page.has_not("evil.example");
    assert_eq!(ada.page("/tasks?status=done").await.flash(), "");
}

#[tokio::test]
async fn a_task_is_deleted_in_place() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let (_, path) = added(&ada, "Old news").await;
    let delete = format!("{path}/delete");
    let answer = ada.in_place(&delete, &[]).is(200).await;
    let page = Page::of(answer).await;
    page.is_fragment();
    assert_eq!(page.titles(), [""; 0]);
    let said = page.between("id=\"announce\"", "</p>");
    assert!(said.contains("Old news"), "{said}");
    let list = ada.page("/tasks?status=all").await;
    assert_eq!(list.titles(), [""; 0]);
    assert_eq!(list.flash(), "");
    // Another tab may have deleted it before.
    for gone in [delete, format!("{path}/completion")] {
        gone_fragment(&ada, &gone).await;
    }
}

/// Panics unless the response says that the task is gone and removes its row.
async fn gone_fragment(ada: &Visitor, path: &str) {
    let answer = ada.in_place(path, &[("completed", "true")]).is(404).await;
    assert_eq!(header(&answer, "hx-reswap"), "delete");
    let page = Page::of(answer).await;
    page.is_fragment().has("role=\"alert\"");
    page.has("This task was deleted elsewhere.");
    assert_eq!(page.element("toast").get("hx-swap-oob"), "innerHTML");
}

#[tokio::test]
async fn errors_are_shown_in_place() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let cross = ada
        .foreign("/tasks", &[("title", "Theirs")])
        .header("hx-request", "true")
        .header("sec-fetch-site", "cross-site");
    error_fragment(cross.answer().await, 403).await;
    let json = ada
        .request(Method::POST, "/tasks")
        .header("hx-request", "true")
        .header("sec-fetch-site", "same-origin")
        .json(&json!({ "title": "By JSON" }));
    error_fragment(json.answer().await, 415).await;

    let other = User::register(&server).await;
    let task = other.add_task("Private").await;
    let id = task["id"].as_str().expect("an id");
    for action in ["completion", "delete"] {
        gone_fragment(&ada, &format!("/tasks/{id}/{action}")).await;
    }
    assert_eq!(other.task(id).await, task);
}

#[tokio::test]
async fn a_stranger_gets_a_link_to_the_sign_in_page() {
    let server = Server::start().await;
    let stranger = Visitor::stranger(&server);
    let id = uuid::Uuid::now_v7();
    for path in [
        "/tasks".to_owned(),
        format!("/tasks/{id}/completion"),
        format!("/tasks/{id}/delete"),
    ] {
        let form = [("title", "Nobody's"), ("completed", "true")];
        let here = |url: &str| {
            let change = stranger.in_place(&path, &form);
            change.header("hx-current-url", url).answer()
        };
        let list = format!("{}/tasks?status=all&q=a%20b#main", server.base);
        for (url, next) in [
            (
                list.as_str(),
                "/login?next=%2Ftasks%3Fstatus%3Dall%26q%3Da%2520b",
            ),
            ("https://evil.example//evil.example", "/login?next=%2Ftoday"),
            ("", "/login?next=%2Ftoday"),
        ] {
            let answer = here(url).await;
            assert_eq!(header(&answer, "hx-redirect"), "", "the text would be lost");
            assert_eq!(answer.status(), 401);
            assert_eq!(header(&answer, "hx-retarget"), "#toast");
            let page = Page::of(answer).await;
            page.is_fragment().has("Your session has ended.");
            let link = page.tag("href=\"/login");
            assert_eq!(link.get("href"), next, "{path} {url}");
            assert_eq!(link.get("target"), "_blank", "the page stays as it is");
        }
    }
}

#[tokio::test]
async fn a_change_in_place_renews_an_expired_token() {
    let key = jwt::key(9);
    let server = Server::with(&[("DOCKET_JWT_KEYS", &jwt::entry("k", &key))]).await;
    let ada = User::register(&server).await;
    let tokens = tokens_of(&server, &ada, "Browser/1").await;
    let mut claims = jwt::claims(&tokens.access);
    claims["exp"] = json!(jwt::now() - 600);
    claims["iat"] = json!(jwt::now() - 1_500);
    let expired = jwt::mint(&jwt::plain_header("k"), &claims, &key);
    let cookie = format!("docket_access={expired}; docket_refresh={}", tokens.refresh);
    let answer = server
        .post("/tasks")
        .header("cookie", cookie)
        .header("user-agent", "Browser/1")
        .header("hx-request", "true")
        .header("sec-fetch-site", "same-origin")
        .form(&[("title", "Written slowly")])
        .is(200)
        .await;
    let set = cookies(&answer);
    for name in ["docket_access", "docket_refresh"] {
        let renewed = set
            .iter()
            .any(|(found, value, _)| found == name && !value.is_empty());
        assert!(renewed, "{name}: {set:?}");
    }
    Page::of(answer).await.is_fragment();
    assert_eq!(ada.titles("").await, ["Written slowly"]);
}
