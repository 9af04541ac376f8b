//! Random filters select the same random tasks by SQL as by the test in memory.

use docket::db::Timestamp;
use docket::filter_language::{Places, Viewpoint, parse};
use docket::items::TaskRow;
use docket::when::{Due, WeekStart, Zone};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::{asked, created};
use crate::support::{Ask, Server, User};

/// The zone of the user.
const ZONE: &str = "Europe/Berlin";

/// Names of labels, projects and sections that filters confuse easily.
const NAMES: [&str; 6] = ["home", "Home 2", "50%", "a_b", "\u{c9}t\u{e9}", "a!b"];

/// Days around the change of the clocks.
const DAYS: [&str; 4] = ["2026-03-28", "2026-03-29", "2026-03-30", "2026-10-25"];

const TIMES: [&str; 6] = ["00:00", "00:01", "02:30", "03:00", "12:00", "23:59"];

const ZONES: [&str; 4] = [ZONE, "UTC", "Pacific/Kiritimati", "America/St_Johns"];

/// A task without its place.
fn tasks() -> impl Strategy<Value = Value> {
    let title = select(vec![
        "Report",
        "a re_port",
        "\u{c4}R%",
        "stra\u{df}e",
        "x\ty",
        "'q' \\",
    ]);
    let due = (
        select(&DAYS[..]),
        select(&TIMES[..]),
        select(&ZONES[..]),
        0..4_u8,
    );
    let due = due.prop_map(|(date, time, zone, kind)| match kind {
        0 => Value::Null,
        1 => json!({ "date": date }),
        2 => json!({ "date": date, "time": time }),
        _ => json!({ "date": date, "time": time, "time_zone": zone }),
    });
    let day = || prop_oneof![Just(Value::Null), select(&DAYS[..]).prop_map(Value::from)];
    let labels = subsequence(&NAMES[..], 0..3);
    let rest = (1..=4_i64, any::<bool>(), labels);
    (title, due, day(), day(), rest).prop_map(|(title, due, deadline, start, rest)| {
        let (priority, completed, labels) = rest;
        json!({
            "title": title, "due": due, "deadline": deadline, "start": start,
            "priority": priority, "completed": completed, "labels": labels,
        })
    })
}

/// Filters of Todoist's dialect.
fn todoist() -> impl Strategy<Value = String> {
    let name = select(vec![
        "home",
        "h*",
        "*e*",
        "50%",
        "a_b",
        "a!b",
        "\u{e9}t\u{e9}",
        "a_*",
        "*",
    ]);
    let date = (
        select(vec!["date", "due", "deadline", "created"]),
        select(vec!["", " before", " after"]),
        select(&DAYS[..]),
        prop_oneof![Just(""), select(&TIMES[..])],
    );
    let term = prop_oneof![
        4 => date.prop_map(|(column, relation, day, time)| format!("{column}{relation}: {day} {time}")),
        3 => (select(vec!["@", "#", "##", "/"]), name).prop_map(|(sign, name)| sign.to_owned() + name),
        1 => select(vec!["p1", "p2", "p3", "p4", "subtask", "recurring", "no date", "no time", "no deadline",
            "no labels", "all", "overdue", "shared", "search: re", "search: r*t", "search: \u{e4}",
            "search: SS", "search: x y", "search: \\*", "search: %", "search: '"])
            .prop_map(str::to_owned),
    ];
    term.prop_recursive(4, 12, 3, |inner| {
        let operator = select(vec![" & ", " | ", ", "]);
        prop_oneof![
            inner.clone().prop_map(|part| format!("!{part}")),
            (inner.clone(), operator, inner)
                .prop_map(|(one, operator, other)| format!("({one}{operator}{other})")),
        ]
    })
}

/// Filters of Vikunja's dialect.
fn vikunja() -> impl Strategy<Value = String> {
    let order = || select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let columns = vec![
        "dueDate",
        "startDate",
        "deadline",
        "doneAt",
        "created",
        "updated",
        "endDate",
    ];
    let date = (select(columns), order(), select(&DAYS[..]));
    let steps = select(vec![
        "",
        "||+1d",
        "||-1M/M",
        "||+26h",
        "||/w",
        " 02:30",
        "T22:00:00Z",
    ]);
    let name = select(vec![
        "home",
        "Home 2",
        "50%",
        "a_b",
        "\u{e9}T\u{c9}",
        "'a!b'",
    ]);
    let is = || select(vec!["=", "!=", "in", "not in", "like"]);
    let term = prop_oneof![
        3 => (date, steps).prop_map(|((column, order, day), steps)| {
            format!("{column} {order} {day}{steps}")
        }),
        2 => (select(vec!["labels", "project"]), is(), name)
            .prop_map(|(field, is, name)| format!("{field} {is} {name}")),
        1 => (is(), select(vec!["report", "a re_port", "%r%", "stra\u{df}e", "x y", "\"'q' \\\\\""]))
            .prop_map(|(is, text)| format!("title {is} {text}")),
        1 => (order(), 0..6).prop_map(|(order, value)| format!("priority {order} {value}")),
        1 => select(vec!["done = true", "done != true", "percentDone > 0", "labels in home,a_b",
            "labels not in home, 50%", "assignees != me", "recurring = true"]).prop_map(str::to_owned),
    ];
    term.prop_recursive(4, 12, 3, |inner| {
        (inner.clone(), select(vec!["&&", "||"]), inner)
            .prop_map(|(one, operator, other)| format!("({one} {operator} {other})"))
    })
}

