//! Restoring from the trash in place, whatever has become of the place, and undoing moves between
//! projects.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

fn id(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

async fn add(user: &User, noun: &str, new: Value) -> Value {
    user.post(&format!("/api/v1/{noun}"), &new).gives(201).await
}

fn path(noun: &str, item: &Value) -> String {
    format!("/api/v1/{noun}/{}", id(item))
}

fn restore(user: &User, item: &Value) -> RequestBuilder {
    let path = format!("/api/v1/trash/{}/restore", id(item));
    user.request(Method::POST, &path)
}

fn undo(user: &User, change: &str) -> RequestBuilder {
    user.request(Method::POST, &format!("/api/v1/changes/{change}/undo"))
}

/// Executes a request and returns the id of its change.
async fn change(request: RequestBuilder) -> String {
    let answer = request.answer().await;
    assert!(answer.status().is_success(), "{}", answer.url());
    header(&answer, "docket-change")
}

/// Returns a task without the members that every change replaces.
async fn stable(user: &User, task: &Value) -> Value {
    let mut task = user.task(&id(task)).await;
    for member in ["updated_at", "version"] {
        task[member] = Value::Null;
    }
    task
}

/// A project with a section and a task with a subtask in it.
struct Garden {
    project: Value,
    section: Value,
    task: Value,
    subtask: Value,
}

impl Garden {
    async fn of(user: &User) -> Garden {
        let project = add(user, "projects", json!({ "name": "Garden" })).await;
        let new = json!({ "name": "Beds", "project_id": project["id"] });
        let section = add(user, "sections", new).await;
        let new = json!({ "title": "Dig", "section_id": section["id"] });
        let task = add(user, "tasks", new).await;
        let new = json!({ "title": "Sharpen the spade", "parent_id": task["id"] });
        let subtask = add(user, "tasks", new).await;
        Garden {
            project,
            section,
            task,
            subtask,
        }
    }
}

#[tokio::test]
async fn a_task_returns_to_its_section_and_its_parent_if_they_are_there() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = Garden::of(&ada).await;
    let before = stable(&ada, &garden.subtask).await;
    ada.delete(&path("tasks", &garden.subtask)).is(204).await;
    restore(&ada, &garden.subtask).is(200).await;
    assert_eq!(stable(&ada, &garden.subtask).await, before);

    // The parent is in the trash itself, by a deletion of its own.
    ada.delete(&path("tasks", &garden.subtask)).is(204).await;
    ada.delete(&path("tasks", &garden.task)).is(204).await;
    let restored = restore(&ada, &garden.subtask).gives(200).await;
    assert_eq!(restored["items"].as_array().map(Vec::len), Some(1));
    let alone = ada.task(&id(&garden.subtask)).await;
    assert_eq!(
        (&alone["parent_id"], &alone["section_id"]),
        (&Value::Null, &garden.section["id"])
    );
    restore(&ada, &garden.task).is(200).await;
    assert_eq!(ada.task(&id(&garden.subtask)).await, alone);

    // Its section is in the trash.
    ada.delete(&path("tasks", &garden.task)).is(204).await;
    ada.delete(&path("sections", &garden.section)).is(204).await;
    restore(&ada, &garden.task).is(200).await;
    let task = ada.task(&id(&garden.task)).await;
    assert_eq!(
        (&task["section_id"], &task["project_id"]),
        (&Value::Null, &garden.project["id"])
    );
    // The section returns without the tasks that it has lost.
    restore(&ada, &garden.section).is(200).await;
    assert_eq!(ada.task(&id(&garden.task)).await, task);
}

#[tokio::test]
async fn a_parent_or_a_section_in_another_project_is_no_place_to_return_to() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = Garden::of(&ada).await;
    ada.delete(&path("tasks", &garden.subtask)).is(204).await;
    let away = json!({ "project_id": ada.id, "section_id": null });
    ada.patch(&path("tasks", &garden.task), &away).is(200).await;
    restore(&ada, &garden.subtask).is(200).await;
    let subtask = ada.task(&id(&garden.subtask)).await;
    assert_eq!(
        (
            &subtask["parent_id"],
            &subtask["project_id"],
            &subtask["section_id"]
        ),
        (&Value::Null, &garden.project["id"], &garden.section["id"])
    );
    ada.delete(&path("tasks", &garden.subtask)).is(204).await;
    let moved = format!("{}/move", path("sections", &garden.section));
    ada.post(&moved, &json!({ "project_id": ada.id }))
        .is(200)
        .await;
    restore(&ada, &garden.subtask).is(200).await;
    let subtask = ada.task(&id(&garden.subtask)).await;
    assert_eq!(
        (&subtask["section_id"], &subtask["project_id"]),
        (&Value::Null, &garden.project["id"])
    );
}

