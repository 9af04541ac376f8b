//! Pages of saved filters without a script.

use sqlx::{AssertSqlSafe, Connection, query as sql};

use super::visitor::Visitor;
use crate::support::{Ask, Server, header, query};

#[tokio::test]
async fn a_search_is_saved_as_a_filter_changed_moved_and_deleted() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    for (title, priority) in [("Pay rent", 1), ("Call Eve", 2), ("Buy bread", 1)] {
        let task = serde_json::json!({ "title": title, "priority": priority });
        user.post("/api/v1/tasks", &task).gives(201).await;
    }
    ada.page("/tasks?q=bread").await.has_not("/filters/new");
    let page = ada
        .page(&format!("/tasks?{}", query(&[("q", "p1 | @x")])))
        .await;
    let link = page.tag("href=\"/filters/new").get("href");
    let page = ada.page(&link).await;
    page.is_whole();
    assert_eq!(page.element("expression").get("value"), "p1 | @x");
    let fields = [
        ("name", "Urgent"),
        ("expression", "p1 | @x"),
        ("colour", "red"),
        ("favourite", "true"),
    ];
    let answer = ada.post("/filters", &fields).is(303).await;
    let urgent = header(&answer, "location");
    let page = ada.page(&urgent).await;
    assert_eq!(page.flash(), "Filter added");
    page.has("<h1 dir=\"auto\">Urgent</h1>").has("2 open");
    assert_eq!(page.titles(), ["Pay rent", "Buy bread"]);
    // A task that is ticked returns to the filter, which has it among the completed ones.
    let id = page.tag("class=\"task-title\"").get("href");
    let next = page.tag("name=\"next\"").get("value");
    let form = [("completed", "true"), ("next", &*next)];
    let page = ada.submit(&format!("{id}/completion"), &form).await;
    assert_eq!(page.titles(), ["Buy bread"]);
    let done = ada.page(&format!("{urgent}?status=all&sort=title")).await;
    assert_eq!(done.titles(), ["Buy bread"]);

    let answer = ada
        .post(
            "/filters",
            &[("name", "Done"), ("expression", "done = true")],
        )
        .is(303)
        .await;
    let page = ada.page(&header(&answer, "location")).await;
    assert_eq!(page.titles(), ["Pay rent"]);
    let list = ada.page("/filters").await;
    list.is_whole().has("1 open").has("0 open").has("p1 | @x");
    let id = urgent.trim_start_matches("/filters/");
    let other = header(&answer, "location");
    let other = other.trim_start_matches("/filters/");
    // The sidebar has the favourite, too.
    let row = |id: &str| format!("/filters/{id}/edit");
    let order = |page: &str| page.find(&row(id)) < page.find(&row(other));
    assert!(order(&list.0));
    let moved = ada
        .submit(&format!("{urgent}/move"), &[("after", other)])
        .await;
    assert_eq!(moved.flash(), "Filter moved");
    assert!(!order(&ada.page("/filters").await.0));

    let edit = ada.page(&format!("{urgent}/edit")).await;
    assert_eq!(edit.chosen("colour"), "red");
    let page = ada
        .submit(&urgent, &[("name", "Important"), ("expression", "p2")])
        .await;
    assert_eq!(page.flash(), "Saved");
    assert_eq!(page.titles(), ["Call Eve"]);
    let page = ada.submit(&format!("{urgent}/delete"), &[]).await;
    assert_eq!(page.flash(), "Deleted “Important”");
    let undo = page.tag("class=\"notice-undo\"").get("action");
    page.has_not(&format!("href=\"{urgent}\""));
    ada.get(&urgent).is(404).await;
    ada.submit(&undo, &[("next", "/filters")])
        .await
        .has(&format!("href=\"{urgent}\""));

    let eve = Visitor::registered(&server).await;
    for path in [urgent.clone(), format!("{urgent}/edit")] {
        eve.get(&path).is(404).await;
    }
    for path in [
        urgent.clone(),
        format!("{urgent}/move"),
        format!("{urgent}/delete"),
    ] {
        let fields = [("name", "Mine"), ("expression", "p1")];
        eve.post(&path, &fields).is(404).await;
        let foreign = ada.foreign(&path, &fields);
        foreign.header("sec-fetch-site", "cross-site").is(403).await;
    }
}

#[tokio::test]
async fn a_rejected_filter_comes_back_with_its_mistake_marked() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let wrong = [
        ("name", "Urgent"),
        ("expression", "today & <b> | p1"),
        ("colour", "teal"),
        ("favourite", "true"),
    ];
    let page = ada.rejected(422, "/filters", &wrong).await;
    assert_eq!(page.element("name").get("value"), "Urgent");
    assert_eq!(page.element("expression").get("value"), "today & <b> | p1");
    assert_eq!(page.chosen("colour"), "teal");
    page.error_of("expression");
    page.has("Character 9")
        .has("today &amp; <mark>&lt;</mark>b&gt; | p1");
    let fields = [("name", "Urgent"), ("expression", "p1")];
    let answer = ada.post("/filters", &fields).is(303).await;
    let path = header(&answer, "location");
    let page = ada
        .rejected(422, &path, &[("name", " "), ("expression", "p1 &")])
        .await;
    page.error_of("name");
    page.has("p1 &amp;<mark>");
    assert_eq!(page.element("expression").get("value"), "p1 &");

    // An expression that is not valid any more is shown, and can be corrected.
    let id = path.trim_start_matches("/filters/");
    let mut connection = server.database().await;
    let update = format!("UPDATE filters SET expression = 'p1 ~' WHERE id = '{id}'");
    let done = sql(AssertSqlSafe(update)).execute(&mut connection).await;
    done.expect("updated");
    connection.close().await.expect("closed");
    let page = ada.page(&path).await;
    page.has("not valid any more").has("<mark>").has("Urgent");
    ada.page("/filters").await.has("p1 ~");
    let page = ada.submit(&path, &fields).await;
    page.has_not("not valid any more");
}
