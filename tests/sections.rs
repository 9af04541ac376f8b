//! Sections over the API, and the future of their tasks.

use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

const SECTIONS: &str = "/api/v1/sections";
const TASKS: &str = "/api/v1/tasks";

fn id(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

fn path(section: &Value) -> String {
    format!("{SECTIONS}/{}", id(section))
}

async fn project(user: &User) -> Value {
    let new = json!({ "name": "Garden" });
    user.post("/api/v1/projects", &new).gives(201).await
}

async fn add(user: &User, project: &Value, name: &str) -> Value {
    let new = json!({ "project_id": project["id"], "name": name });
    user.post(SECTIONS, &new).gives(201).await
}

async fn task(user: &User, section: &Value, completed: bool) -> Value {
    let new = json!({ "title": "Task", "section_id": section["id"], "completed": completed });
    user.post(TASKS, &new).gives(201).await
}

async fn names(user: &User, project: &Value) -> Vec<String> {
    let list = user.get(&format!("{SECTIONS}?project={}", id(project)));
    let list = list.gives(200).await;
    assert_eq!(list["next_cursor"], Value::Null);
    let items = list["items"].as_array().expect("items");
    let name = |section: &Value| section["name"].as_str().expect("a name").to_owned();
    items.iter().map(name).collect()
}

#[tokio::test]
async fn sections_are_created_changed_and_listed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = project(&ada).await;
    let create = || {
        let new = json!({ "project_id": garden["id"], "name": " Next " });
        ada.post(SECTIONS, &new).header("idempotency-key", "one")
    };
    let answer = create().is(201).await;
    let (location, etag) = (header(&answer, "location"), header(&answer, "etag"));
    let section: Value = answer.json().await.expect("a section");
    assert_eq!(create().gives(201).await, section);
    assert_eq!(location, path(&section));
    let mut members: Vec<_> = section.as_object().expect("a section").keys().collect();
    members.sort();
    let expected = "archived created_at id name position project_id updated_at version";
    assert_eq!(members, expected.split(' ').collect::<Vec<_>>());
    assert_eq!(
        (&section["name"], &section["archived"]),
        (&json!("Next"), &json!(false))
    );
    assert_eq!(section["position"], section["id"]);
    assert_eq!(ada.get(&location).gives(200).await, section);

    let patch = json!({ "name": "Later", "position": "z" });
    let request = ada
        .patch(&path(&section), &patch)
        .header("if-match", etag.clone());
    let changed = request.gives(200).await;
    assert_eq!(
        (&changed["name"], &changed["position"]),
        (&json!("Later"), &json!("z"))
    );
    let stale = ada.patch(&path(&section), &patch).header("if-match", etag);
    stale.fails(412).await;
    let reset = json!({ "position": null });
    let reset = ada.patch(&path(&section), &reset).gives(200).await;
    assert_eq!(reset["position"], section["id"]);
    let first = json!({ "project_id": garden["id"], "name": "First", "position": "-1" });
    ada.post(SECTIONS, &first).gives(201).await;
    assert_eq!(names(&ada, &garden).await, ["First", "Later"]);

    for (patch, field) in [
        (json!({ "name": null }), "name"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x".repeat(121) }), "name"),
        (json!({ "name": "a\tb" }), "name"),
        (json!({ "position": "" }), "position"),
        (json!({ "project_id": garden["id"] }), "project_id"),
    ] {
        let problem = ada.patch(&path(&section), &patch).fails(422).await;
        problem.names(field);
    }
    for (new, field) in [
        (json!({ "name": "x" }), "project_id"),
        (json!({ "project_id": garden["id"] }), "name"),
        (json!({ "project_id": "x", "name": "x" }), "project_id"),
        (
            json!({ "project_id": section["id"], "name": "x" }),
            "project_id",
        ),
    ] {
        ada.post(SECTIONS, &new).fails(422).await.names(field);
    }
    ada.get(SECTIONS).fails(422).await.names("project");
    let unknown = format!("{SECTIONS}?project={}", id(&section));
    ada.get(&unknown).fails(404).await;
}

#[tokio::test]
async fn deletion_says_where_the_tasks_go() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = project(&ada).await;
    let other = add(&ada, &garden, "Other").await;
    for (query, expected) in [
        (String::new(), Value::Null),
        ("?tasks=keep".into(), Value::Null),
        (format!("?move_to={}", id(&other)), other["id"].clone()),
    ] {
        let section = add(&ada, &garden, "Section").await;
        let (open, done) = (
            task(&ada, &section, false).await,
            task(&ada, &section, true).await,
        );
        let path = path(&section);
        let delete = || {
            let request = ada.delete(&format!("{path}{query}"));
            request.header("idempotency-key", id(&section))
        };
        delete().is(204).await;
        delete().is(204).await;
        ada.get(&path).fails(404).await;
        for task in [&open, &done] {
            let task = ada.task(&id(task)).await;
            assert_eq!(task["section_id"], expected, "{query}");
            assert_eq!(task["project_id"], garden["id"]);
        }
    }
    let section = add(&ada, &garden, "Section").await;
    let gone = task(&ada, &section, false).await;
    let stranger = add(&ada, &project(&ada).await, "Elsewhere").await;
    for (query, field) in [
        (format!("move_to={}", id(&stranger)), "move_to"),
        (format!("move_to={}", id(&section)), "move_to"),
        ("move_to=x".into(), "move_to"),
        (format!("tasks=delete&move_to={}", id(&other)), "move_to"),
        ("tasks=complete".into(), "tasks"),
        ("tasks=burn".into(), "tasks"),
        ("task=keep".into(), "task"),
    ] {
        let request = ada.delete(&format!("{}?{query}", path(&section)));
        request.fails(422).await.names(field);
    }
    ada.delete(&format!("{}?tasks=delete", path(&section)))
        .is(204)
        .await;
    ada.get(&format!("{TASKS}/{}", id(&gone))).fails(404).await;
    assert_eq!(names(&ada, &garden).await, ["Other"]);
}

