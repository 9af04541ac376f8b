//! Projects over the API: the tree, the Inbox, the trash and copies.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

const PROJECTS: &str = "/api/v1/projects";

fn id(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

fn path(project: &Value) -> String {
    format!("{PROJECTS}/{}", id(project))
}

async fn add(user: &User, name: &str, parent: Option<&Value>) -> Value {
    let parent_id = parent.map(id);
    let new = json!({ "name": name, "parent_id": parent_id });
    user.post(PROJECTS, &new).gives(201).await
}

/// Returns the names of the projects in the list.
async fn names(user: &User, query: &str) -> Vec<String> {
    let list = user.get(&format!("{PROJECTS}?{query}")).gives(200).await;
    let items = list["items"].as_array().expect("items");
    let name = |project: &Value| project["name"].as_str().expect("a name").to_owned();
    items.iter().map(name).collect()
}

async fn move_to(user: &User, project: &Value, body: Value) -> Value {
    let path = format!("{}/move", path(project));
    user.post(&path, &body).gives(200).await
}

#[tokio::test]
async fn a_new_project_has_everything() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let answer = ada.post(PROJECTS, &json!({ "name": " Garden " })).is(201);
    let answer = answer.await;
    let (location, etag) = (header(&answer, "location"), header(&answer, "etag"));
    let change = header(&answer, "docket-change");
    let project: Value = answer.json().await.expect("a project");
    assert_eq!(location, path(&project));
    assert_eq!(change, id(&project));
    let mut members: Vec<_> = project.as_object().expect("a project").keys().collect();
    members.sort();
    let expected = "archived colour created_at description favourite group_by id inbox name \
                    parent_id position role sort_by updated_at version view";
    assert_eq!(members, expected.split(' ').collect::<Vec<_>>());
    let defaults = json!({ "name": "Garden", "description": "", "colour": "grey",
        "parent_id": null, "position": project["id"], "favourite": false, "archived": false,
        "inbox": false, "view": "list", "group_by": "section", "sort_by": "position",
        "role": "owner" });
    for (name, value) in defaults.as_object().expect("members") {
        assert_eq!(project[name], *value, "{name}");
    }
    let answer = ada.get(&location).is(200).await;
    assert_eq!(header(&answer, "etag"), etag);
    assert_eq!(answer.json::<Value>().await.expect("a project"), project);
    let known = ada.get(&location).header("if-none-match", etag);
    known.is(304).await;
    assert_eq!(names(&ada, "").await, ["Inbox", "Garden"]);

    let full = json!({ "name": "Full", "description": "*Text*", "colour": "teal",
        "parent_id": project["id"], "position": "b", "favourite": true, "view": "calendar",
        "group_by": "label", "sort_by": "-due" });
    let made = ada.post(PROJECTS, &full).gives(201).await;
    for (name, value) in full.as_object().expect("members") {
        assert_eq!(made[name], *value, "{name}");
    }
}

#[tokio::test]
async fn a_patch_merges() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let project = add(&ada, "Garden", None).await;
    let patch = json!({ "description": "Text", "colour": "red", "favourite": true,
        "view": "board", "group_by": "none", "sort_by": "title", "position": "a" });
    let changed = ada.patch(&path(&project), &patch).gives(200).await;
    assert_eq!(
        (&changed["name"], &changed["colour"]),
        (&json!("Garden"), &json!("red"))
    );
    assert!(changed["version"].as_i64() > project["version"].as_i64());
    let nulls = json!({ "description": null, "colour": null, "favourite": null, "view": null,
        "group_by": null, "sort_by": null, "position": null, "archived": null });
    let reset = ada.patch(&path(&project), &nulls).gives(200).await;
    for name in [
        "description",
        "colour",
        "favourite",
        "view",
        "group_by",
        "sort_by",
        "position",
        "archived",
    ] {
        assert_eq!(reset[name], project[name], "{name}");
    }
    // A patch without an effect changes nothing.
    let answer = ada.patch(&path(&project), &nulls).is(200).await;
    assert!(answer.headers().get("docket-change").is_none());
    assert_eq!(answer.json::<Value>().await.expect("a project"), reset);
    for (patch, field) in [
        (json!({ "name": null }), "name"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "x".repeat(121) }), "name"),
        (json!({ "description": "x".repeat(5_001) }), "description"),
        (json!({ "description": "\0" }), "description"),
        (json!({ "colour": "beige" }), "colour"),
        (json!({ "view": "table" }), "view"),
        (json!({ "group_by": "colour" }), "group_by"),
        (json!({ "sort_by": 1 }), "sort_by"),
        (json!({ "position": "A" }), "position"),
        (json!({ "parent_id": "x" }), "parent_id"),
        (json!({ "version": 1 }), "version"),
    ] {
        let problem = ada.patch(&path(&project), &patch).fails(422).await;
        problem.names(field);
    }
    for (new, field) in [
        (json!({}), "name"),
        (json!({ "name": "A", "archived": true }), "archived"),
        (json!({ "name": "A", "parent_id": "x" }), "parent_id"),
        (json!({ "name": "A", "colour": 7 }), "colour"),
    ] {
        ada.post(PROJECTS, &new).fails(422).await.names(field);
    }
}

