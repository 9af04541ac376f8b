//! Many writes at once: each is answered for itself, and lasts from its answer on.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Ask, Server, User, together};

const WRITERS: usize = 48;

#[tokio::test]
async fn what_was_acknowledged_outlives_the_server() {
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
async fn clients_that_leave_keep_nobody_from_writing() {
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
