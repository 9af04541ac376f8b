//! Tasks over the API: create, read, replace, patch, complete, toggle, delete.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header, is_moment, query, together};

const TASKS: &str = "/api/v1/tasks";

fn path(task: &Value) -> String {
    format!("{TASKS}/{}", task["id"].as_str().expect("an id"))
}

/// Asserts that a change did not modify these members.
fn assert_unchanged(before: &Value, after: &Value, names: &[&str]) {
    for name in names {
        assert_eq!(before[name], after[name], "{name}");
    }
}

fn is_newer(task: &Value, than: &Value) -> bool {
    task["version"].as_i64() > than["version"].as_i64()
}

#[tokio::test]
async fn a_new_task_has_everything() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let request = json!({ "title": "Buy milk", "description": "**Two** litres\n" });
    let answer = ada.post(TASKS, &request).is(201).await;
    let (location, etag) = (header(&answer, "location"), header(&answer, "etag"));
    let task: Value = answer.json().await.expect("a task");
    assert_eq!(location, path(&task));
    assert!(etag.starts_with('"') || etag.starts_with("W/\""), "{etag}");
    let mut names: Vec<_> = task.as_object().expect("a task").keys().collect();
    names.sort();
    let expected = "completed completed_at created_at deadline description due \
                    duration_minutes id labels parent_id position priority project_id \
                    recurrence reminders section_id start title updated_at version";
    assert_eq!(names, expected.split(' ').collect::<Vec<_>>());
    assert_eq!(task["title"], "Buy milk");
    assert_eq!(task["description"], "**Two** litres\n");
    assert_eq!(task["completed"], false);
    assert_eq!(task["completed_at"], Value::Null);
    assert!(task["version"].as_i64() > Some(0));
    assert_eq!(task["created_at"], task["updated_at"]);
    assert!(is_moment(task["created_at"].as_str().expect("a moment")));
    let id: uuid::Uuid = task["id"].as_str().expect("an id").parse().expect("a UUID");
    assert_eq!(id.get_version_num(), 7);

    let answer = ada.get(&location).is(200).await;
    assert_eq!(header(&answer, "etag"), etag);
    assert_eq!(answer.json::<Value>().await.expect("a task"), task);
    assert_eq!(
        ada.list("").await,
        json!({ "items": [task], "next_cursor": null })
    );
}

#[tokio::test]
async fn a_task_can_be_created_completed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let request = json!({ "title": "Done before", "completed": true });
    let task = ada.post(TASKS, &request).gives(201).await;
    assert_eq!(task["completed"], true);
    assert!(is_moment(task["completed_at"].as_str().expect("a moment")));
}

#[tokio::test]
async fn titles_are_trimmed_and_text_is_kept_as_it_is() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task(" \t Buy  milk \u{a0}\n").await;
    assert_eq!(task["title"], "Buy  milk");
    for odd in [
        "<script>alert(1)</script>",
        "Robert'); DROP TABLE tasks;--",
        "\u{202e}right to left",
        "e\u{301} stays decomposed",
        "{{ 7 * 7 }} ${x} %s \\",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    ] {
        let request = json!({ "title": odd, "description": format!("  {odd}\r\n") });
        let task = ada.post(TASKS, &request).gives(201).await;
        assert_eq!(task["title"], odd);
        let read = ada.task(task["id"].as_str().expect("an id")).await;
        assert_eq!(read["title"], odd);
        assert_eq!(read["description"], format!("  {odd}\r\n"));
    }
}

#[tokio::test]
async fn put_replaces_and_what_is_missing_is_default() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let request = json!({ "title": "Old", "description": "Text", "completed": true });
    let before = ada.post(TASKS, &request).gives(201).await;
    let after = ada
        .put(&path(&before), &json!({ "title": "New" }))
        .gives(200)
        .await;
    assert_eq!(after["title"], "New");
    assert_eq!(after["description"], "");
    assert_eq!(after["completed"], false);
    assert_eq!(after["completed_at"], Value::Null);
    assert!(is_newer(&after, &before));
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());
    assert_unchanged(&before, &after, &["id", "created_at"]);

    let full = json!({ "title": "Full", "description": "More", "completed": true });
    let full = ada.put(&path(&before), &full).gives(200).await;
    assert_eq!(
        (&full["description"], &full["completed"]),
        (&json!("More"), &json!(true))
    );
    let missing = ada.put(&path(&before), &json!({ "description": "No title" }));
    missing.fails(422).await.names("title");
    assert_eq!(ada.task(before["id"].as_str().expect("an id")).await, full);
}

