//! Fields, subtasks and the manual order of tasks.

use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

const TASKS: &str = "/api/v1/tasks";

fn id(task: &Value) -> &str {
    task["id"].as_str().expect("an id")
}

fn path(task: &Value) -> String {
    format!("{TASKS}/{}", id(task))
}

/// Creates a task with these members.
async fn add(user: &User, members: Value) -> Value {
    user.post(TASKS, &members).gives(201).await
}

async fn under(user: &User, parent: &Value, title: &str) -> Value {
    add(user, json!({ "title": title, "parent_id": id(parent) })).await
}

async fn read(user: &User, task: &Value) -> Value {
    user.get(&path(task)).gives(200).await
}

async fn titles(user: &User, query: &str) -> Vec<String> {
    user.titles(query).await
}

#[tokio::test]
async fn one_request_sets_everything() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let members = json!({
        "title": "Pay rent",
        "description": "By *transfer*.",
        "priority": 1,
        "labels": ["bills", "Home", "BILLS"],
        "due": { "date": "2026-04-01", "time": "17:00", "time_zone": "Europe/Berlin" },
        "deadline": "2026-04-03",
        "start": "2026-03-28",
        "duration_minutes": 45,
    });
    let task = add(&user, members.clone()).await;
    for (name, value) in members.as_object().expect("an object") {
        if name != "labels" {
            assert_eq!(task[name], *value, "{name}");
        }
    }
    assert_eq!(task["labels"], json!(["bills", "Home"]));
    assert_eq!(task["project_id"], user.id.as_str());
    assert_eq!(task["position"], task["id"]);
    assert_eq!(
        (&task["section_id"], &task["parent_id"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(read(&user, &task).await, task);
    let listed = user.get(TASKS).gives(200).await;
    assert_eq!(listed["items"], json!([task]));

    // A merge patch: null clears, absent leaves untouched.
    let patch = json!({ "due": { "date": "2026-05-01" }, "deadline": null, "priority": null });
    let patched = user.patch(&path(&task), &patch).gives(200).await;
    assert_eq!(patched["due"], json!({ "date": "2026-05-01" }));
    assert_eq!(patched["deadline"], Value::Null);
    assert_eq!(
        (&patched["priority"], &patched["start"]),
        (&json!(4), &task["start"])
    );
    assert_eq!(patched["labels"], task["labels"]);
    // A replacement resets what is absent, but the task stays in its place.
    let replaced = user
        .put(&path(&task), &json!({ "title": "Paid" }))
        .gives(200)
        .await;
    for name in ["due", "deadline", "start", "duration_minutes"] {
        assert_eq!(replaced[name], Value::Null, "{name}");
    }
    assert_eq!(
        (&replaced["labels"], &replaced["priority"]),
        (&json!([]), &json!(4))
    );
    assert_eq!(replaced["project_id"], task["project_id"]);
}

#[tokio::test]
async fn fields_that_break_a_rule_are_named() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let stranger = User::register(&server).await;
    let theirs = stranger.add_task("Theirs").await;
    let missing = "0192f0c1-2345-7000-8000-000000000000";
    for (members, field, code) in [
        (json!({ "priority": 0 }), "priority", "out_of_range"),
        (json!({ "priority": 5 }), "priority", "out_of_range"),
        (
            json!({ "duration_minutes": 0 }),
            "duration_minutes",
            "out_of_range",
        ),
        (json!({ "labels": [" "] }), "labels", "required"),
        (json!({ "labels": ["x".repeat(61)] }), "labels", "too_long"),
        (json!({ "position": "Z" }), "position", "invalid_characters"),
        (json!({ "project_id": "inbox" }), "project_id", "wrong_type"),
        (
            json!({ "project_id": missing }),
            "project_id",
            "unknown_value",
        ),
        (
            json!({ "project_id": stranger.id }),
            "project_id",
            "unknown_value",
        ),
        (
            json!({ "section_id": missing }),
            "section_id",
            "unknown_value",
        ),
        (
            json!({ "parent_id": missing }),
            "parent_id",
            "unknown_value",
        ),
        (
            json!({ "parent_id": theirs["id"] }),
            "parent_id",
            "unknown_value",
        ),
    ] {
        let mut created = members.clone();
        created["title"] = json!("Broken");
        let problem = user.post(TASKS, &created).fails(422).await;
        problem.breaks(field, code);
    }
    let task = user.add_task("Whole").await;
    for patch in [
        json!({ "project_id": stranger.id }),
        json!({ "parent_id": theirs["id"] }),
        json!({ "parent_id": task["id"] }),
        json!({ "section_id": missing }),
    ] {
        let field = patch
            .as_object()
            .and_then(|patch| patch.keys().next().cloned());
        let problem = user.patch(&path(&task), &patch).fails(422).await;
        problem.names(&field.expect("a field"));
    }
    assert_eq!(read(&user, &task).await, task);
    assert_eq!(titles(&user, "").await, ["Whole"]);
}

#[tokio::test]
async fn subtasks_are_completed_moved_and_deleted_with_their_parent() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let top = user.add_task("Trip").await;
    let child = under(&user, &top, "Book").await;
    let leaf = under(&user, &child, "Compare prices").await;
    assert_eq!(leaf["parent_id"], child["id"]);
    let listed = titles(&user, &format!("parent={}", id(&top))).await;
    assert_eq!(listed, ["Book"]);

    let done = user.put(&format!("{}/completion", path(&top)), &json!({}));
    assert_eq!(done.gives(200).await["completed"], true);
    for task in [&child, &leaf] {
        assert_eq!(read(&user, task).await["completed"], true);
    }
    user.delete(&format!("{}/completion", path(&top)))
        .is(200)
        .await;
    assert_eq!(read(&user, &child).await["completed"], true);

    // A task cannot become a subtask of its own subtask.
    let cycle = json!({ "parent_id": leaf["id"] });
    user.patch(&path(&top), &cycle)
        .fails(422)
        .await
        .names("parent_id");
    // A subtask becomes a task of its own, with its subtasks.
    let free = json!({ "parent_id": null });
    let freed = user.patch(&path(&child), &free).gives(200).await;
    assert_eq!(freed["parent_id"], Value::Null);
    assert_eq!(read(&user, &leaf).await["parent_id"], child["id"]);

    user.delete(&path(&child)).is(204).await;
    user.get(&path(&leaf)).fails(404).await;
    assert_eq!(titles(&user, "").await, ["Trip"]);
}