#[tokio::test]
async fn etags_and_idempotency_keys_work_as_for_tasks() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let create = || {
        let request = ada.post(PROJECTS, &json!({ "name": "Garden" }));
        request.header("idempotency-key", "create")
    };
    let project = create().gives(201).await;
    let again = create().is(201).await;
    assert_eq!(header(&again, "idempotency-replayed"), "true");
    assert_eq!(again.json::<Value>().await.expect("a project"), project);
    let other = ada.post(PROJECTS, &json!({ "name": "Other" }));
    other.header("idempotency-key", "create").fails(422).await;
    assert_eq!(names(&ada, "").await, ["Inbox", "Garden"]);

    let etag = header(&ada.get(&path(&project)).is(200).await, "etag");
    let patch = |etag: &str| {
        let request = ada.patch(&path(&project), &json!({ "name": "New" }));
        request.header("if-match", etag.to_owned())
    };
    patch("\"x\"").fails(412).await;
    patch(&etag).gives(200).await;
    patch(&etag).fails(412).await;
    patch("*").gives(200).await;
    let delete = || {
        let request = ada.delete(&path(&project));
        request.header("idempotency-key", "delete")
    };
    ada.delete(&path(&project))
        .header("if-match", etag)
        .fails(412)
        .await;
    delete().is(204).await;
    delete().is(204).await;
}

#[tokio::test]
async fn the_list_is_a_tree_in_pages() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (one, two) = (add(&ada, "1", None).await, add(&ada, "2", None).await);
    let inner = add(&ada, "1.1", Some(&one)).await;
    add(&ada, "2.1", Some(&two)).await;
    add(&ada, "1.1.1", Some(&inner)).await;
    add(&ada, "1.2", Some(&one)).await;
    let expected = ["Inbox", "1", "1.1", "1.1.1", "1.2", "2", "2.1"];
    assert_eq!(names(&ada, "").await, expected);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let query = format!("{PROJECTS}?limit=2{cursor}");
        let page = ada.get(&query).gives(200).await;
        for project in page["items"].as_array().expect("items") {
            found.push(project["name"].as_str().expect("a name").to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, expected);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("archived=maybe", "archived"),
        ("colour=red", "colour"),
    ] {
        let problem = ada.get(&format!("{PROJECTS}?{query}")).fails(422).await;
        problem.names(field);
    }
    let answer = ada.get(PROJECTS).is(200).await;
    let etag = header(&answer, "etag");
    let known = || ada.get(PROJECTS).header("if-none-match", etag.clone());
    known().is(304).await;
    add(&ada, "3", None).await;
    known().is(200).await;

    // Archived projects are in a list of their own.
    let archived = json!({ "archived": true });
    ada.patch(&path(&one), &archived).gives(200).await;
    assert_eq!(names(&ada, "").await, ["Inbox", "2", "2.1", "3"]);
    assert_eq!(
        names(&ada, "archived=true").await,
        ["1", "1.1", "1.1.1", "1.2"]
    );
    let archived = json!({ "archived": false });
    ada.patch(&path(&one), &archived).gives(200).await;
    assert_eq!(names(&ada, "archived=true").await, [""; 0]);
    assert_eq!(names(&ada, "archived=false").await.len(), 8);
}

#[tokio::test]
async fn projects_move_without_cycles_and_up_to_five_levels() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut chain = vec![add(&ada, "0", None).await];
    for depth in 1..=5 {
        let parent = chain.last().cloned();
        chain.push(add(&ada, &depth.to_string(), parent.as_ref()).await);
    }
    let too_deep = json!({ "name": "6", "parent_id": chain[5]["id"] });
    let problem = ada.post(PROJECTS, &too_deep).fails(422).await;
    problem.breaks("parent_id", "out_of_range");
    for inner in [0, 1, 5] {
        let body = json!({ "parent_id": chain[inner]["id"] });
        let path = path(&chain[0]);
        let problem = ada.post(&format!("{path}/move"), &body).fails(422).await;
        problem.names("parent_id");
        ada.patch(&path, &body).fails(422).await.names("parent_id");
    }
    let moved = move_to(&ada, &chain[3], json!({ "parent_id": null })).await;
    assert_eq!(moved["parent_id"], Value::Null);
    let top = move_to(&ada, &chain[3], json!({ "before": chain[0]["id"] })).await;
    assert!(top["position"].as_str() < chain[0]["position"].as_str());
    let expected = ["Inbox", "3", "4", "5", "0", "1", "2"];
    assert_eq!(names(&ada, "").await, expected);
    move_to(&ada, &chain[3], json!({ "after": chain[0]["id"] })).await;
    assert_eq!(
        names(&ada, "").await,
        ["Inbox", "0", "1", "2", "3", "4", "5"]
    );
    let beside = json!({ "after": chain[1]["id"] });
    let path = format!("{}/move", path(&chain[3]));
    ada.post(&path, &beside).fails(422).await.names("after");
    let inside = json!({ "parent_id": chain[0]["id"], "before": chain[1]["id"] });
    move_to(&ada, &chain[3], inside).await;
    assert_eq!(
        names(&ada, "").await,
        ["Inbox", "0", "3", "4", "5", "1", "2"]
    );
}

