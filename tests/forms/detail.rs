//! The page of a task: each field has a form of its own, which changes that field and no other.

use serde_json::{Value, json};

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User, header};

/// Returns a signed-in visitor, the API, and the path of a task with these members.
async fn with_task(server: &Server, mut members: Value) -> (Visitor, User, String) {
    let ada = Visitor::registered(server).await;
    let api = ada.by_api(server).await;
    members["title"] = json!("Pack");
    let task = api.post("/api/v1/tasks", &members).gives(201).await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    (ada, api, path)
}

async fn read(api: &User, path: &str) -> Value {
    api.get(&format!("/api/v1{path}")).gives(200).await
}

/// Returns the members that differ, except those that every change updates.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let members = before.as_object().expect("a task").iter();
    let members = members.filter(|(name, value)| after[&**name] != **value);
    let names = members.map(|(name, _)| name.clone());
    names
        .filter(|name| !["updated_at", "version"].contains(&&**name))
        .collect()
}

#[tokio::test]
async fn each_form_changes_its_own_field() {
    let server = Server::start().await;
    let members = json!({
        "description": "- [ ] Socks", "labels": ["trip"], "due": { "date": "2035-03-15", "time": "09:00" },
        "reminders": [{ "minutes_before": 30 }], "priority": 2, "duration_minutes": 15,
    });
    let (ada, api, path) = with_task(&server, members).await;
    let reminder = json!({ "minutes_before": 30 }).to_string();
    let keeps_time = [
        ("due_date", "2035-03-16"),
        ("due_time", "09:00"),
        ("due_zone", ""),
    ];
    for (fields, member, expected) in [
        (
            &[("title", "Pack the bag"), ("title_shown", "Pack")][..],
            "title",
            json!("Pack the bag"),
        ),
        (&[("priority", "1")], "priority", json!(1)),
        (&[("duration_minutes", "")], "duration_minutes", Value::Null),
        (
            &[("add_label", "light, Trip")],
            "labels",
            json!(["trip", "light"]),
        ),
        (&[("remove_label", "TRIP")], "labels", json!(["light"])),
        (
            &keeps_time,
            "due",
            json!({ "date": "2035-03-16", "time": "09:00" }),
        ),
        (
            &[("due_words", "2035-03-17 17:30")],
            "due",
            json!({ "date": "2035-03-17", "time": "17:30" }),
        ),
        (
            &[("deadline", "2035-04-01")],
            "deadline",
            json!("2035-04-01"),
        ),
        (
            &[("deadline_words", "2 april 2035")],
            "deadline",
            json!("2035-04-02"),
        ),
        (
            &[("start_words", "2035-01-01")],
            "start",
            json!("2035-01-01"),
        ),
        (&[("start", "")], "start", Value::Null),
        (
            &[("add_reminder", "1440")],
            "reminders",
            json!([{ "minutes_before": 30 }, { "minutes_before": 1440 }]),
        ),
        (
            &[("remove_reminder", &*reminder)],
            "reminders",
            json!([{ "minutes_before": 1440 }]),
        ),
        (
            &[("repeat", "every year"), ("repeat_shown", "")],
            "recurrence",
            Value::Null,
        ),
    ] {
        let before = read(&api, &path).await;
        // Without a script, and in place.
        let answer = if member == "labels" {
            ada.in_place(&path, fields).is(200).await
        } else {
            let answer = ada.post(&path, fields).is(303).await;
            assert_eq!(header(&answer, "location"), path);
            ada.get(&path).is(200).await
        };
        Page::of(answer).await.has("Undo").has("id=\"task\"");
        let after = read(&api, &path).await;
        assert_eq!(differences(&before, &after), [member], "{fields:?}");
        if member != "recurrence" {
            assert_eq!(after[member], expected, "{fields:?}");
        }
    }
    // A field that is sent as it is shown changes nothing.
    let before = read(&api, &path).await;
    ada.submit(
        &path,
        &[("priority", "1"), ("add_label", ""), ("add_reminder", "")],
    )
    .await;
    assert_eq!(read(&api, &path).await, before);
}

#[tokio::test]
async fn a_rejected_field_shows_its_error() {
    let server = Server::start().await;
    let (ada, _, path) = with_task(&server, json!({ "due": { "date": "2035-03-15" } })).await;
    for (field, text, id) in [
        ("due_words", "someday", "due_words"),
        ("deadline_words", "tomorrow 9am", "deadline_words"),
        ("start", "2026-02-30", "start"),
        ("duration_minutes", "0", "duration_minutes"),
        ("add_label", &"x".repeat(61), "add_label"),
        ("reminder_words", "sometime", "reminder_words"),
        ("repeat", "every fribble", "repeat"),
        ("title", " ", "title"),
    ] {
        let page = ada.rejected(422, &path, &[(field, text)]).await;
        page.is_whole().has("<title>Error: ");
        let invalid = page.element(id);
        assert_eq!(invalid.get("aria-invalid"), "true", "{}", invalid.0);
        if id != "title" {
            assert_eq!(invalid.get("value"), text);
        }
        let answer = ada.in_place(&path, &[(field, text)]).is(422).await;
        let fragment = Page::of(answer).await;
        fragment.is_fragment().has("aria-invalid=\"true\"");
    }
}

