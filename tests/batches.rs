//! Several commands in one request.

use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

const BATCH: &str = "/api/v1/batch";

fn batch(atomic: bool, commands: Value) -> Value {
    json!({ "atomic": atomic, "commands": commands })
}

fn statuses(answer: &Value) -> Vec<u64> {
    let results = answer["results"].as_array().expect("results");
    results
        .iter()
        .filter_map(|result| result["status"].as_u64())
        .collect()
}

#[tokio::test]
async fn later_commands_refer_to_what_earlier_ones_create() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let commands = json!([
        { "op": "create_task", "ref": "trip", "task": { "title": "Trip", "labels": ["fun"] } },
        { "op": "create_task", "ref": "book", "task": { "title": "Book", "parent_id": "$trip" } },
        { "op": "create_task", "task": { "title": "$trip", "parent_id": "$book" } },
        { "op": "update_task", "id": "$book", "patch": { "priority": 1 } },
        { "op": "complete_task", "id": "$trip" },
    ]);
    let answer = user.post(BATCH, &batch(true, commands)).is(200).await;
    assert!(!header(&answer, "Docket-Change").is_empty());
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(statuses(&answer), [201, 201, 201, 200, 200]);
    let results = &answer["results"];
    assert_eq!(results[2]["object"]["title"], "$trip");
    assert_eq!(
        results[1]["object"]["parent_id"],
        results[0]["object"]["id"]
    );
    assert_eq!(results[3]["object"]["priority"], 1);
    let done = user.get("/api/v1/tasks?status=done").gives(200).await;
    assert_eq!(done["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn an_atomic_batch_is_executed_as_a_whole_or_not_at_all() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let stranger = User::register(&server).await;
    let theirs = stranger.add_task("Theirs").await;
    let create = json!({ "op": "create_task", "task": { "title": "Mine" } });
    for (wrong, status) in [
        (json!({ "op": "delete_task", "id": theirs["id"] }), 404),
        (
            json!({ "op": "create_task", "task": { "title": " " } }),
            422,
        ),
        (
            json!({ "op": "update_task", "id": "$nothing", "patch": {} }),
            422,
        ),
        (json!({ "op": "drop_table" }), 422),
        (
            json!({ "op": "create_task", "task": { "title": "x", "colour": "red" } }),
            422,
        ),
        (
            json!({ "op": "create_task", "task": { "title": "x", "project_id": stranger.id } }),
            422,
        ),
    ] {
        let commands = json!([create, wrong]);
        let problem = user.post(BATCH, &batch(true, commands)).fails(status).await;
        let detail = problem.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("Command 2"), "{detail}");
        assert!(user.titles("").await.is_empty(), "{wrong}");
        // Without atomicity, the others are executed.
        let commands = json!([create, wrong, create]);
        let answer = user.post(BATCH, &batch(false, commands)).gives(200).await;
        assert_eq!(statuses(&answer), [201, u64::from(status), 201], "{wrong}");
        assert_eq!(answer["results"][1]["problem"]["status"], status);
        assert!(answer["results"][1]["problem"]["type"].is_string());
        for task in user.get("/api/v1/tasks").gives(200).await["items"]
            .as_array()
            .expect("tasks")
        {
            let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
            user.delete(&path).is(204).await;
        }
    }
    assert_eq!(stranger.titles("").await, ["Theirs"]);
}

#[tokio::test]
async fn a_batch_equals_its_commands_in_turn() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let task = user.add_task("One").await;
    let id = &task["id"];
    let commands = json!([
        { "op": "update_task", "id": id, "patch": { "title": "Two" } },
        { "op": "update_task", "id": id, "patch": { "title": "Three", "priority": 2 } },
        { "op": "toggle_task", "id": id },
        { "op": "update_task", "id": id, "patch": { "title": "Four" }, "version": 1 },
        { "op": "toggle_task", "id": id },
        { "op": "duplicate_task", "id": id },
        { "op": "delete_task", "id": id },
        { "op": "reopen_task", "id": id },
    ]);
    let answer = user.post(BATCH, &batch(false, commands)).gives(200).await;
    assert_eq!(statuses(&answer), [200, 200, 200, 412, 200, 201, 204, 404]);
    let left = user.get("/api/v1/tasks").gives(200).await;
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(left["items"][0]["title"], "Three");
    assert_eq!(
        (
            &left["items"][0]["priority"],
            &left["items"][0]["completed"]
        ),
        (&json!(2), &json!(false))
    );
}

