//! The arrangement of lists: groups, order, state, and the view that a project keeps.

use serde_json::json;

use super::created;
use super::pages::{headings, person, task};
use crate::forms::visitor::Page;
use crate::support::{Ask, Server};

/// Returns the headings without the numbers that follow them.
fn groups(page: &Page) -> String {
    headings(page).join(", ")
}

#[tokio::test]
async fn lists_are_grouped_and_keep_their_order_and_pages() {
    let server = Server::start().await;
    let (ada, user, today) = person(&server).await;
    let house = created(&user, "/api/v1/projects", json!({ "name": "House" })).await;
    let walls = json!({ "name": "Walls", "project_id": house });
    let walls = created(&user, "/api/v1/sections", walls).await;
    for new in [
        json!({ "title": "Paint", "project_id": house, "section_id": walls, "priority": 2 }),
        json!({ "title": "Sweep", "project_id": house, "labels": ["zeal", "Dust"] }),
        json!({ "title": "Call", "labels": ["phone"], "priority": 2,
            "due": { "date": today.plus_days(1).to_string() } }),
        json!({ "title": "Pay", "due": { "date": today.plus_days(-2).to_string() } }),
    ] {
        created(&user, "/api/v1/tasks", new).await;
    }
    let tomorrow = format!(" {} ", today.plus_days(1).day());
    for (path, titles, headings) in [
        ("/tasks", "Pay Call Sweep Paint", "List"),
        (
            "/tasks?group=priority",
            "Paint Call Sweep Pay",
            "Priority 2, No priority",
        ),
        (
            "/tasks?group=priority&sort=title",
            "Call Paint Pay Sweep",
            "Priority 2, No priority",
        ),
        (
            "/tasks?group=section",
            "Pay Call Sweep Paint",
            "Inbox, House, House / Walls",
        ),
        (
            "/tasks?group=label&sort=title",
            "Sweep Call Sweep Paint Pay",
            "@Dust, @phone, @zeal, No label",
        ),
        (
            "/search?q=%23House&group=priority",
            "Paint Sweep",
            "Priority 2, No priority",
        ),
        ("/labels/phone?group=priority", "Call", "Priority 2"),
        (
            "/inbox?group=label&sort=title",
            "Call Pay",
            "@phone, No label",
        ),
        (
            "/upcoming?group=priority&sort=-created_at",
            "Call",
            "Priority 2",
        ),
        ("/today?group=none", "Pay", "List"),
    ] {
        let page = ada.page(path).await;
        assert_eq!(page.titles().join(" "), titles, "{path}");
        assert_eq!(groups(&page), headings, "{path}");
    }
    let page = ada.page("/tasks?group=date").await;
    assert_eq!(page.titles().join(" "), "Pay Call Paint Sweep");
    let found = groups(&page);
    assert!(
        found.starts_with("Overdue, ") && found.ends_with(" · Tomorrow, No date"),
        "{found}"
    );
    assert!(found.contains(&tomorrow), "{found}");
    // A group says what a task becomes that is dropped on it, or added to it.
    let date = today.plus_days(1).to_string();
    page.has(&format!("data-drop-due=\"{date}\""));
    page.has(&format!("/tasks/new?due={date}"));
    page.has("data-drop-due=\"\"");

    // Pages keep the arrangement, and continue its groups.
    let first = ada.page("/tasks?group=priority&layout=board&limit=1").await;
    let next = Page(first.between("class=\"more\"", "</p>").to_owned());
    let next = next.tag("href=").get("href");
    let second = ada.page(&next).await;
    assert_eq!(second.titles().join(" "), "Call");
    let columns = "Priority 1, Priority 2, Priority 3, No priority";
    assert_eq!(groups(&second), columns);
    let back = second.between("class=\"earlier\"", "</p>");
    assert!(
        back.contains("layout=board") && !back.contains("cursor"),
        "{back}"
    );
    assert_eq!(second.chosen("view-group"), "priority");
    // A new task appears in place only where it belongs.
    ada.page("/tasks").await.has("hx-post=\"/tasks/quick\"");
    for path in ["/tasks?sort=title", "/tasks?group=date", &next] {
        ada.page(path).await.has_not("hx-post=\"/tasks/quick\"");
    }
    for wrong in [
        "group=colour",
        "layout=table",
        "group=date&group=date",
        "sort=x",
    ] {
        for page in ["/tasks", "/inbox", "/labels/phone"] {
            ada.get(&format!("{page}?{wrong}")).is(422).await;
        }
    }
}

