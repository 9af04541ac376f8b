//! Tasks that repeat.

mod completion;
mod reminders;

use docket::when::{Date, Due, Time};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User};

const TASKS: &str = "/api/v1/tasks";

fn path(task: &Value) -> String {
    format!("{TASKS}/{}", task["id"].as_str().expect("an id"))
}

/// Creates a task with these members.
async fn create(user: &User, mut members: Value) -> Value {
    members["title"] = json!("Water the tomatoes");
    user.post(TASKS, &members).gives(201).await
}

#[tokio::test]
async fn a_series_is_set_by_a_rule_or_by_words_and_cleared() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let fridays = json!({
        "rrule": "FREQ=MONTHLY;BYDAY=3FR", "anchor": "due", "text": "every 3rd Friday",
    });
    let due = json!({ "date": "2026-04-17" });
    for input in [
        json!({ "rrule": "RRULE:FREQ=MONTHLY;BYDAY=3FR" }),
        json!({ "text": "every 3rd friday" }),
        // A rule wins, so that an object can be sent back as it was received.
        json!({ "rrule": "FREQ=MONTHLY;BYDAY=3FR", "anchor": "due", "text": "every day" }),
    ] {
        let task = create(&user, json!({ "due": due, "recurrence": input })).await;
        assert_eq!(task["recurrence"], fridays, "{input}");
        assert_eq!(task["due"], due, "{input}");
        assert_eq!(user.get(&path(&task)).gives(200).await, task);
    }
    let list = user.list("").await;
    assert!(
        list["items"]
            .as_array()
            .expect("items")
            .iter()
            .all(|task| task["recurrence"] == fridays)
    );

    let task = create(&user, json!({ "due": due })).await;
    assert_eq!(task["recurrence"], Value::Null);
    let daily = json!({ "text": "every! 3 days" });
    let changed = user
        .patch(&path(&task), &json!({ "recurrence": daily }))
        .gives(200)
        .await;
    assert_eq!(changed["recurrence"]["rrule"], "FREQ=DAILY;INTERVAL=3");
    assert_eq!(changed["recurrence"]["anchor"], "completion");
    let renamed = user
        .patch(&path(&task), &json!({ "title": "Other" }))
        .gives(200)
        .await;
    assert_eq!(
        renamed["recurrence"], changed["recurrence"],
        "absent leaves it"
    );
    let moved = json!({ "due": { "date": "2026-05-01", "time": "09:00" } });
    let moved = user.patch(&path(&task), &moved).gives(200).await;
    assert_eq!(
        moved["recurrence"], changed["recurrence"],
        "it goes on from another date"
    );
    let cleared = user
        .patch(&path(&task), &json!({ "recurrence": null }))
        .gives(200)
        .await;
    assert_eq!(cleared["recurrence"], Value::Null);
    assert_eq!(cleared["due"], moved["due"]);
    // A series belongs to its date.
    user.patch(&path(&task), &json!({ "recurrence": daily }))
        .is(200)
        .await;
    let undated = user
        .patch(&path(&task), &json!({ "due": null }))
        .gives(200)
        .await;
    assert_eq!(
        (&undated["due"], &undated["recurrence"]),
        (&Value::Null, &Value::Null)
    );
    let whole = json!({ "title": "Whole", "due": due, "recurrence": fridays });
    let whole = user.put(&path(&task), &whole).gives(200).await;
    assert_eq!(whole["recurrence"], fridays);
    let whole = user
        .put(&path(&task), &json!({ "title": "Whole" }))
        .gives(200)
        .await;
    assert_eq!(whole["recurrence"], Value::Null);

    // A rule for which there are no words.
    let odd = json!({ "due": due, "recurrence": { "rrule": "FREQ=YEARLY;BYYEARDAY=100" } });
    let odd = create(&user, odd).await;
    assert_eq!(
        odd["recurrence"],
        json!({ "rrule": "FREQ=YEARLY;BYYEARDAY=100", "anchor": "due" })
    );
}

/// Returns the days of the user in a zone, from that before a request to that after it.
fn today(zone: &str) -> Date {
    let zone = docket::when::Zone::parse(zone).expect("a zone");
    docket::when::today(docket::db::Timestamp::now(), zone)
}