#[tokio::test]
async fn put_makes_no_task_of_an_unknown_id() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let path = format!("{TASKS}/{}", uuid::Uuid::now_v7());
    ada.put(&path, &json!({ "title": "New" })).fails(404).await;
    assert_eq!(ada.list("").await["items"], json!([]));
}

#[tokio::test]
async fn patch_merges() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let request = json!({ "title": "Title", "description": "Text" });
    let task = ada.post(TASKS, &request).gives(201).await;
    let path = path(&task);

    let one = ada
        .patch(&path, &json!({ "title": " Renamed " }))
        .gives(200)
        .await;
    assert_eq!(
        (&one["title"], &one["description"]),
        (&json!("Renamed"), &json!("Text"))
    );
    assert!(is_newer(&one, &task));

    let two = ada
        .patch(&path, &json!({ "completed": true }))
        .gives(200)
        .await;
    assert_eq!(
        (&two["title"], &two["completed"]),
        (&json!("Renamed"), &json!(true))
    );
    assert!(two["completed_at"].is_string());

    // RFC 7396: null removes the member, and without it a description is empty.
    let three = ada
        .patch(&path, &json!({ "description": null }))
        .gives(200)
        .await;
    assert_eq!(
        (&three["description"], &three["title"]),
        (&json!(""), &json!("Renamed"))
    );
    assert_unchanged(&two, &three, &["completed", "completed_at", "created_at"]);

    let plain = ada
        .request(Method::PATCH, &path)
        .json(&json!({ "description": "Plain" }));
    assert_eq!(plain.gives(200).await["description"], "Plain");

    for (patch, field) in [
        (json!(["Renamed"]), "body"),
        (json!({ "title": null }), "title"),
        (json!({ "title": "  " }), "title"),
        (json!({ "completed": "yes" }), "completed"),
        (json!({ "version": 9 }), "version"),
        (json!({ "id": "x" }), "id"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        ada.patch(&path, &patch).fails(422).await.names(field);
    }
    assert_eq!(ada.get(&path).gives(200).await["description"], "Plain");
}

#[tokio::test]
async fn completion_has_a_time_of_its_own() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Toggle me").await;
    let toggle = format!("{}/toggle", path(&task));
    let done = ada.request(Method::POST, &toggle).gives(200).await;
    assert_eq!(done["completed"], true);
    assert!(is_newer(&done, &task));
    let completed_at = done["completed_at"].as_str().expect("a moment");
    assert!(is_moment(completed_at) && completed_at >= task["created_at"].as_str().unwrap_or(""));

    // Editing a completed task does not change its time of completion.
    let same = json!({ "completed": true, "title": "Renamed" });
    let edited = ada.patch(&path(&task), &same).gives(200).await;
    assert_eq!(edited["completed_at"], done["completed_at"]);

    let open = ada.request(Method::POST, &toggle).gives(200).await;
    assert_eq!(
        (&open["completed"], &open["completed_at"]),
        (&json!(false), &Value::Null)
    );
    assert!(is_newer(&open, &edited));
    let other = format!("{TASKS}/{}/toggle", uuid::Uuid::now_v7());
    ada.request(Method::POST, &other).fails(404).await;
}

#[tokio::test]
async fn completion_is_idempotent() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Complete me").await;
    let completion = format!("{}/completion", path(&task));
    let done = ada.request(Method::PUT, &completion).gives(200).await;
    assert_eq!(done["completed"], true);
    assert!(is_newer(&done, &task));
    assert!(is_moment(done["completed_at"].as_str().expect("a moment")));
    assert_eq!(ada.request(Method::PUT, &completion).gives(200).await, done);
    assert_eq!(ada.get(&path(&task)).gives(200).await, done);

    let open = ada.request(Method::DELETE, &completion).gives(200).await;
    assert_eq!(
        (&open["completed"], &open["completed_at"]),
        (&json!(false), &Value::Null)
    );
    assert!(is_newer(&open, &done));
    let again = ada.request(Method::DELETE, &completion).gives(200).await;
    assert_eq!(again, open);

    // If many clients complete it at once, one of them changes it.
    let completions: Vec<_> = (0..12)
        .map(|_| ada.request(Method::PUT, &completion).gives(200))
        .collect();
    let answers: Vec<Value> = together(completions).await;
    assert!(is_newer(&answers[0], &open));
    assert!(
        answers.iter().all(|task| *task == answers[0]),
        "{answers:?}"
    );
    let other = format!("{TASKS}/{}/completion", uuid::Uuid::now_v7());
    ada.request(Method::PUT, &other).fails(404).await;
    ada.request(Method::DELETE, &other).fails(404).await;
}