#[tokio::test]
async fn one_idempotency_key_covers_a_batch() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let body = batch(
        true,
        json!([{ "op": "create_task", "task": { "title": "Once" } }]),
    );
    let send = |body: &Value| user.post(BATCH, body).header("Idempotency-Key", "batch-1");
    let first = send(&body).is(200).await;
    let change = header(&first, "Docket-Change");
    let first: Value = first.json().await.expect("JSON");
    let again = send(&body).is(200).await;
    assert_eq!(header(&again, "Docket-Change"), change);
    assert_eq!(header(&again, "Idempotency-Replayed"), "true");
    assert_eq!(again.json::<Value>().await.expect("JSON"), first);
    assert_eq!(user.titles("").await, ["Once"]);
    let other = batch(
        true,
        json!([{ "op": "create_task", "task": { "title": "Twice" } }]),
    );
    send(&other)
        .fails(422)
        .await
        .breaks("Idempotency-Key", "key_reused");
}

#[tokio::test]
async fn a_batch_has_at_most_500_commands() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let commands = |count: usize| -> Value {
        let create =
            |number| json!({ "op": "create_task", "task": { "title": format!("{number}") } });
        (0..count).map(create).collect()
    };
    let answer = user
        .post(BATCH, &batch(true, commands(500)))
        .gives(200)
        .await;
    assert_eq!(statuses(&answer), [201; 500]);
    let problem = user
        .post(BATCH, &batch(true, commands(501)))
        .fails(422)
        .await;
    problem.breaks("commands", "too_many");
    let answer = user.post(BATCH, &batch(true, json!([]))).is(200).await;
    assert_eq!(header(&answer, "Docket-Change"), "");
}

#[tokio::test]
async fn a_move_beside_one_neighbour_is_as_exact_as_alone() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c", "d", "e"] {
        ids.push(user.add_task(title).await["id"].clone());
    }
    let order = async || {
        let query = format!("project={}&sort=position&status=open", user.id);
        user.titles(&query).await.concat()
    };
    let moved = |task: usize, side: &str, other: usize| json!({ "op": "move_task", "id": ids[task], "to": { (side): ids[other] } });
    let run = async |commands: Value| {
        let answer = user.post(BATCH, &batch(true, commands));
        answer.gives(200).await;
    };
    run(json!([moved(4, "before", 2)])).await;
    assert_eq!(order().await, "abecd");
    run(json!([moved(0, "after", 2), moved(3, "after", 2)])).await;
    assert_eq!(order().await, "becda");
    // The neighbour goes away, and another one is behind it.
    run(json!([moved(3, "before", 1), moved(4, "after", 2)])).await;
    assert_eq!(order().await, "dbcea");
    run(json!([
        moved(1, "before", 2),
        moved(0, "before", 2),
        moved(3, "after", 1)
    ]))
    .await;
    assert_eq!(order().await, "bdace");

    let mut projects = Vec::new();
    for name in ["1", "2", "3"] {
        let new = json!({ "name": name });
        projects.push(user.post("/api/v1/projects", &new).gives(201).await["id"].clone());
    }
    let moved = |project: usize, side: &str, other: usize| json!({ "op": "move_project", "id": projects[project], "to": { (side): projects[other] } });
    run(json!([moved(2, "before", 1), moved(0, "before", 1)])).await;
    let list = user.get("/api/v1/projects").gives(200).await;
    let names = list["items"].as_array().expect("items").iter();
    let names: Vec<_> = names.map(|project| project["name"].as_str()).collect();
    assert_eq!(names, ["Inbox", "3", "1", "2"].map(Some));
}
