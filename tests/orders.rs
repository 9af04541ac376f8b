//! Orders of lists: each is that of the values, whichever indexes an engine reads for it.

use serde_json::{Value, json};

use crate::support::{Ask, Server, User, query};

const KEYS: [&str; 8] = [
    "created_at",
    "updated_at",
    "completed_at",
    "title",
    "position",
    "priority",
    "due",
    "deadline",
];

/// Number of tasks of a page: fewer than those of a project, so that pages end within each.
const PAGE: usize = 5;

async fn create(user: &User, path: &str, body: Value) -> String {
    let made = user.post(path, &body).gives(201).await;
    made["id"].as_str().expect("an id").to_owned()
}

/// Creates tasks in several projects, one of which is archived, and in the Inbox. Returns the ids
/// of the first project, of its section, and of a task with subtasks.
async fn fill(user: &User) -> [String; 3] {
    let mut projects = vec![String::new()];
    // PostgreSQL has another statement for more than twelve projects.
    for number in 1..16 {
        let body = json!({ "name": format!("Project {number}") });
        projects.push(create(user, "/api/v1/projects", body).await);
    }
    let body = json!({ "name": "Later", "project_id": projects[1] });
    let section = create(user, "/api/v1/sections", body).await;
    let tasks = (0..36).map(|number| {
        let project = if number < 24 { number % 4 } else { number - 20 };
        let due = json!({ "date": format!("2026-01-{:02}", 1 + number * 7 % 5) });
        json!({ "op": "create_task", "ref": format!("t{number}"), "task": {
            "project_id": (project > 0).then(|| &projects[project]),
            "section_id": (project == 1 && number % 8 == 1).then_some(&section),
            "parent_id": (number % 4 == 2 && (6..20).contains(&number)).then_some("$t2"),
            "title": format!("{} {:02}", if number % 9 == 4 { "\u{c4}pfel" } else { "Task" }, number * 11 % 17),
            "completed": number % 3 == 0,
            "priority": 1 + number * 5 % 4,
            "due": (number % 5 > 1).then_some(due),
            "deadline": (number % 7 > 2).then(|| format!("2026-02-{:02}", 1 + number % 4)),
            "labels": if number % 4 < 2 { json!(["early"]) } else { json!([]) },
        }})
    });
    let mut commands: Vec<Value> = tasks.collect();
    for (moved, before) in [("$t5", "$t1"), ("$t17", "$t13"), ("$t22", "$t2")] {
        commands.push(json!({ "op": "move_task", "id": moved, "to": { "before": before } }));
    }
    let batch = json!({ "atomic": true, "commands": commands });
    let made = user.post("/api/v1/batch", &batch).gives(200).await;
    let parent = made["results"][2]["object"]["id"].as_str().expect("an id");
    let path = format!("/api/v1/projects/{}", projects[3]);
    user.patch(&path, &json!({ "archived": true }))
        .is(200)
        .await;
    [projects.swap_remove(1), section, parent.to_owned()]
}

async fn walk(user: &User, filter: &[(&str, &str)], sort: &str, limit: usize) -> Vec<Value> {
    let limit = limit.to_string();
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut pairs = filter.to_vec();
        pairs.extend([("sort", sort), ("limit", limit.as_str())]);
        pairs.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = user.list(&query(&pairs)).await;
        all.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) if all.len() < 100 => cursor = Some(next.to_owned()),
            Some(_) => panic!("the pages do not end"),
            None => return all,
        }
    }
}

/// Returns the ids of tasks in an order.
fn sorted(tasks: &[Value], sort: &str) -> Vec<Value> {
    let descending = sort.starts_with('-');
    let name = sort.trim_start_matches('-');
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key = |task: &Value| match name {
        // The order of changes, which may have the same time.
        "updated_at" => format!("{:020}", task["version"].as_i64().unwrap_or_default()),
        "created_at" => text(&task["id"]),
        "title" => text(&task["title"]).to_lowercase(),
        "priority" => task["priority"].to_string(),
        "due" => text(&task["due"]["date"]),
        _ => text(&task[name]),
    };
    let mut tasks = tasks.to_vec();
    tasks.sort_by(|one, other| {
        let (first, second) = (key(one), key(other));
        let empty = first.is_empty().cmp(&second.is_empty());
        let values = (&first, text(&one["id"])).cmp(&(&second, text(&other["id"])));
        empty.then(if descending { values.reverse() } else { values })
    });
    tasks.into_iter().map(|task| task["id"].clone()).collect()
}

