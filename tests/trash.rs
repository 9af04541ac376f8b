//! The trash: deleted tasks are listed, restored in place, and purged.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, query, query_scalar};

use crate::support::{Ask, Server, User, until};

const DAY: i64 = 24 * 3_600 * 1_000_000;

async fn deleted_task(user: &User, title: &str) -> Value {
    let task = user.add_task(title).await;
    user.delete(&path_of(&task)).is(204).await;
    task
}

fn path_of(task: &Value) -> String {
    format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"))
}

fn trash_of(task: &Value) -> String {
    format!("/api/v1/trash/{}", task["id"].as_str().expect("an id"))
}

async fn titles(user: &User) -> Vec<String> {
    let page = user.get("/api/v1/trash").gives(200).await;
    let items = page["items"].as_array().expect("items").iter();
    items
        .map(|item| item["title"].as_str().expect("a title").to_owned())
        .collect()
}

async fn count(server: &Server, sql: &str) -> i64 {
    let mut connection = server.database().await;
    let count = query_scalar::<_, i64>(AssertSqlSafe(sql.to_owned()));
    let count = count.fetch_one(&mut connection).await.expect("a count");
    connection.close().await.expect("closed");
    count
}

#[tokio::test]
async fn a_deleted_task_is_listed_and_restored_as_it_was() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = deleted_task(&ada, "Gone").await;
    let page = ada.get("/api/v1/trash").gives(200).await;
    let item = &page["items"][0];
    assert_eq!(item["id"], task["id"]);
    assert_eq!(item["type"], "task");
    assert_eq!(item["title"], "Gone");
    assert_eq!(item["project_id"], json!(ada.id));
    assert_eq!(item["deleted_by"], json!(ada.id));
    assert_eq!(item["items"], 1);
    assert!(item["purged_at"].as_str() > item["deleted_at"].as_str());
    let restored = ada.request(Method::POST, &format!("{}/restore", trash_of(&task)));
    let restored = restored.gives(200).await;
    let now = ada.get(&path_of(&task)).gives(200).await;
    assert_eq!(restored["items"][0]["object"], now);
    for member in ["title", "description", "completed", "created_at"] {
        assert_eq!(now[member], task[member], "{member}");
    }
    assert_eq!(titles(&ada).await, [""; 0]);
    ada.request(Method::POST, &format!("{}/restore", trash_of(&task)))
        .fails(404)
        .await;
}

#[tokio::test]
async fn the_restoration_can_be_undone() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = deleted_task(&ada, "Gone").await;
    let restored = ada.request(Method::POST, &format!("{}/restore", trash_of(&task)));
    let restored = restored.is(200).await;
    let change = crate::support::header(&restored, "docket-change");
    let undo = format!("/api/v1/changes/{change}/undo");
    ada.request(Method::POST, &undo).is(200).await;
    ada.get(&path_of(&task)).fails(404).await;
    assert_eq!(titles(&ada).await, ["Gone"]);
}

#[tokio::test]
async fn the_trash_has_pages() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for number in 0..5 {
        deleted_task(&ada, &format!("Task {number}")).await;
    }
    let (mut found, mut path) = (Vec::new(), "/api/v1/trash?limit=2".to_owned());
    loop {
        let page = ada.get(&path).gives(200).await;
        let items = page["items"].as_array().expect("items");
        found.extend(items.iter().map(|item| item["title"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/trash?limit=2&cursor={cursor}");
    }
    assert_eq!(found, ["Task 4", "Task 3", "Task 2", "Task 1", "Task 0"]);
    ada.get("/api/v1/trash?cursor=x")
        .fails(422)
        .await
        .names("cursor");
    ada.get("/api/v1/trash?limit=0")
        .fails(422)
        .await
        .names("limit");
}

#[tokio::test]
async fn others_neither_see_nor_change_the_trash() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let task = deleted_task(&ada, "Gone").await;
    assert_eq!(titles(&bob).await, [""; 0]);
    let path = trash_of(&task);
    bob.request(Method::POST, &format!("{path}/restore"))
        .fails(404)
        .await;
    bob.delete(&path).fails(404).await;
    bob.delete("/api/v1/trash").is(204).await;
    assert_eq!(titles(&ada).await, ["Gone"]);
}

#[tokio::test]
async fn a_purged_task_leaves_no_text() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Secret one").await;
    let patch = json!({ "title": "Secret two", "description": "Secret three" });
    ada.patch(&path_of(&task), &patch).is(200).await;
    ada.patch(&path_of(&task), &json!({ "title": "Secret four" }))
        .is(200)
        .await;
    ada.delete(&path_of(&task)).is(204).await;
    let kept = ada.add_task("Secret kept").await;
    ada.patch(&path_of(&kept), &json!({ "title": "Kept" }))
        .is(200)
        .await;
    let total = "SELECT total_tasks FROM projects";
    assert_eq!(count(&server, total).await, 2);
    ada.delete(&trash_of(&task)).is(204).await;
    ada.delete(&trash_of(&task)).fails(404).await;
    assert_eq!(titles(&ada).await, [""; 0]);
    assert_eq!(count(&server, total).await, 1);
    let tombstones = "SELECT COUNT(*) FROM tombstones WHERE title = '' AND item IS NULL
                      AND root_id IS NULL";
    assert_eq!(count(&server, tombstones).await, 1);
    let text = "SELECT COUNT(*) FROM changes WHERE old_values LIKE '%Secret%'";
    assert_eq!(count(&server, text).await, 1);
    ada.request(Method::POST, &format!("{}/restore", trash_of(&task)))
        .fails(404)
        .await;
}