#[tokio::test]
async fn the_inbox_stays() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let list = ada.get(PROJECTS).gives(200).await;
    let inbox = &list["items"][0];
    assert_eq!(
        (&inbox["inbox"], &inbox["name"]),
        (&json!(true), &json!("Inbox"))
    );
    let project = add(&ada, "Garden", None).await;
    for patch in [
        json!({ "name": "Mine" }),
        json!({ "archived": true }),
        json!({ "parent_id": project["id"] }),
        json!({ "position": "a" }),
    ] {
        ada.patch(&path(inbox), &patch).fails(409).await;
    }
    ada.delete(&path(inbox)).fails(409).await;
    let moved = json!({ "after": project["id"] });
    ada.post(&format!("{}/move", path(inbox)), &moved)
        .fails(409)
        .await;
    let child = json!({ "name": "Child", "parent_id": inbox["id"] });
    ada.post(PROJECTS, &child)
        .fails(422)
        .await
        .names("parent_id");
    let patch = json!({ "colour": "blue", "favourite": true, "view": "board" });
    let changed = ada.patch(&path(inbox), &patch).gives(200).await;
    assert_eq!(changed["view"], "board");
}

#[tokio::test]
async fn a_deleted_project_takes_everything_in_it_along() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = add(&ada, "Garden", None).await;
    let trees = add(&ada, "Trees", Some(&garden)).await;
    let mut tasks = Vec::new();
    for project in [&garden, &trees] {
        let new = json!({ "title": "Water", "project_id": project["id"] });
        tasks.push(ada.post("/api/v1/tasks", &new).gives(201).await);
    }
    ada.delete(&path(&garden)).is(204).await;
    for project in [&garden, &trees] {
        ada.get(&path(project)).fails(404).await;
        ada.delete(&path(project)).fails(404).await;
        ada.patch(&path(project), &json!({ "name": "x" }))
            .fails(404)
            .await;
        let copy = format!("{}/duplicate", path(project));
        ada.request(Method::POST, &copy).fails(404).await;
        let child = json!({ "name": "Child", "parent_id": project["id"] });
        ada.post(PROJECTS, &child)
            .fails(422)
            .await
            .names("parent_id");
        let new = json!({ "title": "Lost", "project_id": project["id"] });
        ada.post("/api/v1/tasks", &new)
            .fails(422)
            .await
            .names("project_id");
        let section = json!({ "name": "Lost", "project_id": project["id"] });
        let problem = ada.post("/api/v1/sections", &section).fails(422).await;
        problem.names("project_id");
    }
    for task in &tasks {
        ada.get(&format!("/api/v1/tasks/{}", id(task)))
            .fails(404)
            .await;
    }
    assert_eq!(names(&ada, "").await, ["Inbox"]);
    assert_eq!(names(&ada, "archived=true").await, [""; 0]);
    assert_eq!(ada.list("").await["items"], json!([]));
}

#[tokio::test]
async fn a_copy_has_sections_and_open_tasks() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = add(&ada, &"x".repeat(120), None).await;
    let section = json!({ "name": "Next", "project_id": garden["id"] });
    let section = ada.post("/api/v1/sections", &section).gives(201).await;
    let new = json!({ "title": "Parent", "section_id": section["id"], "labels": ["Errand"],
        "due": { "date": "2026-04-01" } });
    let parent = ada.post("/api/v1/tasks", &new).gives(201).await;
    let child = json!({ "title": "Child", "parent_id": parent["id"] });
    ada.post("/api/v1/tasks", &child).gives(201).await;
    let done = json!({ "title": "Done", "section_id": section["id"], "completed": true });
    ada.post("/api/v1/tasks", &done).gives(201).await;
    let path = format!("{}/duplicate", path(&garden));
    let copy = ada.request(Method::POST, &path).gives(201).await;
    assert_eq!(copy["name"], format!("{} (copy)", "x".repeat(113)));
    let query = format!("project={}&sort=created_at&status=all", id(&copy));
    let tasks = ada.list(&query).await;
    let tasks = tasks["items"].as_array().expect("tasks");
    let find = |title: &str| tasks.iter().find(|task| task["title"] == title);
    let (parent, child) = (
        find("Parent").expect("copied"),
        find("Child").expect("copied"),
    );
    assert_eq!(tasks.len(), 2);
    assert_eq!(child["parent_id"], parent["id"]);
    assert_eq!(parent["labels"], json!(["Errand"]));
    assert_eq!(parent["due"], json!({ "date": "2026-04-01" }));
    let sections = ada.get(&format!("/api/v1/sections?project={}", id(&copy)));
    let sections = sections.gives(200).await;
    assert_eq!(sections["items"][0]["name"], "Next");
    assert_eq!(sections["items"][0]["id"], parent["section_id"]);
}

