//! The change log: what each command has changed, written with the change.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Row, query};

use crate::support::{Ask, Server, User};

/// The entries of the log in their order: the command, the task and the values that were replaced.
async fn entries(server: &Server) -> Vec<(String, String, Value)> {
    let mut connection = server.database().await;
    let rows = query("SELECT command, item_id, old_values FROM changes ORDER BY id, position")
        .fetch_all(&mut connection)
        .await
        .expect("the log");
    rows.iter()
        .map(|row| {
            let old: String = row.get("old_values");
            let old = serde_json::from_str(&old).expect("JSON");
            (row.get("command"), row.get("item_id"), old)
        })
        .collect()
}

#[tokio::test]
async fn an_entry_has_the_values_that_a_change_replaced() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("First").await;
    let id = task["id"].as_str().expect("an id");
    let path = format!("/api/v1/tasks/{id}");
    let completion = format!("{path}/completion");
    ada.patch(&path, &json!({ "title": "\u{c9}t\u{e9}" }))
        .gives(200)
        .await;
    let done = ada.request(Method::PUT, &completion).gives(200).await;
    // Nothing changes, so nothing is logged.
    ada.request(Method::PUT, &completion).gives(200).await;
    let stale = ada.patch(&path, &json!({ "title": "No" }));
    stale.header("if-match", "\"other\"").is(412).await;
    ada.request(Method::DELETE, &completion).gives(200).await;
    ada.put(&path, &json!({ "title": "Last", "description": "Notes" }))
        .gives(200)
        .await;
    ada.request(Method::POST, &format!("{path}/toggle"))
        .gives(200)
        .await;
    ada.delete(&path).is(204).await;

    let log = entries(&server).await;
    assert!(log.iter().all(|(_, item, _)| item == id));
    let (old, deleted) = log.split_at(log.len() - 1);
    let old: Vec<_> = old
        .iter()
        .map(|(command, _, old)| (command.as_str(), old.clone()))
        .collect();
    let completed_at = microseconds(&done["completed_at"]);
    assert_eq!(
        old,
        [
            (
                "update_task",
                json!({ "title": "First", "title_folded": null })
            ),
            ("complete_task", json!({ "completed_at": null })),
            ("reopen_task", json!({ "completed_at": completed_at })),
            (
                "replace_task",
                json!({ "title": "\u{c9}t\u{e9}", "title_folded": "\u{e9}t\u{e9}", "description": "" })
            ),
            ("toggle_task", json!({ "completed_at": null })),
        ]
    );
    let (command, _, old) = &deleted[0];
    assert_eq!((command.as_str(), old), ("delete_task", &json!({})));
    // The trash has the deleted row.
    let mut connection = server.database().await;
    let row = query("SELECT item FROM tombstones").fetch_one(&mut connection);
    let item: String = row.await.expect("a tombstone").get("item");
    let whole: Value = serde_json::from_str(&item).expect("JSON");
    assert_eq!(
        (&whole["title"], &whole["description"]),
        (&json!("Last"), &json!("Notes"))
    );
    assert_eq!(whole["id"], id);
}

/// Microseconds since 1970 of an RFC 3339 date-time.
fn microseconds(text: &Value) -> i64 {
    let text = text.as_str().expect("a date-time");
    let format = &time::format_description::well_known::Rfc3339;
    let instant = time::OffsetDateTime::parse(text, format).expect("a date-time");
    i64::try_from(instant.unix_timestamp_nanos() / 1_000).expect("64 bits")
}