#[tokio::test]
async fn archiving_says_where_the_open_tasks_go() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = project(&ada).await;
    let other = add(&ada, &garden, "Other").await;
    let archive = json!({ "archived": true });
    for (query, section_stays, expected) in [
        (String::new(), false, Value::Null),
        ("?tasks=complete".into(), true, Value::Null),
        (
            format!("?move_to={}", id(&other)),
            false,
            other["id"].clone(),
        ),
    ] {
        let section = add(&ada, &garden, "Section").await;
        let (open, done) = (
            task(&ada, &section, false).await,
            task(&ada, &section, true).await,
        );
        let path = format!("{}{query}", path(&section));
        let archived = ada.patch(&path, &archive).gives(200).await;
        assert_eq!(archived["archived"], true);
        let open = ada.task(&id(&open)).await;
        assert_eq!(open["completed"], section_stays);
        let expected = if section_stays {
            section["id"].clone()
        } else {
            expected
        };
        assert_eq!(open["section_id"], expected, "{query}");
        let done = ada.task(&id(&done)).await;
        assert_eq!(done["section_id"], section["id"]);
    }
    let section = add(&ada, &garden, "Section").await;
    for (query, patch, field) in [
        ("tasks=delete", &archive, "tasks"),
        ("tasks=keep", &json!({ "name": "x" }), "tasks"),
    ] {
        let path = format!("{}?{query}", path(&section));
        ada.patch(&path, patch).fails(422).await.names(field);
    }
    ada.patch(&path(&section), &archive).gives(200).await;
    let back = json!({ "archived": false });
    let back = ada.patch(&path(&section), &back).gives(200).await;
    assert_eq!(back["archived"], false);
}

#[tokio::test]
async fn sections_move_within_a_project_and_to_another() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (garden, attic) = (project(&ada).await, project(&ada).await);
    let (one, two) = (add(&ada, &garden, "1").await, add(&ada, &garden, "2").await);
    let three = add(&ada, &garden, "3").await;
    let moves = |section: &Value, body: Value| {
        let path = format!("{}/move", path(section));
        ada.post(&path, &body)
    };
    moves(&three, json!({ "after": one["id"] }))
        .gives(200)
        .await;
    assert_eq!(names(&ada, &garden).await, ["1", "3", "2"]);
    moves(&two, json!({ "before": one["id"] })).gives(200).await;
    assert_eq!(names(&ada, &garden).await, ["2", "1", "3"]);
    moves(&three, json!({ "after": two["id"], "before": one["id"] }))
        .gives(200)
        .await;
    assert_eq!(names(&ada, &garden).await, ["2", "3", "1"]);

    let parent = task(&ada, &two, false).await;
    let child = json!({ "title": "Child", "parent_id": parent["id"] });
    let child = ada.post(TASKS, &child).gives(201).await;
    let moved = moves(&two, json!({ "project_id": attic["id"] }));
    let moved = moved.gives(200).await;
    assert_eq!(moved["project_id"], attic["id"]);
    for task in [&parent, &child] {
        let task = ada.task(&id(task)).await;
        assert_eq!(task["project_id"], attic["id"]);
        assert_eq!(task["section_id"], two["id"]);
    }
    assert_eq!(names(&ada, &attic).await, ["2"]);
    for (body, field) in [
        (json!({ "after": two["id"] }), "after"),
        (json!({ "after": one["id"] }), "after"),
        (json!({ "project_id": two["id"] }), "project_id"),
        (json!({ "section": two["id"] }), "section"),
    ] {
        moves(&one, body).fails(422).await.names(field);
    }
}