#[tokio::test]
async fn subtasks_have_at_most_five_levels() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let mut parent = user.add_task("0").await;
    for level in 1..=5 {
        parent = under(&user, &parent, &level.to_string()).await;
    }
    let deeper = json!({ "title": "6", "parent_id": parent["id"] });
    user.post(TASKS, &deeper)
        .fails(422)
        .await
        .breaks("parent_id", "out_of_range");
}

#[tokio::test]
async fn tasks_are_moved_between_others() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let mut tasks = Vec::new();
    for title in ["a", "b", "c", "d"] {
        tasks.push(user.add_task(title).await);
    }
    let project = format!("project={}&status=open&sort=position", user.id);
    assert_eq!(titles(&user, &project).await, ["a", "b", "c", "d"]);
    let moved = async |task: usize, to: Value| {
        let path = format!("{}/move", path(&tasks[task]));
        user.post(&path, &to).gives(200).await
    };
    moved(
        3,
        json!({ "after": tasks[0]["id"], "before": tasks[1]["id"] }),
    )
    .await;
    assert_eq!(titles(&user, &project).await, ["a", "d", "b", "c"]);
    moved(0, json!({ "after": tasks[2]["id"] })).await;
    assert_eq!(titles(&user, &project).await, ["d", "b", "c", "a"]);
    moved(2, json!({ "before": tasks[3]["id"] })).await;
    assert_eq!(titles(&user, &project).await, ["c", "d", "b", "a"]);
    let reverse = format!("project={}&status=open&sort=-position", user.id);
    assert_eq!(titles(&user, &reverse).await, ["a", "b", "d", "c"]);
    // Pages are consistent with the whole.
    let mut paged = Vec::new();
    let mut query = format!("{project}&limit=1");
    loop {
        let page = user.get(&format!("{TASKS}?{query}")).gives(200).await;
        paged.push(
            page["items"][0]["title"]
                .as_str()
                .expect("a title")
                .to_owned(),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("{project}&limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, ["c", "d", "b", "a"]);
    let nowhere = json!({ "after": "0192f0c1-2345-7000-8000-000000000000" });
    let path = format!("{}/move", path(&tasks[0]));
    user.post(&path, &nowhere).fails(422).await.names("after");
}

#[tokio::test]
async fn a_copy_is_a_task_of_its_own() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let top = add(
        &user,
        json!({ "title": "Trip", "labels": ["fun"], "priority": 2 }),
    )
    .await;
    let child = under(&user, &top, "Book").await;
    let answer = user.post(&format!("{}/duplicate", path(&top)), &json!({}));
    let answer = answer.is(201).await;
    assert!(!header(&answer, "Docket-Change").is_empty());
    let copy: Value = answer.json().await.expect("a task");
    assert_ne!(copy["id"], top["id"]);
    for name in ["title", "labels", "priority", "project_id"] {
        assert_eq!(copy[name], top[name], "{name}");
    }
    let children = user
        .get(&format!("{TASKS}?parent={}", id(&copy)))
        .gives(200)
        .await;
    assert_eq!(children["items"][0]["title"], child["title"]);
    assert_ne!(children["items"][0]["id"], child["id"]);
}

#[tokio::test]
async fn lists_are_filtered_and_sorted_by_every_field() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let due = |date: &str| json!({ "date": date });
    for members in [
        json!({ "title": "a", "priority": 3, "due": due("2026-04-02"), "labels": ["x"] }),
        json!({ "title": "b", "priority": 1, "due": due("2026-04-01"), "deadline": "2026-06-01" }),
        json!({ "title": "c", "deadline": "2026-05-01", "labels": ["X", "y"] }),
        json!({ "title": "d", "completed": true, "due": due("2026-04-03"), "labels": ["x"] }),
    ] {
        add(&user, members).await;
    }
    for (query, expected) in [
        ("sort=due", "badc" /* checked below */),
        ("sort=due&status=all", "badc"),
        ("sort=-due", "dabc"),
        ("sort=deadline", "cbad"),
        ("sort=-deadline", "bcda"),
        ("sort=priority", "bacd"),
        ("sort=-priority", "dcab"),
        ("sort=-completed_at", "dcba"),
        ("sort=created_at&status=open", "abc"),
        ("label=x&sort=title", "acd"),
        ("label=X&sort=title&status=open", "ac"),
        ("label=y", "c"),
        ("label=z", ""),
        ("priority=1", "b"),
        ("priority=4&sort=title", "cd"),
        ("due_from=2026-04-02&sort=due", "ad"),
        ("due_before=2026-04-03&sort=due&status=open", "ba"),
        ("due_from=2026-04-01&due_before=2026-04-02", "b"),
        ("deadline_from=2026-05-02", "b"),
        ("deadline_before=2026-05-02", "c"),
        ("created_from=2026-01-01T00:00:00Z&sort=title", "abcd"),
        ("created_before=2026-01-01T00:00:00Z", ""),
        ("completed_from=2026-01-01T00:00:00Z", "d"),
        ("updated_before=2026-01-01T00:00:00Z", ""),
    ] {
        let found = titles(&user, query).await.concat();
        assert_eq!(found, expected, "{query}");
        // Pages of one task each are the same list.
        let mut paged = String::new();
        let mut cursor = String::new();
        loop {
            let url = format!("{TASKS}?{query}&limit=1{cursor}");
            let page = user.get(&url).gives(200).await;
            let title = page["items"][0]["title"].as_str().unwrap_or_default();
            paged.push_str(title);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, expected, "{query} in pages");
    }
    let stranger = User::register(&server).await;
    let foreign = format!("project={}", user.id);
    assert!(titles(&stranger, &foreign).await.is_empty());
    for wrong in [
        "project=inbox",
        "priority=5",
        "due_from=tomorrow",
        "sort=size",
        "label=",
    ] {
        user.get(&format!("{TASKS}?{wrong}")).fails(422).await;
    }
}

