//! Page sizes. A page is limited in tasks and in bytes: two hundred tasks whose descriptions
//! consist of control characters would have 60 MB of JSON. Long descriptions are measured before
//! they are read, so that reads are limited as well as responses.

use crate::db::{Engine, Timestamp, row};
use crate::error::Error;
use crate::items::TaskRow;
use crate::tasks::Task;

/// Maximum size of the tasks of a page as JSON, in bytes. A single task may exceed it.
const MOST_BYTES: usize = 1 << 20;

/// Upper bound of the size of a task's JSON without its texts and reminders, in bytes.
const OTHER_BYTES: usize = 1_024;

/// Upper bound of the size of a reminder's JSON, in bytes.
const REMINDER_BYTES: usize = 160;

/// Writes the expressions for the columns of [`Measured`], with one for the description and the
/// engine's function for JSON arrays.
macro_rules! columns {
    ($description:literal, $json_array:literal, $text:literal) => {
        concat!(
            "project_id, id, title, ",
            $description,
            " AS description, priority, completed_at, created_at, updated_at, version, \
             OCTET_LENGTH(description) AS bytes, CASE WHEN section_id IS NULL AND parent_id IS NULL \
             AND position IS NULL AND labels IS NULL AND due IS NULL AND deadline IS NULL \
             AND start_date IS NULL AND duration_minutes IS NULL AND reminders IS NULL THEN NULL ELSE CAST(",
            $json_array,
            "(section_id, parent_id, position, labels, due, due_zone, recurrence, reminders, \
             deadline, start_date, duration_minutes) AS ",
            $text,
            ") END AS more"
        )
    };
}

/// Writes a function that returns the expressions for the columns of [`Measured`].
macro_rules! of_each_engine {
    ($(#[$doc:meta])* $name:ident, $description:literal) => {
        $(#[$doc])*
        pub(super) fn $name(engine: Engine) -> &'static str {
            match engine {
                Engine::Sqlite => columns!($description, "json_array", "TEXT"),
                Engine::Postgres => columns!($description, "json_build_array", "TEXT"),
                Engine::Mysql => columns!($description, "JSON_ARRAY", "CHAR"),
            }
        }
    };
}

of_each_engine! {
    /// Columns with descriptions of at most 4 KiB.
    measured, "CASE WHEN OCTET_LENGTH(description) <= 4096 THEN description ELSE '' END"
}

of_each_engine! {
    /// Columns with the beginnings of descriptions, of which rows show a part.
    beginnings, "SUBSTR(description, 1, 300)"
}

row! {
    /// A task and the size of its description. A description of more than 4 KiB is left empty.
    pub(super) struct Measured {
        project_id: String,
        id: String,
        title: String,
        description: String,
        priority: i64,
        completed_at: Option<Timestamp>,
        created_at: Timestamp,
        updated_at: Timestamp,
        version: i64,
        bytes: i64,
        /// [`More`] as a JSON array. `None` if all columns are empty.
        more: Option<String>,
    }
}

row! {
    /// Columns that are empty in most tasks. One value for all of them is read faster.
    struct More {
        section_id: Option<String>,
        parent_id: Option<String>,
        position: Option<String>,
        labels: Option<String>,
        due: Option<String>,
        due_zone: Option<String>,
        recurrence: Option<String>,
        reminders: Option<String>,
        deadline: Option<String>,
        start_date: Option<String>,
        duration_minutes: Option<i64>,
    }
}

/// Tasks that may fit on a page.
pub(super) enum Candidates {
    /// All tasks, with their descriptions.
    Read(Vec<Task>),
    /// The number of tasks. Some descriptions have not been read.
    Count(usize),
}

/// Returns the tasks that may fit on a page of at most `limit` tasks.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn candidates(rows: Vec<Measured>, limit: usize) -> Result<Candidates, Error> {
    let mut bytes = 0;
    let mut whole = true;
    let fitting = rows.iter().take(limit).take_while(|row| {
        let length = usize::try_from(row.bytes).unwrap_or(usize::MAX);
        // The JSON form of a text is at least as long as the text.
        bytes += row.title.len() + length;
        whole = whole && row.description.len() == length;
        bytes <= MOST_BYTES
    });
    let fitting = fitting.count().max(1);
    Ok(if whole {
        let tasks: Result<_, Error> = rows.into_iter().map(task).collect();
        Candidates::Read(tasks?)
    } else {
        Candidates::Count(fitting)
    })
}

