//! Cached lists: fast, and never older than the last write, by any node.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, EmptyDatabase, Server, User, body, header, jwt, together};

/// Starts two processes on one database, with the same user as a client of each.
async fn two() -> (Server, Server, [User; 2]) {
    let keys = jwt::entry("shared", &jwt::key(1));
    let settings = [("DOCKET_JWT_KEYS", keys.as_str())];
    let one = Server::with(&settings).await;
    let other = Server::on(&one.database_url(), &settings).await;
    let user = User::register(&one).await;
    let faces = [user.on(&one), user.on(&other)];
    (one, other, faces)
}

#[tokio::test]
async fn a_write_at_one_process_is_in_the_next_list_of_another() {
    let (_one, _other, [here, there]) = two().await;
    assert!(here.titles("").await.is_empty());
    let task = there.add_task("Water the beans").await;
    assert_eq!(here.titles("").await, ["Water the beans"]);
    assert_eq!(here.titles("status=done").await, [""; 0]);

    let path = format!("/api/v1/tasks/{}", task["id"].as_str().unwrap());
    there
        .post(&format!("{path}/toggle"), &json!({}))
        .is(200)
        .await;
    assert_eq!(here.titles("status=done").await, ["Water the beans"]);
    let change = json!({ "title": "Water the peas" });
    there.patch(&path, &change).is(200).await;
    assert_eq!(here.titles("").await, ["Water the peas"]);
    let whole = json!({ "title": "Water them all" });
    there.put(&path, &whole).is(200).await;
    assert_eq!(here.titles("").await, ["Water them all"]);
    there.delete(&path).is(204).await;
    assert!(here.titles("").await.is_empty());
}

