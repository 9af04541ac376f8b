//! Limits of what an account can store.

use serde_json::{Value, json};

use crate::support::{Ask, Server, User};

const TASKS: &str = "/api/v1/tasks";

fn path(task: &Value) -> String {
    format!("{TASKS}/{}", task["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn an_account_has_limits() {
    let server = Server::with(&[
        ("DOCKET_MAX_PROJECTS", "2"),
        ("DOCKET_MAX_TASKS", "4"),
        ("DOCKET_MAX_OPEN_TASKS", "2"),
        ("DOCKET_MAX_LABELS", "1"),
        ("DOCKET_MAX_FILTERS", "1"),
    ])
    .await;
    let user = User::register(&server).await;
    let project = json!({ "name": "Garden" });
    let garden = user.post("/api/v1/projects", &project).gives(201).await;
    let problem = user.post("/api/v1/projects", &project).fails(422).await;
    assert_eq!(problem.breaks("name", "too_many")["limit"], 2);

    let first = user.add_task("One").await;
    let second = user.add_task("Two").await;
    let task = json!({ "title": "Three" });
    let problem = user.post(TASKS, &task).fails(422).await;
    assert_eq!(problem.breaks("project_id", "too_many")["limit"], 2);
    // A completed task makes room for an open one, and a full project takes no task of another.
    let done = format!("{}/completion", path(&first));
    user.put(&done, &json!({})).is(200).await;
    let third = user.post(TASKS, &task).gives(201).await;
    let elsewhere = json!({ "title": "Four", "project_id": garden["id"] });
    let fourth = user.post(TASKS, &elsewhere).gives(201).await;
    let back = json!({ "project_id": null });
    let problem = user.patch(&path(&fourth), &back).fails(422).await;
    problem.breaks("project_id", "too_many");

    // Deleted tasks count until they leave the trash.
    user.delete(&path(&second)).is(204).await;
    let problem = user.post(TASKS, &task).fails(422).await;
    assert_eq!(problem.breaks("project_id", "too_many")["limit"], 4);
    user.delete("/api/v1/trash").is(204).await;
    user.post(TASKS, &task).is(201).await;

    let labelled = json!({ "labels": ["home"] });
    user.patch(&path(&third), &labelled).is(200).await;
    let more = json!({ "labels": ["home", "errand"] });
    let problem = user.patch(&path(&third), &more).fails(422).await;
    assert_eq!(problem.breaks("labels", "too_many")["limit"], 1);
    let label = json!({ "name": "errand" });
    user.post("/api/v1/labels", &label)
        .fails(422)
        .await
        .breaks("name", "too_many");

    let filter = json!({ "name": "Urgent", "expression": "p1" });
    let urgent = user.post("/api/v1/filters", &filter).gives(201).await;
    let problem = user.post("/api/v1/filters", &filter).fails(422).await;
    assert_eq!(problem.breaks("name", "too_many")["limit"], 1);
    let urgent = format!("/api/v1/filters/{}", urgent["id"].as_str().expect("an id"));
    user.delete(&urgent).is(204).await;
    user.post("/api/v1/filters", &filter).is(201).await;

    // The limits are those of each account.
    let other = User::register(&server).await;
    other.add_task("Mine").await;
}
