//! Random commands. A command is an operation of a batch, or a request of its own.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{User, query};

/// The operations. Those that occur more than once are more frequent.
const OPERATIONS: [&str; 43] = [
    "create_project",
    "create_project",
    "update_project",
    "update_project",
    "move_project",
    "duplicate_project",
    "delete_project",
    "create_section",
    "create_section",
    "update_section",
    "move_section",
    "delete_section",
    "create_label",
    "update_label",
    "update_label",
    "move_label",
    "merge_label",
    "delete_label",
    "create_filter",
    "update_filter",
    "replace_filter",
    "move_filter",
    "delete_filter",
    "create_task",
    "create_task",
    "create_task",
    "create_task",
    "create_task",
    "update_task",
    "update_task",
    "update_task",
    "replace_task",
    "complete_task",
    "reopen_task",
    "toggle_task",
    "skip_task",
    "complete_task",
    "move_task",
    "move_task",
    "move_task",
    "duplicate_task",
    "delete_task",
    "delete_task",
];

const LABELS: [&str; 4] = ["red", "Green", "b l/ue", "RED"];
const SERIES: [Option<&str>; 4] = [
    None,
    Some("every month"),
    Some("every 2 days"),
    Some("every friday until 2999-02-10"),
];
const COLOURS: [&str; 3] = ["red", "teal", "grey"];

/// A random operation. The numbers choose the items and the members.
#[derive(Clone, Debug)]
pub struct Action {
    pub op: &'static str,
    pub numbers: [usize; 3],
}

pub fn action() -> impl Strategy<Value = Action> {
    let number = || 0..12_usize;
    let numbers = (number(), number(), number());
    (select(&OPERATIONS[..]), numbers).prop_map(|(op, (one, two, three))| Action {
        op,
        numbers: [one, two, three],
    })
}

pub fn actions(most: usize) -> impl Strategy<Value = Vec<Action>> {
    vec(action(), 1..most)
}

/// The ids of the items that commands have created, or their temporary ids in a batch.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub projects: Vec<String>,
    /// Each with its project.
    pub sections: Vec<(String, String)>,
    pub filters: Vec<String>,
    pub tasks: Vec<String>,
}

impl Known {
    /// Returns the items of a new account.
    pub fn of(user: &User) -> Known {
        Known {
            projects: vec![user.id.clone()],
            ..Known::default()
        }
    }

    /// Takes note of an item that a command has created.
    pub fn add(&mut self, command: &Value, id: &str) {
        match command["op"].as_str() {
            Some("create_project" | "duplicate_project") => self.projects.push(id.to_owned()),
            Some("create_section") => {
                let project = command["section"]["project_id"].as_str();
                let project = project.expect("a project").to_owned();
                self.sections.push((id.to_owned(), project));
            }
            Some("create_filter") => self.filters.push(id.to_owned()),
            Some("create_task" | "duplicate_task") => self.tasks.push(id.to_owned()),
            _ => {}
        }
    }

    /// Takes note of the project that a section has been moved to.
    pub fn moved(&mut self, command: &Value) {
        let to = command["to"]["project_id"].as_str();
        if let (Some("move_section"), Some(to)) = (command["op"].as_str(), to) {
            for (id, project) in &mut self.sections {
                if command["id"] == *id {
                    to.clone_into(project);
                }
            }
        }
    }

    /// Replaces a temporary id by that of the item.
    pub fn replace(&mut self, temporary: &str, id: &str) {
        let sections = self.sections.iter_mut();
        let sections = sections.flat_map(|(section, project)| [section, project]);
        let all = self
            .projects
            .iter_mut()
            .chain(&mut self.filters)
            .chain(&mut self.tasks)
            .chain(sections);
        for known in all.filter(|known| *known == temporary) {
            id.clone_into(known);
        }
    }

    fn project(&self, number: usize) -> &str {
        &self.projects[number % self.projects.len()]
    }

    fn task(&self, number: usize) -> &str {
        let count = self.tasks.len().max(1);
        self.tasks.get(number % count).map_or(NOBODYS, |id| id)
    }

    fn filter(&self, number: usize) -> &str {
        let count = self.filters.len().max(1);
        self.filters.get(number % count).map_or(NOBODYS, |id| id)
    }

    fn section(&self, number: usize) -> (&str, &str) {
        let count = self.sections.len().max(1);
        let found = self.sections.get(number % count);
        found.map_or((NOBODYS, NOBODYS), |(id, project)| (id, project))
    }
}

const NOBODYS: &str = "0192f0c1-2345-7000-8000-000000000000";