#[tokio::test]
async fn the_pane_is_the_page_without_its_frame() {
    let server = Server::start().await;
    let notes = "- [ ] Socks\n- [x] Shirts";
    let (ada, api, path) = with_task(&server, json!({ "description": notes })).await;
    let page = ada.page(&path).await;
    page.is_whole()
        .has_not("Version")
        .has_not("UTC</time>")
        .has("Added <time datetime=");
    let pane = ada.get(&path).header("hx-request", "true").is(200).await;
    let pane = Page::of(pane).await;
    pane.is_fragment().has("id=\"task\"");
    assert_eq!(pane.text_area("title"), "Pack");
    let edit = format!("{path}?edit=notes");
    let pane = ada.get(&edit).header("hx-request", "true").is(200).await;
    assert_eq!(Page::of(pane).await.text_area("description"), notes);
    ada.get(&format!("{path}?edit=everything")).is(422).await;

    // The tick of the page answers with the page, and that of a row with the row.
    let completion = format!("{path}/completion");
    let form = [("completed", "true"), ("is_detail", "true")];
    let answer = ada.in_place(&completion, &form).is(200).await;
    let pane = Page::of(answer).await;
    pane.is_fragment().has("id=\"task\"").has("Done: Pack");
    let toggle = pane.element("detail-toggle").get("aria-pressed");
    assert_eq!(toggle, "true");
    let answer = ada
        .in_place(&completion, &[("completed", "false")])
        .is(200)
        .await;
    Page::of(answer).await.has_not("id=\"task\"");

    // Subtasks are counted.
    let sub = json!({ "title": "Wash", "parent_id": path.trim_start_matches("/tasks/"), "completed": true });
    api.post("/api/v1/tasks", &sub).gives(201).await;
    ada.page(&path).await.has("1 of 1 done");
}

#[tokio::test]
async fn items_of_the_notes_are_ticked() {
    let server = Server::start().await;
    let notes = "Take:\n\n- [ ] Socks\n- [ ] Shirts\n";
    let (ada, api, path) = with_task(&server, json!({ "description": notes })).await;
    let page = ada.page(&path).await;
    let shown = page.tag("name=\"list_shown\"").get("value");
    let tick = |tick: &'static str| [("tick", tick), ("list_shown", &*shown)];
    // Both buttons of one page work, and a repeated one changes nothing.
    ada.submit(&path, &tick("0:true")).await;
    ada.in_place(&path, &tick("1:true")).is(200).await;
    let saved = read(&api, &path).await;
    let expected = "Take:\n\n- [x] Socks\n- [x] Shirts\n";
    assert_eq!(saved["description"], expected);
    ada.submit(&path, &tick("1:true")).await;
    assert_eq!(read(&api, &path).await, saved);
    ada.submit(&path, &tick("0:false")).await.has("1/2");

    // In other notes, the item has another meaning.
    let change = json!({ "description": "- [ ] Passport\n- [ ] Socks" });
    let other = api
        .patch(&format!("/api/v1{path}"), &change)
        .gives(200)
        .await;
    for (status, fields) in [
        (409, tick("0:true")),
        (409, tick("7:true")),
        (409, tick("x")),
    ] {
        let page = ada.rejected(status, &path, &fields).await;
        page.is_whole().has("Nothing was ticked.").has("Passport");
        let answer = ada.in_place(&path, &fields).is(status).await;
        Page::of(answer).await.has("Nothing was ticked.");
    }
    assert_eq!(read(&api, &path).await, other);
}

#[tokio::test]
async fn words_for_a_date_are_explained_while_one_types() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    for (words, text) in [
        ("24 december 2035", "Monday, 2035-12-24"),
        ("2035-12-24 9am", "Monday, 2035-12-24, 09:00"),
        ("", ""),
        ("nex", "Not a date yet"),
        ("<b>", "Not a date yet"),
    ] {
        for field in [
            "due_words",
            "deadline_words",
            "start_words",
            "reminder_words",
        ] {
            let query = crate::support::query(&[(field, words)]);
            let answer = ada.get(&format!("/tasks/dates?{query}")).is(200).await;
            let page = Page::of(answer).await;
            assert_eq!(page.0.trim(), text, "{words}");
        }
    }
    let page = ada.get("/tasks/dates?due_words=every+monday").is(200).await;
    Page::of(page).await.has(", every monday");
    ada.get("/tasks/dates").is(422).await;
}
