//! The page of a project: sections, moves by hand, and activity.

use serde_json::{Value, json};

use super::visitor::Visitor;
use crate::support::{Ask, Server, User};

/// Creates a project by the API. Returns its id.
async fn project(user: &User, name: &str) -> String {
    created(user, "projects", json!({ "name": name })).await
}

async fn created(user: &User, noun: &str, body: Value) -> String {
    let item = user
        .post(&format!("/api/v1/{noun}"), &body)
        .gives(201)
        .await;
    item["id"].as_str().expect("an id").to_owned()
}

/// Returns a project with the sections Now and Later, and the ids of all three.
async fn with_sections(user: &User) -> [String; 3] {
    let id = project(user, "Garden").await;
    let section = |name: &str| json!({ "project_id": id, "name": name });
    let now = created(user, "sections", section("Now")).await;
    let later = created(user, "sections", section("Later")).await;
    [id, now, later]
}

#[tokio::test]
async fn sections_are_added_renamed_moved_and_brought_back() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let id = project(&user, "Garden").await;
    let path = format!("/projects/{id}");
    ada.page(&path)
        .await
        .is_whole()
        .has("<h1 dir=\"auto\">Garden</h1>");
    for name in ["Now", "Later"] {
        let form = [("project_id", &*id), ("name", name)];
        let page = ada.submit("/sections", &form).await;
        assert_eq!(page.flash(), "Section added");
        page.has(&format!("dir=\"auto\">{name}</h2>"));
    }
    let list = user
        .get(&format!("/api/v1/sections?project={id}"))
        .gives(200)
        .await;
    let later = list["items"][1]["id"].as_str().expect("an id");
    let base = format!("/sections/{later}");
    let page = ada.page(&path).await;
    let up = page.tag("name=\"before\"").get("value");
    assert_eq!(up, list["items"][0]["id"]);
    let page = ada
        .submit(&format!("{base}/move"), &[("before", &up)])
        .await;
    let place = |text: &str| page.0.find(text).expect("a section");
    assert!(place(">Later</h2>") < place(">Now</h2>"));

    ada.submit(&base, &[("name", "Some day")])
        .await
        .has(">Some day</h2>");
    let long = "x".repeat(121);
    let page = ada.rejected(422, &base, &[("name", &long)]).await;
    let field = format!("name-{later}");
    assert_eq!(page.element(&field).get("value"), long);
    page.error_of(&field);
    let form = [("project_id", &*id), ("name", &*long)];
    let page = ada.rejected(422, "/sections", &form).await;
    assert_eq!(page.element("new-section").get("value"), long);
    page.error_of("new-section");

    let page = ada
        .submit(&format!("{base}/archive"), &[("archived", "true")])
        .await;
    page.has("Archived sections").has_not(">Some day</h2>");
    let page = ada
        .submit(&format!("{base}/archive"), &[("archived", "false")])
        .await;
    page.has(">Some day</h2>").has_not("Archived sections");
}

#[tokio::test]
async fn a_deleted_section_asks_where_its_tasks_go() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let [id, now, later] = with_sections(&user).await;
    let task = json!({ "title": "Dig", "section_id": now });
    let task = created(&user, "tasks", task).await;
    let delete = format!("/sections/{now}/delete");
    let page = ada.submit(&delete, &[("tasks", &later)]).await;
    assert_eq!(page.flash(), "Section moved to the trash");
    assert_eq!(user.task(&task).await["section_id"], later.as_str());
    let undo = page.tag("class=\"notice-undo\"").get("action");
    let next = page.tag("name=\"next\"").get("value");
    assert_eq!(next, format!("/projects/{id}"));
    ada.submit(&undo, &[("next", &next)]).await.has(">Now</h2>");
    assert_eq!(user.task(&task).await["section_id"], now.as_str());
    let page = ada.submit(&delete, &[("tasks", "delete")]).await;
    assert_eq!(page.titles(), [""; 0]);
    user.get(&format!("/api/v1/tasks/{task}")).is(404).await;
    let page = ada
        .submit(&format!("/sections/{later}/delete"), &[("tasks", &id)])
        .await;
    assert_ne!(page.flash(), "Section moved to the trash");
    page.has(">Later</h2>");
}

