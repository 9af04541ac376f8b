//! The forms of quick add, without JavaScript and in place.

use serde_json::json;

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User, header};

async fn add(user: &User, noun: &str, new: serde_json::Value) -> String {
    let item = user.post(&format!("/api/v1/{noun}"), &new).gives(201).await;
    item["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn the_line_above_the_list_is_understood() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = ada.page("/tasks").await;
    assert_eq!(page.element("new-title").get("name"), "text");
    let line = "Buy <b>milk</b> 2030-04-01 9am p1 @shop";
    let page = ada.submit("/tasks/quick", &[("text", line)]).await;
    assert_eq!(page.flash(), "Task added");
    assert_eq!(page.titles(), ["Buy <b>milk</b>"]);
    let user = ada.by_api(&server).await;
    let task = &user.list("").await["items"][0];
    assert_eq!(
        task["due"],
        json!({ "date": "2030-04-01", "time": "09:00" })
    );
    assert_eq!(task["labels"], json!(["shop"]));
    // Other clients send titles, which are literal.
    ada.submit("/tasks", &[("title", "Buy tea p1 @shop")]).await;
    let task = &user.list("").await["items"][0];
    assert_eq!(task["title"], "Buy tea p1 @shop");

    let lines = "Trip\r\n  Pack p2\r\n\r\nCall home";
    let answer = ada
        .in_place("/tasks/quick", &[("text", lines)])
        .is(200)
        .await;
    let page = Page::of(answer).await;
    page.is_fragment().has("Added 3 tasks");
    assert_eq!(page.titles(), ["Call home", "Pack", "Trip"], "newest first");
    assert_eq!(page.element("new-title").get("value"), "");
    assert_eq!(page.element("task-list").get("hx-swap-oob"), "afterbegin");
    assert!(
        page.element("new-title-form")
            .0
            .contains("hx-post=\"/tasks/quick\"")
    );
}

#[tokio::test]
async fn tasks_are_added_to_the_place_of_the_page() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let work = add(&user, "projects", json!({ "name": "Work" })).await;
    let section = json!({ "project_id": work, "name": "Next" });
    let section = add(&user, "sections", section).await;
    let path = format!("/projects/{work}");
    let page = ada.page(&path).await;
    let id = format!("new-{section}-form");
    page.element(&id);
    let form = [
        ("text", "Plan p1"),
        ("section_id", &section),
        ("next", &path),
    ];
    let answer = ada.post("/tasks/quick", &form).is(303).await;
    assert_eq!(header(&answer, "location"), path);
    assert_eq!(ada.page(&path).await.titles(), ["Plan"]);
    let task = user.list("").await["items"][0].clone();
    assert_eq!(task["section_id"], json!(section));

    let parent = task["id"].as_str().expect("an id");
    let query = format!("/tasks/new?parent={parent}&label=desk&text=Write%20p2");
    let page = ada.page(&query).await;
    page.is_whole().has("Subtasks of").has("desk");
    assert_eq!(page.text_area("text"), "Write p2");
    assert_eq!(page.tag("name=\"parent_id\"").get("value"), parent);
    let form = [
        ("text", "Write p2"),
        ("parent_id", parent),
        ("label", "desk"),
    ];
    ada.submit("/tasks/quick", &form).await;
    let task = user.list("").await["items"][0].clone();
    assert_eq!(task["parent_id"], parent);
    assert_eq!(task["labels"], json!(["desk"]));
    ada.page(&format!("/tasks/new?project={work}&section={section}"))
        .await
        .has("Work")
        .has("Next");
    let nobodys = uuid::Uuid::now_v7();
    ada.get(&format!("/tasks/new?project={nobodys}"))
        .is(404)
        .await;
}

