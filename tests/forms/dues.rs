//! Due dates for people at both ends of the world, and around the changes of the clocks: they are
//! as entered in JSON, on pages, in forms and in filters.

use serde_json::{Value, json};

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User};

const BERLIN: &str = "Europe/Berlin";
const HONOLULU: &str = "Pacific/Honolulu";
const KIRITIMATI: &str = "Pacific/Kiritimati";

/// Due dates with their forms on a list, for a user in Kiritimati, in Honolulu and in Berlin. On
/// 2026-03-29, clocks in Berlin skip 02:00 to 03:00; on 2026-10-25, they show it twice.
const DUES: [(&str, &str, &str, [&str; 3]); 12] = [
    ("2026-01-01", "", "", ["2026-01-01"; 3]),
    ("2024-02-29", "", "", ["2024-02-29"; 3]),
    ("2026-03-29", "", "", ["2026-03-29"; 3]),
    ("2026-10-25", "", "", ["2026-10-25"; 3]),
    ("2026-03-29", "02:30", "", ["2026-03-29, 02:30"; 3]),
    ("2026-10-25", "02:30", "", ["2026-10-25, 02:30"; 3]),
    ("2026-12-31", "23:59", "", ["2026-12-31, 23:59"; 3]),
    ("2026-01-01", "00:00", "", ["2026-01-01, 00:00"; 3]),
    // A time in a zone is shown on the clock of the user.
    (
        "2026-03-29",
        "02:30",
        BERLIN,
        [
            "2026-03-29, 15:30",
            "2026-03-28, 15:30",
            "2026-03-29, 02:30",
        ],
    ),
    (
        "2026-10-25",
        "02:30",
        BERLIN,
        [
            "2026-10-25, 14:30",
            "2026-10-24, 14:30",
            "2026-10-25, 02:30",
        ],
    ),
    (
        "2026-04-01",
        "00:00",
        KIRITIMATI,
        [
            "2026-04-01, 00:00",
            "2026-03-31, 00:00",
            "2026-03-31, 12:00",
        ],
    ),
    (
        "2026-04-01",
        "23:59",
        HONOLULU,
        [
            "2026-04-02, 23:59",
            "2026-04-01, 23:59",
            "2026-04-02, 11:59",
        ],
    ),
];

fn json_of(date: &str, time: &str, zone: &str) -> Value {
    let members = [("date", date), ("time", time), ("time_zone", zone)];
    let members = members.into_iter().filter(|(_, value)| !value.is_empty());
    members
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect()
}

/// Returns fields of the forms of a task, as a browser sends them.
fn fields(page: &Page) -> Vec<(&'static str, String)> {
    let mut fields = vec![("title", page.text_area("title"))];
    for name in [
        "due_date",
        "due_time",
        "deadline",
        "start",
        "duration_minutes",
    ] {
        fields.push((name, page.element(name).get("value")));
    }
    for name in ["due_zone", "priority"] {
        fields.push((name, page.chosen(name)));
    }
    fields
}

