//! Saved filters over the API: kept as typed, ordered, listed, counted, and seen by nobody else.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, query as sql};

use crate::support::{Ask, Server, User, header, query};

const FILTERS: &str = "/api/v1/filters";

fn id(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

fn path(filter: &Value) -> String {
    format!("{FILTERS}/{}", id(filter))
}

async fn add(user: &User, name: &str, expression: &str) -> Value {
    let new = json!({ "name": name, "expression": expression });
    user.post(FILTERS, &new).gives(201).await
}

async fn names(user: &User) -> Vec<String> {
    let list = user.get(FILTERS).gives(200).await;
    assert_eq!(list["next_cursor"], Value::Null);
    let items = list["items"].as_array().expect("items").iter();
    let name = |filter: &Value| filter["name"].as_str().expect("a name").to_owned();
    items.map(name).collect()
}

fn titles(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items").iter();
    items
        .map(|task| task["title"].as_str().expect("a title"))
        .collect()
}

/// Returns the number of open tasks of each filter that is counted.
async fn counts(user: &User) -> Value {
    user.get("/api/v1/counts").gives(200).await["filters"].clone()
}

#[tokio::test]
async fn filters_are_created_changed_replaced_and_listed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let expression = " TODAY &  (p1 | #Wörk)";
    let new = json!({ "name": " Urgent ", "expression": expression });
    let answer = ada
        .post(FILTERS, &new)
        .header("idempotency-key", "once")
        .is(201)
        .await;
    let (location, etag) = (header(&answer, "location"), header(&answer, "etag"));
    let filter: Value = answer.json().await.expect("a filter");
    assert_eq!(location, path(&filter));
    let mut members: Vec<_> = filter.as_object().expect("a filter").keys().collect();
    members.sort();
    let expected = "colour created_at expression favourite id name position updated_at version";
    assert_eq!(members, expected.split(' ').collect::<Vec<_>>());
    assert_eq!(
        (&filter["name"], &filter["expression"], &filter["colour"]),
        (&json!("Urgent"), &json!(expression), &json!("grey"))
    );
    let again = ada.post(FILTERS, &new).header("idempotency-key", "once");
    assert_eq!(again.gives(201).await, filter);
    assert_eq!(ada.get(&location).gives(200).await, filter);
    let known = ada.get(&location).header("if-none-match", etag.clone());
    known.is(304).await;

    let patch = json!({ "colour": "rose", "favourite": true, "position": "z",
        "expression": "done = false && dueDate < now+7d" });
    let patch = || {
        let request = ada.patch(&location, &patch);
        request.header("if-match", etag.clone())
    };
    let changed = patch().gives(200).await;
    assert_eq!(
        (&changed["name"], &changed["colour"], &changed["favourite"]),
        (&json!("Urgent"), &json!("rose"), &json!(true))
    );
    assert_eq!(changed["expression"], "done = false && dueDate < now+7d");
    patch().fails(412).await;
    let nulls = json!({ "colour": null, "favourite": null, "position": null });
    let reset = ada.patch(&location, &nulls).gives(200).await;
    assert_eq!(reset["position"], filter["position"]);
    let other = json!({ "name": "Other", "expression": "p2" });
    let replaced = ada.put(&location, &other).gives(200).await;
    assert_eq!(
        (&replaced["name"], &replaced["expression"]),
        (&json!("Other"), &json!("p2"))
    );
    ada.put(&location, &json!({ "name": "Other" }))
        .fails(422)
        .await
        .names("expression");

    // Two filters can have the same name.
    add(&ada, "Other", "p3").await;
    let answer = ada.get(FILTERS).is(200).await;
    let etag = header(&answer, "etag");
    ada.get(FILTERS).header("if-none-match", etag).is(304).await;
    assert_eq!(names(&ada).await, ["Other", "Other"]);
    let with = |name: &str, value: Value| {
        let mut new = json!({ "name": "x", "expression": "p1" });
        new[name] = value;
        new
    };
    for (field, value) in [
        ("name", json!(" ")),
        ("name", json!("a\nb")),
        ("name", json!("x".repeat(121))),
        ("colour", json!("beige")),
        ("position", json!("A")),
        ("expression", json!("p".repeat(1_001))),
        ("expression", json!("p1\0")),
        ("open_tasks", json!(1)),
    ] {
        let wrong = with(field, value);
        ada.post(FILTERS, &wrong).fails(422).await.names(field);
    }
    ada.patch(&location, &json!({ "expression": null }))
        .fails(422)
        .await
        .names("expression");
}

