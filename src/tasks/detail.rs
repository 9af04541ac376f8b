//! The values of the page of a task, which is also the pane beside a list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::fields::TaskFields;
use super::forms::{TaskForm, notes_tag};
use super::list_page::{Row, movable_rows};
use super::place_pages::{self, Choice};
use super::{Sort, Task, TaskFilter, queries};
use crate::auth::User;
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::items::Colour;
use crate::locale::message;
use crate::projects::Project;
use crate::ui::{Part, unticked};
use crate::when::{Date, Due, Near, Nearness, Preferences, ReminderInput, WeekStart, today};
use crate::{labels, projects, sections};

/// Maximum number of subtasks on the page of a task.
const MOST_SUBTASKS: u32 = 200;

/// Maximum number of labels that are suggested.
const MOST_LABELS: usize = 200;

/// The part of the page that is a form instead of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Edit {
    Notes,
    Parent,
}

/// A task with the values of its row.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    task: Task,
    #[serde(flatten)]
    row: Row,
}

/// The values of the page.
#[derive(Serialize)]
pub(super) struct Detail {
    task: Whole,
    /// The values of the fields.
    form: TaskForm,
    pub errors: BTreeMap<String, String>,
    /// True if another change was saved after the page was shown.
    pub is_stale: bool,
    pub edit: Option<Edit>,
    /// The tag of the notes.
    notes_tag: String,
    /// The tag of the notes without their ticks.
    list_tag: String,
    project: Place,
    /// The id and the title of the task of which this is a subtask.
    parent: Option<Choice>,
    projects: Vec<Choice>,
    sections: Vec<Choice>,
    /// The tasks of which this can become a subtask, while one of them is chosen.
    parents: Vec<Choice>,
    /// Names of labels that the task does not have.
    labels: Vec<String>,
    reminders: Vec<Reminder>,
    subtasks: Vec<Part<Row>>,
    done_subtasks: usize,
    dates: Dates,
    added: String,
    changed: String,
    completed: Option<String>,
    /// The series in words, or its rule.
    series: Option<String>,
    zone: &'static str,
}

/// The project of the task.
#[derive(Serialize)]
struct Place {
    id: String,
    name: String,
    colour: Colour,
}

#[derive(Serialize)]
struct Reminder {
    text: String,
    /// The reminder as JSON.
    key: String,
}

/// The texts of the dates, and the days that the date pickers offer.
#[derive(Serialize)]
struct Dates {
    due: Option<String>,
    due_state: Option<Nearness>,
    deadline: Option<String>,
    deadline_state: Option<Nearness>,
    start: Option<String>,
    today: Date,
    tomorrow: Date,
    next_week: Date,
    week_start: &'static str,
}

impl Detail {
    /// Reads the values for a task.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn of(db: &Db, user: &User, task: Task, edit: Option<Edit>) -> Result<Detail, Error> {
        let preferences = &user.preferences;
        let projects = projects::queries::shown(db, &user.id, user.language()).await?;
        let present = projects
            .iter()
            .find(|project| project.id == task.project_id);
        let project = match present {
            Some(project) => Place::of(project),
            // It is archived.
            None => Place::of(&projects::queries::read(db, &user.id, &task.project_id).await?),
        };
        let parents = match edit {
            Some(Edit::Parent) => place_pages::parents(db, user, &task).await?,
            _ => Vec::new(),
        };
        let filter = TaskFilter {
            parent: Some(task.id.clone()),
            sort: Sort::Position,
            limit: Some(MOST_SUBTASKS),
            ..TaskFilter::default()
        };
        let subtasks = queries::list(db, &user.id, &filter).await?.items;
        let mut labels = labels::queries::names(db, &user.id).await?;
        labels.retain(|label| !task.labels.contains(label));
        labels.truncate(MOST_LABELS);
        let instant = |at: Timestamp| preferences.format_instant(at);
        let sections = sections::queries::list(db, &user.id, &task.project_id).await?;
        Ok(Detail {
            form: TaskForm {
                title: Some(task.title.clone()),
                description: Some(task.description.clone()),
                fields: TaskFields::of(&task),
                ..TaskForm::default()
            },
            errors: BTreeMap::new(),
            is_stale: false,
            edit,
            notes_tag: notes_tag(&task.description),
            list_tag: notes_tag(&unticked(&task.description)),
            projects: Choice::of_projects(&projects, &project.id, &project.name),
            project,
            parent: place_pages::parent(db, user, &task).await?,
            sections: Choice::of_sections(sections.items, user.language()),
            parents,
            labels,
            reminders: reminders(&task.reminders, preferences),
            done_subtasks: subtasks.iter().filter(|task| task.completed).count(),
            subtasks: movable_rows(user, subtasks),
            dates: Dates::of(&task, preferences, Timestamp::now()),
            added: instant(task.created_at),
            changed: instant(task.updated_at),
            completed: task.completed_at.map(instant),
            series: task.recurrence.as_ref().map(super::fields::shown),
            zone: preferences.time_zone.as_str(),
            task: Whole {
                row: Row::of(user, task.clone()),
                task,
            },
        })
    }

    /// Shows the values of a rejected form in its fields.
    pub fn with_form(mut self, form: &TaskForm) -> Detail {
        if form.description.is_some() {
            self.edit = Some(Edit::Notes);
        }
        let (form, saved) = (form.clone(), self.form);
        self.form = TaskForm {
            title: form.title.or(saved.title),
            description: form.description.or(saved.description),
            fields: form.fields.or(saved.fields),
            ..form
        };
        self
    }
}

