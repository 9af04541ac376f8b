//! Synchronisation: a client that applies the pages of `GET /changes` has what the server has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, query};

use crate::support::{Ask, Server, TestDatabase, User, body, jwt, together};

/// A client with a copy of the tasks.
#[derive(Default)]
struct Copy {
    tasks: BTreeMap<String, Value>,
    token: Option<String>,
}

impl Copy {
    /// Applies one page. Returns true if there is another.
    async fn step(&mut self, user: &User, limit: usize) -> bool {
        let since = self.token.as_ref();
        let since = since.map_or(String::new(), |token| format!("&since={token}"));
        let path = format!("/api/v1/changes?limit={limit}{since}");
        let answer = user.get(&path).answer().await;
        if answer.status() == 503 {
            // The server bounds the memory of a user's responses.
            return true;
        }
        let page = body(answer, 200).await;
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= limit);
        for item in items {
            let id = item["id"].as_str().expect("an id").to_owned();
            if item["type"] == "project" && item["deleted"] == true {
                self.tasks.retain(|_, task| task["project_id"] != id);
            }
            if item["type"] != "task" {
                continue;
            }
            if item["deleted"] == true {
                self.tasks.remove(&id);
            } else {
                self.tasks.insert(id, item["object"].clone());
            }
        }
        self.token = Some(page["next"].as_str().expect("a token").to_owned());
        page["more"] == true
    }

    async fn pass(&mut self, user: &User, limit: usize) {
        while self.step(user, limit).await {}
    }
}

/// Returns the tasks of the server's list.
async fn listed(user: &User) -> BTreeMap<String, Value> {
    let (mut tasks, mut next) = (BTreeMap::new(), String::new());
    loop {
        let page = user.list(&format!("limit=200{next}")).await;
        for task in page["items"].as_array().expect("items") {
            let id = task["id"].as_str().expect("an id").to_owned();
            tasks.insert(id, task.clone());
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return tasks,
        }
    }
}

fn path_of(task: &Value) -> String {
    format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_token_leads_to_what_has_changed_since() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let first = ada.add_task("First").await;
    let second = ada.add_task("Second").await;
    let mut copy = Copy::default();
    copy.pass(&ada, 500).await;
    assert_eq!(copy.tasks, listed(&ada).await);
    let token = copy.token.clone().expect("a token");
    let page = ada
        .get(&format!("/api/v1/changes?since={token}"))
        .gives(200)
        .await;
    assert_eq!((&page["items"], &page["more"]), (&json!([]), &json!(false)));
    ada.patch(&path_of(&first), &json!({ "title": "Changed" }))
        .is(200)
        .await;
    let deleted = ada.delete(&path_of(&second)).is(204).await;
    let page = ada
        .get(&format!("/api/v1/changes?since={token}"))
        .gives(200)
        .await;
    let now = ada.get(&path_of(&first)).gives(200).await;
    let items = page["items"].as_array().expect("items");
    let tasks: Vec<_> = items.iter().filter(|item| item["type"] == "task").collect();
    assert_eq!(
        json!(tasks),
        json!([
            { "type": "task", "id": first["id"], "deleted": false, "object": now },
            { "type": "task", "id": second["id"], "deleted": true },
        ])
    );
    copy.pass(&ada, 500).await;
    let change = crate::support::header(&deleted, "docket-change");
    let undo = format!("/api/v1/changes/{change}/undo");
    ada.request(Method::POST, &undo).is(200).await;
    copy.pass(&ada, 500).await;
    assert_eq!(copy.tasks, listed(&ada).await);
    assert_eq!(copy.tasks.len(), 2);
}

#[tokio::test]
async fn pages_are_limited_in_items_and_in_bytes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for number in 0..30 {
        let task = json!({ "title": format!("{number}"), "description": "x".repeat(50_000) });
        ada.post("/api/v1/tasks", &task).is(201).await;
    }
    let answer = ada.get("/api/v1/changes").is(200).await;
    let length = answer.text().await.expect("a body").len();
    assert!(length < 1_200_000, "{length}");
    for limit in [1, 7, 1_000] {
        let mut copy = Copy::default();
        copy.pass(&ada, limit).await;
        assert_eq!(copy.tasks, listed(&ada).await, "{limit}");
    }
}

