//! Concurrent writes: each gets its own response, and is durable once acknowledged.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, Executor};

use crate::support::{Ask, Engine, Server, User, jwt, together};

const WRITERS: usize = 48;

#[tokio::test]
async fn acknowledged_writes_survive_a_crash() {
    let mut server = Server::start().await;
    let mut user = User::register(&server).await;
    for round in 0..3 {
        let writes = (0..WRITERS).map(|number| {
            let user = user.clone();
            async move {
                let title = format!("{round} {number}");
                user.add_task(&title).await;
                title
            }
        });
        let written: BTreeSet<_> = together(writes).await.into_iter().collect();
        server.kill();
        server.restart().await;
        user = user.on(&server);
        let kept: BTreeSet<_> = user.titles("limit=200").await.into_iter().collect();
        assert!(
            kept.is_superset(&written),
            "{:?}",
            written.difference(&kept)
        );
        assert_eq!(kept.len(), (round + 1) * WRITERS);
    }
}

#[tokio::test]
async fn a_refused_write_undoes_no_other_and_leaves_nothing() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let kept = user.add_task("As it was").await;
    let path = format!("/api/v1/tasks/{}", kept["id"].as_str().expect("an id"));
    let writes = (0..3 * WRITERS).map(|number| {
        let (user, path) = (user.clone(), path.clone());
        async move {
            let change = json!({ "title": "Changed" });
            match number % 3 {
                0 => {
                    user.add_task(&format!("New {number}")).await;
                }
                1 => {
                    let stale = user.patch(&path, &change).header("If-Match", "\"other\"");
                    stale.is(412).await;
                }
                _ => {
                    let nowhere = uuid::Uuid::now_v7();
                    user.patch(&format!("/api/v1/tasks/{nowhere}"), &change)
                        .is(404)
                        .await;
                }
            }
        }
    });
    together(writes).await;
    let titles = user.titles("limit=200").await;
    assert_eq!(titles.len(), WRITERS + 1);
    assert!(!titles.iter().any(|title| title == "Changed"));
    assert_eq!(user.task(kept["id"].as_str().expect("an id")).await, kept);
}

#[tokio::test]
async fn the_same_key_at_once_writes_once() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let writes = (0..WRITERS).map(|number| {
        let user = user.clone();
        async move {
            let key = format!("key {}", number % 4).replace(' ', "-");
            let task = json!({ "title": key });
            user.post("/api/v1/tasks", &task)
                .header("Idempotency-Key", &key)
                .is(201)
                .await;
        }
    });
    together(writes).await;
    let mut titles = user.titles("").await;
    titles.sort();
    assert_eq!(titles, ["key-0", "key-1", "key-2", "key-3"]);
}

#[tokio::test]
async fn disconnected_clients_block_no_writer() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for _ in 0..4 {
        let leaving: Vec<_> = (0..WRITERS)
            .map(|number| {
                let user = user.clone();
                tokio::spawn(async move { user.add_task(&format!("Left {number}")).await })
            })
            .collect();
        let staying = user.add_task("Stayed");
        let abandoned = async {
            tokio::task::yield_now().await;
            leaving.iter().for_each(tokio::task::JoinHandle::abort);
        };
        tokio::join!(staying, abandoned);
    }
    let stayed = user.titles("limit=200").await;
    assert_eq!(stayed.iter().filter(|title| *title == "Stayed").count(), 4);
}

#[tokio::test]
async fn concurrently_created_tasks_belong_to_their_creators() {
    let server = Server::start().await;
    let mut users = Vec::new();
    for _ in 0..4 {
        users.push(User::register(&server).await);
    }
    let large = "x".repeat(50_000);
    let writes = (0..2 * WRITERS).map(|number| {
        let user = users[number % users.len()].clone();
        let task = match number % 6 {
            0 => json!({ "title": "12" }),
            1 => json!({ "title": "null", "description": null }),
            2 => json!({ "title": "[\"a\"] \\ ' $1 \u{1} ÄÖ🦀", "completed": true }),
            3 => json!({ "title": "Large", "description": large }),
            4 => json!({ "title": " trimmed ", "description": "{\"a\": 1}\n\t\u{7f}" }),
            _ => json!({ "title": format!("{number}"), "completed": false }),
        };
        async move {
            let answer = user.post("/api/v1/tasks", &task).is(201).await;
            let made: serde_json::Value = answer.json().await.expect("a task");
            let title = task["title"].as_str().expect("a title");
            assert_eq!(made["title"], title.trim());
            assert_eq!(
                made["description"],
                task["description"].as_str().unwrap_or_default()
            );
            assert_eq!(made["completed"], task["completed"] == true);
            let id = made["id"].as_str().expect("an id");
            assert_eq!(user.task(id).await, made);
        }
    });
    together(writes).await;
    for user in users {
        let list = user.list("limit=200").await;
        let items = list["items"].as_array().expect("a list");
        assert_eq!(items.len(), 2 * WRITERS / 4);
        assert_eq!(user.titles("q=%C3%A4%C3%B6&status=done").await.len(), {
            let made = items.iter().filter(|item| item["completed"] == true);
            made.count()
        });
    }
}