#[tokio::test]
async fn a_mistake_in_an_expression_has_its_position() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let filter = add(&ada, "Urgent", "p1").await;
    for (expression, position, message) in [
        ("", 1, "expected a term"),
        ("p1 & ", 6, "expected a term"),
        ("@\u{e9} | | p1", 6, "expected a term"),
        ("done = maybe", 8, "Character 8"),
        ("user_id = 1", 1, "there is no field user_id"),
    ] {
        let body = json!({ "name": "Wrong", "expression": expression });
        let command = json!({ "op": "update_filter", "id": id(&filter),
            "patch": { "expression": expression } });
        let batch = json!({ "atomic": true, "commands": [command] });
        for request in [
            ada.post(FILTERS, &body),
            ada.put(&path(&filter), &body),
            ada.patch(&path(&filter), &json!({ "expression": expression })),
            ada.post("/api/v1/batch", &batch),
        ] {
            let problem = request.fails(422).await;
            let error = problem.breaks("expression", "invalid_syntax");
            assert_eq!(error["position"], position, "{expression}: {error}");
            let text = error["message"].as_str().expect("a message");
            assert!(text.contains(message), "{expression}: {text}");
        }
    }
    assert_eq!(ada.get(&path(&filter)).gives(200).await, filter);
    assert_eq!(names(&ada).await, ["Urgent"]);
}

#[tokio::test]
async fn a_filter_lists_and_counts_its_tasks() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = json!({ "name": "Garden" });
    let garden = ada.post("/api/v1/projects", &garden).gives(201).await;
    for number in 0..7 {
        let task = json!({ "title": format!("Task {number}"), "priority": 1 + number % 2,
            "labels": [if number < 3 { "Early" } else { "late" }],
            "project_id": (number == 0).then(|| garden["id"].clone()),
            "completed": number == 6 });
        ada.post("/api/v1/tasks", &task).gives(201).await;
    }
    let first = add(&ada, "First", "p1").await;
    let early = add(&ada, "Early", "@early & !#garden").await;
    let all = add(&ada, "All of them", "priority >= 0").await;
    let done = add(&ada, "Done", "done = true").await;
    let found = add(&ada, "Found", "search: task 3").await;
    let tasks = |filter: &Value, more: &str| ada.get(&format!("{}/tasks?{more}", path(filter)));
    for (filter, more, expected) in [
        (&first, "sort=title", vec!["Task 0", "Task 2", "Task 4"]),
        (&early, "", vec!["Task 2", "Task 1"]),
        (&done, "", vec!["Task 6"]),
        (&found, "", vec!["Task 3"]),
        (&all, "status=done", vec!["Task 6"]),
    ] {
        let page = tasks(filter, more).gives(200).await;
        assert_eq!(titles(&page), expected, "{filter}");
    }
    // The pages are those of the list with the same expression.
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = tasks(&all, &format!("sort=title&limit=3{cursor}"));
        let page = page.gives(200).await;
        seen.extend(titles(&page).into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&{}", query(&[("cursor", next)])),
            None => break,
        }
    }
    let list = query(&[("filter", "priority >= 0"), ("sort", "title")]);
    assert_eq!(seen, ada.titles(&list).await);
    assert_eq!(seen.len(), 7);
    for (more, field) in [
        ("limit=0", "limit"),
        ("sort=colour", "sort"),
        ("cursor=x", "cursor"),
        ("q=word", "q"),
    ] {
        tasks(&all, more).fails(422).await.names(field);
    }
    let answer = tasks(&first, "").is(200).await;
    let etag = header(&answer, "etag");
    let known = tasks(&first, "").header("if-none-match", etag.clone());
    known.is(304).await;

    let expected = json!({ (id(&first)): 3, (id(&early)): 2, (id(&all)): 6, (id(&done)): 0,
        (id(&found)): 1 });
    let answer = ada.get("/api/v1/counts").is(200).await;
    let counted = header(&answer, "etag");
    assert_eq!(
        answer.json::<Value>().await.expect("counts")["filters"],
        expected
    );
    ada.get("/api/v1/counts")
        .header("if-none-match", counted.clone())
        .is(304)
        .await;
    // A change of the filter is one of its list and its count.
    let patch = json!({ "expression": "p2" });
    ada.patch(&path(&first), &patch).gives(200).await;
    let page = tasks(&first, "sort=title").header("if-none-match", etag);
    assert_eq!(
        titles(&page.gives(200).await),
        ["Task 1", "Task 3", "Task 5"]
    );
    let archive = json!({ "archived": true });
    let path = format!("/api/v1/projects/{}", id(&garden));
    ada.patch(&path, &archive).gives(200).await;
    let answer = ada
        .get("/api/v1/counts")
        .header("if-none-match", counted)
        .gives(200)
        .await;
    assert_eq!(answer["filters"][id(&all)], 5);
}

