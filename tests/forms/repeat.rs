//! The field for the series of a task, and the buttons that complete, skip and end it.

use serde_json::{Value, json};

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User};

async fn read(api: &User, path: &str) -> Value {
    api.get(&format!("/api/v1{path}")).gives(200).await
}

/// Returns the fields of the form of a task that concern the series, as a browser sends them, with
/// another text for the series.
fn fields<'f>(
    page: &Page,
    values: &'f mut Vec<String>,
    repeat: &str,
) -> Vec<(&'static str, &'f str)> {
    let value = |name: &str| page.tag(&format!("name=\"{name}\"")).get("value");
    let due = page.element("due_date").get("value");
    *values = vec![due, value("repeat_shown"), repeat.to_owned()];
    let names = ["due_date", "repeat_shown", "repeat"];
    names
        .into_iter()
        .zip(values.iter().map(String::as_str))
        .collect()
}

/// Returns a signed-in visitor, the API, and the path of a task with these members.
async fn with_task(server: &Server, mut members: Value) -> (Visitor, User, String) {
    let ada = Visitor::registered(server).await;
    let api = ada.by_api(server).await;
    members["title"] = json!("Water the tomatoes");
    let task = api.post("/api/v1/tasks", &members).gives(201).await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    (ada, api, path)
}

#[tokio::test]
async fn a_series_is_entered_in_words_and_shown_as_words() {
    let server = Server::start().await;
    let (ada, api, path) = with_task(&server, json!({ "due": { "date": "2999-03-15" } })).await;
    let mut values = Vec::new();
    let page = ada.page(&path).await;
    page.is_whole().has_not("Skip this date");
    assert_eq!(page.element("repeat").get("value"), "");

    let page = ada
        .rejected(422, &path, &fields(&page, &mut values, "every 3rd fribble"))
        .await;
    assert!(page.error_of("repeat").contains("does not understand"));
    assert_eq!(page.element("repeat").get("value"), "every 3rd fribble");

    let page = ada
        .submit(&path, &fields(&page, &mut values, " every 3rd FRIDAY"))
        .await;
    assert_eq!(page.flash(), "Saved");
    assert_eq!(page.element("repeat").get("value"), "every 3rd Friday");
    page.has("Skip this date").has("End the series");
    let task = read(&api, &path).await;
    assert_eq!(task["recurrence"]["rrule"], "FREQ=MONTHLY;BYDAY=3FR");
    assert_eq!(task["due"]["date"], "2999-03-15");
    ada.page("/tasks").await.has("repeats");

    // Saved as it is shown, it stays as it was set, also a rule that has no words, or that means
    // something else than its words.
    for rule in [
        "FREQ=YEARLY;BYYEARDAY=100\nEXDATE;VALUE=DATE:30000410",
        "FREQ=MONTHLY",
    ] {
        let change = json!({ "recurrence": { "rrule": rule, "anchor": "completion" } });
        let before = api
            .patch(&format!("/api/v1{path}"), &change)
            .gives(200)
            .await;
        let page = ada.page(&path).await;
        let shown = page.element("repeat").get("value");
        assert!(!shown.is_empty() && !shown.contains('\n'), "{shown}");
        ada.submit(&path, &fields(&page, &mut values, &shown)).await;
        assert_eq!(read(&api, &path).await["recurrence"], before["recurrence"]);
    }
    let page = ada.page(&path).await;
    let rule = "FREQ=DAILY;COUNT=3 EXDATE:29990316";
    let page = ada.submit(&path, &fields(&page, &mut values, rule)).await;
    let rule = "FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:29990316";
    assert_eq!(read(&api, &path).await["recurrence"]["rrule"], rule);
    let page = ada.submit(&path, &fields(&page, &mut values, "")).await;
    assert_eq!(page.element("repeat").get("value"), "");
    assert_eq!(read(&api, &path).await["recurrence"], Value::Null);

    // Without a date, the series sets the first one; without its date, it ends.
    let page = ada.page(&path).await;
    let mut dateless = fields(&page, &mut values, "every day starting 2999-05-01");
    dateless.retain(|(name, _)| *name != "due_date");
    dateless.push(("due_date", ""));
    let page = ada.submit(&path, &dateless).await;
    assert_eq!(page.element("due_date").get("value"), "2999-05-01");
    let shown = page.element("repeat").get("value");
    let mut dateless = fields(&page, &mut values, &shown);
    dateless.retain(|(name, _)| *name != "due_date");
    dateless.push(("due_date", ""));
    let page = ada.submit(&path, &dateless).await;
    assert_eq!(page.element("repeat").get("value"), "");
    assert_eq!(read(&api, &path).await["due"], Value::Null);
}

#[tokio::test]
async fn a_task_that_repeats_is_ticked_skipped_and_ended_on_pages() {
    let server = Server::start().await;
    let members = json!({ "due": { "date": "2999-03-11" }, "recurrence": { "text": "every day" } });
    let (ada, api, path) = with_task(&server, members).await;
    let due = async || read(&api, &path).await["due"]["date"].clone();
    // A form that is sent twice completes one date.
    let tick = [("completed", "true"), ("due", "2999-03-11")];
    for said in [
        "Done: Water the tomatoes. Next: ",
        "Water the tomatoes had another date already: ",
    ] {
        let page = ada.submit(&format!("{path}/completion"), &tick).await;
        assert!(page.flash().starts_with(said), "{}", page.flash());
        assert_eq!(due().await, "2999-03-12");
    }
    let answer = ada
        .in_place(&format!("{path}/completion"), &[("completed", "true")])
        .is(200)
        .await;
    let page = Page::of(answer).await;
    page.is_fragment();
    let id = path.trim_start_matches("/tasks/");
    assert_eq!(
        page.element(&format!("toggle-{id}")).get("aria-pressed"),
        "false"
    );
    let said = page.between("id=\"announce\"", "</p>");
    assert!(said.contains("Next: "), "{said}");
    assert_eq!(due().await, "2999-03-13");

    let page = ada.submit(&format!("{path}/skip"), &[]).await;
    assert_eq!(page.flash(), "Date skipped");
    assert_eq!(due().await, "2999-03-14");
    let done = api.list("status=done").await;
    assert_eq!(done["items"].as_array().map(Vec::len), Some(2));

    // The form of the page, too, moves the task on.
    let page = ada.page(&path).await;
    let mut values = Vec::new();
    let mut form = fields(&page, &mut values, "every day");
    form.push(("completed", "true"));
    ada.submit(&path, &form).await;
    assert_eq!(due().await, "2999-03-15");

    let page = ada.submit(&format!("{path}/end-series"), &[]).await;
    assert_eq!(page.flash(), "The task does not repeat any more");
    page.has_not("Skip this date");
    assert_eq!(read(&api, &path).await["recurrence"], Value::Null);
    let page = ada.submit(&format!("{path}/skip"), &[]).await;
    assert_eq!(page.flash(), "The task does not repeat.");
    let page = ada.submit(&format!("{path}/completion"), &tick).await;
    assert_eq!(page.flash(), "Done: Water the tomatoes");
    assert_eq!(read(&api, &path).await["completed"], true);
}