#[tokio::test]
async fn concurrent_toggles_affect_only_the_users_own_tasks() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let mut tasks = Vec::new();
    for number in 0..WRITERS {
        let owner = if number % 2 == 0 { &ada } else { &bob };
        tasks.push((owner, owner.add_task(&format!("{number}")).await));
    }
    let toggles = tasks.iter().flat_map(|(owner, task)| {
        let path = format!(
            "/api/v1/tasks/{}/toggle",
            task["id"].as_str().expect("an id")
        );
        [&ada, &bob].map(|user| {
            let (request, owns) = (user.request(Method::POST, &path), user.id == owner.id);
            let task = task.clone();
            async move {
                if !owns {
                    request.fails(404).await;
                    return;
                }
                let toggled = request.gives(200).await;
                assert_eq!(toggled["id"], task["id"]);
                assert_eq!(toggled["title"], task["title"]);
                assert_eq!(toggled["completed"], true);
                assert_eq!(toggled["completed_at"], toggled["updated_at"]);
                assert!(toggled["version"].as_i64() > task["version"].as_i64());
            }
        })
    });
    together(toggles).await;
    for (owner, task) in &tasks {
        let id = task["id"].as_str().expect("an id");
        let after = owner.task(id).await;
        assert_eq!(after["completed"], true);
        owner
            .request(Method::POST, &format!("/api/v1/tasks/{id}/toggle"))
            .gives(200)
            .await;
        assert!(owner.task(id).await["completed_at"].is_null());
    }
    assert!(ada.titles("status=done").await.is_empty());
}

#[tokio::test]
async fn a_new_task_waits_for_no_other_users_change() {
    if Engine::chosen() == Engine::Sqlite {
        // On SQLite, a write locks the whole file.
        return;
    }
    let server = Server::with(&[("DOCKET_DATABASE_CONNECTIONS", "10")]).await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let mut holder = server.database().await;
    let mut transaction = holder.begin().await.expect("a transaction");
    let claims = jwt::claims(&ada.tokens.access);
    let id = claims["sub"].as_str().expect("an id");
    let sql = format!("UPDATE projects SET version = version WHERE id = '{id}'");
    let changed = transaction.execute(sqlx::AssertSqlSafe(sql)).await;
    assert_eq!(changed.expect("a change").rows_affected(), 1);
    let writes = (0..WRITERS).map(|number| {
        // These requests wait and hold three of the eight connections for writers.
        let held = number % 16 == 0;
        let user = if held { &ada } else { &bob }.clone();
        async move {
            let task = json!({ "title": "Now" });
            let answer = user.post("/api/v1/tasks", &task).answer().await;
            (held, answer.status().as_u16())
        }
    });
    for (held, status) in together(writes).await {
        assert_eq!(status, if held { 503 } else { 201 });
    }
    transaction.rollback().await.expect("the end of it");
    assert_eq!(bob.titles("").await.len(), WRITERS - WRITERS.div_ceil(16));
    ada.add_task("After").await;
    assert_eq!(ada.titles("").await, ["After"]);
}

#[tokio::test]
async fn deleting_an_account_keeps_other_users_new_tasks() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let writes = (0..WRITERS).map(|number| {
        let (ada, bob) = (ada.clone(), bob.clone());
        async move {
            if number == WRITERS / 2 {
                let password = json!({ "password": ada.password });
                let me = ada.request(Method::DELETE, "/api/v1/me");
                me.json(&password).is(204).await;
            }
            let task = json!({ "title": "Now" });
            let late = ada.post("/api/v1/tasks", &task).answer().await.status();
            assert!(matches!(late.as_u16(), 201 | 401 | 404), "{late}");
            bob.add_task("Kept").await;
        }
    });
    together(writes).await;
    assert_eq!(bob.titles("").await, vec!["Kept"; WRITERS]);
}
