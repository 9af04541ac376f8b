//! The cases of quick add, as dry runs: the meaning of a line at a local time.

use std::collections::HashMap;

use docket::when::{Date, Time, Zone};
use serde_json::{Value, json};

use super::QUICK;
use crate::support::{Ask, Server, User};

/// Cases in which two other programs differ from Docket, kept for information.
const FOR_INFORMATION: [&str; 2] = ["superproductivity", "vikunja-todoist-prefixes"];

/// Repetitions that Todoist does not know. The file leaves their dates open.
const BEYOND: [(&str, &str, &str); 3] = [
    (
        "QA079",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=1WE\nFREQ=YEARLY;BYMONTH=7;BYDAY=3TH",
        "2026-07-16",
    ),
    ("QA089", "FREQ=MONTHLY;INTERVAL=3;BYDAY=1FR", "2026-06-05"),
    ("QA091", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-03-11"),
];

/// Splits a line of tab-separated values with quotes as in CSV.
fn values(line: &str) -> Vec<String> {
    let value = |text: &str| {
        let quoted = text.strip_prefix('"');
        let quoted = quoted.and_then(|text| text.strip_suffix('"'));
        quoted.map_or(text.to_owned(), |inner| inner.replace("\"\"", "\""))
    };
    line.split('\t').map(value).collect()
}

fn rows() -> Vec<HashMap<String, String>> {
    let mut lines = include_str!("../../src/quick_add/tests/cases.tsv").lines();
    let names = values(lines.next().expect("a header"));
    lines
        .map(|line| names.iter().cloned().zip(values(line)).collect())
        .collect()
}

/// Returns a text as in the cases: `2026-03-11` or `2026-03-11T10:00`.
fn due(value: &Value) -> String {
    let part = |name: &str| value[name].as_str().map(str::to_owned);
    match (part("date"), part("time")) {
        (Some(date), Some(time)) => format!("{date}T{time}"),
        (date, _) => date.unwrap_or_default(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Returns the fields of a row that differ.
async fn differences(user: &User, row: &HashMap<String, String>, style: &str) -> Vec<String> {
    let (date, time) = row["reference_local"]
        .split_once('T')
        .expect("a local time");
    let zone = Zone::parse(&row["tz"]).expect("a zone");
    let date = Date::parse(date).expect("a date");
    let written_at = zone.instant(date, Time::parse(time).expect("a time"));
    let input = json!({
        "text": row["input"], "style": style, "dry_run": true, "written_at": written_at,
    });
    let answer = user.post(QUICK, &input).gives(200).await;
    let item = &answer["items"][0];
    let beyond = BEYOND.iter().find(|(id, ..)| *id == row["id"]);
    let (recurrence, first) = match beyond {
        Some((_, recurrence, first)) => ((*recurrence).to_owned(), *first),
        None => (row["recurrence"].replace("\\n", "\n"), row["due"].as_str()),
    };
    let priority = match (style, row["priority"].as_str()) {
        ("vikunja", "5") => "1",
        ("vikunja", "4") => "2",
        ("vikunja", "1" | "2") => "3",
        (_, priority) => priority.trim_start_matches('p'),
    };
    let minutes = row["duration"].trim_start_matches("PT");
    let fields = [
        ("title", row["title"].as_str(), plain(&item["title"])),
        ("due", first, due(&item["due"])),
        (
            "recurrence",
            recurrence.as_str(),
            plain(&item["recurrence"]["rrule"]),
        ),
        (
            "anchor",
            &row["anchor"],
            plain(&item["recurrence"]["anchor"]),
        ),
        ("labels", &row["labels"], plain(&item["labels"])),
        ("project", &row["project"], plain(&item["project"])),
        ("section", &row["section"], plain(&item["section"])),
        ("priority", priority, plain(&item["priority"])),
        ("assignees", &row["assignees"], plain(&item["assignees"])),
        (
            "reminder",
            &row["reminder"],
            due(&item["reminders"][0]["at"]),
        ),
        ("deadline", &row["deadline"], plain(&item["deadline"])),
        (
            "duration",
            minutes.trim_end_matches('M'),
            plain(&item["duration_minutes"]),
        ),
    ];
    let differs = fields
        .into_iter()
        .filter(|(_, expected, actual)| expected != actual);
    differs
        .map(|(name, expected, actual)| format!("{name} {actual:?}, not {expected:?}"))
        .collect()
}

#[tokio::test]
async fn every_case_holds() {
    let server = Server::with(&[("DOCKET_LIMIT_API", "0")]).await;
    let user = User::register(&server).await;
    let mut rows = rows();
    // The zone is part of the profile.
    rows.sort_by(|one, other| one["tz"].cmp(&other["tz"]));
    let (mut zone, mut tried, mut failures) = (String::new(), 0, Vec::new());
    for row in rows {
        if row["tz"] != zone {
            zone.clone_from(&row["tz"]);
            let patch = json!({ "time_zone": zone });
            user.patch("/api/v1/me", &patch).is(200).await;
        }
        let styles: &[&str] = match row["mode"].as_str() {
            "todoist" => &["todoist"],
            "vikunja" => &["vikunja"],
            "any" | "docket-edge" => &["todoist", "vikunja"],
            mode => {
                assert!(FOR_INFORMATION.contains(&mode), "{mode}");
                continue;
            }
        };
        for style in styles {
            for difference in differences(&user, &row, style).await {
                failures.push(format!("{} {style}: {difference}", row["id"]));
            }
            tried += 1;
        }
    }
    assert!(tried > 80, "only {tried} cases");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