#[tokio::test]
async fn filters_have_a_manual_order() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut filters = Vec::new();
    for name in ["one", "two", "three"] {
        filters.push(add(&ada, name, "p1").await);
    }
    let moves = |filter: &Value, body: Value| ada.post(&format!("{}/move", path(filter)), &body);
    let beside = |member: &str, other: &Value| json!({ member: other["id"] });
    let [one, two, three] = &filters[..] else {
        panic!("three filters");
    };
    moves(three, beside("after", one)).gives(200).await;
    moves(one, beside("after", two)).gives(200).await;
    assert_eq!(names(&ada).await, ["three", "two", "one"]);
    moves(one, beside("before", three)).gives(200).await;
    assert_eq!(names(&ada).await, ["one", "three", "two"]);
    for (body, field) in [
        (
            json!({ "before": uuid::Uuid::now_v7().to_string() }),
            "before",
        ),
        (beside("after", one), "after"),
        (json!({ "after": " " }), "after"),
    ] {
        moves(one, body).fails(422).await.names(field);
    }
}

#[tokio::test]
async fn changes_of_filters_are_undone_restored_batched_and_synchronised() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let undo = |change: &str| {
        let path = format!("/api/v1/changes/{change}/undo");
        ada.request(Method::POST, &path)
    };
    let answer = ada.get("/api/v1/changes").gives(200).await;
    let since = answer["next"].as_str().expect("a token").to_owned();
    let commands = json!([
        { "op": "create_filter", "ref": "a",
          "filter": { "name": "Urgent", "expression": "p1", "favourite": true } },
        { "op": "create_filter", "ref": "b", "filter": { "name": "Later", "expression": "p4" } },
        { "op": "update_filter", "id": "$a", "patch": { "colour": "red" } },
        { "op": "move_filter", "id": "$b", "to": { "before": "$a" } },
        { "op": "replace_filter", "id": "$b",
          "filter": { "name": "Some time", "expression": "no date" }, "version": 1 },
        { "op": "delete_filter", "id": "$b" },
    ]);
    let batch = json!({ "atomic": false, "commands": commands });
    let answer = ada.post("/api/v1/batch", &batch).gives(200).await;
    let results = answer["results"].as_array().expect("results");
    let statuses: Vec<_> = results.iter().map(|result| &result["status"]).collect();
    assert_eq!(json!(statuses), json!([201, 201, 200, 200, 412, 204]));
    let filter = ada.get(&path(&results[0]["object"])).gives(200).await;
    assert_eq!(filter["colour"], "red");
    assert_eq!(names(&ada).await, ["Urgent"]);

    // Clients learn of it as the routes return it.
    let page = ada.get(&format!("/api/v1/changes?since={since}"));
    let page = page.gives(200).await;
    let items = page["items"].as_array().expect("items");
    let of = |id: String| items.iter().find(|item| item["id"] == id);
    let synced = of(id(&filter)).expect("the filter");
    assert_eq!(
        (&synced["type"], &synced["object"]),
        (&json!("filter"), &filter)
    );
    let gone = of(id(&results[1]["object"])).expect("the deleted filter");
    assert_eq!(gone["deleted"], true);

    // A deletion is undone, or restored from the trash.
    let stable = |mut filter: Value| {
        for member in ["updated_at", "version"] {
            filter[member] = Value::Null;
        }
        filter
    };
    let patch = json!({ "expression": "p2" });
    for request in [
        ada.patch(&path(&filter), &patch),
        ada.delete(&path(&filter)),
    ] {
        let before = ada.get(&path(&filter)).gives(200).await;
        let change = header(&request.answer().await, "docket-change");
        let undone = undo(&change).gives(200).await;
        assert_eq!(undone["items"][0]["type"], "filter");
        let after = ada.get(&path(&filter)).gives(200).await;
        assert_eq!(stable(after), stable(before));
    }
    ada.delete(&path(&filter)).is(204).await;
    let trash = ada.get("/api/v1/trash").gives(200).await;
    let first = &trash["items"][0];
    assert_eq!(
        (&first["type"], &first["title"]),
        (&json!("filter"), &json!("Urgent"))
    );
    let restore = format!("/api/v1/trash/{}/restore", id(&filter));
    ada.request(Method::POST, &restore).is(200).await;
    let restored = ada.get(&path(&filter)).gives(200).await;
    assert_eq!(stable(restored), stable(filter.clone()));

    let activity = format!("/api/v1/projects/{}/activity", ada.id);
    let activity = ada.get(&activity).gives(200).await.to_string();
    assert!(activity.contains("update_filter"), "{activity}");
}

