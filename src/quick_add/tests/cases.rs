//! The cases of `cases.tsv`: the meaning of a line at a local time.

use std::collections::HashMap;

use super::*;

/// Cases in which two programs differ from Docket, kept for information.
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
    let value = |text: &str| match text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_owned(),
    };
    line.split('\t').map(value).collect()
}

fn rows() -> Vec<HashMap<String, String>> {
    let mut lines = include_str!("cases.tsv").lines();
    let names = values(lines.next().expect("a header"));
    lines
        .map(|line| names.iter().cloned().zip(values(line)).collect())
        .collect()
}

/// Returns the fields of a row that differ.
fn differences(row: &HashMap<String, String>, style: Style) -> Vec<String> {
    let reader = reader(style, &row["reference_local"], &row["tz"]);
    let parsed = parse(&row["input"], &reader, &Repeats);
    let rules = parsed
        .recurrence
        .as_ref()
        .map(|repeat| repeat.rules.clone())
        .unwrap_or_default();
    let anchor = parsed
        .recurrence
        .as_ref()
        .map_or("", |repeat| match repeat.from_completion {
            true => "completion",
            false => "due",
        });
    let beyond = BEYOND.iter().find(|(id, ..)| *id == row["id"]);
    let (recurrence, due) = match beyond {
        Some((_, recurrence, due)) => ((*recurrence).to_owned(), (*due).to_owned()),
        None => (row["recurrence"].replace("\\n", "\n"), row["due"].clone()),
    };
    let priority = match (style, row["priority"].as_str()) {
        (Style::Vikunja, "5" | "4") => {
            (6 - row["priority"].parse::<i8>().expect("a number")).to_string()
        }
        (Style::Vikunja, "1" | "2" | "3") => "3".to_owned(),
        (_, priority) => priority.trim_start_matches('p').to_owned(),
    };
    let reminder = parsed.reminders.first().map(|reminder| match reminder {
        Reminder::At(date, time) => format!("{date}T{time}"),
        Reminder::Before(minutes) => minutes.to_string(),
    });
    let minutes = match row["duration"].as_str() {
        "" => String::new(),
        duration => duration
            .trim_start_matches("PT")
            .trim_end_matches('M')
            .to_owned(),
    };
    let text = |value: Option<String>| value.unwrap_or_default();
    let fields = [
        ("title", row["title"].clone(), parsed.title),
        ("due", due, text_of(parsed.due)),
        ("recurrence", recurrence, rules),
        ("anchor", row["anchor"].clone(), anchor.to_owned()),
        ("labels", row["labels"].clone(), parsed.labels.join(",")),
        ("project", row["project"].clone(), text(parsed.project)),
        ("section", row["section"].clone(), text(parsed.section)),
        (
            "priority",
            priority,
            text(parsed.priority.map(|priority| priority.to_string())),
        ),
        (
            "assignees",
            row["assignees"].clone(),
            parsed.assignees.join(","),
        ),
        ("reminder", row["reminder"].clone(), text(reminder)),
        (
            "deadline",
            row["deadline"].clone(),
            text(parsed.deadline.map(|date| date.to_string())),
        ),
        (
            "duration",
            minutes,
            text(parsed.duration_minutes.map(|minutes| minutes.to_string())),
        ),
    ];
    let differs = fields
        .into_iter()
        .filter(|(_, expected, actual)| expected != actual);
    differs
        .map(|(name, expected, actual)| format!("{name} {actual:?}, not {expected:?}"))
        .collect()
}

#[test]
fn every_case_holds() {
    let mut failures = Vec::new();
    assert_eq!(rows().len(), 311);
    for row in rows() {
        let styles: &[Style] = match row["mode"].as_str() {
            "todoist" => &[Style::Todoist],
            "vikunja" => &[Style::Vikunja],
            "any" | "docket-edge" => &[Style::Todoist, Style::Vikunja],
            mode => {
                assert!(FOR_INFORMATION.contains(&mode), "{mode}");
                continue;
            }
        };
        for style in styles {
            for difference in differences(&row, *style) {
                failures.push(format!(
                    "{} {style:?} {:?}: {difference}",
                    row["id"], row["input"]
                ));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