fn borrowed<'f>(fields: &'f [(&'static str, String)]) -> Vec<(&'static str, &'f str)> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// Returns the day after a date of this test.
fn next_day(date: &str) -> String {
    let (month, day) = date.split_at(8);
    match date {
        "2024-02-29" => "2024-03-01".to_owned(),
        "2026-12-31" => "2027-01-01".to_owned(),
        _ => format!("{month}{:02}", day.parse::<u8>().expect("a day") + 1),
    }
}

/// Asserts that a task is due as entered in JSON, in filters and on its page. Returns the fields of
/// its form.
async fn assert_due(
    person: &Visitor,
    api: &User,
    id: &str,
    index: usize,
) -> Vec<(&'static str, String)> {
    let (date, time, own, _) = DUES[index];
    let due = json_of(date, time, own);
    let what = due.to_string();
    let task = api.task(id).await;
    assert_eq!(task["due"], due, "{what}");
    let next = next_day(date);
    for (query, is_found) in [
        (format!("due_from={date}&due_before={next}"), true),
        (format!("due_from={next}"), false),
        (format!("due_before={date}"), false),
    ] {
        let list = api.list(&format!("{query}&sort=due&limit=200")).await;
        let items = list["items"].as_array().expect("items");
        let found = items.iter().find(|found| found["id"] == id);
        assert_eq!(found.is_some(), is_found, "{what}: {query}");
        assert!(found.is_none_or(|found| *found == task), "{what}: {query}");
    }
    let page = person.page(&format!("/tasks/{id}")).await;
    let fields = fields(&page);
    for (name, value) in [("due_date", date), ("due_time", time), ("due_zone", own)] {
        assert!(
            fields.contains(&(name, value.to_owned())),
            "{what}: {fields:?}"
        );
    }
    fields
}

#[tokio::test]
async fn a_due_date_is_as_entered_from_kiritimati_to_honolulu() {
    let server = Server::with(&[("DOCKET_LIMIT_API", "0")]).await;
    let person = Visitor::registered(&server).await;
    let api = person.by_api(&server).await;
    let zones = [KIRITIMATI, HONOLULU, BERLIN];
    let mut ids = Vec::new();
    for (index, (date, time, zone, _)) in DUES.iter().enumerate() {
        // Tasks are entered in different zones, as JSON and by forms.
        let here = json!({ "time_zone": zones[index % 3] });
        api.patch("/api/v1/me", &here).is(200).await;
        let id = if index % 2 == 0 {
            let task = json!({ "title": "Task", "due": json_of(date, time, zone) });
            api.post("/api/v1/tasks", &task).gives(201).await["id"].clone()
        } else {
            let id = api.add_task("Task").await["id"].clone();
            let path = format!("/tasks/{}", id.as_str().expect("an id"));
            let page = person.page(&path).await;
            let mut fields = fields(&page);
            fields.retain(|(name, _)| !name.starts_with("due_"));
            let due = [
                ("due_date", *date),
                ("due_time", *time),
                ("due_zone", *zone),
            ];
            fields.extend(due.map(|(name, value)| (name, value.to_owned())));
            person.post(&path, &borrowed(&fields)).is(303).await;
            id
        };
        ids.push(id.as_str().expect("an id").to_owned());
    }
    for (zone, name) in zones.iter().enumerate() {
        let here = json!({ "time_zone": name });
        api.patch("/api/v1/me", &here).is(200).await;
        let list = person.page("/tasks?sort=due").await;
        for (index, id) in ids.iter().enumerate() {
            let shown = DUES[index].3[zone].replace(", ", "T");
            list.has(&format!("<time datetime=\"{shown}\">"));
            let fields = assert_due(&person, &api, id, index).await;
            // The form comes back unchanged, so nothing changes.
            let path = format!("/tasks/{id}");
            let before = api.task(id).await;
            person.post(&path, &borrowed(&fields)).is(303).await;
            assert_eq!(api.task(id).await, before, "{name}");
        }
    }
}

#[tokio::test]
async fn deadlines_and_starts_are_the_same_day_everywhere() {
    let server = Server::start().await;
    let person = Visitor::registered(&server).await;
    let api = person.by_api(&server).await;
    for zone in [KIRITIMATI, HONOLULU, BERLIN] {
        api.patch("/api/v1/me", &json!({ "time_zone": zone }))
            .is(200)
            .await;
        for date in ["2026-01-01", "2026-03-29", "2026-10-25", "2026-12-31"] {
            let new = json!({ "title": zone, "deadline": date, "start": date });
            let task = api.post("/api/v1/tasks", &new).gives(201).await;
            let id = task["id"].as_str().expect("an id");
            let page = person.page(&format!("/tasks/{id}")).await;
            for field in ["deadline", "start"] {
                assert_eq!(task[field], date, "{zone}");
                assert_eq!(page.element(field).get("value"), date, "{zone}");
            }
            let query = format!("deadline_from={date}&deadline_before={}", next_day(date));
            assert!(
                api.list(&query).await.to_string().contains(id),
                "{zone} {date}"
            );
            let query = format!("deadline_before={date}");
            assert!(
                !api.list(&query).await.to_string().contains(id),
                "{zone} {date}"
            );
        }
    }
}
