//! The filter language in lists of tasks.

mod agreement;

use std::collections::HashMap;

use docket::db::Timestamp;
use docket::when::{Date, Zone};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use crate::support::{Ask, Server, User, body, header, query};

const CASES: &str = include_str!("cases/filter-cases.tsv");
const TASKS: &str = include_str!("cases/filter-fixture-tasks.tsv");

/// The day of the cases.
const DAY: &str = "2026-03-11";

/// Cases with a date or a day of the week, while the tasks of these tests are around today. The
/// unit tests try them.
const OF_DAYS: [&str; 5] = ["FC027", "FC029", "FC035", "FC037", "FC105"];

/// Cases that need what tasks do not have yet (recurrence, other people, more priorities), with
/// the tasks that are found instead.
const OTHERWISE: [(&str, &str); 9] = [
    ("FC021", "2,3,6,8,10"),
    ("FC023", "1,2,3,4,5,6,7,8,9,10,11,13,14,15"),
    ("FC069", "none"),
    ("FC071", "none"),
    ("FC073", "1,2,3,4,5,6,7,8,9,10,11,13,14,15"),
    ("FC075", "none"),
    ("FC125", "none"),
    ("FC109", "2,3,4,5,8,14,15"),
    ("FC111", "1,2,3,4,6,7,8,9,10,11,12,13,15"),
];

type Cells = HashMap<&'static str, &'static str>;

/// The rows of a table, by the names of the columns.
fn rows(table: &'static str) -> Vec<Cells> {
    let mut lines = table.lines();
    let names: Vec<_> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &'static str| names.iter().copied().zip(line.split('\t')).collect();
    lines.map(row).collect()
}

/// Returns the request of a list that a filter selects.
fn asked(user: &User, filter: &str, more: &[(&str, &str)]) -> RequestBuilder {
    let pairs = [&[("filter", filter), ("limit", "200")], more].concat();
    user.get(&format!("/api/v1/tasks?{}", query(&pairs)))
}

async fn created(user: &User, path: &str, new: Value) -> String {
    let item = user.post(path, &new).gives(201).await;
    item["id"].as_str().expect("an id").to_owned()
}

/// The tasks of the cases, moved from their day to today.
struct Fixture {
    user: User,
    zone: Zone,
    /// The days between the day of the cases and today.
    days: i64,
    /// The number of each task in the cases, by id.
    numbers: HashMap<String, String>,
}

impl Fixture {
    /// Creates the tasks of a user in whose zone it is past 10, as in the cases.
    async fn create(server: &Server) -> Fixture {
        let now = Timestamp::now();
        let hour = now.unix_seconds().div_euclid(60 * 60).rem_euclid(24);
        let zone = match 10 - hour {
            east @ 0.. => format!("Etc/GMT-{east}"),
            -13 => "Etc/GMT-11".into(),
            west => format!("Etc/GMT+{}", -west),
        };
        let user = User::register(server).await;
        let change = json!({ "time_zone": zone });
        user.patch("/api/v1/me", &change).is(200).await;
        let zone = Zone::parse(&zone).expect("a zone");
        let (today, time) = zone.local(now);
        assert_eq!(time.hour(), 10, "{zone}");
        let day = Date::parse(DAY).expect("a date");
        let difference = (-20_000..20_000).find(|days| day.plus_days(*days) == today);
        let mut fixture = Fixture {
            user,
            zone,
            days: difference.expect("a difference in days"),
            numbers: HashMap::new(),
        };
        fixture.add_tasks(server).await;
        fixture
    }

