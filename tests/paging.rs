//! Paging: with more than a thousand tasks and concurrent changes, no task is skipped or repeated.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, query, together};

const SORTS: [&str; 6] = [
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "title",
    "-title",
];

fn id(task: &Value) -> String {
    task["id"].as_str().expect("an id").to_owned()
}

/// Adds `count` tasks, sixteen at a time. Titles repeat, so that a sort by title has ties.
async fn fill(user: &User, count: usize) -> Vec<Value> {
    let workers = (0..16).map(|worker| {
        let user = user.clone();
        async move {
            let mut tasks = Vec::new();
            for number in (worker..count).step_by(16) {
                let title = format!("task {:03}", number % 400);
                let body = json!({ "title": title, "completed": number % 3 == 0 });
                tasks.push(user.post("/api/v1/tasks", &body).gives(201).await);
            }
            tasks
        }
    });
    together(workers.collect::<Vec<_>>()).await.concat()
}

async fn page(
    user: &User,
    fixed: &[(&str, &str)],
    cursor: Option<&str>,
) -> (Vec<Value>, Option<String>) {
    let mut pairs = fixed.to_vec();
    pairs.extend(cursor.map(|cursor| ("cursor", cursor)));
    let body = user.list(&query(&pairs)).await;
    let items = body["items"].as_array().expect("items").clone();
    (items, body["next_cursor"].as_str().map(str::to_owned))
}

/// Returns all pages in sequence.
async fn walk(user: &User, fixed: &[(&str, &str)]) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let (items, next) = page(user, fixed, cursor.as_deref()).await;
        all.extend(items);
        assert!(all.len() <= 5_000, "the pages do not end");
        match next {
            Some(next) => cursor = Some(next),
            None => return all,
        }
    }
}

#[track_caller]
fn assert_sorted(tasks: &[Value], sort: &str) {
    let key = sort.trim_start_matches('-');
    for pair in tasks.windows(2) {
        let (a, b) = (pair[0][key].as_str(), pair[1][key].as_str());
        let right = if sort.starts_with('-') {
            a >= b
        } else {
            a <= b
        };
        assert!(right, "{sort}: {a:?} stands before {b:?}");
    }
}

#[tokio::test]
async fn a_thousand_tasks_come_once_each_while_others_come_and_go() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut stable: BTreeMap<String, Value> = BTreeMap::new();
    for task in fill(&ada, 1_000).await {
        stable.insert(id(&task), task);
    }
    assert_eq!(stable.len(), 1_000);
    // Updates make the order by updated_at differ from the order of creation.
    for task in stable.values().step_by(37).cloned().collect::<Vec<_>>() {
        let path = format!("/api/v1/tasks/{}", id(&task));
        let edited = ada
            .patch(&path, &json!({ "description": "Edited" }))
            .gives(200)
            .await;
        stable.insert(id(&edited), edited);
    }

    for sort in SORTS {
        let fixed = [("sort", sort), ("limit", "90")];
        let (mut seen, mut came, mut went) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut cursor: Option<String> = None;
        let mut round = 0;
        loop {
            let (items, next) = page(&ada, &fixed, cursor.as_deref()).await;
            assert!(items.len() <= 90);
            seen.extend(items.iter().cloned());
            let Some(next) = next else { break };
            assert_eq!(items.len(), 90, "{sort}: a page before the last is full");
            cursor = Some(next);
            round += 1;
            assert!(round < 100, "{sort}: the pages do not end");

            for title in ["aaa", "task 200", "zzz"] {
                came.insert(id(&ada.add_task(title).await));
            }
            // The cursor points at the last task shown. The first other one may follow later.
            let last = id(items.last().expect("a task"));
            let ahead = stable.keys().find(|id| !went.contains(*id)).cloned();
            for gone in [Some(last), ahead].into_iter().flatten() {
                if went.insert(gone.clone()) {
                    ada.delete(&format!("/api/v1/tasks/{gone}")).is(204).await;
                }
            }
        }
        assert_sorted(&seen, sort);
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for task in &seen {
            *times.entry(id(task)).or_default() += 1;
        }
        for (id, count) in &times {
            assert_eq!(*count, 1, "{sort}: {id} came {count} times");
        }
        for id in &went {
            stable.remove(id);
        }
        for id in stable.keys() {
            assert!(times.contains_key(id), "{sort}: {id} was skipped");
        }
        for id in came {
            let path = format!("/api/v1/tasks/{id}");
            ada.request(Method::DELETE, &path).answer().await;
        }
        let all = walk(&ada, &[("sort", sort), ("limit", "200")]).await;
        assert_eq!(all.len(), stable.len(), "{sort}");
    }
}

