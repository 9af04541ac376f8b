//! Forms of projects, labels and the trash.

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, header};

/// Returns the path of the only link to edit a project besides that of the Inbox.
fn edit_path(page: &Page) -> String {
    let links = page.0.split("<a href=\"/projects/").skip(1);
    let ids = links.filter_map(|rest| rest.split_once("/edit\""));
    let (id, _) = ids.last().expect("a link");
    format!("/projects/{id}/edit")
}

#[tokio::test]
async fn a_project_is_created_renamed_deleted_and_comes_back_by_undo() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = ada.submit("/projects", &[("name", "Garden")]).await;
    page.is_whole().has("Garden");
    assert_eq!(page.flash(), "Project added");
    let path = edit_path(&ada.page("/projects").await);
    ada.submit(&path, &[("name", "Balcony"), ("colour", "green")])
        .await
        .has("Balcony");
    let base = path.trim_end_matches("/edit");
    let page = ada
        .submit(&format!("{base}/archive"), &[("archived", "true")])
        .await;
    assert_eq!(page.flash(), "Archived: Balcony");
    ada.submit(&format!("{base}/archive"), &[("archived", "false")])
        .await;
    let page = ada.submit(&format!("{base}/delete"), &[]).await;
    let undo = page.tag("class=\"notice-undo\"").get("action");
    page.has_not("Balcony");
    ada.page("/trash").await.has("Balcony");
    let page = ada.submit(&undo, &[("next", "/projects")]).await;
    assert_eq!(page.flash(), "Undone");
    page.has("Balcony");
    let page = ada.submit(&format!("{base}/delete"), &[]).await;
    page.has_not("Balcony");
    let id = base.trim_start_matches("/projects/");
    let page = ada.submit(&format!("/trash/{id}/restore"), &[]).await;
    assert_eq!(page.flash(), "Restored");
    ada.page("/projects").await.has("Balcony");

    let eve = Visitor::registered(&server).await;
    eve.get(&path).is(404).await;
    for form in [
        path.clone(),
        format!("{base}/delete"),
        format!("{base}/duplicate"),
    ] {
        eve.post(&form, &[("name", "Mine")]).is(404).await;
    }
    eve.post(&undo, &[]).is(404).await;
}

#[tokio::test]
async fn a_rejected_name_comes_back_beside_its_error() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let long = "x".repeat(121);
    let page = ada.rejected(422, "/projects", &[("name", &long)]).await;
    assert_eq!(page.element("name").get("value"), long);
    page.error_of("name");
    let page = ada.rejected(422, "/labels", &[("name", &long)]).await;
    assert_eq!(page.element("name-new").get("value"), long);
    page.error_of("name-new");
}

#[tokio::test]
async fn labels_are_changed_merged_and_deleted() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/labels", &[("name", "a/b")]).await;
    let page = ada.submit("/labels", &[("name", "errand")]).await;
    page.is_whole()
        .has("href=\"/labels/a%2Fb")
        .has("href=\"/labels/errand");
    let path = page.tag("action=\"/labels/").get("action");
    ada.submit(&path, &[("name", "shop"), ("colour", "red")])
        .await
        .has("href=\"/labels/shop")
        .has_not("href=\"/labels/a%2Fb");
    let page = ada
        .submit(&format!("{path}/merge"), &[("into", "errand")])
        .await;
    page.has_not("href=\"/labels/shop")
        .has("href=\"/labels/errand");
    let path = page.tag("action=\"/labels/").get("action");
    let page = ada.submit(&format!("{path}/delete"), &[]).await;
    assert_eq!(page.flash(), "Deleted “errand”");
    let undo = page.tag("class=\"notice-undo\"").get("action");
    ada.submit(&undo, &[("next", "/labels")])
        .await
        .has("href=\"/labels/errand");
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let id = "0192f0c1-2345-7000-8000-000000000000";
    for path in [
        "/projects".to_owned(),
        format!("/projects/{id}/delete"),
        "/labels".to_owned(),
        format!("/labels/{id}/delete"),
        "/trash/empty".to_owned(),
        format!("/trash/{id}/purge"),
        format!("/changes/{id}/undo"),
    ] {
        let form = ada.foreign(&path, &[("name", "Mine")]);
        let form = form.header("sec-fetch-site", "cross-site");
        form.is(403).await;
    }
    let answer = ada.post("/trash/empty", &[]).is(303).await;
    assert_eq!(header(&answer, "location"), "/trash");
}

