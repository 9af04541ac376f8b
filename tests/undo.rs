//! Undo: each change of a task is reversed exactly, or the conflict is named.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header, until};

/// Returns the id of the change of a response.
fn change_of(answer: &Response) -> String {
    let id = header(answer, "docket-change");
    assert!(!id.is_empty(), "no Docket-Change");
    id
}

fn undo_path(change: &str) -> String {
    format!("/api/v1/changes/{change}/undo")
}

/// Returns a task without the members that every change replaces.
fn stable(task: &Value) -> Value {
    let mut task = task.clone();
    for member in ["updated_at", "version"] {
        task[member] = Value::Null;
    }
    task
}

#[tokio::test]
async fn each_change_of_a_task_is_reversed_and_repeated() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("First").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    let completion = format!("{path}/completion");
    for request in [
        ada.patch(
            &path,
            &json!({ "title": "\u{c9}t\u{e9}", "description": "Notes" }),
        ),
        ada.put(&path, &json!({ "title": "Replaced", "completed": true })),
        ada.request(Method::PUT, &completion),
        ada.request(Method::POST, &format!("{path}/toggle")),
        ada.delete(&path),
    ] {
        let before = ada.get(&path).gives(200).await;
        let changed = request.answer().await;
        assert!(changed.status().is_success());
        let change = change_of(&changed);
        let is_deleted = changed.status() == 204;
        let after = if is_deleted {
            ada.get(&path).fails(404).await;
            Value::Null
        } else {
            ada.get(&path).gives(200).await
        };
        let undone = ada.request(Method::POST, &undo_path(&change)).is(200).await;
        let undo = change_of(&undone);
        let items = undone.json::<Value>().await.expect("JSON");
        let now = ada.get(&path).gives(200).await;
        assert_eq!(stable(&now), stable(&before));
        assert_eq!(
            items["items"],
            json!([{ "type": "task", "id": now["id"], "deleted": false, "object": now }])
        );
        // The change that has been undone is not the last one any more.
        ada.request(Method::POST, &undo_path(&change))
            .fails(409)
            .await;
        let redone = ada.request(Method::POST, &undo_path(&undo)).is(200).await;
        let redo = change_of(&redone);
        if is_deleted {
            ada.get(&path).fails(404).await;
        } else {
            assert_eq!(stable(&ada.get(&path).gives(200).await), stable(&after));
        }
        ada.request(Method::POST, &undo_path(&redo)).is(200).await;
        assert_eq!(stable(&ada.get(&path).gives(200).await), stable(&before));
    }
}

#[tokio::test]
async fn the_undo_of_a_creation_moves_the_task_to_the_trash() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let created = ada
        .post("/api/v1/tasks", &json!({ "title": "New" }))
        .is(201)
        .await;
    let change = change_of(&created);
    let undone = ada
        .request(Method::POST, &undo_path(&change))
        .gives(200)
        .await;
    assert_eq!(
        undone["items"],
        json!([{ "type": "task", "id": change, "deleted": true }])
    );
    assert_eq!(ada.titles("").await, [""; 0]);
    let trash = ada.get("/api/v1/trash").gives(200).await;
    assert_eq!(trash["items"][0]["title"], "New");
    let again = ada
        .request(Method::POST, &undo_path(&change))
        .fails(409)
        .await;
    assert!(again.detail().contains("New"), "{}", again.detail());
}

#[tokio::test]
async fn a_conflict_names_the_task_and_changes_nothing() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("First").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    let changed = ada
        .patch(&path, &json!({ "title": "Second" }))
        .is(200)
        .await;
    let change = change_of(&changed);
    ada.patch(&path, &json!({ "title": "Third" })).is(200).await;
    let before = ada.get(&path).gives(200).await;
    let problem = ada
        .request(Method::POST, &undo_path(&change))
        .fails(409)
        .await;
    assert!(problem.detail().contains("Third"), "{}", problem.detail());
    assert_eq!(ada.get(&path).gives(200).await, before);
    ada.delete(&path).is(204).await;
    let problem = ada
        .request(Method::POST, &undo_path(&change))
        .fails(409)
        .await;
    assert!(problem.detail().contains("Third"), "{}", problem.detail());
}

#[tokio::test]
async fn a_change_of_somebody_else_is_unknown() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let task = ada.add_task("First").await;
    let id = task["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/tasks/{id}");
    let changed = ada
        .patch(&path, &json!({ "title": "Second" }))
        .is(200)
        .await;
    let unknown = uuid::Uuid::now_v7().to_string();
    for change in [change_of(&changed), id, unknown] {
        bob.request(Method::POST, &undo_path(&change))
            .fails(404)
            .await;
    }
    bob.request(Method::POST, "/api/v1/changes/x/undo")
        .fails(404)
        .await;
    assert_eq!(ada.titles("").await, ["Second"]);
}

