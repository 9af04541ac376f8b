//! The filter language in lists of tasks.

mod agreement;
mod cases;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, body, header, query};

/// Returns the request of a list that a filter selects.
fn asked(user: &User, filter: &str, more: &[(&str, &str)]) -> RequestBuilder {
    let pairs = [&[("filter", filter), ("limit", "200")], more].concat();
    user.get(&format!("/api/v1/tasks?{}", query(&pairs)))
}

async fn created(user: &User, path: &str, new: Value) -> String {
    let item = user.post(path, &new).gives(201).await;
    item["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_filter_combines_with_the_other_parameters() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let home = created(&user, "/api/v1/projects", json!({ "name": "Home" })).await;
    let mut titles = Vec::new();
    for number in 0..12 {
        let title = format!("Task {:02}", number * 7 % 12);
        let priority = 1 + number % 3;
        let mut new = json!({ "title": title, "priority": priority, "completed": number > 9 });
        if number % 2 == 0 {
            new["project_id"] = json!(home);
        }
        created(&user, "/api/v1/tasks", new).await;
        if priority == 1 && number < 10 {
            titles.push((title, number % 2 == 0));
        }
    }
    titles.sort();
    // Pages in each order have every task once.
    for sort in [
        "title",
        "-title",
        "created_at",
        "due",
        "position",
        "-updated_at",
    ] {
        let (mut cursor, mut found) = (String::new(), Vec::new());
        loop {
            let mut pairs = vec![("filter", "p1"), ("limit", "3"), ("sort", sort)];
            if !cursor.is_empty() {
                pairs.push(("cursor", &cursor));
            }
            let list = user.list(&query(&pairs)).await;
            let items = list["items"].as_array().expect("items").clone();
            found.extend(
                items
                    .iter()
                    .map(|task| task["title"].as_str().unwrap().to_owned()),
            );
            match list["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        match sort {
            "-title" => assert!(found.is_sorted_by(|one, other| one > other), "{found:?}"),
            "title" => assert!(found.is_sorted(), "{found:?}"),
            _ => {}
        }
        found.sort();
        let all: Vec<_> = titles.iter().map(|(title, _)| title.clone()).collect();
        assert_eq!(found, all, "{sort}");
    }
    let found = |more: &[(&str, &str)], filter: &str| {
        let request = asked(&user, filter, &[more, &[("sort", "title")]].concat());
        async move {
            let list = request.gives(200).await;
            let items = list["items"].as_array().expect("items").clone();
            let titles = items
                .iter()
                .map(|task| task["title"].as_str().unwrap().to_owned());
            titles.collect::<Vec<_>>()
        }
    };
    let of_home: Vec<_> = titles
        .iter()
        .filter(|(_, is_of_home)| *is_of_home)
        .collect();
    let of_home: Vec<_> = of_home.iter().map(|(title, _)| title.clone()).collect();
    assert_eq!(found(&[("project", &home)], "p1").await, of_home);
    assert_eq!(found(&[], "p1 & #home").await, of_home);
    assert_eq!(
        found(&[("q", "task")], "p1 & #home & search: TASK").await,
        of_home
    );
    assert_eq!(found(&[("q", &of_home[0])], "p1").await, of_home[..1]);
    assert_eq!(found(&[], "p1 & #Nowhere").await, [""; 0]);
    // Todoist's filters select open tasks; the other ones as many as the status says.
    assert_eq!(found(&[("status", "done")], "all").await, [""; 0]);
    assert_eq!(found(&[("status", "all")], "p1").await.len(), titles.len());
    assert_eq!(found(&[("status", "done")], "priority >= 0").await.len(), 2);
    assert_eq!(found(&[], "priority >= 0").await.len(), 12);
    // An archived project is left out, as in other lists across projects.
    let change = json!({ "archived": true });
    user.patch(&format!("/api/v1/projects/{home}"), &change)
        .is(200)
        .await;
    assert_eq!(found(&[], "#home").await, [""; 0]);
    assert_eq!(found(&[("project", &home)], "p1 & #home").await, of_home);
}

#[tokio::test]
async fn a_syntax_error_has_a_position() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for (filter, code, position, message) in [
        (
            "today & | p1",
            "invalid_syntax",
            json!(9),
            "Character 9: expected a term",
        ),
        (
            "\u{e9} = 1",
            "invalid_syntax",
            json!(1),
            "Character 1: expected a term",
        ),
        (
            "user_id = 1",
            "invalid_syntax",
            json!(1),
            "there is no field user_id",
        ),
        (
            "",
            "invalid_syntax",
            json!(1),
            "Character 1: expected a term",
        ),
        ("a\0", "invalid_characters", Value::Null, "NUL"),
        (
            &"p".repeat(1_001),
            "too_long",
            Value::Null,
            "1,001 characters",
        ),
    ] {
        let problem = asked(&user, filter, &[]).fails(422).await;
        let error = problem.breaks("filter", code);
        assert_eq!(error["position"], position, "{filter}");
        let text = error["message"].as_str().expect("a message");
        assert!(text.contains(message), "{text}");
        assert_eq!(problem.detail(), text);
        // Pages answer with the same status.
        let path = format!("/tasks?{}", query(&[("filter", filter)]));
        user.by_cookie(Method::GET, &path).is(422).await;
    }
}

#[tokio::test]
async fn the_search_box_takes_filters() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for (title, priority) in [("Mow the lawn", 1), ("Read about p1", 4)] {
        let new = json!({ "title": title, "priority": priority });
        created(&user, "/api/v1/tasks", new).await;
    }
    for (text, lawn, book, hint) in [
        ("p1", true, false, "match a filter"),
        ("priority = 0", false, true, "match a filter"),
        ("search: p1", false, true, "match a filter"),
        ("about p1", false, true, ""),
        (
            "p1 & @",
            false,
            false,
            "If it is a filter: Character 7: expected the name of a label.",
        ),
    ] {
        let path = format!("/tasks?{}", query(&[("q", text)]));
        let page = user.by_cookie(Method::GET, &path).is(200).await;
        let page = page.text().await.expect("a page");
        assert_eq!(page.contains("Mow the lawn"), lawn, "{text}");
        assert_eq!(page.contains("Read about p1</"), book, "{text}");
        assert!(page.contains(hint), "{text}");
        assert_eq!(
            page.contains("match a filter"),
            hint == "match a filter",
            "{text}"
        );
        let shown = text.replace('&', "&amp;");
        assert!(page.contains(&format!("value=\"{shown}\"")), "{text}");
    }
}