#[tokio::test]
async fn a_section_returns_with_the_tasks_that_were_deleted_with_it() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = Garden::of(&ada).await;
    let before = [
        stable(&ada, &garden.task).await,
        stable(&ada, &garden.subtask).await,
    ];
    let delete = format!("{}?tasks=delete", path("sections", &garden.section));
    ada.delete(&delete).is(204).await;
    let trash = ada.get("/api/v1/trash").gives(200).await;
    assert_eq!(
        (&trash["items"][0]["title"], &trash["items"][0]["items"]),
        (&json!("Beds"), &json!(3))
    );
    // A task of the section cannot be restored alone.
    restore(&ada, &garden.task).fails(404).await;
    let restored = restore(&ada, &garden.section).gives(200).await;
    assert_eq!(restored["items"].as_array().map(Vec::len), Some(3));
    let after = [
        stable(&ada, &garden.task).await,
        stable(&ada, &garden.subtask).await,
    ];
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_project_returns_with_the_projects_that_were_deleted_with_it() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let top = add(&ada, "projects", json!({ "name": "Top" })).await;
    let below = |name: &str, parent: &Value| json!({ "name": name, "parent_id": parent["id"] });
    let middle = add(&ada, "projects", below("Middle", &top)).await;
    let early = add(&ada, "projects", below("Early", &middle)).await;
    let late = add(&ada, "projects", below("Late", &middle)).await;
    let new = json!({ "title": "Task", "project_id": late["id"] });
    let task = add(&ada, "tasks", new).await;
    ada.delete(&path("projects", &early)).is(204).await;
    ada.delete(&path("projects", &middle)).is(204).await;
    restore(&ada, &middle).is(200).await;
    ada.get(&path("projects", &early)).fails(404).await;
    let restored = ada.get(&path("projects", &late)).gives(200).await;
    assert_eq!(restored["parent_id"], middle["id"]);
    assert_eq!(ada.task(&id(&task)).await, task);
    restore(&ada, &early).is(200).await;
    let restored = ada.get(&path("projects", &early)).gives(200).await;
    assert_eq!(restored["parent_id"], middle["id"]);

    // A project whose parent is gone is at the top.
    ada.delete(&path("projects", &early)).is(204).await;
    ada.delete(&path("projects", &middle)).is(204).await;
    restore(&ada, &early).is(200).await;
    let restored = ada.get(&path("projects", &early)).gives(200).await;
    assert_eq!(restored["parent_id"], Value::Null);
    ada.delete(&format!("/api/v1/trash/{}", id(&middle)))
        .is(204)
        .await;
    restore(&ada, &middle).fails(404).await;
    restore(&ada, &late).fails(404).await;
}

#[tokio::test]
async fn restoring_and_undoing_respect_the_quotas() {
    let settings = [("DOCKET_MAX_OPEN_TASKS", "2"), ("DOCKET_MAX_PROJECTS", "3")];
    let server = Server::with(&settings).await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Gone").await;
    let new = json!({ "title": "With it", "parent_id": task["id"] });
    add(&ada, "tasks", new).await;
    let deletion = change(ada.delete(&path("tasks", &task))).await;
    let other = ada.add_task("Here").await;
    for request in [restore(&ada, &task), undo(&ada, &deletion)] {
        let problem = request.fails(422).await;
        assert_eq!(problem.breaks("id", "too_many")["limit"], 2);
    }
    assert_eq!(ada.titles("").await, ["Here"]);
    // A completed task makes room for one, and the tree needs two.
    let done = format!("{}/completion", path("tasks", &other));
    ada.put(&done, &json!({})).is(200).await;
    restore(&ada, &task).is(200).await;
    // Undoing the completion would be one too many.
    let problem = ada.delete(&done).answer().await;
    assert!([200, 422].contains(&problem.status().as_u16()));

    // Projects in the trash count, so restoring one is no question of the quota.
    let project = add(&ada, "projects", json!({ "name": "One" })).await;
    add(&ada, "projects", json!({ "name": "Two" })).await;
    ada.delete(&path("projects", &project)).is(204).await;
    let more = json!({ "name": "Three" });
    ada.post("/api/v1/projects", &more)
        .fails(422)
        .await
        .breaks("name", "too_many");
    restore(&ada, &project).is(200).await;
}

#[tokio::test]
async fn a_move_between_projects_is_undone_in_both() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = Garden::of(&ada).await;
    let attic = add(&ada, "projects", json!({ "name": "Attic" })).await;
    let counts = async || ada.get("/api/v1/counts").gives(200).await["projects"].clone();
    let both = async || {
        (
            stable(&ada, &garden.task).await,
            stable(&ada, &garden.subtask).await,
        )
    };
    let (before, numbers) = (both().await, counts().await);
    let away = json!({ "project_id": attic["id"] });
    let task = path("tasks", &garden.task);
    for request in [
        ada.patch(&task, &away),
        ada.post(&format!("{task}/move"), &away),
        ada.post(
            &format!("{}/move", path("sections", &garden.section)),
            &away,
        ),
    ] {
        let moved = change(request).await;
        let after = both().await;
        assert_eq!(after.1["project_id"], attic["id"]);
        assert_eq!(counts().await[id(&attic)], 2);
        let undone = change(undo(&ada, &moved)).await;
        assert_eq!(
            (both().await, counts().await),
            (before.clone(), numbers.clone())
        );
        change(undo(&ada, &undone)).await;
        assert_eq!(both().await, after);
        change(undo(&ada, &moved)).await;
        assert_eq!(
            (both().await, counts().await),
            (before.clone(), numbers.clone())
        );
    }
    // The project that it came from is in the trash, and then gone.
    let moved = change(ada.patch(&task, &away)).await;
    ada.delete(&path("projects", &garden.project)).is(204).await;
    let problem = undo(&ada, &moved).fails(409).await;
    assert!(problem.detail().contains("Garden"), "{}", problem.detail());
    ada.delete("/api/v1/trash").is(204).await;
    undo(&ada, &moved).fails(409).await;
    assert_eq!(ada.task(&id(&garden.task)).await["project_id"], attic["id"]);
}