#[tokio::test]
async fn invalid_and_old_tokens_are_refused() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    ada.add_task("Private").await;
    ada.get("/api/v1/changes?since=x")
        .fails(422)
        .await
        .names("since");
    ada.get("/api/v1/changes?limit=0")
        .fails(422)
        .await
        .names("limit");
    ada.get("/api/v1/changes?limit=1001")
        .fails(422)
        .await
        .names("limit");
    ada.get("/api/v1/changes?no=1").fails(422).await.names("no");
    let mut copy = Copy::default();
    copy.pass(&ada, 500).await;
    let token = copy.token.expect("a token");
    // The token of another user shows nothing of that user.
    let page = bob
        .get(&format!("/api/v1/changes?since={token}"))
        .gives(200)
        .await;
    assert!(!page.to_string().contains("Private"), "{page}");

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64");
    // The time of the last pass follows the format and the flag.
    let time = i64::from_be_bytes(bytes[2..10].try_into().expect("8 bytes"));
    let old = time - 31 * 24 * 3_600 * 1_000_000;
    bytes[2..10].copy_from_slice(&old.to_be_bytes());
    let token = URL_SAFE_NO_PAD.encode(&bytes);
    ada.get(&format!("/api/v1/changes?since={token}"))
        .fails(410)
        .await;
}

#[tokio::test]
async fn a_project_in_the_trash_is_removed_and_comes_back() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    ada.add_task("In the Inbox").await;
    let mut copy = Copy::default();
    copy.pass(&ada, 500).await;
    let hide = |number: i64| {
        let sql = format!("UPDATE project_members SET hidden = {number}");
        let server = &server;
        async move {
            let mut connection = server.database().await;
            let done = query(AssertSqlSafe(sql)).execute(&mut connection).await;
            done.expect("hidden");
            connection.close().await.expect("closed");
        }
    };
    hide(2).await;
    let token = copy.token.clone().expect("a token");
    let page = ada
        .get(&format!("/api/v1/changes?since={token}"))
        .gives(200)
        .await;
    assert_eq!(
        page["items"],
        json!([{ "type": "project", "id": ada.id, "deleted": true }])
    );
    copy.tasks.clear();
    copy.token = page["next"].as_str().map(str::to_owned);
    hide(0).await;
    copy.pass(&ada, 500).await;
    assert_eq!(copy.tasks, listed(&ada).await);
}

/// Sends a write. Returns nothing if the server is overloaded.
async fn written(request: RequestBuilder) -> Option<Response> {
    let answer = request.answer().await;
    if answer.status() == 503 {
        return None;
    }
    assert!(answer.status().is_success(), "{}", answer.status());
    Some(answer)
}

/// Creates a task, and changes, deletes, restores or completes it.
async fn write_once(user: &User, title: &str, kind: usize) -> Option<()> {
    let created = written(user.post("/api/v1/tasks", &json!({ "title": title }))).await?;
    let path = path_of(&body(created, 201).await);
    match kind % 4 {
        0 => {
            let patch = json!({ "title": "Changed" });
            written(user.patch(&path, &patch)).await?;
        }
        1 => drop(written(user.delete(&path)).await?),
        2 => {
            let deleted = written(user.delete(&path)).await?;
            let change = crate::support::header(&deleted, "docket-change");
            let undo = format!("/api/v1/changes/{change}/undo");
            written(user.request(Method::POST, &undo)).await?;
        }
        _ => drop(written(user.request(Method::POST, &format!("{path}/toggle"))).await?),
    }
    Some(())
}

