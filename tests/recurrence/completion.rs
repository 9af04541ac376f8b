//! Completions, skipped dates, their undo, and previews. The dates are far away, so that none of
//! them depends on the day of the test.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{TASKS, create, path};
use crate::support::{Ask, Server, User, header};

/// Returns the completed tasks without a series, oldest first.
async fn records(user: &User) -> Vec<Value> {
    let page = user.list("status=done&sort=created_at").await;
    page["items"].as_array().expect("items").clone()
}

async fn read(user: &User, task: &Value) -> Value {
    user.get(&path(task)).gives(200).await
}

/// Returns a task without the members that every change replaces.
fn stable(mut task: Value) -> Value {
    for member in ["updated_at", "version"] {
        task[member] = Value::Null;
    }
    task
}

fn complete(user: &User, task: &Value) -> RequestBuilder {
    user.request(Method::PUT, &format!("{}/completion", path(task)))
}

#[tokio::test]
async fn a_completion_moves_the_task_on_and_one_undo_reverses_it() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let members = json!({
        "due": { "date": "2999-01-31", "time": "09:00", "time_zone": "Europe/Berlin" },
        "start": "2999-01-29",
        "deadline": "2999-12-31",
        "labels": ["garden"],
        "recurrence": { "text": "every month" },
    });
    let task = create(&user, members).await;
    let step = json!({ "title": "Fetch the can", "parent_id": task["id"], "completed": true });
    let step = user.post(TASKS, &step).gives(201).await;
    let batch = json!({ "commands": [{ "op": "complete_task", "id": task["id"] }] });
    let ways = [
        complete(&user, &task),
        user.request(Method::POST, &format!("{}/toggle", path(&task))),
        user.patch(&path(&task), &json!({ "completed": true })),
        user.post("/api/v1/batch", &batch),
    ];
    for way in ways {
        let (before, step_before) = (read(&user, &task).await, read(&user, &step).await);
        let answer = way.is(200).await;
        let change = header(&answer, "docket-change");
        let answer: Value = answer.json().await.expect("a task");
        let after = read(&user, &task).await;
        let outcome = match answer.get("results") {
            Some(results) => &results[0]["object"],
            None => &answer,
        };
        assert_eq!(*outcome, after, "the answer is the task with its next date");
        assert_eq!(after["completed"], false);
        assert_eq!(after["due"]["date"], "2999-02-28");
        assert_eq!(after["due"]["time_zone"], "Europe/Berlin");
        assert_eq!(after["start"], "2999-02-26");
        assert_eq!(after["deadline"], "2999-12-31");
        assert_eq!(after["recurrence"], before["recurrence"]);
        assert_eq!(read(&user, &step).await["completed"], false);
        let done = records(&user).await;
        assert_eq!(done.len(), 1, "{done:?}");
        for member in ["title", "due", "start", "labels", "project_id"] {
            assert_eq!(done[0][member], before[member], "{member}");
        }
        assert_eq!(done[0]["recurrence"], Value::Null);
        assert_ne!(done[0]["id"], task["id"]);

        let undo = format!("/api/v1/changes/{change}/undo");
        user.request(Method::POST, &undo).is(200).await;
        assert_eq!(stable(read(&user, &task).await), stable(before));
        assert_eq!(stable(read(&user, &step).await), stable(step_before));
        let left: Vec<_> = records(&user)
            .await
            .into_iter()
            .map(|task| task["id"].clone())
            .collect();
        assert_eq!(left, [step["id"].clone()], "the record has gone");
    }
    // The intended day comes back, and so do the records of what has been done.
    for date in ["2999-02-28", "2999-03-31", "2999-04-30"] {
        assert_eq!(complete(&user, &task).gives(200).await["due"]["date"], date);
    }
    let dates: Vec<_> = records(&user)
        .await
        .iter()
        .map(|task| task["due"]["date"].clone())
        .collect();
    assert_eq!(dates, ["2999-01-31", "2999-02-28", "2999-03-31"]);
    // A record is a task of its own.
    let record = &records(&user).await[0];
    let reopened = user
        .delete(&format!("{}/completion", path(record)))
        .gives(200)
        .await;
    assert_eq!(
        (&reopened["completed"], &reopened["recurrence"]),
        (&json!(false), &Value::Null)
    );
}

#[tokio::test]
async fn a_request_is_repeated_by_its_key_or_refused_by_its_version() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let members = json!({ "due": { "date": "2999-03-11" }, "recurrence": { "text": "every day" } });
    let task = create(&user, members).await;
    for replayed in ["", "true"] {
        let answer = complete(&user, &task)
            .header("idempotency-key", "once")
            .is(200)
            .await;
        assert_eq!(header(&answer, "idempotency-replayed"), replayed);
        let answer: Value = answer.json().await.expect("a task");
        assert_eq!(answer["due"]["date"], "2999-03-12");
    }
    let etag = header(&user.get(&path(&task)).is(200).await, "etag");
    complete(&user, &task)
        .header("if-match", &etag)
        .is(200)
        .await;
    complete(&user, &task)
        .header("if-match", &etag)
        .fails(412)
        .await;
    assert_eq!(read(&user, &task).await["due"]["date"], "2999-03-13");
    assert_eq!(records(&user).await.len(), 2);
}

