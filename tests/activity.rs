//! The activity of tasks and projects.

use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

fn commands(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    let commands = items.iter().map(|item| item["command"].as_str());
    commands
        .map(|command| command.expect("a command"))
        .collect()
}

async fn activity(user: &User, path: &str) -> Value {
    user.get(&format!("{path}/activity")).gives(200).await
}

#[tokio::test]
async fn the_activity_of_a_task_has_values_before_and_after() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let task = user.add_task("First").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    user.patch(&path, &json!({ "title": "Second", "priority": 1 }))
        .is(200)
        .await;
    user.patch(
        &path,
        &json!({ "title": "Third", "due": { "date": "2026-04-01" } }),
    )
    .is(200)
    .await;
    let done = user
        .put(&format!("{path}/completion"), &json!({}))
        .is(200)
        .await;
    let undo = format!("/api/v1/changes/{}/undo", header(&done, "Docket-Change"));
    user.post(&undo, &json!({})).is(200).await;

    let page = activity(&user, &path).await;
    let expected = [
        "undo",
        "complete_task",
        "update_task",
        "update_task",
        "create_task",
    ];
    assert_eq!(commands(&page), expected);
    assert_eq!(page["next_cursor"], Value::Null);
    let items = &page["items"];
    let change = |index: usize| (&items[index]["before"], &items[index]["after"]);
    assert_eq!(change(1).0["completed"], false);
    assert_eq!(change(1).1["completed"], true);
    let before = json!({ "title": "Second", "due": null });
    let after = json!({ "title": "Third", "due": { "date": "2026-04-01" } });
    assert_eq!(change(2), (&before, &after));
    assert_eq!(change(3).0, &json!({ "title": "First", "priority": 4 }));
    assert_eq!(change(4), (&json!({}), &json!({})));
    assert_eq!(
        (&items[4]["at"], &items[4]["id"]),
        (&task["created_at"], &task["id"])
    );
    for item in items.as_array().expect("items") {
        assert_eq!(
            (&item["user_id"], &item["user"]),
            (&json!(user.id), &json!("Ada Lovelace"))
        );
        assert_eq!(
            (&item["type"], &item["item_id"]),
            (&json!("task"), &task["id"])
        );
    }

    // In pages of one entry.
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = user
            .get(&format!("{path}/activity?limit=1{cursor}"))
            .gives(200)
            .await;
        paged.extend(commands(&page).into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, expected);

    let stranger = User::register(&server).await;
    stranger.get(&format!("{path}/activity")).fails(404).await;
    user.get(&format!("{path}/activity?cursor=x"))
        .fails(422)
        .await
        .names("cursor");
}

#[tokio::test]
async fn a_deleted_task_has_its_activity_while_it_is_in_the_trash() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let task = user.add_task("Gone").await;
    let id = task["id"].as_str().expect("an id");
    let path = format!("/api/v1/tasks/{id}");
    user.patch(&path, &json!({ "title": "Going" }))
        .is(200)
        .await;
    user.delete(&path).is(204).await;
    let page = activity(&user, &path).await;
    assert_eq!(
        commands(&page),
        ["delete_task", "update_task", "create_task"]
    );
    user.post(&format!("/api/v1/trash/{id}/restore"), &json!({}))
        .is(200)
        .await;
    let page = activity(&user, &path).await;
    let expected = ["restore_item", "delete_task", "update_task", "create_task"];
    assert_eq!(commands(&page), expected);
    user.delete(&path).is(204).await;
    user.delete(&format!("/api/v1/trash/{id}")).is(204).await;
    user.get(&format!("{path}/activity")).fails(404).await;
}

#[tokio::test]
async fn the_activity_of_a_project_has_that_of_its_tasks() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let project = user
        .post("/api/v1/projects", &json!({ "name": "Garden" }))
        .gives(201)
        .await;
    let path = format!(
        "/api/v1/projects/{}",
        project["id"].as_str().expect("an id")
    );
    let batch = json!({ "atomic": true, "commands": [
        { "op": "create_section", "ref": "s", "section": { "project_id": project["id"], "name": "Beds" } },
        { "op": "create_task", "ref": "t", "task": { "title": "Dig", "section_id": "$s", "labels": ["spade"] } },
        { "op": "update_task", "id": "$t", "patch": { "priority": 2 } },
        { "op": "update_task", "id": "$t", "patch": { "priority": 1 } },
    ] });
    user.post("/api/v1/batch", &batch).is(200).await;
    user.patch(&path, &json!({ "name": "Allotment" }))
        .is(200)
        .await;
    let page = activity(&user, &path).await;
    let mut found = commands(&page);
    assert_eq!(found[0], "update_project");
    assert_eq!(page["items"][0]["after"], json!({ "name": "Allotment" }));
    found.sort_unstable();
    let expected = [
        "batch",
        "batch",
        "create_project",
        "create_section",
        "create_task",
        "update_project",
    ];
    assert_eq!(found, expected);
    let stranger = User::register(&server).await;
    stranger.get(&format!("{path}/activity")).fails(404).await;
}