impl Place {
    fn of(project: &Project) -> Place {
        Place {
            id: project.id.clone(),
            name: project.name.clone(),
            colour: project.colour,
        }
    }
}

impl Dates {
    fn of(task: &Task, preferences: &Preferences, now: Timestamp) -> Dates {
        let split = |near: Option<Near>| match near {
            Some(near) => (Some(near.text), Some(near.state)),
            None => (None, None),
        };
        let day = |date| preferences.near_date(date, now);
        let (due, due_state) = split(task.due.map(|due| preferences.near(&due, now)));
        let (deadline, deadline_state) = split(task.deadline.map(day));
        let today = today(now, preferences.time_zone);
        Dates {
            due,
            due_state,
            deadline,
            deadline_state,
            start: task.start.map(|date| day(date).text),
            today,
            tomorrow: today.plus_days(1),
            next_week: next_week(today, preferences.week_start),
            week_start: preferences.week_start.as_str(),
        }
    }
}

/// Returns the first day of the week after that of a date.
fn next_week(date: Date, start: WeekStart) -> Date {
    let first = match start {
        WeekStart::Monday => 0,
        WeekStart::Saturday => 5,
        WeekStart::Sunday => 6,
    };
    let since = i64::from(date.weekday().to_monday_zero_offset()) - first;
    date.plus_days(7 - since.rem_euclid(7))
}

/// Returns the reminders in words.
fn reminders(reminders: &[ReminderInput], preferences: &Preferences) -> Vec<Reminder> {
    let words = |reminder: &ReminderInput| Reminder {
        text: reminder_text(reminder, preferences),
        key: json!(reminder).to_string(),
    };
    reminders.iter().map(words).collect()
}

fn reminder_text(reminder: &ReminderInput, preferences: &Preferences) -> String {
    let at = reminder.at.clone().and_then(|at| Due::try_from(at).ok());
    if let Some(at) = at {
        return preferences.format(&at);
    }
    let minutes = reminder.minutes_before.unwrap_or_default();
    let message = match minutes {
        ..=0 => message!("reminder-at-due"),
        _ if minutes % 10_080 == 0 => message!("reminder-weeks", count = minutes / 10_080),
        _ if minutes % 1_440 == 0 => message!("reminder-days", count = minutes / 1_440),
        _ if minutes % 60 == 0 => message!("reminder-hours", count = minutes / 60),
        _ => message!("reminder-minutes", count = minutes),
    };
    preferences.language.say(&message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_week_begins_after_this_one() {
        let date = |day| Date::new(2026, 11, day).expect("a date");
        for (day, start, expected) in [
            (27, WeekStart::Monday, 30),
            (27, WeekStart::Sunday, 29),
            (27, WeekStart::Saturday, 28),
            (23, WeekStart::Monday, 30),
            (22, WeekStart::Sunday, 29),
            (21, WeekStart::Saturday, 28),
        ] {
            assert_eq!(
                next_week(date(day), start),
                date(expected),
                "{day} {start:?}"
            );
        }
    }

    #[test]
    fn a_distance_has_the_largest_unit_that_fits() {
        for (minutes, expected) in [
            (0, "When it is due"),
            (1, "1 minute before"),
            (90, "90 minutes before"),
            (120, "2 hours before"),
            (1_440, "1 day before"),
            (20_160, "2 weeks before"),
        ] {
            let reminder = ReminderInput {
                at: None,
                minutes_before: Some(minutes),
            };
            assert_eq!(reminder_text(&reminder, &Preferences::default()), expected);
        }
    }
}
