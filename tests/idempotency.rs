//! Idempotency-Key: a repeated request takes effect once.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, query};

use crate::support::{Ask, Server, User, header, problem, together};

const TASKS: &str = "/api/v1/tasks";

fn add(user: &User, key: &str, title: &str) -> RequestBuilder {
    user.post(TASKS, &json!({ "title": title }))
        .header("idempotency-key", key)
}

fn replayed(answer: &Response) -> bool {
    header(answer, "idempotency-replayed") == "true"
}

#[tokio::test]
async fn the_same_key_gets_the_first_answer_again() {
    let mut server = Server::start().await;
    let ada = User::register(&server).await;
    let first = add(&ada, "key-1", "Once").is(201).await;
    assert!(!replayed(&first));
    let (location, etag) = (header(&first, "location"), header(&first, "etag"));
    let task: Value = first.json().await.expect("a task");
    let again = async |user: &User| {
        let answer = add(user, "key-1", "Once").is(201).await;
        assert!(replayed(&answer));
        assert_eq!(header(&answer, "location"), location);
        assert_eq!(header(&answer, "etag"), etag);
        assert!(header(&answer, "content-type").starts_with("application/json"));
        assert_eq!(answer.json::<Value>().await.expect("a task"), task);
    };
    again(&ada).await;
    // Another session of the same account may retry.
    again(&ada.again(&server).await).await;
    assert_eq!(ada.titles("").await, ["Once"]);

    ada.patch(&location, &json!({ "title": "Changed" }))
        .gives(200)
        .await;
    again(&ada).await;
    ada.delete(&location).is(204).await;
    again(&ada).await;
    assert_eq!(ada.titles("").await, [""; 0]);

    server.restart().await;
    again(&ada.on(&server)).await;
}

#[tokio::test]
async fn requests_that_come_together_make_one_task() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for round in 0..3 {
        let key = format!("together-{round}");
        let title = format!("Round {round}");
        let requests: Vec<_> = (0..8).map(|_| add(&ada, &key, &title).answer()).collect();
        let (mut ids, mut fresh) = (Vec::new(), 0);
        for answer in together(requests).await {
            assert_eq!(answer.status(), 201);
            fresh += usize::from(!replayed(&answer));
            ids.push(answer.json::<Value>().await.expect("a task")["id"].clone());
        }
        assert_eq!(fresh, 1, "answers that are no replay");
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(ada.titles("limit=200").await.len(), round + 1);
    }
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = add(&ada, "key", "First").gives(201).await;
    add(&ada, "key", "Second").fails(422).await;
    let toggle = format!("{TASKS}/{}/toggle", task["id"].as_str().expect("an id"));
    let other_route = ada.request(Method::POST, &toggle);
    other_route
        .header("idempotency-key", "key")
        .fails(422)
        .await;
    assert_eq!(ada.list("").await["items"], json!([task]));
    // Keys are case-sensitive.
    add(&ada, "KEY", "Second").gives(201).await;
    let replay = add(&ada, "key", "First").is(201).await;
    assert!(replayed(&replay));
}

#[tokio::test]
async fn a_toggle_is_done_once_and_each_task_is_another_request() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (one, two) = (ada.add_task("One").await, ada.add_task("Two").await);
    let toggle = |task: &Value| {
        let path = format!("{TASKS}/{}/toggle", task["id"].as_str().expect("an id"));
        ada.request(Method::POST, &path)
            .header("idempotency-key", "toggle")
    };
    let first = toggle(&one).gives(200).await;
    assert_eq!(first["completed"], true);
    let again = toggle(&one).is(200).await;
    assert!(replayed(&again));
    assert_eq!(again.json::<Value>().await.expect("a task"), first);
    toggle(&two).fails(422).await;
    assert_eq!(ada.task(two["id"].as_str().expect("an id")).await, two);
    assert_eq!(ada.task(one["id"].as_str().expect("an id")).await, first);
}