#[tokio::test]
async fn strangers_get_nowhere() {
    let server = Server::start().await;
    let (ada, eve) = (User::register(&server).await, User::register(&server).await);
    let garden = add(&ada, "Garden", None).await;
    let own = add(&eve, "Mine", None).await;
    eve.get(&path(&garden)).fails(404).await;
    eve.patch(&path(&garden), &json!({ "name": "x" }))
        .fails(404)
        .await;
    eve.delete(&path(&garden)).fails(404).await;
    let copy = format!("{}/duplicate", path(&garden));
    eve.request(Method::POST, &copy).fails(404).await;
    let moved = format!("{}/move", path(&garden));
    eve.post(&moved, &json!({ "parent_id": null }))
        .fails(404)
        .await;
    for parent in [&garden["id"], &json!(ada.id)] {
        let body = json!({ "parent_id": parent });
        let own_move = format!("{}/move", path(&own));
        eve.post(&own_move, &body)
            .fails(422)
            .await
            .names("parent_id");
        eve.patch(&path(&own), &body)
            .fails(422)
            .await
            .names("parent_id");
        let new = json!({ "name": "x", "parent_id": parent });
        eve.post(PROJECTS, &new).fails(422).await.names("parent_id");
        for side in ["after", "before"] {
            let beside = json!({ (side): parent });
            eve.post(&own_move, &beside).fails(422).await.names(side);
        }
    }
    assert_eq!(names(&eve, "").await, ["Inbox", "Mine"]);
    assert_eq!(ada.get(&path(&garden)).gives(200).await, garden);
}

#[tokio::test]
async fn counts_are_those_of_open_tasks_in_use() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (garden, attic) = (
        add(&ada, "Garden", None).await,
        add(&ada, "Attic", None).await,
    );
    for (project, labels, completed) in [
        (Some(&garden), json!(["Errand", "Home"]), false),
        (Some(&garden), json!(["errand"]), true),
        (Some(&attic), json!(["ERRAND"]), false),
        (None, json!([]), false),
    ] {
        let project_id = project.map(id);
        let new = json!({ "title": "Task", "project_id": project_id, "labels": labels,
            "completed": completed });
        ada.post("/api/v1/tasks", &new).gives(201).await;
    }
    let views = |all: i64, inbox: i64| json!({ "all": all, "inbox": inbox, "overdue": 0, "today": 0, "upcoming": 0 });
    let all = json!({ "projects": { (ada.id.as_str()): 1, (id(&garden)): 1, (id(&attic)): 1 },
        "labels": { "Errand": 2, "Home": 1 }, "filters": {}, "views": views(3, 1) });
    let answer = ada.get("/api/v1/counts").is(200).await;
    let etag = header(&answer, "etag");
    assert_eq!(answer.json::<Value>().await.expect("counts"), all);
    let known = ada.get("/api/v1/counts").header("if-none-match", etag);
    known.is(304).await;
    ada.patch(&path(&attic), &json!({ "archived": true }))
        .gives(200)
        .await;
    let fewer = json!({ "projects": { (ada.id.as_str()): 1, (id(&garden)): 1 },
        "labels": { "Errand": 1, "Home": 1 }, "filters": {}, "views": views(2, 1) });
    assert_eq!(ada.get("/api/v1/counts").gives(200).await, fewer);
    ada.delete(&path(&garden)).is(204).await;
    let counts = ada.get("/api/v1/counts").gives(200).await;
    assert_eq!(counts["labels"], json!({ "Errand": 0, "Home": 0 }));
    assert_eq!(counts["views"]["all"], 1);
    let eve = User::register(&server).await;
    let none = json!({ "projects": { (eve.id.as_str()): 0 }, "labels": {}, "filters": {},
        "views": views(0, 0) });
    assert_eq!(eve.get("/api/v1/counts").gives(200).await, none);
}
