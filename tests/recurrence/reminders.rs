//! Reminders of a task, as data.

use reqwest::Method;
use serde_json::{Value, json};

use super::{TASKS, create, path};
use crate::support::{Ask, Server, User, header};

#[tokio::test]
async fn reminders_are_stored_replaced_and_removed() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let due = json!({ "date": "2999-03-11", "time": "10:00" });
    let at = json!({ "at": { "date": "2999-03-10", "time": "18:00", "time_zone": "Asia/Tokyo" } });
    let reminders = json!([{ "minutes_before": 120 }, at]);
    let task = create(&user, json!({ "due": due, "reminders": reminders })).await;
    assert_eq!(task["reminders"], reminders);
    assert_eq!(user.get(&path(&task)).gives(200).await, task);
    assert_eq!(user.list("").await["items"][0], task);
    let changes = user.get("/api/v1/changes").gives(200).await;
    let items = changes["items"].as_array().expect("items");
    assert!(items.iter().any(|item| item["object"] == task));
    let copy = user
        .post(&format!("{}/duplicate", path(&task)), &json!({}))
        .gives(201)
        .await;
    assert_eq!(copy["reminders"], reminders);

    let renamed = user
        .patch(&path(&task), &json!({ "title": "Other" }))
        .gives(200)
        .await;
    assert_eq!(renamed["reminders"], reminders, "absent leaves them");
    // Those that count from the due date go with it.
    let answer = user
        .patch(&path(&task), &json!({ "due": null }))
        .is(200)
        .await;
    let change = header(&answer, "docket-change");
    assert_eq!(
        answer.json::<Value>().await.expect("a task")["reminders"],
        json!([at])
    );
    user.request(Method::POST, &format!("/api/v1/changes/{change}/undo"))
        .is(200)
        .await;
    assert_eq!(
        user.get(&path(&task)).gives(200).await["reminders"],
        reminders
    );
    let one = user
        .patch(&path(&task), &json!({ "reminders": [at] }))
        .gives(200)
        .await;
    assert_eq!(one["reminders"], json!([at]));
    for none in [json!(null), json!([])] {
        let cleared = user
            .patch(&path(&copy), &json!({ "reminders": none }))
            .gives(200)
            .await;
        assert_eq!(cleared["reminders"], json!([]));
        user.patch(&path(&copy), &json!({ "reminders": reminders }))
            .is(200)
            .await;
    }
    let whole = user
        .put(&path(&copy), &json!({ "title": "Whole" }))
        .gives(200)
        .await;
    assert_eq!(whole["reminders"], json!([]));
    assert_eq!(user.add_task("None").await["reminders"], json!([]));
}

#[tokio::test]
async fn a_wrong_reminder_is_refused() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let many = vec![json!({ "minutes_before": 1 }); 21];
    let both = json!({ "at": { "date": "2999-03-10" }, "minutes_before": 1 });
    let due = json!({ "date": "2999-03-11" });
    for (reminders, due, field, code) in [
        (json!(many), &due, "reminders", "too_many"),
        (
            json!([{ "minutes_before": 5 }]),
            &Value::Null,
            "reminders",
            "invalid",
        ),
        (
            json!([{ "minutes_before": -1 }]),
            &due,
            "reminders[0].minutes_before",
            "out_of_range",
        ),
        (
            json!([{ "minutes_before": 527_041 }]),
            &due,
            "reminders[0].minutes_before",
            "out_of_range",
        ),
        (
            json!([{ "minutes_before": 1 }, {}]),
            &due,
            "reminders[1].minutes_before",
            "invalid",
        ),
        (
            json!([both]),
            &due,
            "reminders[0].minutes_before",
            "invalid",
        ),
        (
            json!([{ "at": { "date": "soon" } }]),
            &due,
            "reminders[0].at.date",
            "wrong_type",
        ),
    ] {
        let task = json!({ "title": "Broken", "due": due, "reminders": reminders });
        user.post(TASKS, &task).fails(422).await.breaks(field, code);
    }
    assert_eq!(user.list("").await["items"], json!([]));
}

#[tokio::test]
async fn reminders_move_with_a_task_that_repeats() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let reminders = |date: &str| json!([{ "minutes_before": 120 }, { "at": { "date": date, "time": "18:00" } }]);
    let members = json!({
        "due": { "date": "2999-03-11", "time": "10:00" },
        "recurrence": { "text": "every week" },
        "reminders": reminders("2999-03-10"),
    });
    let task = create(&user, members).await;
    let step = json!({
        "title": "Fetch the can", "parent_id": task["id"], "due": { "date": "2999-03-10" },
        "reminders": [{ "at": { "date": "2999-03-09" } }],
    });
    let step = user.post(TASKS, &step).gives(201).await;
    let completion = format!("{}/completion", path(&task));
    let answer = user.request(Method::PUT, &completion).is(200).await;
    let change = header(&answer, "docket-change");
    let moved: Value = answer.json().await.expect("a task");
    assert_eq!(moved["due"]["date"], "2999-03-18");
    assert_eq!(moved["reminders"], reminders("2999-03-17"));
    let record = user.list("status=done").await;
    assert_eq!(
        record["items"][0]["reminders"],
        json!([]),
        "nothing is left to be reminded of"
    );
    let reset = user.get(&path(&step)).gives(200).await;
    assert_eq!(reset["due"]["date"], "2999-03-17");
    assert_eq!(reset["reminders"][0]["at"]["date"], "2999-03-16");
    user.request(Method::POST, &format!("/api/v1/changes/{change}/undo"))
        .is(200)
        .await;
    let before = user.get(&path(&task)).gives(200).await;
    assert_eq!(before["reminders"], task["reminders"]);
    let skipped = user
        .post(&format!("{}/skip", path(&task)), &json!({}))
        .gives(200)
        .await;
    assert_eq!(skipped["reminders"], reminders("2999-03-17"));
}