#[tokio::test]
async fn a_rejected_text_comes_back_with_an_offer() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let text = "Paint \"p1\" #Flat /Walls\n  Wait tomorrow";
    let sent = text.replace('\n', "\r\n");
    let form = [("text", sent.as_str()), ("next", "/tasks?status=all")];
    let page = ada.rejected(422, "/tasks/quick", &form).await;
    page.is_whole();
    assert_eq!(page.text_area("text"), text);
    assert_eq!(
        page.error_of("text"),
        "Line 1: There is no project named Flat."
    );
    assert_eq!(page.tag("name=\"next\"").get("value"), "/tasks?status=all");
    let offer = page.between("name=\"create_missing\"", "</button>");
    assert!(
        offer.contains("project “Flat”, section “Walls” in “Flat”"),
        "{offer}"
    );
    let answer = ada.in_place("/tasks/quick", &form[..1]).is(422).await;
    let fragment = Page::of(answer).await;
    fragment.is_fragment().has("name=\"create_missing\"");
    assert_eq!(ada.page("/tasks").await.titles(), [""; 0]);

    let accepted = [form[0], form[1], ("create_missing", "true")];
    let page = ada.submit("/tasks/quick", &accepted).await;
    assert_eq!(page.flash(), "Added 2 tasks");
    assert_eq!(page.titles(), ["Wait", "Paint \"p1\""]);
    for text in ["", "  ", &"x".repeat(501)] {
        let page = ada.rejected(422, "/tasks/quick", &[("text", text)]).await;
        page.error_of("text");
        page.has_not("create_missing");
    }
    let page = ada.rejected(422, "/tasks/quick", &[]).await;
    assert_eq!(page.error_of("text"), "Write what is to be done.");
}

#[tokio::test]
async fn a_part_of_a_line_becomes_text_again() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let text = "Read <i> 2030-04-01 p1\n  Write @desk +Bob #New";
    let preview = "/tasks/quick/preview";
    let page = ada.post(preview, &[("text", text)]).is(200).await;
    let page = Page::of(page).await;
    page.is_whole().has("Due: <span").has("Label: <span");
    page.has_not("Person")
        .has("New: project “New”")
        .has_not("<i>");
    assert_eq!(page.text_area("text"), text);
    let keep = page.tag("data-kind=\"due\"").get("value");
    assert_eq!(keep, "0:9:19");
    let form = [("text", text), ("keep", &keep)];
    let page = Page::of(ada.post(preview, &form).is(200).await).await;
    let expected = "Read <i> \\2030-04-01 p1\n  Write @desk +Bob #New";
    assert_eq!(page.text_area("text"), expected);
    page.has_not("data-kind=\"due\"")
        .has("data-kind=\"priority\"");

    let fragment = Page::of(ada.in_place(preview, &form).is(200).await).await;
    fragment.is_fragment();
    let marks = fragment.between("<div class=\"quick-marks\">", "</div>");
    assert!(
        marks.starts_with("Read &lt;i&gt; \\2030-04-01 <mark"),
        "{marks}"
    );
    assert!(marks.contains("data-kind=\"priority\""), "{marks}");
    for (name, value) in [("text", ""), ("text", "\0"), ("keep", "x")] {
        ada.in_place(preview, &[(name, value)]).is(200).await;
    }
    assert_eq!(ada.page("/tasks").await.titles(), [""; 0]);
    // A reload of the answer leads to the page.
    let answer = ada.get(preview).is(303).await;
    assert_eq!(header(&answer, "location"), "/tasks/new");
}

#[tokio::test]
async fn a_text_survives_the_end_of_its_session() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    user.delete("/api/v1/sessions").is(204).await;
    let text = "Plan\n  Write p1";
    let page = ada.rejected(401, "/tasks/quick", &[("text", text)]).await;
    let kept = page.tag("name=\"kept\"").get("value");
    let next = page.tag("name=\"next\"").get("value");
    let form = [
        ("email", ada.email.as_str()),
        ("password", &ada.password),
        ("next", &next),
        ("kept", &kept),
    ];
    let page = Page::of(ada.post("/login", &form).is(200).await).await;
    page.is_whole().has("action=\"/tasks/quick\"");
    assert_eq!(page.text_area("text"), text);
}
