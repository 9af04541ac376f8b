//! The form that changes several tasks at once.

use serde_json::{Value, json};

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User};

/// Adds an item over the API. Returns its id.
async fn add(user: &User, noun: &str, item: Value) -> String {
    let added = user
        .post(&format!("/api/v1/{noun}"), &item)
        .gives(201)
        .await;
    added["id"].as_str().expect("an id").to_owned()
}

async fn task(user: &User, id: &str) -> Value {
    user.get(&format!("/api/v1/tasks/{id}")).gives(200).await
}

/// Returns the fields of a form for these tasks.
fn form<'f>(ids: &'f [&String], fields: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let ids = ids.iter().map(|id| ("id", id.as_str()));
    let next = [("next", "/inbox")];
    ids.chain(next).chain(fields.iter().copied()).collect()
}

async fn change(ada: &Visitor, ids: &[&String], fields: &[(&str, &str)]) -> Page {
    ada.submit("/tasks/bulk", &form(ids, fields)).await
}

#[tokio::test]
async fn several_tasks_change_as_one() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let project = add(&user, "projects", json!({ "name": "Garden" })).await;
    let section = json!({ "name": "Now", "project_id": project });
    let section = add(&user, "sections", section).await;
    let due = json!({ "date": "2026-04-01", "time": "09:00" });
    let dig = json!({ "title": "Dig", "labels": ["Home"], "due": due });
    let dig = add(&user, "tasks", dig).await;
    let sow = add(&user, "tasks", json!({ "title": "Sow" })).await;
    let seeds = json!({ "title": "Seeds", "parent_id": sow });
    let seeds = add(&user, "tasks", seeds).await;
    let all = [&seeds, &dig, &sow, &dig];

    let place = format!("{project}/{section}");
    let fields = [
        ("due", "2027-01-02"),
        ("labels", "home, @errand"),
        ("priority", "2"),
        ("place", &place),
    ];
    let page = change(&ada, &all, &fields).await;
    assert_eq!(page.flash(), "Changed 3 tasks");
    let undo = page.tag("class=\"notice-undo\"").get("action");
    for (id, labels, time) in [
        (&dig, json!(["Home", "errand"]), json!("09:00")),
        (&seeds, json!(["Home", "errand"]), Value::Null),
    ] {
        let task = task(&user, id).await;
        assert_eq!(task["labels"], labels, "{task}");
        assert_eq!(
            (&task["priority"], &task["section_id"]),
            (&json!(2), &json!(section))
        );
        assert_eq!(task["due"]["date"], "2027-01-02");
        assert_eq!(task["due"]["time"], time);
    }
    // A subtask follows its task.
    assert_eq!(task(&user, &seeds).await["parent_id"], json!(sow));
    let page = ada.submit(&undo, &[("next", "/inbox")]).await;
    assert_eq!(page.flash(), "Undone");
    let back = task(&user, &dig).await;
    assert_eq!(back["labels"], json!(["Home"]));
    assert_eq!(
        (&back["priority"], &back["due"]["date"]),
        (&json!(4), &json!("2026-04-01"))
    );
    assert_eq!(back["project_id"], json!(user.id));

    for (fields, message) in [
        ([("action", "complete")], "Done: 2 tasks"),
        ([("action", "reopen")], "Open again: 2 tasks"),
        ([("action", "undue")], "No due date: 2 tasks"),
        ([("priority", "1")], "Priority 1: 2 tasks"),
        ([("place", &project)], "Moved 2 tasks"),
        ([("day", "today")], "Due "),
    ] {
        let page = change(&ada, &[&dig, &sow], &fields).await;
        assert!(page.flash().starts_with(message), "{}", page.flash());
    }
    let fields = [("action", "unlabel"), ("labels", "HOME")];
    change(&ada, &[&dig], &fields).await;
    let moved = task(&user, &dig).await;
    assert_eq!(
        (&moved["labels"], &moved["completed"]),
        (&json!([]), &json!(false))
    );
    assert_eq!(moved["project_id"], json!(project));

    let page = change(&ada, &all, &[("action", "delete")]).await;
    assert_eq!(page.flash(), "Deleted 3 tasks");
    let undo = page.tag("class=\"notice-undo\"").get("action");
    user.get(&format!("/api/v1/tasks/{seeds}")).fails(404).await;
    ada.submit(&undo, &[("next", "/inbox")]).await;
    assert_eq!(task(&user, &seeds).await["parent_id"], json!(sow));
}