#[tokio::test]
async fn no_toggle_is_lost() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Toggle me").await;
    let toggle = format!("{}/toggle", path(&task));
    let toggles: Vec<_> = (0..21)
        .map(|_| ada.request(Method::POST, &toggle).gives(200))
        .collect();
    let answers: Vec<Value> = together(toggles).await;
    let versions: BTreeMap<_, _> = answers
        .iter()
        .map(|task| (task["version"].as_i64(), &task["completed"]))
        .collect();
    assert_eq!(versions.len(), 21);
    // In the order of their versions, each has changed what the one before has left.
    let states = versions.values().map(|completed| completed.as_bool());
    assert!(
        states
            .enumerate()
            .all(|(place, done)| done == Some(place % 2 == 0))
    );
    let after = ada.get(&path(&task)).gives(200).await;
    assert_eq!(after["completed"], true);
    assert_eq!(
        after["version"].as_i64(),
        *versions.keys().last().expect("a version")
    );
}

#[tokio::test]
async fn a_deleted_task_is_gone() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (task, kept) = (ada.add_task("Go").await, ada.add_task("Stay").await);
    let answer = ada.delete(&path(&task)).is(204).await;
    assert_eq!(answer.bytes().await.expect("a body").len(), 0);
    ada.get(&path(&task)).fails(404).await;
    ada.delete(&path(&task)).fails(404).await;
    ada.patch(&path(&task), &json!({ "title": "x" }))
        .fails(404)
        .await;
    assert_eq!(ada.list("").await["items"], json!([kept]));
}

#[tokio::test]
async fn the_list_is_filtered_by_status() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    ada.add_task("Open").await;
    ada.post(TASKS, &json!({ "title": "Done", "completed": true }))
        .gives(201)
        .await;
    assert_eq!(ada.titles("status=open").await, ["Open"]);
    assert_eq!(ada.titles("status=done").await, ["Done"]);
    assert_eq!(ada.titles("status=all").await, ["Done", "Open"]);
    assert_eq!(ada.titles("").await, ["Done", "Open"]);
    assert_eq!(ada.titles("status=done&q=open").await, [""; 0]);
}

#[tokio::test]
async fn the_best_matches_of_a_search_come_first() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for (title, description, completed) in [
        ("Parents pay", "currently", false),
        ("Money", "Parents, paying", false),
        ("Pay the r\u{e9}nt", "", true),
        ("Money", "Pay, but not the rent", false),
        ("Payments for rent", "", false),
        ("Rent", "to pay", true),
        ("PAY THE RENT", "", false),
        ("Pay", "Nothing else", false),
    ] {
        let task = json!({ "title": title, "description": description, "completed": completed });
        ada.post("/api/v1/tasks", &task).gives(201).await;
    }
    let best = [
        "PAY THE RENT",
        "Pay the r\u{e9}nt",
        "Payments for rent",
        "Parents pay",
        "Money",
        "Rent",
        "Money",
    ];
    assert_eq!(ada.titles("q=rent+pay").await, best);
    assert_eq!(ada.titles("q=RENT+p%C3%A1y&sort=relevance").await, best);
    let open = ada.titles("q=pay+rent&status=open").await;
    assert_eq!(open.len(), 5);
    // Pages have every task once, in the same order.
    for limit in [1, 3, 7] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ada.list(&format!("q=rent+pay&limit={limit}{cursor}")).await;
            let items = page["items"].as_array().expect("items");
            found.extend(items.iter().map(|task| task["title"].clone()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, best, "{limit}");
    }
    let newest = ada.titles("q=rent+pay&sort=-created_at").await;
    assert_eq!(newest[0], "PAY THE RENT");
    assert_eq!(ada.titles("sort=relevance").await, ada.titles("").await);
    let page = ada.list("limit=1").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    ada.get(&format!("/api/v1/tasks?q=rent&cursor={cursor}"))
        .fails(422)
        .await
        .names("cursor");
}