#[tokio::test]
async fn a_move_is_not_undone_into_a_section_or_a_parent_that_is_gone() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = Garden::of(&ada).await;
    let free = json!({ "parent_id": null });
    let freed = change(ada.patch(&path("tasks", &garden.subtask), &free)).await;
    let out = json!({ "section_id": null });
    let left = change(ada.patch(&path("tasks", &garden.task), &out)).await;
    ada.delete(&path("sections", &garden.section)).is(204).await;
    let problem = undo(&ada, &left).fails(409).await;
    assert!(problem.detail().contains("section"), "{}", problem.detail());
    ada.delete(&path("tasks", &garden.task)).is(204).await;
    undo(&ada, &freed).fails(409).await;
    // With the place, the moves can be undone.
    restore(&ada, &garden.task).is(200).await;
    restore(&ada, &garden.section).is(200).await;
    assert_eq!(ada.task(&id(&garden.task)).await["section_id"], Value::Null);
}

/// Returns the requests that make an item a part of another one, or of none.
fn part_of(user: &User, noun: &str, item: &Value, parent: Option<&Value>) -> RequestBuilder {
    user.patch(&path(noun, item), &json!({ "parent_id": parent.map(id) }))
}

#[tokio::test]
async fn an_undo_makes_no_cycle() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for (noun, name) in [("tasks", "title"), ("projects", "name")] {
        let one = add(&ada, noun, json!({ (name): "One" })).await;
        let two = add(&ada, noun, json!({ (name): "Two", "parent_id": one["id"] })).await;
        let freed = change(part_of(&ada, noun, &two, None)).await;
        let turned = change(part_of(&ada, noun, &one, Some(&two))).await;
        let problem = undo(&ada, &freed).fails(409).await;
        assert!(problem.detail().contains("Two"), "{}", problem.detail());
        let two_now = ada.get(&path(noun, &two)).gives(200).await;
        assert_eq!(two_now["parent_id"], Value::Null);
        change(undo(&ada, &turned)).await;
        change(undo(&ada, &freed)).await;
        let two_now = ada.get(&path(noun, &two)).gives(200).await;
        assert_eq!(two_now["parent_id"], one["id"]);
    }
}

#[tokio::test]
async fn what_comes_back_has_at_most_five_levels() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for (noun, name) in [("tasks", "title"), ("projects", "name")] {
        let mut chain = vec![add(&ada, noun, json!({ (name): "0" })).await];
        for level in 1..=4 {
            let parent = &chain[level - 1]["id"];
            let new = json!({ (name): level.to_string(), "parent_id": parent });
            chain.push(add(&ada, noun, new).await);
        }
        let top = add(&ada, noun, json!({ (name): "Top" })).await;
        let new = json!({ (name): "Child", "parent_id": top["id"] });
        let child = add(&ada, noun, new).await;
        let new = json!({ (name): "Leaf", "parent_id": child["id"] });
        let leaf = add(&ada, noun, new).await;
        // Each time, the child leaves and the parent moves to where there is no room for it.
        let freed = change(part_of(&ada, noun, &child, None)).await;
        let lowered = change(part_of(&ada, noun, &top, Some(&chain[3]))).await;
        undo(&ada, &freed).fails(409).await;
        change(undo(&ada, &lowered)).await;
        change(undo(&ada, &freed)).await;

        let deletion = change(ada.delete(&path(noun, &child))).await;
        change(part_of(&ada, noun, &top, Some(&chain[3]))).await;
        undo(&ada, &deletion).fails(409).await;
        restore(&ada, &child).is(200).await;
        let child = ada.get(&path(noun, &child)).gives(200).await;
        assert_eq!(child["parent_id"], Value::Null);
        let leaf = ada.get(&path(noun, &leaf)).gives(200).await;
        assert_eq!(leaf["parent_id"], child["id"]);
        // Alone, it has room.
        ada.delete(&path(noun, &leaf)).is(204).await;
        change(part_of(&ada, noun, &child, Some(&top))).await;
        ada.delete(&path(noun, &child)).is(204).await;
        restore(&ada, &child).is(200).await;
        let child = ada.get(&path(noun, &child)).gives(200).await;
        assert_eq!(child["parent_id"], top["id"]);
    }
}