#[tokio::test]
async fn the_page_shows_a_write_of_another_process() {
    let (_one, _other, [here, there]) = two().await;
    let page = |user: &User| {
        let request = user.by_cookie(Method::GET, "/tasks");
        async move { request.is(200).await.text().await.expect("a page") }
    };
    assert!(!page(&here).await.contains("Water the beans"));
    there.add_task("Water the beans").await;
    assert!(page(&here).await.contains("Water the beans"));
    assert!(page(&here).await.contains("Water the beans"));
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again_by_any_process() {
    let (_one, _other, [here, there]) = two().await;
    here.add_task("Water the beans").await;
    let first = here.get("/api/v1/tasks").is(200).await;
    let tag = header(&first, "ETag");
    let ask = |user: &User, tag: &str| user.get("/api/v1/tasks").header("If-None-Match", tag);
    let again = ask(&there, &tag).is(304).await;
    assert_eq!(header(&again, "ETag"), tag);
    assert_eq!(again.text().await.expect("no body"), "");
    // A list of other tasks has another tag; so has another user's list of the same tasks.
    let done = here.get("/api/v1/tasks?status=done").is(200).await;
    assert_ne!(header(&done, "ETag"), tag);
    there.add_task("Pick the beans").await;
    let changed = ask(&here, &tag).is(200).await;
    assert_ne!(header(&changed, "ETag"), tag);
    assert_eq!(
        body(changed, 200).await["items"].as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn a_write_that_was_refused_is_in_no_list() {
    let (_one, _other, [here, there]) = two().await;
    let task = here.add_task("Water the beans").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().unwrap());
    let change = json!({ "title": "Water the peas" });
    let stale = there.patch(&path, &change).header("If-Match", "\"other\"");
    stale.is(412).await;
    assert_eq!(here.titles("").await, ["Water the beans"]);
}

#[tokio::test]
async fn lists_are_as_good_without_memory_for_them() {
    let server = Server::with(&[("DOCKET_LIST_CACHE_MEGABYTES", "0")]).await;
    let user = User::register(&server).await;
    for count in 1..4 {
        user.add_task("Water the beans").await;
        assert_eq!(user.titles("").await.len(), count);
    }
}

#[tokio::test]
async fn concurrent_requests_are_each_authenticated_correctly() {
    let server = Server::start().await;
    let mut users = Vec::new();
    for _ in 0..3 {
        let user = User::register(&server).await;
        user.add_task(&format!("For {}", user.email)).await;
        users.push(user);
    }
    let ended = users[0].again(&server).await;
    ended.logout().await;
    users.push(ended);
    let asked: Vec<_> = users.iter().cycle().take(400).cloned().collect();
    let answers = together(
        asked
            .into_iter()
            .enumerate()
            .map(|(number, user)| async move {
                let answer = user.get("/api/v1/tasks").answer().await;
                let status = answer.status();
                let body: Value = answer.json().await.expect("JSON");
                (number, user.email.clone(), status, body)
            }),
    )
    .await;
    assert_eq!(answers.len(), 400);
    for (number, email, status, body) in answers {
        if number % 4 == 3 {
            assert_eq!(status, 401);
            continue;
        }
        assert_eq!(status, 200);
        let titles: Vec<&Value> = body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| &task["title"])
            .collect();
        assert_eq!(titles, [&json!(format!("For {email}"))]);
    }
}

/// Returns status and body of a response, without parts that differ between requests.
async fn asked(user: &User, path: &str) -> (u16, Value) {
    let answer = user.get(path).answer().await;
    let status = answer.status().as_u16();
    let mut body: Value = answer.json().await.expect("JSON");
    if let Some(problem) = body.as_object_mut().filter(|_| status != 200) {
        problem.remove("request_id");
    }
    (status, body)
}

#[tokio::test]
async fn concurrent_lists_are_each_correct() {
    let server = Server::with(&[("DOCKET_LIST_CACHE_MEGABYTES", "0")]).await;
    let mut requests = Vec::new();
    let mut before = None;
    for name in ["Ann", "Bob", "Cem"] {
        let user = User::register(&server).await;
        let mut ask = |path: String| requests.push((user.clone(), path));
        for number in 0..5 {
            let new =
                json!({ "title": format!("{name}'s \"${number}\""), "completed": number % 2 == 0 });
            let task = body(user.post("/api/v1/tasks", &new).answer().await, 201).await;
            let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
            ask(path.clone());
            if let Some(path) = before.replace(path) {
                ask(path);
            }
        }
        for query in [
            "",
            "status=open",
            "status=done&limit=2",
            "q=%242",
            "status=done&sort=title",
        ] {
            ask(format!("/api/v1/tasks?{query}"));
        }
        for sort in ["created_at", "-created_at", "updated_at", "title", "-title"] {
            let query = format!("limit=2&sort={sort}");
            let page = user.list(&query).await;
            let cursor = page["next_cursor"].as_str().expect("a second page");
            ask(format!("/api/v1/tasks?{query}&cursor={cursor}"));
            ask(format!("/api/v1/tasks?{query}"));
        }
    }
    let mut alone = Vec::new();
    for (user, path) in &requests {
        alone.push(asked(user, path).await);
    }
    let refused = alone.iter().filter(|(status, _)| *status == 404);
    assert_eq!(refused.count(), 2, "the tasks of others");
    for _ in 0..4 {
        let requests = requests.iter().cloned().enumerate();
        let at_once = together(
            requests
                .map(|(number, (user, path))| async move { (number, asked(&user, &path).await) }),
        )
        .await;
        assert_eq!(at_once.len(), alone.len());
        for (number, answer) in at_once {
            assert_eq!(answer, alone[number]);
        }
    }
}

#[tokio::test]
async fn a_restored_and_changed_list_has_another_tag() {
    let source = Server::start().await;
    let user = User::register(&source).await;
    user.add_task("Water the beans").await;
    let backup = source.home().join("docket.backup");
    let backup = backup.to_str().expect("a path");
    source.command(&["backup", backup]).output().exits(0);
    user.add_task("Pick the beans").await;
    let seen = user.get("/api/v1/tasks").is(200).await;

    let empty = EmptyDatabase::create().await;
    let mut restore = source.command(&["restore", backup]);
    restore.env("DOCKET_DATABASE_URL", &empty.url());
    restore.output().exits(0);
    let restored = Server::on(&empty.url(), &[]).await;
    let again = User::login(&restored, &user.email, &user.password).await;
    again.add_task("Eat the beans").await;
    let tag = header(&seen, "ETag");
    let list = again.get("/api/v1/tasks").header("If-None-Match", tag);
    list.is(200).await;
}
