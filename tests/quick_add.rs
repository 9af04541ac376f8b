//! Quick add: lines of text become tasks.

mod cases;

use docket::db::Timestamp;
use docket::when::Zone;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header};

const QUICK: &str = "/api/v1/tasks/quick";
/// Wednesday, 11 March 2026, 10:00 in Berlin.
const WRITTEN_AT: &str = "2026-03-11T09:00:00Z";

async fn berliner(server: &Server) -> User {
    let user = User::register(server).await;
    let zone = json!({ "time_zone": "Europe/Berlin" });
    user.patch("/api/v1/me", &zone).is(200).await;
    user
}

fn today() -> String {
    let zone = Zone::parse("Europe/Berlin").expect("a zone");
    docket::when::today(Timestamp::now(), zone).to_string()
}

fn text(text: &str) -> Value {
    json!({ "text": text, "written_at": WRITTEN_AT })
}

/// Returns the input with further members.
fn with(mut input: Value, members: Value) -> Value {
    let members = members.as_object().expect("members").clone();
    input.as_object_mut().expect("an input").extend(members);
    input
}

async fn add(user: &User, noun: &str, new: Value) -> String {
    let item = user.post(&format!("/api/v1/{noun}"), &new).gives(201).await;
    item["id"].as_str().expect("an id").to_owned()
}

fn id_of(item: &Value) -> &str {
    item["id"].as_str().expect("an id")
}

/// Returns the values of a member of each item.
fn all<'v>(answer: &'v Value, member: &str) -> Vec<&'v Value> {
    let items = answer["items"].as_array().expect("items");
    items.iter().map(|item| &item[member]).collect()
}

#[tokio::test]
async fn a_line_becomes_a_task_with_its_fields() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let home = add(&user, "projects", json!({ "name": "Home" })).await;
    let section = json!({ "project_id": home, "name": "Old Bills" });
    let section = add(&user, "sections", section).await;
    let line = "Pay rent friday 9am for 30min p1 #HOME /\"old bills\" @bills {march 30}";
    let answer = user.post(QUICK, &text(line)).is(201).await;
    assert!(!header(&answer, "Docket-Change").is_empty());
    let answer: Value = answer.json().await.expect("JSON");
    let task = &answer["items"][0];
    for (member, value) in [
        ("title", json!("Pay rent")),
        ("due", json!({ "date": "2026-03-13", "time": "09:00" })),
        ("deadline", json!("2026-03-30")),
        ("duration_minutes", json!(30)),
        ("priority", json!(1)),
        ("labels", json!(["bills"])),
        ("project_id", json!(home)),
        ("section_id", json!(section)),
        ("parent_id", Value::Null),
    ] {
        assert_eq!(task[member], value, "{member}");
    }
    assert_eq!(user.task(id_of(task)).await, *task);
    // The profile decides about the style, and the request wins.
    let style = json!({ "quick_add_style": "vikunja" });
    user.patch("/api/v1/me", &style).is(200).await;
    let line = text("Water the plants +home *garden !5 p1");
    let answer = user.post(QUICK, &line).gives(201).await;
    assert_eq!(all(&answer, "title"), ["Water the plants p1"]);
    assert_eq!(all(&answer, "priority"), [1]);
    assert_eq!(all(&answer, "project_id"), [&home]);
    let todoist = with(line, json!({ "style": "todoist" }));
    let answer = user.post(QUICK, &todoist).gives(201).await;
    assert_eq!(all(&answer, "title"), ["Water the plants +home *garden !5"]);
    // Without a place in the line, the task is in the Inbox.
    assert_eq!(all(&answer, "project_id"), [&user.id]);
}