#[tokio::test]
async fn the_trash_is_emptied() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for number in 0..3 {
        deleted_task(&ada, &format!("Task {number}")).await;
    }
    let kept = ada.add_task("Kept").await;
    ada.delete("/api/v1/trash").is(204).await;
    assert_eq!(titles(&ada).await, [""; 0]);
    assert_eq!(ada.titles("").await, ["Kept"]);
    assert_eq!(count(&server, "SELECT total_tasks FROM projects").await, 1);
    ada.delete("/api/v1/trash").is(204).await;
    assert_eq!(ada.task(kept["id"].as_str().expect("an id")).await, kept);
}

#[tokio::test]
async fn a_job_purges_tasks_after_thirty_days() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for number in 0..3 {
        deleted_task(&ada, &format!("Old {number}")).await;
    }
    let mut connection = server.database().await;
    let sql = format!(
        "UPDATE tombstones SET deleted_at = deleted_at - {}",
        31 * DAY
    );
    let aged = query(AssertSqlSafe(sql)).execute(&mut connection).await;
    aged.expect("aged");
    connection.close().await.expect("closed");
    deleted_task(&ada, "Young").await;
    server.run_job("purge_trash").await;
    until("the old tasks are gone", || async {
        count(&server, "SELECT COUNT(*) FROM tombstones").await == 1
    })
    .await;
    assert_eq!(titles(&ada).await, ["Young"]);
    assert_eq!(count(&server, "SELECT total_tasks FROM projects").await, 1);
    assert!(!server.log().contains("event=error"), "{}", server.log());
}

#[tokio::test]
async fn a_search_finds_deleted_tasks_by_their_words() {
    let server = Server::start().await;
    let (ada, eve) = (User::register(&server).await, User::register(&server).await);
    let found = async |user: &User, words: &str| {
        let page = user
            .get(&format!("/api/v1/trash?q={words}"))
            .gives(200)
            .await;
        assert_eq!(page["next_cursor"], Value::Null);
        let items = page["items"].as_array().expect("items").iter();
        items
            .map(|item| item["title"].as_str().expect("a title").to_owned())
            .collect::<Vec<_>>()
    };
    let parent = json!({ "title": "R\u{e9}sum\u{e9}", "description": "For the \"new\" job" });
    let parent = ada.post("/api/v1/tasks", &parent).gives(201).await;
    let part = json!({ "title": "Print it", "parent_id": parent["id"] });
    ada.post("/api/v1/tasks", &part).is(201).await;
    ada.delete(&path_of(&parent)).is(204).await;
    ada.add_task("Resume work").await;
    deleted_task(&eve, "Resume too").await;
    let project = ada.post("/api/v1/projects", &json!({ "name": "House" }));
    let project = project.gives(201).await["id"].clone();
    let task = json!({ "title": "Paint", "description": "Stra\u{df}e", "project_id": project });
    ada.post("/api/v1/tasks", &task).is(201).await;
    assert_eq!(found(&ada, "strasse").await, Vec::<String>::new());
    let project = format!("/api/v1/projects/{}", project.as_str().expect("an id"));
    ada.delete(&project).is(204).await;
    for (words, titles) in [
        ("resume", vec!["R\u{e9}sum\u{e9}"]),
        ("JOB%20%22new%22%20resume", vec!["R\u{e9}sum\u{e9}"]),
        // It was deleted with the other one.
        ("print", vec!["R\u{e9}sum\u{e9}"]),
        ("strasse%20paint", vec!["House"]),
        ("house", vec!["House"]),
        ("print%20job", vec![]),
        ("version", vec![]),
        ("%20", vec!["House", "R\u{e9}sum\u{e9}"]),
    ] {
        assert_eq!(found(&ada, words).await, titles, "{words}");
    }
    assert_eq!(found(&eve, "resume").await, ["Resume too"]);
    let long = "a".repeat(201);
    let problem = ada.get(&format!("/api/v1/trash?q={long}")).fails(422).await;
    assert_eq!(problem.fields(), ["q"]);
}