/// A step of a search ends within a project, or reads several of them.
#[tokio::test]
async fn a_search_finds_each_task_of_small_and_of_large_projects_once() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let eve = User::register(&server).await;
    eve.add_task("A needle of others").await;
    let mut created = Vec::new();
    for (number, size) in [1, 0, 64, 3, 65, 200, 2].into_iter().enumerate() {
        let new = json!({ "name": format!("Project {number}") });
        let project = ada.post("/api/v1/projects", &new).gives(201).await;
        let tasks = (0..size).map(|turn| {
            let descriptions = ["", "0", "12 4 a b", "A hay\nstack: \u{1e9e}"];
            json!({ "op": "create_task", "task": {
                "project_id": project["id"],
                "title": format!("{turn} 36 N\u{e9}edle 5 \u{1f345} {}", "x ".repeat(turn % 7)),
                "description": descriptions[turn % 4],
                "priority": 1 + turn % 4,
                "labels": if turn % 3 == 0 { vec!["third"] } else { vec![] },
                "completed": turn % 5 == 0,
            } })
        });
        let tasks: Vec<_> = tasks.collect();
        for commands in tasks.chunks(50) {
            let batch = json!({ "commands": commands });
            let answer = ada.post("/api/v1/batch", &batch).gives(200).await;
            let results = answer["results"].as_array().expect("results").iter();
            created.extend(results.map(|result| result["object"].clone()));
        }
    }
    let project = created[0]["project_id"].as_str().expect("an id").to_owned();
    let archived = json!({ "archived": true });
    ada.patch(&format!("/api/v1/projects/{project}"), &archived)
        .is(200)
        .await;
    created.retain(|task| task["project_id"] != project.as_str());
    assert_eq!(created.len(), 334);
    type Selects = fn(&Value) -> bool;
    let cases: [(&str, Selects); 7] = [
        ("q=needle", |_| true),
        ("q=needle&limit=200", |_| true),
        ("q=NEEDLE&status=open", |task| task["completed"] == false),
        ("q=needle&priority=2", |task| task["priority"] == 2),
        ("q=needle&label=third", |task| task["labels"][0] == "third"),
        ("q=ss+stack", |task| {
            task["description"].to_string().len() > 12
        }),
        ("q=stack+hay&status=done", |task| {
            task["completed"] == true && task["description"].to_string().len() > 12
        }),
    ];
    for (path, selects) in cases {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ada.list(&format!("{path}{cursor}")).await;
            found.extend(page["items"].as_array().expect("items").clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let ids = |tasks: &[Value]| {
            let ids = tasks.iter().map(|task| task["id"].to_string());
            let mut ids: Vec<_> = ids.collect();
            ids.sort_unstable();
            ids
        };
        let mut expected = created.clone();
        expected.retain(selects);
        assert!(expected.len() > 10, "{path}");
        assert_eq!(ids(&found), ids(&expected), "{path}");
    }
}

#[tokio::test]
async fn a_search_takes_its_words_literally_and_in_any_case() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let titles = [
        "100% cotton",
        "1000 cotton",
        "snake_case",
        "snakeXcase",
        "wow! such",
        "back\\slash",
        "\u{c9}t\u{e9} \u{e0} Paris",
        "stra\u{df}e",
        "quote ' and \"",
        "plain",
    ];
    for title in titles {
        ada.add_task(title).await;
    }
    for (q, expected) in [
        ("100%", titles[0]),
        ("%", titles[0]),
        ("_", titles[2]),
        ("e_c", titles[2]),
        ("!", titles[4]),
        ("\\", titles[5]),
        ("\u{e9}T\u{c9}", titles[6]),
        ("\u{c0} PARIS", titles[6]),
        ("'", titles[8]),
        ("\"", titles[8]),
        ("PLAIN", titles[9]),
        ("ete paris", titles[6]),
        ("paris \u{c9}TE", titles[6]),
        ("STRASSE", titles[7]),
        ("strasse stra\u{df}", titles[7]),
        ("such wow!", titles[4]),
        ("  cotton 100% cott ", titles[0]),
    ] {
        assert_eq!(ada.titles(&query(&[("q", q)])).await, [expected], "q={q}");
    }
    for nothing in [
        "%%%",
        "__",
        "1%0",
        "\\\\",
        "absent",
        "plain absent",
        "snake plain",
    ] {
        assert_eq!(
            ada.titles(&query(&[("q", nothing)])).await,
            [""; 0],
            "q={nothing}"
        );
    }
    assert_eq!(ada.titles("q=").await.len(), titles.len());
}