#[tokio::test]
async fn a_dry_run_says_what_lines_mean_and_writes_nothing() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let lines = "Pay rent every month on the 1st p1 #home /old @bills +Bob !30 min before\n\n  \
                 \u{fc}ber fri 4pm for 45min";
    let input = with(text(lines), json!({ "dry_run": true }));
    let answer = user.post(QUICK, &input).is(200).await;
    assert!(answer.headers().get("Docket-Change").is_none());
    let answer: Value = answer.json().await.expect("JSON");
    let span =
        |start: u64, end: u64, kind: &str| json!({ "start": start, "end": end, "kind": kind });
    let expected = json!([
        {
            "line": 1,
            "parent": null,
            "title": "Pay rent",
            "due": { "date": "2026-04-01" },
            "deadline": null,
            "duration_minutes": null,
            "recurrence": {
                "rrule": "FREQ=MONTHLY;BYMONTHDAY=1",
                "anchor": "due",
                "text": "every 1st",
            },
            "priority": 1,
            "labels": ["bills"],
            "project": "home",
            "section": "old",
            "assignees": ["Bob"],
            "reminders": [{ "minutes_before": 30 }],
            "spans": [
                span(9, 31, "recurrence"),
                span(32, 34, "priority"),
                span(35, 40, "project"),
                span(41, 45, "section"),
                span(46, 52, "label"),
                span(53, 57, "assignee"),
                span(58, 72, "reminder"),
            ],
        },
        {
            "line": 3,
            "parent": 0,
            "title": "\u{fc}ber",
            "due": { "date": "2026-03-13", "time": "16:00" },
            "deadline": null,
            "duration_minutes": 45,
            "recurrence": null,
            "priority": null,
            "labels": [],
            "project": null,
            "section": null,
            "assignees": [],
            "reminders": [],
            "spans": [span(7, 14, "due"), span(15, 24, "duration")],
        },
    ]);
    assert_eq!(answer["items"], expected);
    assert!(user.titles("").await.is_empty());
    let projects = user.get("/api/v1/projects").gives(200).await;
    assert_eq!(all(&projects, "name"), ["Inbox"]);
    // Now is the default, in the zone of the user.
    let input = json!({ "text": "Write today", "dry_run": true });
    let before = today();
    let answer = user.post(QUICK, &input).gives(200).await;
    let due = answer["items"][0]["due"]["date"].as_str().expect("a date");
    assert!([before, today()].iter().any(|day| day == due), "{due}");
}

#[tokio::test]
async fn several_lines_are_one_change() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let lines =
        "Trip friday\n  - Book hotel @travel\n    Compare prices\n  Pack tomorrow\nCall home";
    let answer = user.post(QUICK, &text(lines)).is(201).await;
    let change = header(&answer, "Docket-Change");
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(
        all(&answer, "title"),
        ["Trip", "Book hotel", "Compare prices", "Pack", "Call home"]
    );
    let id = |index: usize| &answer["items"][index]["id"];
    assert_eq!(
        all(&answer, "parent_id"),
        [&Value::Null, id(0), id(1), id(0), &Value::Null]
    );
    // Positions follow the lines.
    let listed = user.titles("sort=position").await;
    assert_eq!(
        listed,
        ["Trip", "Book hotel", "Compare prices", "Pack", "Call home"]
    );
    let undo = format!("/api/v1/changes/{change}/undo");
    user.post(&undo, &json!({})).is(200).await;
    assert!(user.titles("").await.is_empty());

    // Lines that are too deep become siblings.
    let deep = "1\n 2\n  3\n   4\n    5\n     6\n      7";
    let answer = user.post(QUICK, &text(deep)).gives(201).await;
    let id = |index: usize| &answer["items"][index]["id"];
    assert_eq!(all(&answer, "parent_id")[5..], [id(4), id(4)]);
    // Below a subtask, there is less room.
    let below = with(text("8\n 9"), json!({ "parent_id": id(4) }));
    let problem = user.post(QUICK, &below).fails(422).await;
    problem
        .names("parent_id")
        .breaks("parent_id", "out_of_range");
}