/// Writes until told to stop. Returns the number of writes.
async fn write(user: User, number: usize, stop: Arc<AtomicBool>) -> usize {
    let mut writes = 0;
    let mut attempts = 0;
    while !stop.load(Ordering::Relaxed) {
        let title = format!("{number} {attempts}");
        attempts += 1;
        if write_once(&user, &title, attempts).await.is_some() {
            writes += 1;
        }
    }
    writes
}

/// Synchronises while many clients write, and compares with the list at the end.
async fn assert_no_change_is_skipped(servers: &[&Server]) {
    let ada = User::register(servers[0]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = (0..64).map(|number| {
        let user = ada.on(servers[number % servers.len()]);
        let stop = stop.clone();
        async move { write(user, number, stop).await }
    });
    let writers: Vec<_> = writers.map(tokio::spawn).collect();
    let readers = [3_usize, 40, 1_000].map(|limit| {
        let (user, stop) = (ada.on(servers[limit % servers.len()]), stop.clone());
        tokio::spawn(async move {
            let mut copy = Copy::default();
            let mut steps = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                copy.step(&user, limit).await;
                steps += 1;
                tokio::time::sleep(Duration::from_millis(steps * 7 % 20)).await;
            }
            (user, copy)
        })
    });
    tokio::time::sleep(Duration::from_secs(4)).await;
    stop.store(true, Ordering::Relaxed);
    let writes = together(writers).await;
    let writes: usize = writes
        .into_iter()
        .map(|count| count.expect("a writer"))
        .sum();
    assert!(writes > 64, "only {writes} writes");
    for reader in readers {
        let (user, mut copy) = reader.await.expect("a reader");
        // A page of three would take long.
        copy.pass(&user, 1_000).await;
        // The running pass is over, and the next one has everything.
        copy.pass(&user, 1_000).await;
        assert_eq!(copy.tasks, listed(&user).await);
    }
}

#[tokio::test]
async fn no_change_is_skipped_under_load() {
    let server = Server::with(&[("DOCKET_LIMIT_API", "0")]).await;
    assert_no_change_is_skipped(&[&server]).await;
}

#[tokio::test]
async fn no_change_is_skipped_with_two_nodes() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let keys = jwt::entry("shared", &jwt::key(1));
    let settings = [
        ("DOCKET_JWT_KEYS", keys.as_str()),
        ("DOCKET_LIMIT_API", "0"),
    ];
    let nodes = [
        Server::on(&database.url(), &settings).await,
        Server::on(&database.url(), &settings).await,
    ];
    assert_no_change_is_skipped(&[&nodes[0], &nodes[1]]).await;
}

#[tokio::test]
async fn a_task_that_is_deleted_in_a_project_which_the_client_does_not_know_yet_is_removed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for deletes_project in [false, true] {
        assert_removed(&ada, deletes_project).await;
    }
}

/// Moves a task to a new project, and deletes one of them before a client reads the project.
async fn assert_removed(ada: &User, deletes_project: bool) {
    let (task, other) = (ada.add_task("Moves").await, ada.add_task("Goes").await);
    let mut copy = Copy::default();
    copy.pass(ada, 500).await;
    let new = json!({ "name": "Garden" });
    let garden = ada.post("/api/v1/projects", &new).gives(201).await;
    let there = json!({ "project_id": garden["id"] });
    ada.patch(&path_of(&task), &there).is(200).await;
    ada.delete(&path_of(&other)).is(204).await;
    // The client has read everything of the Inbox, and nothing of the new project.
    assert!(copy.step(ada, 1).await);
    assert!(copy.step(ada, 1).await);
    assert_eq!(copy.tasks.len(), 1);
    if deletes_project {
        let path = format!("/api/v1/projects/{}", garden["id"].as_str().expect("an id"));
        ada.delete(&path).is(204).await;
    } else {
        ada.delete(&path_of(&task)).is(204).await;
    }
    copy.pass(ada, 500).await;
    assert_eq!(copy.tasks, listed(ada).await);
    assert_eq!(copy.tasks.len(), 0);
}