#[tokio::test]
async fn every_write_of_a_task_takes_a_key() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let path = |task: &Value| format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    let (task, other) = (ada.add_task("One").await, ada.add_task("Other").await);
    let completion = format!("{}/completion", path(&task));
    let title = json!({ "title": "Two" });
    let writes = [
        ("put", 200, ada.put(&path(&task), &title)),
        (
            "patch",
            200,
            ada.patch(&path(&task), &json!({ "description": "Notes" })),
        ),
        ("complete", 200, ada.request(Method::PUT, &completion)),
        ("reopen", 200, ada.request(Method::DELETE, &completion)),
        ("delete", 204, ada.delete(&path(&task))),
    ];
    let mut requests = Vec::new();
    for (key, status, request) in writes {
        let request = request.header("idempotency-key", key);
        let again = request.try_clone().expect("a request");
        let first = request.is(status).await;
        assert!(!replayed(&first), "{key}");
        requests.push((key, status, again, first.text().await.expect("a body")));
    }
    // Each has its first answer, although the task is gone.
    for (key, status, request, first) in requests {
        let answer = request.is(status).await;
        assert!(replayed(&answer), "{key}");
        assert_eq!(answer.text().await.expect("a body"), first, "{key}");
    }
    // A key belongs to one operation on one task with one input.
    for request in [
        ada.patch(&path(&task), &title)
            .header("idempotency-key", "put"),
        ada.put(&path(&other), &title)
            .header("idempotency-key", "put"),
        ada.put(&path(&task), &json!({ "title": "Three" }))
            .header("idempotency-key", "put"),
        ada.delete(&completion)
            .header("idempotency-key", "complete"),
        ada.delete(&path(&other))
            .header("idempotency-key", "delete"),
    ] {
        request.fails(422).await.names("Idempotency-Key");
    }
    assert_eq!(ada.titles("").await, ["Other"]);
}

#[tokio::test]
async fn idempotency_keys_of_two_accounts_are_independent() {
    let server = Server::start().await;
    let (ada, other) = (User::register(&server).await, User::register(&server).await);
    let first = add(&ada, "shared", "Mine").gives(201).await;
    let second = add(&other, "shared", "Mine").is(201).await;
    assert!(!replayed(&second));
    let second: Value = second.json().await.expect("a task");
    assert_ne!(first["id"], second["id"]);
    add(&other, "shared", "Mine, changed").fails(422).await;
    assert_eq!(other.titles("").await, ["Mine"]);
}

#[tokio::test]
async fn without_a_key_no_response_is_stored() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (one, two) = (ada.add_task("Twice").await, ada.add_task("Twice").await);
    assert_ne!(one["id"], two["id"]);
    assert_eq!(ada.titles("").await.len(), 2);
}

#[tokio::test]
async fn a_key_has_1_to_255_visible_characters() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let long = "k".repeat(255);
    for good in [
        "!",
        "a,b;c=\"d\"~",
        &long,
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    ] {
        add(&ada, good, "Good").gives(201).await;
    }
    let longer = "k".repeat(256);
    for bad in ["", "a b", "a\tb", &longer] {
        add(&ada, bad, "Bad")
            .fails(422)
            .await
            .names("Idempotency-Key");
    }
    let value = reqwest::header::HeaderValue::from_bytes(b"caf\xc3\xa9").expect("a value");
    let request = ada.post(TASKS, &json!({ "title": "Bad" }));
    let answer = request.header("idempotency-key", value).answer().await;
    problem(answer, 422).await;
    assert!(!ada.titles("").await.contains(&"Bad".to_owned()));
}

#[tokio::test]
async fn an_error_is_no_task() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for _ in 0..2 {
        add(&ada, "wrong", "").fails(422).await.names("title");
    }
    let stranger = server.post(TASKS).json(&json!({ "title": "Who?" }));
    stranger.header("idempotency-key", "later").fails(401).await;
    let answer = add(&ada, "later", "Who?").is(201).await;
    assert!(!replayed(&answer));
    let nobodys = format!("{TASKS}/{}/toggle", uuid::Uuid::now_v7());
    for _ in 0..2 {
        let toggle = ada.request(Method::POST, &nobodys);
        toggle.header("idempotency-key", "nobodys").fails(404).await;
    }
    assert_eq!(ada.titles("").await, ["Who?"]);
}

#[tokio::test]
async fn an_idempotency_key_lasts_a_day() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let first = add(&ada, "key", "First").gives(201).await;
    let pass = async |hours: i64| {
        let sql = format!(
            "UPDATE idempotency_keys SET created_at = created_at - {}",
            hours * 3_600 * 1_000_000
        );
        let mut database = server.database().await;
        let aged = query(AssertSqlSafe(sql)).execute(&mut database).await;
        aged.expect("the keys are older");
    };
    pass(23).await;
    let again = add(&ada, "key", "First").is(201).await;
    assert!(replayed(&again));
    add(&ada, "key", "Second").fails(422).await;
    pass(2).await;
    let second = add(&ada, "key", "Second").is(201).await;
    assert!(!replayed(&second));
    let second: Value = second.json().await.expect("a task");
    assert_ne!(second["id"], first["id"]);
    let again = add(&ada, "key", "Second").is(201).await;
    assert!(replayed(&again));
}