#[tokio::test]
async fn names_must_exist_unless_they_are_to_be_created() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let problem = user.post(QUICK, &text("Buy paint #Flat")).fails(422).await;
    problem.breaks("project", "unknown_value");
    assert_eq!(problem.detail(), "There is no project named Flat.");
    let several = text("Call\nBuy paint #Flat /Walls\n  Compare\nBuy tiles #\"My bath\"");
    let problem = user.post(QUICK, &several).fails(422).await;
    assert_eq!(
        problem.detail(),
        "Line 2: There is no project named Flat. Line 4: There is no project named My bath."
    );
    assert!(user.titles("").await.is_empty(), "nothing of it is created");

    let more = "\nSand #flat /walls\nClean #FLAT";
    let lines = format!("{}{more}", several["text"].as_str().expect("a text"));
    let create = with(text(&lines), json!({ "create_missing": true }));
    let token = user.add_api_token("Writer", &["tasks:write"]).await;
    let refused = user
        .with_token(&token)
        .post(QUICK, &create)
        .fails(403)
        .await;
    assert!(
        refused.detail().contains("projects:write"),
        "{}",
        refused.detail()
    );
    let answer = user.post(QUICK, &create).is(201).await;
    let change = header(&answer, "Docket-Change");
    let answer: Value = answer.json().await.expect("JSON");
    let projects = user.get("/api/v1/projects").gives(200).await;
    assert_eq!(all(&projects, "name"), ["Inbox", "Flat", "My bath"]);
    let (flat, bath) = (&projects["items"][1]["id"], &projects["items"][2]["id"]);
    assert_eq!(
        all(&answer, "project_id"),
        [&json!(user.id), flat, flat, bath, flat, flat]
    );
    let walls = &answer["items"][1]["section_id"];
    assert!(walls.is_string());
    assert_eq!(
        all(&answer, "section_id"),
        [
            &Value::Null,
            walls,
            walls,
            &Value::Null,
            walls,
            &Value::Null
        ]
    );
    let problem = user.post(QUICK, &text("x #flat /Doors")).fails(422).await;
    problem.breaks("section", "unknown_value");
    assert_eq!(
        problem.detail(),
        "The project flat has no section named Doors."
    );
    // One undo removes the projects, too.
    let undo = format!("/api/v1/changes/{change}/undo");
    user.post(&undo, &json!({})).is(200).await;
    let projects = user.get("/api/v1/projects").gives(200).await;
    assert_eq!(all(&projects, "name"), ["Inbox"]);
}

#[tokio::test]
async fn a_default_place_is_that_of_lines_that_name_none() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let work = add(&user, "projects", json!({ "name": "Work" })).await;
    let home = add(&user, "projects", json!({ "name": "Home" })).await;
    let section = json!({ "project_id": work, "name": "Next" });
    let section = add(&user, "sections", section).await;
    let place = json!({ "project_id": work, "section_id": section });
    let input = with(text("One\n  Two\nThree #home"), place);
    let answer = user.post(QUICK, &input).gives(201).await;
    assert_eq!(all(&answer, "project_id"), [&work, &work, &home]);
    assert_eq!(
        all(&answer, "section_id"),
        [&json!(section), &json!(section), &Value::Null]
    );
    let one = &answer["items"][0]["id"];
    let input = with(text("Below\nElsewhere #home"), json!({ "parent_id": one }));
    let answer = user.post(QUICK, &input).gives(201).await;
    assert_eq!(all(&answer, "parent_id"), [one, &Value::Null]);
    assert_eq!(all(&answer, "project_id"), [&work, &home]);

    // A subtask is where its parent is.
    for (lines, field) in [
        ("One #work\n  Two #home", Some("project")),
        ("One #work\n  Two #work /next", Some("project")),
        ("One #work /next\n  Two #WORK", None),
        ("One\n  Two #inbox", None),
    ] {
        let request = user.post(QUICK, &text(lines));
        match field {
            Some(field) => drop(request.fails(422).await.names(field)),
            None => drop(request.gives(201).await),
        }
    }
    // Only projects that the user can change are known by their names.
    let stranger = User::register(&server).await;
    let problem = stranger.post(QUICK, &text("One #work")).fails(422).await;
    problem.names("project");
    let input = with(text("One"), json!({ "project_id": work }));
    stranger
        .post(QUICK, &input)
        .fails(422)
        .await
        .names("project_id");
}

#[tokio::test]
async fn a_repetition_becomes_a_series() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let lines = "Pay rent every month on the 1st p1\nWater every! 3 days\nStand-up ev mon 9am";
    let answer = user.post(QUICK, &text(lines)).gives(201).await;
    assert_eq!(all(&answer, "title"), ["Pay rent", "Water", "Stand-up"]);
    assert_eq!(
        all(&answer, "due"),
        [
            &json!({ "date": "2026-04-01" }),
            &json!({ "date": "2026-03-11" }),
            &json!({ "date": "2026-03-16", "time": "09:00" }),
        ]
    );
    let series = all(&answer, "recurrence");
    let members = |member: &str| {
        series
            .iter()
            .map(|series| &series[member])
            .collect::<Vec<_>>()
    };
    assert_eq!(
        members("text"),
        ["every 1st", "every! 3 days", "every Monday"]
    );
    assert_eq!(members("anchor"), ["due", "completion", "due"]);
    // A task completed now moves on.
    let path = format!("/api/v1/tasks/{}/completion", id_of(&answer["items"][0]));
    let next = user.put(&path, &json!({})).gives(200).await;
    assert_eq!(next["completed"], false);
    assert_ne!(next["due"], answer["items"][0]["due"]);
    // Vikunja's style names no first date, and a series has one.
    let input = with(text("Water every 2 weeks"), json!({ "style": "vikunja" }));
    let answer = user.post(QUICK, &input).gives(201).await;
    assert_eq!(answer["items"][0]["due"]["date"], today());
}