/// Returns the tasks. `None` if a description has not been read.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn whole(rows: Vec<Measured>) -> Result<Option<Vec<Task>>, Error> {
    let is_whole = |row: &Measured| usize::try_from(row.bytes) == Ok(row.description.len());
    match rows.iter().all(is_whole) {
        true => rows
            .into_iter()
            .map(task)
            .collect::<Result<_, _>>()
            .map(Some),
        false => Ok(None),
    }
}

/// Returns the task, with the description as far as it was read.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn task(row: Measured) -> Result<Task, Error> {
    let more: Option<More> = match &row.more {
        Some(json) => serde_json::from_str(json)
            .map_err(|error| Error::Internal(format!("a listed task cannot be read: {error}")))?,
        None => None,
    };
    let more = more.unwrap_or(EMPTY);
    let row = TaskRow {
        project_id: row.project_id,
        id: row.id,
        section_id: more.section_id,
        parent_id: more.parent_id,
        position: more.position,
        title: row.title,
        title_folded: None,
        description: row.description,
        priority: row.priority,
        labels: more.labels,
        due: more.due,
        due_zone: more.due_zone,
        due_at: None,
        recurrence: more.recurrence,
        reminders: more.reminders,
        deadline: more.deadline,
        start_date: more.start_date,
        duration_minutes: more.duration_minutes,
        completed_at: row.completed_at,
        created_by: None,
        change_id: None,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    };
    Ok(row.into())
}

const EMPTY: More = More {
    section_id: None,
    parent_id: None,
    position: None,
    labels: None,
    due: None,
    due_zone: None,
    recurrence: None,
    reminders: None,
    deadline: None,
    start_date: None,
    duration_minutes: None,
};

/// Truncates tasks to one page. Returns true if some are left over.
pub(super) fn cut(mut tasks: Vec<Task>, limit: usize) -> (Vec<Task>, bool) {
    let fitting = |length: fn(&str) -> usize| {
        let mut bytes = 0;
        let fitting = tasks.iter().take(limit).take_while(|task| {
            bytes += bytes_as_json(task, length);
            bytes <= MOST_BYTES
        });
        fitting.count()
    };
    let fitting = match fitting(most_escaped) {
        all if all == tasks.len().min(limit) => all,
        _ => fitting(escaped_length),
    };
    // A page without a task would have no cursor for the next page.
    let fitting = fitting.max(1);
    let more = fitting < tasks.len();
    tasks.truncate(fitting);
    (tasks, more)
}

/// Returns an upper bound of the size of a task as JSON. `length` returns that of a text.
fn bytes_as_json(task: &Task, length: fn(&str) -> usize) -> usize {
    let labels = task.labels.iter();
    let labels: usize = labels.map(|name| length(name) + 3).sum();
    let texts = [&task.title, &task.description, &task.position];
    let series = task.recurrence.iter();
    let series = series.flat_map(|series| [&series.rrule, &series.text]);
    let texts = texts.into_iter().chain(series.flatten());
    let reminders = task.reminders.len() * REMINDER_BYTES;
    OTHER_BYTES + reminders + labels + texts.map(|text| length(text)).sum::<usize>()
}

/// Returns an upper bound of [`escaped_length`] without reading the text.
fn most_escaped(text: &str) -> usize {
    6 * text.len()
}