#[tokio::test]
async fn strangers_get_nowhere() {
    let server = Server::start().await;
    let (ada, eve) = (User::register(&server).await, User::register(&server).await);
    let garden = project(&ada).await;
    let section = add(&ada, &garden, "Next").await;
    let (hers, own) = (project(&eve).await, eve.add_task("Mine").await);
    let mine = add(&eve, &hers, "Mine").await;
    let path_of_list = format!("{SECTIONS}?project={}", id(&garden));
    eve.get(&path_of_list).fails(404).await;
    eve.get(&path(&section)).fails(404).await;
    eve.patch(&path(&section), &json!({ "name": "x" }))
        .fails(404)
        .await;
    eve.delete(&path(&section)).fails(404).await;
    let moves = format!("{}/move", path(&section));
    eve.post(&moves, &json!({ "project_id": hers["id"] }))
        .fails(404)
        .await;
    let new = json!({ "project_id": garden["id"], "name": "x" });
    eve.post(SECTIONS, &new)
        .fails(422)
        .await
        .names("project_id");
    let away = json!({ "project_id": garden["id"] });
    let moves = format!("{}/move", path(&mine));
    eve.post(&moves, &away).fails(422).await.names("project_id");
    let delete = format!("{}?move_to={}", path(&mine), id(&section));
    eve.delete(&delete).fails(422).await.names("move_to");
    let patch = json!({ "section_id": section["id"] });
    let problem = eve.patch(&format!("{TASKS}/{}", id(&own)), &patch);
    problem.fails(422).await.names("section_id");
    assert_eq!(ada.get(&path(&section)).gives(200).await, section);
}

#[tokio::test]
async fn a_batch_need_not_name_the_project_of_a_section() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (garden, attic) = (project(&ada).await, project(&ada).await);
    let (one, two) = (
        add(&ada, &garden, "One").await,
        add(&ada, &garden, "Two").await,
    );
    let first = task(&ada, &one, false).await;
    let second = task(&ada, &two, false).await;
    let commands = json!([
        { "op": "update_section", "id": id(&one), "patch": { "name": "First" } },
        { "op": "move_section", "id": id(&one), "to": { "project_id": id(&attic) } },
        // Its tasks have followed it, and are deleted with it.
        { "op": "delete_section", "id": id(&one), "tasks": "delete" },
        { "op": "update_section", "id": id(&two), "patch": { "archived": true } },
        { "op": "create_section", "ref": "s",
          "section": { "project_id": id(&garden), "name": "New" } },
        { "op": "create_task", "task": { "title": "In it", "section_id": "$s" } },
        { "op": "move_section", "id": "$s", "to": { "project_id": id(&attic) } },
        { "op": "update_section", "id": "$s", "patch": { "name": "Newer" } },
        { "op": "delete_section", "id": id(&garden) },
    ]);
    let batch = json!({ "atomic": false, "commands": commands });
    let answer = ada.post("/api/v1/batch", &batch).gives(200).await;
    let results = answer["results"].as_array().expect("results");
    let statuses: Vec<_> = results.iter().map(|result| &result["status"]).collect();
    assert_eq!(
        json!(statuses),
        json!([200, 200, 204, 200, 201, 201, 200, 200, 404]),
        "{answer}"
    );
    ada.get(&format!("{TASKS}/{}", id(&first))).fails(404).await;
    assert_eq!(ada.task(&id(&second)).await["section_id"], Value::Null);
    assert_eq!(names(&ada, &attic).await, ["Newer"]);
    let moved = ada.task(&id(&results[5]["object"])).await;
    assert_eq!(moved["project_id"], attic["id"]);
    // A project that is named must be that of the section.
    let wrong = json!({ "op": "delete_section", "id": id(&two), "project_id": id(&attic) });
    let batch = json!({ "atomic": true, "commands": [wrong] });
    ada.post("/api/v1/batch", &batch).fails(409).await;
}