#[tokio::test]
async fn a_reminder_is_at_a_time_or_before_the_due_date() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let lines = "Pick up kids !14:00\nCall friday 4pm !30 min before !tomorrow 9am";
    let answer = user.post(QUICK, &text(lines)).gives(201).await;
    assert_eq!(all(&answer, "title"), ["Pick up kids", "Call"]);
    let at = |date: &str, time: &str| json!({ "at": { "date": date, "time": time } });
    assert_eq!(
        all(&answer, "reminders"),
        [
            &json!([at("2026-03-11", "14:00")]),
            &json!([{ "minutes_before": 30 }, at("2026-03-12", "09:00")]),
        ]
    );
    let problem = user
        .post(QUICK, &text("Call !30 min before"))
        .fails(422)
        .await;
    problem.names("reminders");
}

#[tokio::test]
async fn people_stay_in_the_title() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let line = text("Call friday +Bob p2");
    let answer = user.post(QUICK, &line).gives(201).await;
    let task = &answer["items"][0];
    assert_eq!(task["title"], "Call +Bob");
    assert_eq!(task["due"]["date"], "2026-03-13");
    assert_eq!(task["priority"], 2);
}

#[tokio::test]
async fn wrong_input_names_its_field() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let id = uuid::Uuid::now_v7().to_string();
    let labels: String = (0..51).map(|label| format!(" @l{label}")).collect();
    for (input, field, code) in [
        (json!({}), "text", "required"),
        (json!({ "text": " \n" }), "text", "required"),
        (json!({ "text": 1 }), "text", "wrong_type"),
        (json!({ "text": "a\0" }), "text", "invalid_characters"),
        (json!({ "text": "a".repeat(1_001) }), "text", "too_long"),
        (json!({ "text": "a".repeat(501) }), "text", "too_long"),
        (json!({ "text": "a\n".repeat(201) }), "text", "too_many"),
        (json!({ "text": "\"\"" }), "text", "required"),
        (
            json!({ "text": format!("a{labels}") }),
            "labels",
            "too_many",
        ),
        (
            json!({ "text": "a", "style": "org" }),
            "style",
            "unknown_value",
        ),
        (
            json!({ "text": "a", "written_at": "today" }),
            "written_at",
            "wrong_type",
        ),
        (
            json!({ "text": "a", "written_at": "0000-01-01T00:00:00+10:00" }),
            "written_at",
            "out_of_range",
        ),
        (
            json!({ "text": "a", "project_id": "b" }),
            "project_id",
            "wrong_type",
        ),
        (
            json!({ "text": "a", "parent_id": id }),
            "parent_id",
            "unknown_value",
        ),
        (
            json!({ "text": "a", "title": "b" }),
            "title",
            "unknown_field",
        ),
    ] {
        let problem = user.post(QUICK, &input).fails(422).await;
        problem.names(field).breaks(field, code);
    }
    let long = format!("One\n{}", "a".repeat(501));
    let problem = user.post(QUICK, &json!({ "text": long })).fails(422).await;
    assert_eq!(
        problem.detail(),
        "Line 2: That's 501 characters; a title can have 500."
    );
    assert!(user.titles("").await.is_empty());
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let server = Server::start().await;
    let user = berliner(&server).await;
    let home = add(&user, "projects", json!({ "name": "Home" })).await;
    let send = |line: &str| {
        let request = user.post(QUICK, &text(line));
        request.header("Idempotency-Key", "quick-1")
    };
    let first = send("Paint #home\n Wait").gives(201).await;
    // The name means nothing any more.
    let rename = json!({ "name": "House" });
    let path = format!("/api/v1/projects/{home}");
    user.patch(&path, &rename).is(200).await;
    let again = send("Paint #home\n Wait").is(201).await;
    assert_eq!(header(&again, "Idempotency-Replayed"), "true");
    assert_eq!(again.json::<Value>().await.expect("JSON"), first);
    send("Paint")
        .fails(422)
        .await
        .breaks("Idempotency-Key", "key_reused");
    assert_eq!(user.titles("").await.len(), 2);
}