    async fn add_tasks(&mut self, server: &Server) {
        let mut places: HashMap<String, String> = HashMap::new();
        places.insert("Inbox".into(), self.user.id.clone());
        let mut connection = server.database().await;
        for row in rows(TASKS) {
            let project = self.project(&mut places, row["project"], row["parent_project"]);
            let project = project.await;
            let mut new = json!({
                "title": row["title"],
                "project_id": project,
                "priority": row["prio_p"].parse::<i64>().expect("a priority"),
                "completed": row["done"] == "true",
            });
            let labels = row["labels"].split(',').filter(|label| !label.is_empty());
            new["labels"] = json!(labels.collect::<Vec<_>>());
            if !row["section"].is_empty() {
                new["section_id"] =
                    json!(self.section(&mut places, &project, row["section"]).await);
            }
            if !row["parent_task"].is_empty() {
                let parent = self
                    .numbers
                    .iter()
                    .find(|(_, it)| *it == row["parent_task"]);
                new["parent_id"] = json!(parent.expect("a parent").0);
            }
            if !row["deadline"].is_empty() {
                new["deadline"] = json!(self.moved(row["deadline"]).0);
            }
            if !row["due"].is_empty() {
                let (date, time) = self.moved(row["due"]);
                new["due"] = json!({ "date": date });
                if let Some(time) = time {
                    new["due"]["time"] = json!(time);
                }
            }
            let id = created(&self.user, "/api/v1/tasks", new).await;
            // No request can set these times.
            let mut sql = format!("UPDATE tasks SET created_at = {}", self.at(row["created"]));
            if row["done"] == "true" {
                sql += &format!(", completed_at = {}", self.at(row["done_at"]));
            }
            sql += &format!(" WHERE id = '{id}'");
            connection
                .execute(AssertSqlSafe(sql))
                .await
                .expect("an update");
            self.numbers.insert(id, row["id"].to_owned());
        }
        // The projects have not changed since the updates, but the lists have.
        self.user.add_task("Another").await;
        let more = [("q", "Another")];
        let another = asked(&self.user, "all", &more).gives(200).await;
        let id = another["items"][0]["id"].as_str().expect("an id");
        self.user
            .delete(&format!("/api/v1/tasks/{id}"))
            .is(204)
            .await;
    }

    async fn project(
        &self,
        places: &mut HashMap<String, String>,
        name: &str,
        parent: &str,
    ) -> String {
        for (name, parent) in [(parent, ""), (name, parent)] {
            if !name.is_empty() && !places.contains_key(name) {
                let mut new = json!({ "name": name });
                if let Some(parent) = places.get(parent) {
                    new["parent_id"] = json!(parent);
                }
                let id = created(&self.user, "/api/v1/projects", new).await;
                places.insert(name.to_owned(), id);
            }
        }
        places[name].clone()
    }

    async fn section(
        &self,
        places: &mut HashMap<String, String>,
        project: &str,
        name: &str,
    ) -> String {
        if !places.contains_key(name) {
            let new = json!({ "project_id": project, "name": name });
            let id = created(&self.user, "/api/v1/sections", new).await;
            places.insert(name.to_owned(), id);
        }
        places[name].clone()
    }

    /// Returns a local time of the cases as a date of the tests and the time.
    fn moved(&self, local: &str) -> (String, Option<String>) {
        let (date, time) = match local.split_once('T') {
            Some((date, time)) => (date, Some(time.to_owned())),
            None => (local, None),
        };
        let date = Date::parse(date).expect("a date").plus_days(self.days);
        (date.to_string(), time)
    }

    /// Returns a local time of the cases as microseconds since 1970.
    fn at(&self, local: &str) -> i64 {
        let (date, time) = self.moved(local);
        let date = Date::parse(&date).expect("a date");
        let time = docket::when::Time::parse(&time.expect("a time")).expect("a time");
        self.zone.instant(date, time).0
    }

    /// Returns the numbers of the tasks of a list, in the order of the cases.
    fn numbers_of(&self, list: &Value) -> String {
        let items = list["items"].as_array().expect("items").iter();
        let ids = items.map(|task| task["id"].as_str().expect("an id"));
        let mut numbers: Vec<u32> = ids
            .map(|id| self.numbers[id].parse().expect("a number"))
            .collect();
        numbers.sort_unstable();
        let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
        match numbers.is_empty() {
            true => "none".into(),
            false => numbers.join(","),
        }
    }
}

#[tokio::test]
async fn the_collected_cases_hold_in_lists() {
    let server = Server::start().await;
    let fixture = Fixture::create(&server).await;
    let mut tried = 0;
    for row in rows(CASES) {
        let (id, text) = (row["id"], row["query"]);
        if row["valid"] == "no" {
            let problem = asked(&fixture.user, text, &[]).fails(422).await;
            let error = problem.breaks("filter", "invalid_syntax");
            assert!(error["position"].is_u64(), "{id} {error}");
            continue;
        }
        let list = asked(&fixture.user, text, &[]).gives(200).await;
        let otherwise = OTHERWISE.iter().find(|(case, _)| *case == id);
        let expected = otherwise.map_or(row["expected_ids"], |(_, ids)| ids);
        if expected != "n/a" && !OF_DAYS.contains(&id) {
            assert_eq!(fixture.numbers_of(&list), expected, "{id} {text}");
            tried += 1;
        }
    }
    assert_eq!(tried, 53);
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
