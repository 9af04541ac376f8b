//! Labels over the API: created by use, and renamed, merged and deleted everywhere at once.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

const LABELS: &str = "/api/v1/labels";
const TASKS: &str = "/api/v1/tasks";

/// The characters that a path encodes (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn path(name: &str) -> String {
    format!("{LABELS}/{}", utf8_percent_encode(name, RESERVED))
}

fn id(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

async fn add(user: &User, name: &str) -> Value {
    user.post(LABELS, &json!({ "name": name })).gives(201).await
}

async fn task(user: &User, labels: &[&str], completed: bool) -> String {
    let new = json!({ "title": "Task", "labels": labels, "completed": completed });
    id(&user.post(TASKS, &new).gives(201).await)
}

async fn labels_of(user: &User, task: &str) -> Value {
    user.task(task).await["labels"].clone()
}

/// Returns the names of all labels and the number of their open tasks.
async fn all(user: &User) -> Vec<(String, i64)> {
    let list = user.get(LABELS).gives(200).await;
    assert_eq!(list["next_cursor"], Value::Null);
    let items = list["items"].as_array().expect("items").iter();
    let pair = |label: &Value| {
        let name = label["name"].as_str().expect("a name").to_owned();
        (name, label["open_tasks"].as_i64().expect("a number"))
    };
    items.map(pair).collect()
}

#[tokio::test]
async fn labels_are_created_changed_and_listed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let answer = ada
        .post(LABELS, &json!({ "name": " Errand " }))
        .is(201)
        .await;
    let (location, etag) = (header(&answer, "location"), header(&answer, "etag"));
    let label: Value = answer.json().await.expect("a label");
    assert_eq!(location, path("Errand"));
    let mut members: Vec<_> = label.as_object().expect("a label").keys().collect();
    members.sort();
    let expected = "colour created_at favourite id name open_tasks position updated_at version";
    assert_eq!(members, expected.split(' ').collect::<Vec<_>>());
    assert_eq!(
        (&label["name"], &label["colour"]),
        (&json!("Errand"), &json!("grey"))
    );
    assert_eq!(label["open_tasks"], 0);
    assert_eq!(ada.get(&path("eRRAND")).gives(200).await, label);
    ada.get(&location)
        .header("if-none-match", etag.clone())
        .is(304)
        .await;
    let again = ada.post(LABELS, &json!({ "name": "errand" }));
    again.fails(409).await.names("name");

    let patch = json!({ "colour": "rose", "favourite": true, "position": "z" });
    let patch = || {
        ada.patch(&location, &patch)
            .header("if-match", etag.clone())
    };
    let changed = patch().gives(200).await;
    assert_eq!(
        (&changed["colour"], &changed["favourite"]),
        (&json!("rose"), &json!(true))
    );
    patch().fails(412).await;
    let nulls = json!({ "colour": null, "favourite": null, "position": null });
    let reset = ada.patch(&location, &nulls).gives(200).await;
    assert_eq!(reset["position"], label["position"]);

    // The number of tasks belongs to the response, and not to the version.
    let answer = ada.get(&location).is(200).await;
    let etag = header(&answer, "etag");
    task(&ada, &["errand"], false).await;
    let answer = ada.get(&location).header("if-none-match", etag.clone());
    assert_eq!(answer.gives(200).await["open_tasks"], 1);
    let patch = ada.patch(&location, &json!({ "favourite": true }));
    patch.header("if-match", etag).gives(200).await;

    for (new, field) in [
        (json!({}), "name"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "." }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "x".repeat(61) }), "name"),
        (json!({ "name": "x", "colour": "beige" }), "colour"),
        (json!({ "name": "x", "open_tasks": 1 }), "open_tasks"),
    ] {
        ada.post(LABELS, &new).fails(422).await.names(field);
    }
    for unknown in ["nobody", "a/b", "%", "\u{e4}"] {
        ada.get(&path(unknown)).fails(404).await;
        ada.delete(&path(unknown)).fails(404).await;
    }
}

#[tokio::test]
async fn any_name_has_a_path() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for name in [
        "a/b",
        "50%",
        "a b",
        "a+b",
        "?x=#y",
        "\u{c4}pfel & Birnen",
        "\u{1f345}",
        "...",
        "a-b_c.d~e!*'()",
        "{name}",
        "<script>",
        "a\\b",
        ";",
    ] {
        let answer = ada.post(LABELS, &json!({ "name": name })).is(201).await;
        let location = header(&answer, "location");
        let label = ada.get(&location).gives(200).await;
        assert_eq!(label["name"], name);
        let patch = json!({ "favourite": true });
        ada.patch(&path(name), &patch).gives(200).await;
        ada.delete(&path(name)).is(204).await;
        ada.get(&location).fails(404).await;
    }
}

#[tokio::test]
async fn labels_are_created_by_use_and_counted() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let one = task(&ada, &[" Errand ", "ERRAND", "Home"], false).await;
    let two = task(&ada, &["errand"], true).await;
    assert_eq!(labels_of(&ada, &one).await, json!(["Errand", "Home"]));
    assert_eq!(labels_of(&ada, &two).await, json!(["Errand"]));
    assert_eq!(all(&ada).await, [("Errand".into(), 1), ("Home".into(), 1)]);
}