#[tokio::test]
async fn filters_hold_on_every_page() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let tasks = fill(&ada, 120).await;
    let count = |wanted: &dyn Fn(&Value) -> bool| tasks.iter().filter(|task| wanted(task)).count();
    let has_1 = |task: &Value| {
        task["title"]
            .as_str()
            .is_some_and(|title| title.contains("1"))
    };
    let done = |task: &Value| task["completed"] == true;
    for (fixed, expected) in [
        (vec![("status", "done")], count(&done)),
        (vec![("status", "open")], count(&|task| !done(task))),
        (vec![("q", "1")], count(&has_1)),
        (
            vec![("q", "TASK 0")],
            count(&|task| {
                task["title"]
                    .as_str()
                    .is_some_and(|title| title.contains('0'))
            }),
        ),
        (
            vec![("q", "1"), ("status", "done")],
            count(&|task| has_1(task) && done(task)),
        ),
    ] {
        for sort in SORTS {
            let mut fixed = fixed.clone();
            fixed.extend([("sort", sort), ("limit", "7")]);
            let found = walk(&ada, &fixed).await;
            let ids: BTreeSet<_> = found.iter().map(id).collect();
            assert_eq!((found.len(), ids.len()), (expected, expected), "{fixed:?}");
            assert_sorted(&found, sort);
        }
    }
}

#[tokio::test]
async fn the_last_page_says_so() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    assert_eq!(
        ada.list("").await,
        json!({ "items": [], "next_cursor": null })
    );
    fill(&ada, 50).await;
    // The page is exactly full, so there is no cursor to an empty page.
    let default = ada.list("").await;
    assert_eq!(default["items"].as_array().map(Vec::len), Some(50));
    assert_eq!(default["next_cursor"], Value::Null);
    ada.add_task("One more").await;
    let default = ada.list("").await;
    assert_eq!(default["items"].as_array().map(Vec::len), Some(50));
    assert_eq!(default["items"][0]["title"], "One more");
    let (rest, next) = page(&ada, &[], default["next_cursor"].as_str()).await;
    assert_eq!((rest.len(), next), (1, None));
}

#[tokio::test]
async fn pages_of_one_hold_every_title() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let titles = [
        "B",
        "a",
        "A",
        "b",
        "",
        "\u{c9}",
        "\u{e9}",
        "e",
        "Z",
        "\u{1f600}",
        "a b",
        "a%b",
        "'",
        "10",
        "9",
        "\u{df}",
        "ss",
        "same",
        "same",
        "same",
    ];
    for title in titles.iter().filter(|title| !title.is_empty()) {
        ada.add_task(title).await;
    }
    let forth = walk(&ada, &[("sort", "title"), ("limit", "1")]).await;
    let mut back = walk(&ada, &[("sort", "-title"), ("limit", "1")]).await;
    back.reverse();
    assert_eq!(forth.len(), titles.len() - 1);
    let names = |tasks: &[Value]| {
        tasks
            .iter()
            .map(|task| task["title"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&forth), names(&back));
    let whole = ada.titles("sort=title&limit=200").await;
    assert_eq!(json!(whole), json!(names(&forth)));
}

#[tokio::test]
async fn titles_have_one_order_on_every_engine() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    // Folded, by code point: blanks and control characters, punctuation, digits, letters, accented
    // letters, other scripts, characters beyond the basic plane.
    let ordered = [
        "!",
        "10",
        "9",
        "A",
        "a\tb",
        "A c",
        "a-b",
        "ab",
        "B",
        "STRASSE a",
        "stra\u{df}e b",
        "z",
        "\u{c9}a",
        "\u{e9}b",
        "\u{416}",
        "\u{436}a",
        "\u{5e3}",
        "\u{4e2d}",
        "\u{ff5a}",
        "\u{1f600}",
    ];
    for title in ordered.iter().rev() {
        ada.add_task(title).await;
    }
    assert_eq!(ada.titles("sort=title").await, ordered);
    let mut back = ada.titles("sort=-title").await;
    back.reverse();
    assert_eq!(back, ordered);
}