#[tokio::test]
async fn a_change_that_cannot_be_made_changes_nothing() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let eve = Visitor::registered(&server).await;
    let own = add(&user, "tasks", json!({ "title": "Mine" })).await;
    let other = add(&user, "tasks", json!({ "title": "Also <mine>" })).await;
    let ids = [&own, &other];

    // A form to choose with, and the same one with its errors.
    let fields = form(&ids, &[("action", "choose"), ("due", "fri")]);
    let answer = ada.post("/tasks/bulk", &fields).is(200).await;
    let page = Page::of(answer).await;
    page.is_whole()
        .has("Change 2 tasks")
        .has("Also &lt;mine&gt;");
    assert_eq!(page.element("due").get("value"), "fri");
    let fields = form(&ids, &[("due", "soon"), ("labels", "x"), ("priority", "1")]);
    let page = ada.rejected(422, "/tasks/bulk", &fields).await;
    assert_eq!(page.element("due").get("value"), "soon");
    assert_eq!(page.element("labels").get("value"), "x");
    assert_eq!(page.chosen("priority"), "1");
    page.error_of("due");
    let long = "x".repeat(61);
    for (field, value) in [
        ("priority", "9"),
        ("place", "0192f0c1-2345-7000-8000-000000000000"),
        ("place", "nowhere"),
        ("labels", &long),
    ] {
        let fields = form(&ids, &[(field, value), ("day", "today")]);
        let page = ada.rejected(422, "/tasks/bulk", &fields).await;
        page.error_of(field);
    }
    ada.get("/tasks/bulk").is(303).await;

    let flash = |page: Page| page.flash();
    let none = ada.submit("/tasks/bulk", &[("action", "delete")]).await;
    assert_eq!(flash(none), "Select at least one task.");
    let many: Vec<String> = (0..501)
        .map(|number| format!("0192f0c1-2345-7000-8000-{number:012}"))
        .collect();
    let many: Vec<&String> = many.iter().collect();
    let page = change(&ada, &many, &[("action", "delete")]).await;
    assert_eq!(flash(page), "Select at most 500 tasks at once.");
    let gone = add(&user, "tasks", json!({ "title": "Gone" })).await;
    user.delete(&format!("/api/v1/tasks/{gone}")).is(204).await;
    let page = change(&ada, &[&own, &gone], &[("action", "complete")]).await;
    assert!(flash(page).starts_with("One of these tasks is not there"));
    let fields = form(&ids, &[("action", "delete")]);
    eve.post("/tasks/bulk", &fields).is(404).await;
    for id in ids {
        let task = task(&user, id).await;
        assert_eq!(
            (&task["completed"], &task["priority"]),
            (&json!(false), &json!(4))
        );
        assert_eq!((&task["due"], &task["labels"]), (&Value::Null, &json!([])));
    }
}

#[tokio::test]
async fn shortcuts_have_a_page() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.page("/inbox").await.has("href=\"/shortcuts\"");
    ada.page("/shortcuts")
        .await
        .is_whole()
        .has("<kbd>g i</kbd>");
}

#[tokio::test]
async fn the_palette_has_what_a_user_can_open() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let project = add(&user, "projects", json!({ "name": "Garden" })).await;
    add(&user, "tasks", json!({ "title": "Dig up <roots>" })).await;
    let entries = ada.get("/palette").is(200).await;
    let tag = crate::support::header(&entries, "etag");
    let entries: Value = entries.json().await.expect("JSON");
    let path = format!("/projects/{project}");
    let entries = entries.as_array().expect("entries");
    let found = entries.iter().find(|entry| entry["name"] == "Garden");
    assert_eq!(found.expect("the project")["path"], path);
    ada.get("/palette")
        .header("if-none-match", &tag)
        .is(304)
        .await;
    let tasks: Value = ada.get("/palette/tasks?q=roots").gives(200).await;
    assert_eq!(tasks[0]["name"], "Dig up <roots>");
    add(&user, "labels", json!({ "name": "errand" })).await;
    ada.get("/palette")
        .header("if-none-match", &tag)
        .is(200)
        .await;
    let eve = Visitor::registered(&server).await;
    let tasks: Value = eve.get("/palette/tasks?q=roots").gives(200).await;
    assert_eq!(tasks, json!([]));
    Visitor::stranger(&server).get("/palette").is(303).await;
}
