//! Conditional requests: unchanged representations are not sent again, and no change is lost.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header, together};

const TASKS: &str = "/api/v1/tasks";

/// A task and its ETag.
struct Tagged {
    path: String,
    task: Value,
    etag: String,
}

async fn tagged(request: RequestBuilder, status: u16) -> Tagged {
    let answer = request.is(status).await;
    let etag = header(&answer, "etag");
    let opaque = etag.trim_start_matches("W/");
    assert!(
        opaque.len() > 2 && opaque.starts_with('"') && opaque.ends_with('"'),
        "ETag: {etag}"
    );
    let task: Value = answer.json().await.expect("a task");
    let path = format!("{TASKS}/{}", task["id"].as_str().unwrap_or_default());
    Tagged { path, task, etag }
}

async fn new_task(user: &User) -> Tagged {
    tagged(user.post(TASKS, &json!({ "title": "Tagged" })), 201).await
}

#[tokio::test]
async fn an_etag_follows_the_version() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let first = new_task(&ada).await;
    let read = tagged(ada.get(&first.path), 200).await;
    assert_eq!(read.etag, first.etag);
    // If-Match uses strong comparison, so a weak tag never matches.
    assert!(!first.etag.starts_with("W/"), "{}", first.etag);

    let toggle = format!("{}/toggle", first.path);
    let mut tags = vec![first.etag.clone()];
    for request in [
        ada.patch(&first.path, &json!({ "title": "Patched" })),
        ada.put(&first.path, &json!({ "title": "Put" })),
        ada.request(Method::PUT, &format!("{}/completion", first.path)),
        ada.request(Method::POST, &toggle),
    ] {
        let changed = tagged(request, 200).await;
        assert!(!tags.contains(&changed.etag), "{} again", changed.etag);
        let read = tagged(ada.get(&first.path), 200).await;
        assert_eq!((read.etag, read.task), (changed.etag.clone(), changed.task));
        tags.push(changed.etag);
    }
    let other = new_task(&ada).await;
    assert!(!tags.contains(&other.etag) || other.path != first.path);
}

#[tokio::test]
async fn an_unchanged_task_is_not_sent_again() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let Tagged { path, etag, .. } = new_task(&ada).await;
    let ask = |value: &str| ada.get(&path).header("if-none-match", value);
    for known in [
        etag.clone(),
        format!("W/{etag}"),
        "*".to_owned(),
        format!("\"other\", {etag}"),
        format!("\"a,b\",W/{etag} , \"c\""),
    ] {
        let answer = ask(&known).is(304).await;
        assert_eq!(header(&answer, "etag"), etag, "{known}");
        assert_eq!(answer.bytes().await.expect("a body").len(), 0, "{known}");
        let head = ada.request(Method::HEAD, &path);
        head.header("if-none-match", &known).is(304).await;
    }
    for unknown in ["\"other\"", "W/\"other\"", "", "nonsense", "\"\""] {
        ask(unknown).gives(200).await;
    }
    ada.patch(&path, &json!({ "title": "Changed" }))
        .gives(200)
        .await;
    assert_eq!(ask(&etag).gives(200).await["title"], "Changed");
    // An unknown id has no current representation.
    let nobodys = format!("{TASKS}/{}", uuid::Uuid::now_v7());
    ada.get(&nobodys)
        .header("if-none-match", "*")
        .fails(404)
        .await;
}