#[tokio::test]
async fn tasks_are_added_to_a_project_and_a_label_on_their_lists() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/projects", &[("name", "Garden")]).await;
    let path = edit_path(&ada.page("/projects").await);
    let id = path.split('/').nth(2).expect("an id");
    let list = format!("/tasks?project={id}&sort=position");
    let page = ada.page(&list).await;
    page.is_whole().has("<h1 dir=\"auto\">Garden</h1>");
    let hidden = page.tag("name=\"next\"").get("value");
    let form = |title| [("title", title), ("project_id", id), ("next", &*hidden)];
    let page = ada.submit("/tasks", &form("Dig")).await;
    assert_eq!(page.flash(), "Task added");
    page.has("<h1 dir=\"auto\">Garden</h1>");
    let page = ada.submit("/tasks", &form("Sow")).await;
    assert_eq!(page.titles(), ["Dig", "Sow"]);
    let undo = page.tag("class=\"notice-undo\"").get("action");
    ada.submit(&undo, &[]).await;
    assert_eq!(ada.page(&list).await.titles(), ["Dig"]);
    let page = ada.rejected(422, "/tasks", &form(" ")).await;
    page.has("<h1 dir=\"auto\">Garden</h1>")
        .error_of("new-title");

    let page = ada
        .submit("/tasks", &[("title", "Buy seeds"), ("label", "shop")])
        .await;
    assert_eq!(page.titles(), ["Buy seeds", "Dig"]);
    let page = ada.page("/tasks?label=shop").await;
    page.has("<h1 dir=\"auto\">shop</h1>");
    assert_eq!(page.titles(), ["Buy seeds"]);

    let eve = Visitor::registered(&server).await;
    eve.get(&list).is(404).await;
}

#[tokio::test]
async fn the_fields_of_a_task_are_edited_and_an_error_names_its_field() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/tasks", &[("title", "Pay rent")]).await;
    let path = ada
        .page("/tasks")
        .await
        .tag("class=\"task-title\"")
        .get("href");
    let fields = [
        ("title", "Pay rent"),
        ("description", ""),
        ("priority", "1"),
        ("labels", "bills, home"),
        ("due_date", "2026-12-01"),
        ("due_time", "17:00"),
        ("due_zone", "Europe/Berlin"),
        ("deadline", "2026-12-03"),
        ("start", ""),
        ("duration_minutes", "45"),
    ];
    let page = ada.submit(&path, &fields).await;
    assert_eq!(page.flash(), "Saved");
    page.has("href=\"/labels/bills\"")
        .has("href=\"/labels/home\"");
    for (id, value) in [
        ("due_date", "2026-12-01"),
        ("due_time", "17:00"),
        ("deadline", "2026-12-03"),
        ("duration_minutes", "45"),
    ] {
        assert_eq!(page.element(id).get("value"), value, "{id}");
    }
    assert_eq!(page.chosen("priority"), "1");
    assert_eq!(page.chosen("due_zone"), "Europe/Berlin");
    ada.page("/tasks")
        .await
        .has("<time datetime=\"2026-12-01T16:00\">");

    let wrong = [
        ("title", "Pay rent"),
        ("due_date", "tomorrow"),
        ("duration_minutes", "0"),
    ];
    let page = ada.rejected(422, &path, &wrong).await;
    page.error_of("due_date");
    page.error_of("duration_minutes");
    assert_eq!(page.element("due_date").get("value"), "tomorrow");

    // A subtask is added on the page of its task, and returns there.
    let parent = path.trim_start_matches("/tasks/");
    let subtask = [
        ("title", "Find the IBAN"),
        ("parent_id", parent),
        ("next", &*path),
    ];
    let page = ada.submit("/tasks", &subtask).await;
    page.has("Subtasks").has("Find the IBAN");
}