/// Returns the row of a task.
fn row(task: &Value) -> TaskRow {
    let text = |name: &str| task[name].as_str().map(str::to_owned);
    let instant = |name: &str| serde_json::from_value::<Timestamp>(task[name].clone()).ok();
    let labels = task["labels"]
        .as_array()
        .filter(|labels| !labels.is_empty());
    let mut row = TaskRow {
        project_id: text("project_id").expect("a project"),
        id: text("id").expect("an id"),
        section_id: text("section_id"),
        parent_id: text("parent_id"),
        position: None,
        title: text("title").expect("a title"),
        title_folded: None,
        description: String::new(),
        priority: task["priority"].as_i64().expect("a priority"),
        labels: labels.map(|labels| json!(labels).to_string()),
        due: None,
        due_zone: None,
        due_at: None,
        recurrence: task["recurrence"]
            .is_object()
            .then(|| "due\nFREQ=DAILY".to_owned()),
        reminders: None,
        deadline: text("deadline"),
        start_date: text("start"),
        duration_minutes: None,
        completed_at: instant("completed_at"),
        created_by: None,
        change_id: None,
        created_at: instant("created_at").expect("a time"),
        updated_at: instant("updated_at").expect("a time"),
        version: 0,
    };
    let due: Option<Due> = serde_json::from_value(task["due"].clone()).expect("a due date");
    row.set_due(due.as_ref());
    row
}

/// Creates tasks in several projects and sections, some below others.
async fn populate(user: &User, runner: &mut TestRunner) -> (Vec<TaskRow>, Places) {
    let mut places = Places::default();
    places.add_project(&user.id, "Inbox", None);
    let mut all = vec![(user.id.clone(), None)];
    let mut parent: Option<String> = None;
    for name in NAMES {
        let new = json!({ "name": name, "parent_id": parent });
        let project = created(user, "/api/v1/projects", new).await;
        places.add_project(&project, name, parent.as_deref());
        let new = json!({ "name": name, "project_id": project });
        let section = created(user, "/api/v1/sections", new).await;
        places.add_section(&section, name);
        all.push((project.clone(), Some(section)));
        parent = match parent {
            None => Some(project),
            Some(_) => None,
        };
    }
    let new = vec(tasks(), 60).new_tree(runner).expect("tasks").current();
    let mut rows: Vec<TaskRow> = Vec::new();
    for (number, mut task) in new.into_iter().enumerate() {
        let (project, section) = &all[number % all.len()];
        task["project_id"] = json!(project);
        if number % 4 == 0 {
            task["recurrence"] = json!({ "rrule": "FREQ=DAILY" });
        }
        if number % 3 == 0 {
            task["section_id"] = json!(section);
        }
        if number % 5 == 4
            && let Some(above) = rows.iter().find(|row| row.project_id == *project)
        {
            task["section_id"] = json!(above.section_id);
            task["parent_id"] = json!(above.id);
        }
        rows.push(row(&user.post("/api/v1/tasks", &task).gives(201).await));
    }
    // Completion of a parent may have changed others.
    let list = user.list("limit=200").await;
    let items = list["items"].as_array().expect("items");
    assert_eq!(items.len(), 60);
    (items.iter().map(row).collect(), places)
}

#[tokio::test]
async fn sql_and_memory_agree() {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let cases = cases.and_then(|cases| cases.parse().ok()).unwrap_or(60);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    let server = Server::start().await;
    let user = User::register(&server).await;
    user.patch("/api/v1/me", &json!({ "time_zone": ZONE }))
        .is(200)
        .await;
    let (rows, places) = populate(&user, &mut runner).await;
    let viewpoint = Viewpoint {
        now: Timestamp::now(),
        zone: Zone::parse(ZONE).expect("a zone"),
        week_start: WeekStart::Monday,
    };
    let filters = prop_oneof![todoist(), vikunja()];
    let mut selected = 0;
    for _ in 0..cases {
        let filter = filters.new_tree(&mut runner).expect("a filter").current();
        let parsed = parse(&filter).unwrap_or_else(|error| panic!("{filter}: {error:?}"));
        let condition = parsed.at(&viewpoint);
        let matching = rows.iter().filter(|row| condition.matches(row, &places));
        let mut expected: Vec<_> = matching.map(|row| row.id.clone()).collect();
        expected.sort_unstable();
        let list = asked(&user, &filter, &[("sort", "created_at")])
            .gives(200)
            .await;
        let items = list["items"].as_array().expect("items").iter();
        let found: Vec<_> = items
            .map(|task| task["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(found, expected, "{filter}");
        selected += usize::from((1..rows.len()).contains(&found.len()));
    }
    assert!(
        selected * 4 > cases,
        "{selected} of {cases} filters select some tasks"
    );
}