#[tokio::test]
async fn without_a_date_a_series_begins_on_its_first_one_from_today() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for zone in ["Pacific/Kiritimati", "Pacific/Honolulu"] {
        user.patch("/api/v1/me", &json!({ "time_zone": zone }))
            .is(200)
            .await;
        for (input, distance) in [
            (json!({ "text": "every day" }), 1),
            (json!({ "text": "every friday" }), 7),
            (json!({ "rrule": "FREQ=WEEKLY;BYDAY=FR" }), 7),
        ] {
            let before = today(zone);
            let task = create(&user, json!({ "recurrence": input })).await;
            let due: Due = serde_json::from_value(task["due"].clone()).expect("a date");
            let (first, last) = (before, today(zone).plus_days(distance - 1));
            assert!(
                (first..=last).contains(&due.date()),
                "{input}: {due:?} in {zone}"
            );
            if distance == 7 {
                let weekday = Date::parse("2026-11-27").expect("a Friday").weekday();
                assert_eq!(due.date().weekday(), weekday, "{input}");
            }
        }
        // Words can name a time and a first day.
        let words = json!({ "text": "every day at 20:00 starting 2999-01-01" });
        let task = create(&user, json!({ "recurrence": words })).await;
        let due: Due = serde_json::from_value(task["due"].clone()).expect("a date");
        let first = Date::parse("2999-01-01").expect("a date");
        assert_eq!(
            due,
            Due::Local(first, Time::parse("20:00").expect("a time"))
        );
    }
}

#[tokio::test]
async fn a_wrong_series_is_refused_by_the_name_of_its_member() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let task = user.add_task("Whole").await;
    let cases = [
        (json!({ "rrule": "FREQ=NEVER" }), "recurrence.rrule"),
        (json!({ "rrule": "every day" }), "recurrence.rrule"),
        (
            json!({ "rrule": "FREQ=DAILY;UNTIL=20200101" }),
            "recurrence.rrule",
        ),
        (json!({ "rrule": "x".repeat(4_001) }), "recurrence.rrule"),
        (json!({ "text": "every 3rd fribble" }), "recurrence.text"),
        (json!({ "text": "" }), "recurrence.text"),
        (
            json!({ "text": "every day until jan 1 2020" }),
            "recurrence.text",
        ),
        (json!({}), "recurrence.text"),
    ];
    for (input, field) in cases {
        let members = json!({ "title": "Broken", "recurrence": input });
        user.post(TASKS, &members).fails(422).await.breaks(
            field,
            if input["rrule"]
                .as_str()
                .is_some_and(|rule| rule.len() > 4_000)
            {
                "too_long"
            } else {
                "invalid"
            },
        );
        let patch = json!({ "recurrence": input });
        user.patch(&path(&task), &patch)
            .fails(422)
            .await
            .names(field);
        let commands = json!({ "commands": [{ "op": "create_task", "task": members }] });
        let answer = user.post("/api/v1/batch", &commands).gives(200).await;
        let error = &answer["results"][0]["problem"]["errors"][0];
        assert_eq!(error["field"], field, "{answer}");
    }
    let words = json!({ "title": "Broken", "recurrence": { "text": "every 3rd fribble of may" } });
    let problem = user.post(TASKS, &words).fails(422).await;
    assert!(
        problem
            .detail()
            .contains("does not understand “fribble of may”"),
        "{}",
        problem.detail()
    );
    for (wrong, field) in [
        (json!("every day"), "recurrence"),
        (json!({ "anchor": "start", "text": "every day" }), "anchor"),
        (json!({ "rule": "FREQ=DAILY" }), "rule"),
    ] {
        let patch = json!({ "recurrence": wrong });
        let problem = user.patch(&path(&task), &patch).fails(422).await;
        let fields = problem.fields();
        assert!(fields[0].contains(field), "{wrong}: {fields:?}");
    }
    assert_eq!(user.get(&path(&task)).gives(200).await, task);
    assert_eq!(
        user.list("").await["items"].as_array().map(Vec::len),
        Some(1)
    );
}