#[tokio::test]
async fn filters_of_others_do_not_exist() {
    let server = Server::start().await;
    let (ada, eve) = (User::register(&server).await, User::register(&server).await);
    let hers = add(&ada, "Private", "#Private").await;
    let own = add(&eve, "Mine", "all").await;
    ada.add_task("Private").await;
    for op in [
        "update_filter",
        "replace_filter",
        "move_filter",
        "delete_filter",
    ] {
        let mut command = json!({ "op": op, "id": id(&hers) });
        match op {
            "update_filter" => command["patch"] = json!({ "name": "Mine" }),
            "replace_filter" => command["filter"] = json!({ "name": "x", "expression": "p1" }),
            "move_filter" => command["to"] = json!({ "after": id(&own) }),
            _ => {}
        }
        let batch = json!({ "atomic": true, "commands": [command] });
        eve.post("/api/v1/batch", &batch).fails(404).await;
    }
    let beside = json!({ "after": id(&hers) });
    let moved = eve.post(&format!("{}/move", path(&own)), &beside);
    moved.fails(422).await.names("after");
    assert_eq!(names(&eve).await, ["Mine"]);
    assert_eq!(counts(&eve).await, json!({ (id(&own)): 0 }));
    let page = eve.get(&format!("{}/tasks", path(&own))).gives(200).await;
    assert_eq!(page["items"], json!([]));
    for path in ["/api/v1/changes", "/api/v1/trash", FILTERS] {
        let text = eve.get(path).gives(200).await.to_string();
        assert!(!text.contains("Private"), "{path}: {text}");
    }
    assert_eq!(ada.get(&path(&hers)).gives(200).await, hers);
}

#[tokio::test]
async fn an_expression_of_an_earlier_release_that_is_not_valid_any_more_says_so() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let filter = add(&ada, "Old", "p1").await;
    let other = add(&ada, "Urgent", "p1").await;
    let mut connection = server.database().await;
    let update = format!(
        "UPDATE filters SET expression = 'p1 & ~x~ |' WHERE id = '{}'",
        id(&filter)
    );
    let done = sql(AssertSqlSafe(update)).execute(&mut connection).await;
    done.expect("updated");
    connection.close().await.expect("closed");
    let problem = ada
        .get(&format!("{}/tasks", path(&filter)))
        .fails(409)
        .await;
    let detail = problem.detail();
    assert!(detail.contains("Character"), "{detail}");
    assert_eq!(counts(&ada).await, json!({ (id(&other)): 0 }));
    assert_eq!(names(&ada).await, ["Old", "Urgent"]);
    let patch = json!({ "favourite": true });
    ada.patch(&path(&filter), &patch).gives(200).await;
    ada.delete(&path(&filter)).is(204).await;
}