fn merged(mut one: Value, other: Value) -> Value {
    if let (Some(one), Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

impl Action {
    /// Returns the operation on known items. `number` distinguishes names.
    pub fn command(&self, known: &Known, number: usize) -> Value {
        let [one, two, three] = self.numbers;
        let label = LABELS[one % LABELS.len()];
        let members = match self.op {
            "create_project" => {
                let parent = (three % 2 == 0).then(|| known.project(two));
                let parent = parent.filter(|id| *id != known.projects[0]);
                json!({ "project": { "name": format!("Project {number}"), "parent_id": parent } })
            }
            "update_project" => {
                let patch = match three % 6 {
                    0 => json!({ "name": format!("Renamed {number}") }),
                    1 => json!({ "colour": COLOURS[two % 3], "favourite": two % 2 == 0 }),
                    2 | 3 => json!({ "archived": three == 2 || two % 2 == 0 }),
                    4 => json!({ "parent_id": known.project(two) }),
                    _ => json!({ "parent_id": null, "description": "Text", "view": "board" }),
                };
                json!({ "id": known.project(one), "patch": patch })
            }
            "move_project" => {
                let to = match three % 3 {
                    0 => json!({ "parent_id": null }),
                    1 => json!({ "parent_id": known.project(two) }),
                    _ => beside(three, known.project(two)),
                };
                json!({ "id": known.project(one), "to": to })
            }
            "duplicate_project" | "delete_project" => json!({ "id": known.project(one) }),
            "create_section" => {
                let name = format!("Section {number}");
                json!({ "section": { "name": name, "project_id": known.project(one) } })
            }
            "update_section" | "move_section" | "delete_section" => {
                let (id, project_id) = known.section(one);
                let future = self.section(known);
                let section = match (one + two) % 2 {
                    0 => json!({ "id": id, "project_id": project_id }),
                    _ => json!({ "id": id }),
                };
                merged(section, future)
            }
            "create_label" => json!({ "label": { "name": label, "favourite": two % 2 == 0 } }),
            "update_label" => match three % 3 {
                0 => json!({ "name": label, "patch": { "colour": COLOURS[two % 3] } }),
                _ => json!({ "name": label, "patch": { "name": LABELS[two % 4] } }),
            },
            "move_label" => json!({ "name": label, "to": beside(three, LABELS[two % 3]) }),
            "merge_label" => json!({ "name": label, "into": LABELS[two % 3] }),
            "delete_label" => json!({ "name": label }),
            "create_filter" => json!({ "filter": filter(number, two) }),
            "replace_filter" => {
                json!({ "id": known.filter(one), "filter": filter(number, two) })
            }
            "update_filter" => {
                let patch = match three % 3 {
                    0 => json!({ "colour": COLOURS[two % 3], "favourite": two % 2 == 0 }),
                    1 => json!({ "expression": "p1 &" }),
                    _ => json!({ "name": format!("Renamed {number}"), "expression": "p2" }),
                };
                json!({ "id": known.filter(one), "patch": patch })
            }
            "move_filter" => {
                let to = beside(three, known.filter(two));
                json!({ "id": known.filter(one), "to": to })
            }
            "delete_filter" => json!({ "id": known.filter(one) }),
            "create_task" => json!({ "task": self.task(known, number) }),
            "replace_task" => json!({ "id": known.task(one), "task": self.task(known, number) }),
            "update_task" => {
                let patch = match three % 4 {
                    0 => merged(self.task(known, number), json!({ "title": "Changed" })),
                    1 => json!({ "completed": two % 2 == 0, "description": format!("{number}") }),
                    2 => json!({ "labels": [LABELS[two % 4]], "due": null, "position": null }),
                    3 if one % 2 == 0 => json!({ "recurrence": null }),
                    _ => self.place(known),
                };
                json!({ "id": known.task(one), "patch": patch })
            }
            "move_task" => {
                let mut to = match three % 3 {
                    0 => beside(two, known.task(two)),
                    _ => self.place(known),
                };
                if to["project_id"].is_null() {
                    to.as_object_mut().expect("members").remove("project_id");
                }
                json!({ "id": known.task(one), "to": to })
            }
            _ => json!({ "id": known.task(one) }),
        };
        merged(json!({ "op": self.op }), members)
    }

    /// Returns the members of an operation on a section, besides its id.
    fn section(&self, known: &Known) -> Value {
        let [one, two, three] = self.numbers;
        match self.op {
            "update_section" => match three % 5 {
                0 => json!({ "patch": { "name": format!("Renamed {two}") } }),
                1 => json!({ "patch": { "archived": false } }),
                2 => json!({ "patch": { "archived": true }, "tasks": "keep" }),
                3 => json!({ "patch": { "archived": true }, "tasks": "complete" }),
                _ => json!({ "patch": { "archived": true }, "move_to": known.section(two).0 }),
            },
            "move_section" if three % 2 == 0 => {
                json!({ "to": { "project_id": known.project(two) } })
            }
            "move_section" => json!({ "to": beside(three, known.section(one + two).0) }),
            _ => match three % 4 {
                0 => json!({ "tasks": "keep" }),
                1 => json!({ "tasks": "delete" }),
                2 => json!({ "move_to": known.section(two).0 }),
                _ => json!({}),
            },
        }
    }

    fn place(&self, known: &Known) -> Value {
        let [one, two, three] = self.numbers;
        match (one + two + three) % 6 {
            0 => json!({ "project_id": known.project(two), "parent_id": null }),
            1 => json!({ "parent_id": known.task(two) }),
            2 => {
                let parent = known.task(two + one);
                json!({ "parent_id": parent })
            }
            3 => {
                let (section, project) = known.section(two);
                json!({ "project_id": project, "section_id": section, "parent_id": null })
            }
            4 => json!({ "parent_id": null, "section_id": null }),
            _ => json!({ "project_id": known.project(two) }),
        }
    }

    fn task(&self, known: &Known, number: usize) -> Value {
        let [one, two, three] = self.numbers;
        let fields = json!({
            "title": format!("Task {number}"),
            "labels": LABELS[..two % 4],
            "priority": 1 + three % 4,
            "due": (one % 3 == 0).then(|| json!({ "date": "2999-01-31", "time": "17:00" })),
            "start": (two % 4 == 0).then_some("2999-01-01"),
            // All dates are to come, so that none depends on the day of the test.
            "reminders": (one % 3 == 0 && two % 2 == 0)
                .then(|| json!([{ "minutes_before": 30 }, { "at": { "date": "2999-01-30" } }])),
            "recurrence": (one % 3 == 0).then(|| SERIES[three % 4]).flatten().map(|text| json!({ "text": text })),
            "deadline": (two % 3 == 0).then_some("2026-05-01"),
            "completed": (one + three) % 5 == 0,
        });
        merged(fields, self.place(known))
    }
}

fn filter(number: usize, two: usize) -> Value {
    let expression = if two.is_multiple_of(4) {
        "p1 &"
    } else {
        "@red | p1"
    };
    json!({ "name": format!("Filter {number}"), "expression": expression })
}

fn beside(number: usize, other: &str) -> Value {
    let member = if number % 4 < 2 { "after" } else { "before" };
    json!({ member: other })
}

/// Returns the request that is the same as an operation of a batch.
pub fn request(user: &User, command: &Value) -> RequestBuilder {
    let op = command["op"].as_str().expect("an operation");
    let (verb, noun) = op.split_once('_').expect("a verb and a noun");
    let item = match noun {
        "label" => {
            let mut url = reqwest::Url::parse("http://localhost/").expect("a URL");
            let name = command["name"].as_str().unwrap_or_default();
            url.path_segments_mut().expect("segments").push(name);
            url.path().trim_start_matches('/').to_owned()
        }
        _ => command["id"].as_str().unwrap_or_default().to_owned(),
    };
    let path = format!("/api/v1/{noun}s/{item}");
    let futures = ["tasks", "move_to"].map(|name| (name, command[name].as_str()));
    let futures: Vec<_> = futures
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let of_tasks = match (noun, futures.is_empty()) {
        ("section", false) => format!("{path}?{}", query(&futures)),
        _ => path.clone(),
    };
    match verb {
        "create" => user.post(&format!("/api/v1/{noun}s"), &command[noun]),
        "update" => user.patch(&of_tasks, &command["patch"]),
        "replace" => user.put(&path, &command[noun]),
        "move" => user.post(&format!("{path}/move"), &command["to"]),
        "merge" => user.post(
            &format!("{path}/merge"),
            &json!({ "into": command["into"] }),
        ),
        "duplicate" => user.request(Method::POST, &format!("{path}/duplicate")),
        "toggle" => user.request(Method::POST, &format!("{path}/toggle")),
        "skip" => user.request(Method::POST, &format!("{path}/skip")),
        "complete" => user.request(Method::PUT, &format!("{path}/completion")),
        "reopen" => user.delete(&format!("{path}/completion")),
        "delete" => user.delete(&of_tasks),
        unknown => panic!("{unknown} is no verb of this test"),
    }
}