#[tokio::test]
async fn a_label_is_renamed_merged_and_deleted_in_all_tasks() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let project = json!({ "name": "Garden" });
    let project = ada.post("/api/v1/projects", &project).gives(201).await;
    let one = task(&ada, &["Home", "Errand", "Work"], false).await;
    let two = task(&ada, &["errand"], true).await;
    let elsewhere = json!({ "title": "Task", "labels": ["errand"], "project_id": project["id"] });
    let three = id(&ada.post(TASKS, &elsewhere).gives(201).await);
    let before = ada.task(&one).await;

    let answer = ada
        .patch(&path("errand"), &json!({ "name": "Shop" }))
        .is(200)
        .await;
    header(&answer, "docket-change");
    let label: Value = answer.json().await.expect("a label");
    assert_eq!(
        (&label["name"], &label["open_tasks"]),
        (&json!("Shop"), &json!(2))
    );
    assert_eq!(labels_of(&ada, &one).await, json!(["Home", "Shop", "Work"]));
    assert_eq!(labels_of(&ada, &two).await, json!(["Shop"]));
    assert_eq!(labels_of(&ada, &three).await, json!(["Shop"]));
    let after = ada.task(&one).await;
    assert!(after["version"].as_i64() > before["version"].as_i64());
    ada.get(&path("errand")).fails(404).await;
    assert_eq!(ada.titles("label=shop&status=all").await.len(), 3);
    assert_eq!(ada.titles("label=errand&status=all").await.len(), 0);
    let taken = ada.patch(&path("shop"), &json!({ "name": "HOME" }));
    taken.fails(409).await.names("name");
    ada.patch(&path("shop"), &json!({ "name": "SHOP" }))
        .gives(200)
        .await;
    assert_eq!(labels_of(&ada, &two).await, json!(["SHOP"]));

    let merge = |name: &str, into: &str| {
        let path = format!("{}/merge", path(name));
        ada.post(&path, &json!({ "into": into }))
    };
    for into in ["nobody", "shop"] {
        merge("shop", into).fails(422).await.names("into");
    }
    merge("nobody", "home").fails(404).await;
    let merged = merge("shop", "home").header("idempotency-key", "merge");
    let label = merged.gives(200).await;
    assert_eq!(
        (&label["name"], &label["open_tasks"]),
        (&json!("Home"), &json!(2))
    );
    let again = merge("shop", "home").header("idempotency-key", "merge");
    assert_eq!(again.gives(200).await, label);
    assert_eq!(labels_of(&ada, &one).await, json!(["Home", "Work"]));
    assert_eq!(labels_of(&ada, &three).await, json!(["Home"]));

    ada.delete(&path("HOME")).is(204).await;
    assert_eq!(labels_of(&ada, &one).await, json!(["Work"]));
    assert_eq!(labels_of(&ada, &two).await, json!([]));
    assert_eq!(all(&ada).await, [("Work".into(), 1)]);
}

#[tokio::test]
async fn labels_have_a_manual_order() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for name in ["one", "two", "three"] {
        add(&ada, name).await;
    }
    let moves = |name: &str, body: Value| ada.post(&format!("{}/move", path(name)), &body);
    moves("three", json!({ "after": "ONE" })).gives(200).await;
    moves("one", json!({ "after": "two" })).gives(200).await;
    let names: Vec<_> = all(&ada).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["three", "two", "one"]);
    for (body, field) in [
        (json!({ "before": "nobody" }), "before"),
        (json!({ "after": "one" }), "after"),
        (json!({ "after": " " }), "after"),
    ] {
        moves("one", body).fails(422).await.names(field);
    }
}

#[tokio::test]
async fn labels_of_others_do_not_exist() {
    let server = Server::start().await;
    let (ada, eve) = (User::register(&server).await, User::register(&server).await);
    let label = add(&ada, "Private").await;
    let hers = task(&ada, &["Private"], false).await;
    add(&eve, "Mine").await;
    eve.get(&path("Private")).fails(404).await;
    eve.patch(&path("Private"), &json!({ "name": "x" }))
        .fails(404)
        .await;
    eve.delete(&path("Private")).fails(404).await;
    let merge = format!("{}/merge", path("Private"));
    eve.post(&merge, &json!({ "into": "Mine" }))
        .fails(404)
        .await;
    let merge = format!("{}/merge", path("Mine"));
    eve.post(&merge, &json!({ "into": "Private" }))
        .fails(422)
        .await
        .names("into");
    // A label with the same name is another label.
    add(&eve, "Private").await;
    eve.patch(&path("Private"), &json!({ "name": "Public" }))
        .gives(200)
        .await;
    assert_eq!(labels_of(&ada, &hers).await, json!(["Private"]));
    assert_eq!(
        ada.get(&path("private")).gives(200).await["id"],
        label["id"]
    );
}