#[tokio::test]
async fn every_order_is_that_of_the_values() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let [project, section, parent] = fill(&ada).await;
    let section = ("section", section.as_str());
    let january = [("due_from", "2026-01-02"), ("due_before", "2026-01-04")];
    let filters: [(&[(&str, &str)], &str); 15] = [
        (&[], ""),
        (&[("project", &project)], ""),
        (&[section], "due"),
        (&[("parent", &parent)], "due"),
        (&[("label", "EARLY")], "due"),
        (&[("label", "early"), ("priority", "1")], "due"),
        (&[("label", "early"), section], "due"),
        (&[("priority", "2")], "due"),
        (&january, "due"),
        (&[january[0], section], "due"),
        (&[("deadline_before", "2026-02-03")], "deadline"),
        (
            &[("completed_from", "2026-01-01T00:00:00Z")],
            "completed_at",
        ),
        (&[("filter", "date before: 2026-01-04 & !p3")], ""),
        (&[("filter", "date before: 2026-02-03 | @early")], ""),
        (&[("filter", "p2 & !@early")], ""),
    ];
    for (number, (filter, key)) in filters.into_iter().enumerate() {
        for status in ["open", "done", "all"] {
            let mut filter = filter.to_vec();
            filter.push(("status", status));
            let tasks = walk(&ada, &filter, "created_at", 100).await;
            assert!(!tasks.is_empty() || number > 1, "{filter:?}");
            // The filters for few tasks share their statements, whatever the order.
            let own = [KEYS[0], key];
            let keys = if key.is_empty() { &KEYS[..] } else { &own };
            for key in keys {
                for sort in [(*key).to_owned(), format!("-{key}")] {
                    let found = walk(&ada, &filter, &sort, PAGE).await;
                    let ids: Vec<_> = found.iter().map(|task| task["id"].clone()).collect();
                    assert_eq!(ids, sorted(&tasks, &sort), "{filter:?} {sort}");
                }
            }
        }
    }
}

/// Number of tasks, of which a search reads only the first in the order of the list.
const MANY: usize = 600;

#[tokio::test]
async fn a_search_has_the_order_of_the_values() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let project = create(&ada, "/api/v1/projects", json!({ "name": "Garden" })).await;
    let tasks: Vec<Value> = (0..MANY)
        .map(|number| {
            let due = json!({ "date": format!("2026-01-{:02}", 1 + number * 7 % 28) });
            let word = if number % 40 == 7 { "Water" } else { "Call" };
            json!({ "op": "create_task", "task": {
                "project_id": (number % 3 == 0).then_some(&project),
                "title": format!("{word} {:03}", number * 11 % 170),
                "completed": number % 9 == 0,
                "priority": 1 + number * 5 % 4,
                "due": (number % 5 > 1).then_some(due),
                "deadline": (number % 7 > 2).then(|| format!("2026-02-{:02}", 1 + number % 4)),
            }})
        })
        .collect();
    for commands in tasks.chunks(100) {
        let batch = json!({ "atomic": true, "commands": commands });
        ada.post("/api/v1/batch", &batch).gives(200).await;
    }
    let all = walk(&ada, &[("q", "water")], "relevance", 100).await;
    assert_eq!(all.len(), MANY / 40);
    for key in KEYS {
        for sort in [key.to_owned(), format!("-{key}")] {
            for filter in [
                &[("q", "water")][..],
                &[("q", "water"), ("project", &project)],
            ] {
                let found = walk(&ada, filter, &sort, PAGE).await;
                let ids: Vec<_> = found.iter().map(|task| task["id"].clone()).collect();
                let mut tasks = all.clone();
                tasks.retain(|task| filter.len() == 1 || task["project_id"] == project.as_str());
                assert_eq!(ids, sorted(&tasks, &sort), "{filter:?} {sort}");
            }
        }
    }
}