/// Adds notes with six times as many bytes in JSON, notes with four times, short notes, and unusual
/// titles.
async fn fill_with_long_notes(user: &User) -> usize {
    let mut bodies = Vec::new();
    for number in 0..40 {
        let text = ["\u{1}", "\u{1f600}", "a", "\"", "b"][number % 5];
        let length = [50_000, 50_000, 3_000, 20_000, 0][number % 5];
        let title = format!("{number:02} {}", text.repeat(400));
        bodies.push(json!({ "title": title, "description": text.repeat(length) }));
    }
    let count = bodies.len();
    for body in bodies {
        user.post("/api/v1/tasks", &body).is(201).await;
    }
    count
}

/// Maximum size of a page: a mebibyte, and some for the JSON around the tasks.
const MOST_BYTES: usize = (1 << 20) + 8_192;

#[tokio::test]
async fn a_page_is_bounded_in_bytes_and_the_next_one_goes_on() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let count = fill_with_long_notes(&ada).await;
    for (filter, wanted) in [("status=all", count), ("q=0", 13)] {
        for sort in SORTS {
            let (mut seen, mut pages, mut next) = (Vec::new(), 0, Some(String::new()));
            while let Some(cursor) = next {
                let path = format!("/api/v1/tasks?{filter}&limit=200&sort={sort}{cursor}");
                let answer = ada.get(&path).is(200).await;
                let text = answer.text().await.expect("JSON");
                assert!(text.len() <= MOST_BYTES, "{path}: {}", text.len());
                let page: Value = serde_json::from_str(&text).expect("JSON");
                let items = page["items"].as_array().expect("items");
                assert!(!items.is_empty(), "{path}");
                seen.extend(items.iter().map(id));
                let cursor = page["next_cursor"].as_str();
                next = cursor.map(|cursor| format!("&cursor={cursor}"));
                pages += 1;
            }
            assert_eq!(seen.len(), wanted, "{sort}");
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), wanted, "{sort}");
            assert!(pages > 1, "{filter} {sort}");
        }
    }
}

#[tokio::test]
async fn a_page_for_people_is_bounded_in_bytes_too() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let count = fill_with_long_notes(&ada).await;
    let (mut rows, mut pages, mut next) = (0, 0, Some("/tasks?limit=200".to_owned()));
    while let Some(path) = next {
        let answer = ada.by_cookie(Method::GET, &path).is(200).await;
        let html = answer.text().await.expect("a page");
        assert!(html.len() <= MOST_BYTES, "{path}: {}", html.len());
        rows += html.matches("<li id=\"task-").count();
        let more = html.split("class=\"more\"").nth(1).unwrap_or_default();
        let link = more.split('"').find(|text| text.starts_with("/tasks?"));
        next = link.map(|link| link.replace("&amp;", "&"));
        pages += 1;
    }
    assert_eq!(rows, count);
    assert!(pages > 1);
}

#[tokio::test]
async fn a_modified_cursor_is_rejected() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for title in ["One", "Two", "Three"] {
        ada.add_task(title).await;
    }
    for sort in SORTS {
        let first = ada.list(&format!("sort={sort}&limit=1")).await;
        let cursor = first["next_cursor"].as_str().expect("a second page");
        let ask = |cursor: &str| {
            let pairs = [("sort", sort), ("limit", "1"), ("cursor", cursor)];
            ada.get(&format!("/api/v1/tasks?{}", query(&pairs)))
        };
        ask(cursor).is(200).await;
        let text = URL_SAFE_NO_PAD.decode(cursor).expect("base64url");
        let text = String::from_utf8(text).expect("text");
        for other in [
            text.replacen(',', ", ", 1),
            format!(" {text}"),
            format!("{text}{}", " ".repeat(20_000)),
            text.to_uppercase().replace(&sort.to_uppercase(), sort),
            text.replace('o', "\\u006f"),
        ] {
            if other != text {
                ask(&URL_SAFE_NO_PAD.encode(&other))
                    .fails(422)
                    .await
                    .names("cursor");
            }
        }
        ask(&format!("{cursor}=")).fails(422).await.names("cursor");
    }
}