#[tokio::test]
async fn a_project_keeps_its_view() {
    let server = Server::start().await;
    let (ada, user, _) = person(&server).await;
    let house = created(&user, "/api/v1/projects", json!({ "name": "House" })).await;
    for (title, priority) in [("Paint", 3), ("Sweep", 1)] {
        let new = json!({ "title": title, "project_id": house, "priority": priority });
        created(&user, "/api/v1/tasks", new).await;
    }
    let path = format!("/projects/{house}");
    let view = format!("{path}/view");
    let page = ada.page(&path).await;
    assert_eq!(page.titles(), ["Paint", "Sweep"]);
    assert_eq!(page.tag("data-view-menu").get("action"), view);
    let chosen = [
        ("layout", "board"),
        ("group", "priority"),
        ("sort", "title"),
        ("status", "open"),
    ];
    let page = ada.submit(&view, &chosen).await;
    page.has("layout-board");
    let page = ada.page(&path).await;
    page.has("layout-board").has("Priority 1</h2>");
    assert_eq!(page.chosen("view-sort"), "title");
    let project = user.get(&format!("/api/v1{path}")).gives(200).await;
    let kept = ["view", "group_by", "sort_by"].map(|name| project[name].clone());
    assert_eq!(kept, ["board", "priority", "title"]);
    // The state is not kept, and a link can show another view once.
    let answer = ada.post(&view, &[("status", "done")]).is(303).await;
    let location = crate::support::header(&answer, "location");
    assert_eq!(location, format!("{path}?status=done"));
    let page = ada
        .page(&format!("{path}?layout=list&group=none&sort=-title"))
        .await;
    assert_eq!(page.titles(), ["Sweep", "Paint"]);
    ada.page(&path).await.has("layout-board");
    ada.post(&view, &[("layout", "table")]).is(422).await;
    let eve = crate::forms::visitor::Visitor::registered(&server).await;
    eve.post(&view, &chosen).is(404).await;
}

#[tokio::test]
async fn views_keep_their_arrangement_for_each_user() {
    let mut server = Server::start().await;
    let (ada, user, today) = person(&server).await;
    for (title, priority) in [("Pay", 4), ("Call", 1)] {
        let due = json!({ "date": today.to_string() });
        let new = json!({ "title": title, "priority": priority, "due": due });
        created(&user, "/api/v1/tasks", new).await;
    }
    task(&user, "Plan", today.plus_days(1)).await;
    let page = ada.page("/today").await;
    assert_eq!(page.tag("data-view-menu").get("action"), "/views/today");
    assert_eq!(page.tag("data-view-menu").get("method"), "post");
    let chosen = [("layout", "board"), ("group", "date"), ("sort", "title")];
    for page in [
        ada.submit("/views/today", &chosen).await,
        ada.page("/today").await,
    ] {
        page.has("layout-board");
        assert_eq!(page.titles(), ["Call", "Pay"]);
        assert_eq!(page.chosen("view-sort"), "title");
    }
    // Each view has its own.
    for path in ["/inbox", "/upcoming", "/completed"] {
        ada.page(path).await.has("layout-list");
    }
    ada.submit("/views/upcoming", &[("group", "label")]).await;
    assert_eq!(groups(&ada.page("/upcoming").await), "@a/b ü");
    ada.page("/upcoming").await.has("layout-list");
    // A form has all fields; those that are as before keep nothing.
    let form = [("layout", "list"), ("group", "date"), ("sort", "")];
    let page = ada.submit("/views/today", &form).await;
    page.has("layout-list");
    assert_eq!(page.chosen("view-sort"), "");
    let form = [("group", "priority"), ("status", "done")];
    ada.submit("/views/inbox", &form).await;
    let page = ada.page("/inbox").await;
    assert_eq!(page.titles(), [""; 0]);
    assert_eq!(page.chosen("view-status"), "done");
    // A link shows another arrangement once.
    let page = ada.page("/inbox?status=open&group=none&sort=-title").await;
    assert_eq!(page.titles(), ["Plan", "Pay", "Call"]);
    assert_eq!(ada.page("/inbox").await.titles(), [""; 0]);
    ada.submit("/views/inbox", &[("status", "all")]).await;
    server.restart().await;
    let ada = ada.elsewhere(&server).await;
    let page = ada.page("/inbox").await;
    assert_eq!(page.titles(), ["Call", "Pay", "Plan"]);
    assert_eq!(groups(&page), "Priority 1, No priority");

    ada.post("/views/today", &[("layout", "table")])
        .is(422)
        .await;
    // The menu offers neither, so nothing changes.
    let form = [("layout", "calendar"), ("sort", "relevance")];
    ada.submit("/views/today", &form).await.has("layout-list");
    for path in ["/views/all", "/views/none"] {
        ada.post(path, &[("layout", "board")]).is(404).await;
    }
    let answer = ada.get("/views/inbox").is(303).await;
    assert_eq!(crate::support::header(&answer, "location"), "/inbox");
    let eve = crate::forms::visitor::Visitor::registered(&server).await;
    let page = eve.page("/inbox").await;
    assert_eq!(page.chosen("view-status"), "open");
}

#[tokio::test]
async fn an_empty_list_and_one_that_is_done_differ() {
    let server = Server::start().await;
    let (ada, user, today) = person(&server).await;
    let house = created(&user, "/api/v1/projects", json!({ "name": "House" })).await;
    let project = format!("/projects/{house}");
    let all = ["/tasks", "/today", "/inbox", &project];
    for path in all {
        let page = ada.page(path).await;
        page.has("No tasks yet").has_not("empty-done");
    }
    let id = task(&user, "Pay", today).await;
    for path in ["/tasks", "/today", "/inbox"] {
        // Shown when the last row leaves.
        ada.page(path).await.has("All done");
    }
    ada.page(&project).await.has("No tasks here yet");
    let complete = format!("/tasks/{id}/completion");
    ada.submit(&complete, &[("completed", "true")]).await;
    for path in ["/tasks", "/today", "/inbox"] {
        let page = ada.page(path).await;
        page.has("class=\"empty empty-done\"").has("All done");
    }
    let page = ada.page("/upcoming").await;
    page.has("Nothing planned").has_not("empty-done");
    ada.page("/tasks?q=nothing").await.has("Nothing matches");
}