#[tokio::test]
async fn a_repeated_undo_with_a_key_has_the_first_answer() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("First").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    let changed = ada
        .patch(&path, &json!({ "title": "Second" }))
        .is(200)
        .await;
    let undo = undo_path(&change_of(&changed));
    let ask = || {
        ada.request(Method::POST, &undo)
            .header("idempotency-key", "once")
    };
    let first = ask().is(200).await;
    let second = ask().is(200).await;
    assert_eq!(header(&second, "idempotency-replayed"), "true");
    assert_eq!(change_of(&first), change_of(&second));
    let (first, second): (Value, Value) = (
        first.json().await.expect("JSON"),
        second.json().await.expect("JSON"),
    );
    assert_eq!(first, second);
    until("the title is back", || async {
        ada.titles("").await == ["First"]
    })
    .await;
}

#[tokio::test]
async fn the_creation_of_a_label_that_tasks_still_have_is_not_undone() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let labels = async || {
        let list = ada.get("/api/v1/labels").gives(200).await;
        let items = list["items"].as_array().expect("items").clone();
        items
            .into_iter()
            .map(|label| label["name"].clone())
            .collect::<Vec<_>>()
    };
    let undo = |change: &str| ada.request(Method::POST, &undo_path(change));
    let new = json!({ "name": "Errand" });
    let created = change_of(&ada.post("/api/v1/labels", &new).is(201).await);
    let task = json!({ "title": "Shop", "labels": ["errand"] });
    let task = ada.post("/api/v1/tasks", &task).gives(201).await;
    let problem = undo(&created).fails(409).await;
    assert!(problem.detail().contains("Errand"), "{}", problem.detail());
    assert_eq!(labels().await, ["Errand"]);
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    ada.patch(&path, &json!({ "labels": [] })).is(200).await;
    undo(&created).is(200).await;
    assert_eq!(labels().await, Vec::<Value>::new());

    // A label that came with a task goes with it, unless another task has it.
    let new = json!({ "title": "First", "labels": ["home"] });
    let first = change_of(&ada.post("/api/v1/tasks", &new).is(201).await);
    undo(&first).is(200).await;
    assert_eq!(labels().await, Vec::<Value>::new());
    let first = change_of(&ada.post("/api/v1/tasks", &new).is(201).await);
    let new = json!({ "title": "Second", "labels": ["Home"] });
    let second = ada.post("/api/v1/tasks", &new).gives(201).await;
    undo(&first).is(200).await;
    assert_eq!(labels().await, ["home"]);
    assert_eq!(ada.titles("").await, ["Second", "Shop"]);
    let second = second["id"].as_str().expect("an id");
    assert_eq!(ada.task(second).await["labels"], json!(["home"]));
}

#[tokio::test]
async fn a_batch_that_changes_tasks_and_deletes_their_project_is_reversed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let project = json!({ "name": "Move" });
    let project = ada.post("/api/v1/projects", &project).gives(201).await["id"].clone();
    let task = async |title: &str| {
        let task = json!({ "title": title, "project_id": project });
        ada.post("/api/v1/tasks", &task).gives(201).await["id"].clone()
    };
    let (changed, deleted) = (task("Boxes").await, task("Van").await);
    let all = "/api/v1/tasks?sort=title&status=all";
    let state = async || {
        let list = ada.get(all).gives(200).await;
        let items = list["items"].as_array().expect("items");
        items.iter().map(stable).collect::<Vec<_>>()
    };
    let before = state().await;
    let batch = json!({ "atomic": true, "commands": [
        { "op": "update_task", "id": changed, "patch": { "title": "Crates", "labels": ["loft"] } },
        { "op": "delete_task", "id": deleted },
        { "op": "create_task", "task": { "title": "Keys", "project_id": project } },
        { "op": "delete_project", "id": project },
    ] });
    let batch = change_of(&ada.post("/api/v1/batch", &batch).is(200).await);
    assert_eq!(state().await, Vec::<Value>::new());
    let undo = |change: &str| ada.request(Method::POST, &undo_path(change));
    let undone = change_of(&undo(&batch).is(200).await);
    assert_eq!(state().await, before);
    undo(&undone).is(200).await;
    assert_eq!(state().await, Vec::<Value>::new());
    // Others of the batch do not see what the undo has loaded from the trash.
    ada.get(&format!(
        "/api/v1/tasks/{}",
        changed.as_str().expect("an id")
    ))
    .is(404)
    .await;
}