#[tokio::test]
async fn a_filter_sees_nothing_of_other_accounts() {
    let server = Server::start().await;
    let (ada, eve) = (User::register(&server).await, User::register(&server).await);
    let project = created(&ada, "/api/v1/projects", json!({ "name": "Secret" })).await;
    let section = json!({ "name": "Part", "project_id": project });
    let section = created(&ada, "/api/v1/sections", section).await;
    let task = json!({
        "title": "Plan", "project_id": project, "section_id": section, "labels": ["secret"],
        "due": { "date": "2026-03-11" },
    });
    created(&ada, "/api/v1/tasks", task).await;
    for filter in [
        "all",
        "#secret",
        "##s*",
        "/part",
        "/*",
        "@secret",
        "@s*",
        "search: plan",
        "!p1",
        "overdue",
        "project = Secret || labels = secret || title like plan || dueDate < now",
    ] {
        let own = asked(&ada, filter, &[]).gives(200).await;
        assert_eq!(own["items"].as_array().map(Vec::len), Some(1), "{filter}");
        let other = asked(&eve, filter, &[]).gives(200).await;
        assert_eq!(other["items"], json!([]), "{filter}");
    }
}

#[tokio::test]
async fn the_largest_filters_are_read() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let new = json!({ "title": "Plan", "labels": ["ab"], "due": { "date": "2026-03-11" } });
    created(&user, "/api/v1/tasks", new).await;
    for filter in [
        vec!["@a*"; 64].join("|"),
        vec!["due: 1d"; 63].join("|") + "|p4",
        vec!["search: *la"; 64].join("&"),
        vec!["!#a"; 64].join(","),
        format!("{}p4", "!".repeat(16)),
        format!("{}p4{}", "(".repeat(16), ")".repeat(16)),
        format!("labels in {}", vec!["ab"; 64].join(",")),
    ] {
        let list = asked(&user, &filter, &[]).gives(200).await;
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{filter}");
    }
}

#[tokio::test]
async fn an_unchanged_list_is_not_sent_again() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    user.add_task("Water the beans").await;
    let first = asked(&user, "no date", &[]).is(200).await;
    let tag = header(&first, "ETag");
    assert_eq!(
        body(first, 200).await["items"].as_array().map(Vec::len),
        Some(1)
    );
    let again = |filter: &str| asked(&user, filter, &[]).header("If-None-Match", &tag);
    again("no date").is(304).await;
    again("no  date").is(200).await;
    again("today").is(200).await;
    // Today is another day in another zone, and the same list has another tag.
    let tag = |zone: &'static str| {
        let user = user.clone();
        async move {
            let change = json!({ "time_zone": zone });
            user.patch("/api/v1/me", &change).is(200).await;
            let list = asked(&user, "today", &[]).is(200).await;
            header(&list, "ETag")
        }
    };
    assert_ne!(
        tag("Pacific/Kiritimati").await,
        tag("Pacific/Pago_Pago").await
    );
}
