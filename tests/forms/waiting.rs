//! Forms that waited for a connection, and are perhaps sent again.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::visitor::Visitor;
use crate::support::{Ask, Server, header};

const ADD: &str = "/tasks/quick";

/// A form in place that the service worker sends.
fn sent(visitor: &Visitor, path: &str, fields: &[(&str, &str)], key: &str) -> RequestBuilder {
    visitor
        .in_place(path, fields)
        .header("idempotency-key", key)
}

fn again(request: RequestBuilder, seconds: &str) -> RequestBuilder {
    request.header("docket-waited", seconds)
}

fn titles(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items
        .iter()
        .filter_map(|task| task["title"].as_str())
        .collect()
}

#[tokio::test]
async fn a_form_that_is_sent_again_is_carried_out_once() {
    let mut server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let add = [("text", "Buy milk\nCall home")];
    sent(&ada, ADD, &add, "k-1").is(200).await;
    again(sent(&ada, ADD, &add, "k-1"), "60").is(200).await;
    let list = user.list("").await;
    assert_eq!(titles(&list), ["Call home", "Buy milk"]);
    // Another form under the same key is a mistake of the client.
    sent(&ada, ADD, &[("text", "Read")], "k-1").is(422).await;

    let task = list["items"][0].clone();
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    let edit = [("title", "Call mother"), ("title_shown", "Call home")];
    sent(&ada, &path, &edit, "k-2").is(200).await;
    let notes = json!({ "title": "Call father" });
    user.patch(&format!("/api/v1{path}"), &notes).is(200).await;
    // Carried out before the other change, so it is no conflict, and changes nothing.
    again(sent(&ada, &path, &edit, "k-2"), "60").is(200).await;
    assert_eq!(user.list("").await["items"][0]["title"], "Call father");
    again(sent(&ada, &path, &edit, "k-3"), "60").is(409).await;

    let tick = [("completed", "true")];
    let completion = format!("{path}/completion");
    sent(&ada, &completion, &tick, "k-4").is(200).await;
    user.delete(&format!("/api/v1{path}/completion"))
        .is(200)
        .await;
    again(sent(&ada, &completion, &tick, "k-4"), "5")
        .is(200)
        .await;
    assert_eq!(user.list("").await["items"][0]["completed"], false);

    // The key is in the database.
    server.restart().await;
    let ada = ada.elsewhere(&server).await;
    again(sent(&ada, ADD, &add, "k-1"), "90").is(200).await;
    let list = user.on(&server).list("").await;
    assert_eq!(titles(&list), ["Call father", "Buy milk"]);
}

#[tokio::test]
async fn words_count_from_the_time_at_which_they_were_written() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let user = ada.by_api(&server).await;
    let add = |text: &'static str| [("text", text)];
    sent(&ada, ADD, &add("Now tomorrow"), "k-1").is(200).await;
    let days = (10 * 86_400).to_string();
    again(sent(&ada, ADD, &add("Then tomorrow"), "k-2"), &days)
        .is(200)
        .await;
    let list = user.list("").await;
    let named = |title: &str| {
        let mut tasks = list["items"].as_array().expect("items").iter();
        tasks.find(|task| task["title"] == title).expect(title)
    };
    let (now, then) = (named("Now"), named("Then"));
    let date = |task: &Value| {
        let date = task["due"]["date"].as_str().expect("a date");
        date.parse::<jiff::civil::Date>().expect("a date")
    };
    let between = date(now).since(date(then)).expect("a distance");
    assert_eq!(between.get_days(), 10);

    let id = now["id"].as_str().expect("an id");
    let edit = [("due_words", "tomorrow")];
    let path = format!("/tasks/{id}");
    again(sent(&ada, &path, &edit, "k-3"), &days).is(200).await;
    assert_eq!(user.task(id).await["due"], then["due"]);
    // A priority or a date that was chosen since is not replaced, unless the form was sent at once.
    let urgent = [("priority", "1"), ("priority_shown", "2")];
    again(sent(&ada, &path, &urgent, "k-5"), &days)
        .is(409)
        .await;
    let late = [
        ("due_date", "2030-01-01"),
        ("due_shown", "2029-01-01 09:00"),
    ];
    again(sent(&ada, &path, &late, "k-6"), &days).is(409).await;
    sent(&ada, &path, &urgent, "k-7").is(200).await;
    assert_eq!(user.task(id).await["priority"], 1);
    // Not a number: it is sent now.
    again(sent(&ada, &path, &edit, "k-4"), "soon").is(200).await;
    assert_eq!(user.task(id).await["due"], now["due"]);
}

#[tokio::test]
async fn a_form_is_carried_out_for_its_author_only() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let bob = Visitor::registered(&server).await;
    let mark = |answer: reqwest::Response| header(&answer, "docket-user");
    let adas = mark(ada.get("/tasks").is(200).await);
    let bobs = mark(bob.get("/tasks").is(200).await);
    assert!(!adas.is_empty() && adas != bobs, "{adas}");
    assert_eq!(mark(server.get("/login").is(200).await), "none");
    let add = [("text", "A secret present")];
    let by =
        |visitor: &Visitor, mark: &str| sent(visitor, ADD, &add, "k-1").header("docket-user", mark);
    by(&bob, &adas).is(401).await;
    by(&ada, &adas).is(200).await;
    let list = bob.by_api(&server).await.list("").await;
    assert_eq!(titles(&list), [""; 0]);
    let list = ada.by_api(&server).await.list("").await;
    assert_eq!(titles(&list), ["A secret present"]);
}