/// Returns the size of a text as a JSON string without quotes, in bytes.
fn escaped_length(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | 0x08 | 0x09 | 0x0a | 0x0c | 0x0d => 2,
        0x00..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when::recurrence::{Anchor, RecurrenceInput};
    use crate::when::{Date, Due, ReminderInput};

    fn a_task(title: &str, description: String) -> Task {
        Task {
            section_id: Some("0192f0c1-2345-7000-8000-000000000000".into()),
            parent_id: Some("0192f0c1-2345-7000-8000-000000000000".into()),
            due: Due::from_columns("2026-11-27T10:00", Some("America/Argentina/ComodRivadavia")),
            deadline: Date::parse("2026-11-27").ok(),
            start: Date::parse("2026-11-27").ok(),
            duration_minutes: Some(i64::MIN),
            completed: true,
            completed_at: Some(Timestamp(i64::MAX / 1_000)),
            version: i64::MIN,
            title: title.into(),
            description,
            ..TaskRow::example(
                "0192f0c1-2345-7000-8000-000000000000",
                "0192f0c1-2345-7000-8000-000000000000",
            )
            .into()
        }
    }

    #[test]
    fn the_upper_bound_holds_for_any_text() {
        for text in ["", "a", "\u{1}", "\"", "\u{1f600}"] {
            assert!(escaped_length(text) <= most_escaped(text), "{text:?}");
        }
    }

    #[test]
    fn the_bytes_of_a_task_are_never_underestimated() {
        let all: String = ('\0'..='\u{2100}').collect();
        let json = serde_json::to_string(&all).expect("JSON");
        assert_eq!(escaped_length(&all), json.len() - 2);
        let reminder = r#"{"at":{"date":"2026-11-27","time":"10:00",
            "time_zone":"America/Argentina/ComodRivadavia"}}"#;
        let reminder: ReminderInput = serde_json::from_str(reminder).expect("a reminder");
        let whole = Task {
            recurrence: Some(RecurrenceInput {
                rrule: Some("FREQ=DAILY\n".repeat(300)),
                anchor: Some(Anchor::Completion),
                text: Some(all.clone()),
            }),
            reminders: vec![reminder; 20],
            ..a_task(&all, all.clone())
        };
        let json = serde_json::to_string(&whole).expect("JSON");
        assert!(
            json.len() <= bytes_as_json(&whole, escaped_length),
            "{}",
            json.len()
        );
    }

    #[test]
    fn a_page_ends_by_number_or_by_bytes_and_is_never_empty() {
        let some = |count: usize, text: &str| {
            let text = text.repeat(50_000);
            (0..count)
                .map(|_| a_task("a", text.clone()))
                .collect::<Vec<_>>()
        };
        let page = |tasks: Vec<Task>, limit| {
            let (tasks, more) = cut(tasks, limit);
            let bytes = serde_json::to_vec(&tasks).expect("JSON").len();
            assert!(bytes <= MOST_BYTES + tasks.len() + 1, "{bytes}");
            (tasks.len(), more)
        };
        assert_eq!(page(some(0, "a"), 50), (0, false));
        assert_eq!(page(some(3, "a"), 3), (3, false));
        assert_eq!(page(some(4, "a"), 3), (3, true));
        assert_eq!(page(some(30, "a"), 200), (20, true));
        assert_eq!(page(some(4, "\u{1}"), 200), (3, true));
        assert_eq!(page(some(3, "\u{1}"), 200), (3, false));
        assert_eq!(page(some(9, "\u{1f600}"), 200), (5, true));
        let huge = vec![a_task("a", "a".repeat(2 * MOST_BYTES)); 2];
        assert_eq!(cut(huge, 50).0.len(), 1);
    }

    #[test]
    fn long_descriptions_are_counted_before_they_are_read() {
        let row = |text: &str, bytes: i64| Measured {
            project_id: "id".into(),
            id: "id".into(),
            title: "a".into(),
            description: text.into(),
            priority: 4,
            completed_at: None,
            created_at: Timestamp(1),
            updated_at: Timestamp(1),
            version: 1,
            bytes,
            more: None,
        };
        let candidates = |rows, limit| candidates(rows, limit).expect("tasks");
        let count = |rows, limit| match candidates(rows, limit) {
            Candidates::Read(tasks) => panic!("{} are read", tasks.len()),
            Candidates::Count(count) => count,
        };
        assert_eq!(count(vec![row("", 50_000); 201], 200), 20);
        assert_eq!(count(vec![row("", 50_000); 201], 7), 7);
        assert_eq!(count(vec![row("", 1 << 30); 2], 50), 1);
        let Candidates::Read(tasks) = candidates(vec![row("short", 5); 51], 50) else {
            panic!("there is nothing more to read");
        };
        assert_eq!((tasks.len(), tasks[0].description.as_str()), (51, "short"));
    }
}