#[tokio::test]
async fn a_subtask_stays_with_its_parent_unless_that_is_asked_for() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let top = user.add_task("Trip").await;
    let (one, two) = (
        under(&user, &top, "One").await,
        under(&user, &top, "Two").await,
    );
    let same = json!({ "project_id": user.id, "section_id": null });
    let kept = user.patch(&path(&two), &same).gives(200).await;
    assert_eq!(kept, two);
    let moved = format!("{}/move", path(&two));
    let before = json!({ "before": one["id"] });
    let moved = user.post(&moved, &before).gives(200).await;
    assert_eq!(moved["parent_id"], top["id"]);
    assert!(moved["position"].as_str() < one["position"].as_str());
    // Without its parent, it leaves the project.
    let new = json!({ "name": "Garden" });
    let garden = user.post("/api/v1/projects", &new).gives(201).await;
    let away = json!({ "project_id": garden["id"] });
    let away = user.patch(&path(&two), &away).gives(200).await;
    assert_eq!(
        (&away["parent_id"], &away["project_id"]),
        (&Value::Null, &garden["id"])
    );
}

#[tokio::test]
async fn copies_keep_the_manual_order() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let garden = json!({ "name": "Garden" });
    let garden = ada.post("/api/v1/projects", &garden).gives(201).await;
    let mut sections = Vec::new();
    for name in ["1", "2", "3"] {
        let section = json!({ "name": name, "project_id": garden["id"] });
        sections.push(ada.post("/api/v1/sections", &section).gives(201).await);
    }
    let new = json!({ "title": "Parent", "project_id": garden["id"] });
    let parent = ada.post("/api/v1/tasks", &new).gives(201).await;
    let mut tasks = Vec::new();
    for title in ["a", "b", "c"] {
        let new = json!({ "title": title, "parent_id": parent["id"] });
        tasks.push(ada.post("/api/v1/tasks", &new).gives(201).await);
    }
    for (noun, items) in [("sections", &sections), ("tasks", &tasks)] {
        let path = format!("/api/v1/{noun}/{}/move", id(&items[2]));
        let between = json!({ "after": items[0]["id"], "before": items[1]["id"] });
        ada.post(&path, &between).gives(200).await;
    }
    let children = async |parent: &Value| {
        let query = format!("parent={}&sort=position", id(parent));
        ada.titles(&query).await.concat()
    };
    assert_eq!(children(&parent).await, "acb");
    let path = format!("/api/v1/tasks/{}/duplicate", id(&parent));
    let copy = ada.post(&path, &json!({})).gives(201).await;
    assert_eq!(children(&copy).await, "acb");
    ada.delete(&format!("/api/v1/tasks/{}", id(&copy)))
        .is(204)
        .await;

    let path = format!("/api/v1/projects/{}/duplicate", id(&garden));
    let copy = ada.post(&path, &json!({})).gives(201).await;
    let found = ada.list(&format!("project={}&q=Parent", id(&copy))).await;
    assert_eq!(children(&found["items"][0]).await, "acb");
    let list = ada.get(&format!("/api/v1/sections?project={}", id(&copy)));
    let list = list.gives(200).await;
    let names = list["items"].as_array().expect("items").iter();
    let names: Vec<_> = names.map(|section| section["name"].as_str()).collect();
    assert_eq!(names, ["1", "3", "2"].map(Some));
}