#[tokio::test]
async fn a_series_ends_with_its_last_date() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for rule in ["FREQ=WEEKLY;COUNT=2", "FREQ=WEEKLY;UNTIL=29990318"] {
        let members = json!({ "due": { "date": "2999-03-11" }, "recurrence": { "rrule": rule } });
        let task = create(&user, members).await;
        let preview = user
            .get(&format!("{}/occurrences", path(&task)))
            .gives(200)
            .await;
        assert_eq!(
            preview["items"],
            json!([{ "date": "2999-03-18" }]),
            "{rule}"
        );
        let next = complete(&user, &task).gives(200).await;
        assert_eq!(
            (&next["completed"], &next["due"]["date"]),
            (&json!(false), &json!("2999-03-18"))
        );
        let preview = user
            .get(&format!("{}/occurrences", path(&task)))
            .gives(200)
            .await;
        assert_eq!(preview["items"], json!([]));
        user.post(&format!("{}/skip", path(&task)), &json!({}))
            .fails(422)
            .await
            .names("recurrence");
        let last = complete(&user, &task).gives(200).await;
        assert_eq!(
            (&last["completed"], &last["due"]["date"]),
            (&json!(true), &json!("2999-03-18"))
        );
    }
}

#[tokio::test]
async fn a_count_includes_the_dates_that_are_left_out() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let members = json!({
        "due": { "date": "2999-03-15", "time": "09:00" },
        "recurrence": { "rrule": "FREQ=DAILY;COUNT=3\nEXDATE:29990316T090000" },
    });
    let task = create(&user, members).await;
    let occurrences = format!("{}/occurrences", path(&task));
    let preview = user.get(&occurrences).gives(200).await;
    let last = json!({ "date": "2999-03-17", "time": "09:00" });
    assert_eq!(preview["items"], json!([last]));
}

#[tokio::test]
async fn dates_are_previewed_and_skipped() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let members = json!({
        "due": { "date": "2999-03-15", "time": "17:00" }, "start": "2999-03-14",
        "recurrence": { "text": "every 3rd friday" },
    });
    let task = create(&user, members).await;
    let occurrences = format!("{}/occurrences", path(&task));
    let preview = user.get(&format!("{occurrences}?limit=3")).gives(200).await;
    let dates = ["2999-04-19", "2999-05-17", "2999-06-21"];
    let expected = dates.map(|date| json!({ "date": date, "time": "17:00" }));
    assert_eq!(preview["items"], json!(expected));
    let preview = user.get(&occurrences).gives(200).await;
    assert_eq!(preview["items"].as_array().map(Vec::len), Some(10));
    for query in ["limit=0", "limit=51", "limit=x", "other=1"] {
        user.get(&format!("{occurrences}?{query}")).fails(422).await;
    }
    let mut changes = Vec::new();
    let skip = json!({ "commands": [{ "op": "skip_task", "id": task["id"] }] });
    for (date, start) in [(dates[0], "2999-04-18"), (dates[1], "2999-05-16")] {
        let answer = match changes.is_empty() {
            true => {
                user.post(&format!("{}/skip", path(&task)), &json!({}))
                    .is(200)
                    .await
            }
            false => user.post("/api/v1/batch", &skip).is(200).await,
        };
        changes.push(header(&answer, "docket-change"));
        let after = read(&user, &task).await;
        assert_eq!(
            (&after["due"]["date"], &after["start"]),
            (&json!(date), &json!(start))
        );
    }
    assert!(
        records(&user).await.is_empty(),
        "a skipped date has not been done"
    );
    for change in changes.iter().rev() {
        user.request(Method::POST, &format!("/api/v1/changes/{change}/undo"))
            .is(200)
            .await;
    }
    assert_eq!(stable(read(&user, &task).await), stable(task.clone()));

    let plain = user.add_task("Once").await;
    let preview = user
        .get(&format!("{}/occurrences", path(&plain)))
        .gives(200)
        .await;
    assert_eq!(preview, json!({ "items": [] }));
    let problem = user
        .post(&format!("{}/skip", path(&plain)), &json!({}))
        .fails(422)
        .await;
    problem.breaks("recurrence", "invalid");
    // The end of a series is the removal of its rule. A copy has it, too.
    let copy = user
        .post(&format!("{}/duplicate", path(&task)), &json!({}))
        .gives(201)
        .await;
    assert_eq!(copy["recurrence"], task["recurrence"]);
    user.patch(&path(&task), &json!({ "recurrence": null }))
        .is(200)
        .await;
    assert_eq!(complete(&user, &task).gives(200).await["completed"], true);
    let activity = user
        .get(&format!("{}/activity", path(&task)))
        .gives(200)
        .await;
    assert_eq!(
        activity["items"][1]["before"]["recurrence"],
        task["recurrence"]
    );
}

#[tokio::test]
async fn the_next_date_is_not_in_the_past() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for (due, text) in [
        (json!({ "date": "2020-03-11" }), "every 3 days"),
        (
            json!({ "date": "2020-03-11", "time": "08:00" }),
            "every monday",
        ),
        (
            json!({ "date": "2020-03-11", "time": "08:00", "time_zone": "Asia/Tokyo" }),
            "every hour",
        ),
        (json!({ "date": "2020-01-31" }), "every! month"),
    ] {
        let members = json!({ "due": due, "recurrence": { "text": text } });
        let task = create(&user, members).await;
        let now = docket::db::Timestamp::now();
        let next = complete(&user, &task).gives(200).await;
        let next: docket::when::Due = serde_json::from_value(next["due"].clone()).expect("a date");
        assert!(
            !next.is_overdue(now, docket::when::Zone::UTC),
            "{text}: {next:?}"
        );
    }
}