#[tokio::test]
async fn tasks_move_by_hand() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let [id, now, _] = with_sections(&user).await;
    let path = format!("/projects/{id}");
    for title in ["One", "Two", "Three"] {
        let form = [
            ("title", title),
            ("project_id", &*id),
            ("section_id", &*now),
            ("next", &*path),
        ];
        ada.submit("/tasks", &form).await;
    }
    let page = ada.page(&path).await;
    assert_eq!(page.titles(), ["One", "Two", "Three"]);
    let list = user.list("sort=created_at").await;
    let ids: Vec<&str> = (0..3)
        .map(|index| list["items"][index]["id"].as_str().expect("an id"))
        .collect();
    let [one, two, three] = ids[..] else {
        panic!("three tasks");
    };
    let to = |id: &str| format!("/tasks/{id}/move");
    let page = ada
        .submit(&to(one), &[("after", two), ("next", &path)])
        .await;
    assert_eq!(page.titles(), ["Two", "One", "Three"]);
    let page = ada
        .submit(&to(three), &[("before", two), ("next", &path)])
        .await;
    assert_eq!(page.titles(), ["Three", "Two", "One"]);

    // As a subtask, and back.
    let page = ada
        .submit(&to(one), &[("parent_id", two), ("next", &path)])
        .await;
    assert_eq!(page.titles(), ["Three", "Two"]);
    page.has("1<span class=\"unseen\"> subtask</span>");
    let page = ada
        .submit(&to(two), &[("parent_id", one), ("next", &path)])
        .await;
    assert_ne!(page.flash(), "Task moved");
    let own = format!("/tasks/{one}");
    let page = ada.page(&format!("{own}?edit=parent")).await;
    assert_eq!(page.chosen("parent_id"), two);
    let form = [("project_id", &*id), ("parent_id", ""), ("next", &*own)];
    let page = ada.submit(&to(one), &form).await;
    assert_eq!(page.chosen("section_id"), now);

    let house = project(&user, "House").await;
    let form = [
        ("project_id", &*house),
        ("section_id", &*now),
        ("next", &*own),
    ];
    let page = ada.submit(&to(one), &form).await;
    assert_eq!(page.flash(), "Task moved");
    assert_eq!(page.chosen("project_id"), house);
    let copy = ada.submit(&format!("/tasks/{one}/duplicate"), &[]).await;
    assert_eq!(copy.flash(), "Task duplicated");
    assert_eq!(
        ada.page(&format!("/projects/{house}")).await.titles(),
        ["One", "One"]
    );
    let form = [("next", &*format!("/projects/{house}"))];
    let page = ada.submit(&format!("/tasks/{one}/delete"), &form).await;
    assert_eq!(page.titles(), ["One"]);
}

#[tokio::test]
async fn projects_move_by_hand_and_can_be_boards() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let (garden, house) = (
        project(&user, "Garden").await,
        project(&user, "House").await,
    );
    let page = ada
        .submit(&format!("/projects/{house}/move"), &[("before", &garden)])
        .await;
    let place = |text: &str| page.0.find(text).expect("a project");
    assert!(place(">House</a>") < place(">Garden</a>"));
    let form = [("name", "House"), ("view", "board")];
    ada.submit(&format!("/projects/{house}/edit"), &form)
        .await
        .has("layout-board");
    // A form of an earlier version has no view.
    ada.submit(&format!("/projects/{house}/edit"), &[("name", "House")])
        .await
        .has("layout-board");
    // Inbox is in use for ever.
    let inbox = format!("/projects/{}/archive", user.id);
    let page = ada.submit(&inbox, &[("archived", "true")]).await;
    assert!(!page.flash().is_empty() && !page.flash().starts_with("Archived"));
}

#[tokio::test]
async fn activity_is_shown_in_words() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let [id, now, _] = with_sections(&user).await;
    let task = json!({ "title": "Dig", "section_id": now });
    let task = created(&user, "tasks", task).await;
    let change = json!({ "title": "Dig deep", "due": { "date": "2026-04-01" } });
    user.patch(&format!("/api/v1/tasks/{task}"), &change)
        .is(200)
        .await;
    let page = ada.page(&format!("/tasks/{task}/activity")).await;
    page.is_whole()
        .has("Ada Lovelace</strong> changed the task")
        .has("<ins dir=\"auto\">2026-04-01</ins>")
        .has("<del dir=\"auto\">Dig</del>")
        .has("added the task");
    let page = ada.page(&format!("/projects/{id}/activity?limit=2")).await;
    page.has("changed the task").has_not("added the project");
    let next = page.tag("activity?cursor=").get("href");
    ada.page(&next).await.has("added the project");
}

#[tokio::test]
async fn the_pages_of_others_are_not_found() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let [id, now, later] = with_sections(&user).await;
    let task = json!({ "title": "Dig", "section_id": now });
    let task = created(&user, "tasks", task).await;
    let eve = Visitor::registered(&server).await;
    for path in [
        format!("/projects/{id}"),
        format!("/projects/{id}/activity"),
        format!("/tasks/{task}/activity"),
    ] {
        eve.get(&path).is(404).await;
    }
    for (path, field, value) in [
        (format!("/projects/{id}/move"), "before", &id),
        (format!("/sections/{now}"), "name", &id),
        (
            format!("/sections/{now}/archive"),
            "archived",
            &"true".to_owned(),
        ),
        (format!("/sections/{now}/move"), "after", &later),
        (
            format!("/sections/{now}/delete"),
            "tasks",
            &"delete".to_owned(),
        ),
        (format!("/tasks/{task}/move"), "section_id", &later),
        (format!("/tasks/{task}/duplicate"), "next", &id),
    ] {
        let form = eve.post(&path, &[(field, value)]);
        assert_eq!(form.answer().await.status(), 404, "{path}");
    }
    let form = [("project_id", &*id), ("name", "Mine")];
    eve.post("/sections", &form).is(404).await;
    let list = user
        .get(&format!("/api/v1/sections?project={id}"))
        .gives(200)
        .await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(user.task(&task).await["section_id"], now.as_str());
}