#[tokio::test]
async fn an_unchanged_list_is_not_sent_again() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let other = User::register(&server).await;
    let task = new_task(&ada).await;
    let tag = async |path: &str| {
        let answer = ada.get(path).is(200).await;
        header(&answer, "etag")
    };
    let ask = |path: &str, value: &str| ada.get(path).header("if-none-match", value);

    let mut etag = tag(TASKS).await;
    assert!(!etag.is_empty());
    for known in [
        etag.clone(),
        "*".to_owned(),
        format!("W/{}", etag.trim_start_matches("W/")),
    ] {
        let answer = ask(TASKS, &known).is(304).await;
        assert_eq!(answer.bytes().await.expect("a body").len(), 0);
    }
    other.add_task("Not in this list").await;
    ask(TASKS, &etag).is(304).await;

    let toggle = format!("{}/toggle", task.path);
    for change in [
        ada.post(TASKS, &json!({ "title": "Added" })),
        ada.patch(&task.path, &json!({ "description": "Changed" })),
        ada.request(Method::POST, &toggle),
        ada.delete(&task.path),
    ] {
        let answer = change.answer().await;
        assert!(answer.status().is_success());
        ask(TASKS, &etag).gives(200).await;
        let next = tag(TASKS).await;
        assert_ne!(next, etag);
        etag = next;
    }
    let empty = format!("{TASKS}?status=done");
    assert_ne!(tag(&empty).await, etag);
    let empty_tag = tag(&empty).await;
    ask(&empty, &empty_tag).is(304).await;
    // Another user's list has another tag, even if both lists are empty.
    let third = User::register(&server).await;
    third
        .get(TASKS)
        .header("if-none-match", &etag)
        .gives(200)
        .await;
}

#[tokio::test]
async fn a_stale_if_match_changes_nothing() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let Tagged { path, etag, .. } = new_task(&ada).await;
    let now = tagged(ada.patch(&path, &json!({ "title": "Meanwhile" })), 200).await;
    let weak = format!("W/{}", now.etag);
    for stale in [
        etag.as_str(),
        "\"other\"",
        weak.as_str(),
        "\"\"",
        "\"a\", \"b\"",
    ] {
        for request in [
            ada.put(&path, &json!({ "title": "Lost" })),
            ada.patch(&path, &json!({ "title": "Lost" })),
            ada.request(Method::PUT, &format!("{path}/completion")),
            ada.request(Method::DELETE, &format!("{path}/completion")),
            ada.request(Method::POST, &format!("{path}/toggle")),
            ada.delete(&path),
        ] {
            request.header("if-match", stale).fails(412).await;
            assert_eq!(ada.get(&path).gives(200).await, now.task, "{stale}");
        }
    }
}

#[tokio::test]
async fn a_current_if_match_passes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut now = new_task(&ada).await;
    let path = now.path.clone();
    for spelled in ["{}", "\"other\", {}", "*"] {
        for request in [
            ada.put(&path, &json!({ "title": "Put" })),
            ada.patch(&path, &json!({ "title": "Patched" })),
            ada.request(Method::PUT, &format!("{path}/completion")),
            ada.request(Method::DELETE, &format!("{path}/completion")),
            ada.request(Method::POST, &format!("{path}/toggle")),
        ] {
            let value = spelled.replace("{}", &now.etag);
            now = tagged(request.header("if-match", value), 200).await;
        }
    }
    ada.delete(&path)
        .header("if-match", &now.etag)
        .is(204)
        .await;
    let gone = ada
        .delete(&path)
        .header("if-match", &now.etag)
        .answer()
        .await;
    assert!(matches!(gone.status().as_u16(), 404 | 412));
}

#[tokio::test]
async fn a_rejected_body_has_no_effect() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let Tagged { path, task, etag } = new_task(&ada).await;
    let wrong = ada
        .patch(&path, &json!({ "title": "" }))
        .header("if-match", &etag);
    wrong.fails(422).await.names("title");
    assert_eq!(ada.get(&path).gives(200).await, task);
}

#[tokio::test]
async fn of_concurrent_updates_of_one_version_one_succeeds() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let Tagged { path, etag, .. } = new_task(&ada).await;
    let writes: Vec<_> = (0..10)
        .map(|number| {
            let patch = json!({ "title": format!("Writer {number}") });
            ada.patch(&path, &patch).header("if-match", &etag).answer()
        })
        .collect();
    let mut statuses = Vec::new();
    let mut written = Value::Null;
    for answer in together(writes).await {
        statuses.push(answer.status().as_u16());
        if answer.status() == 200 {
            written = answer.json().await.expect("a task");
        }
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [&[200][..], &[412; 9][..]].concat());
    assert_eq!(ada.get(&path).gives(200).await, written);
}
