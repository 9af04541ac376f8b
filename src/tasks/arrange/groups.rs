//! The groups of a page of tasks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::auth::User;
use crate::db::{Db, fold};
use crate::error::Error;
use crate::items::Grouping;
use crate::locale::{key, message};
use crate::projects::{self, Project};
use crate::sections;
use crate::tasks::list_page::{Row, name_rows};
use crate::tasks::{Task, queries};
use crate::ui::Part;
use crate::when::{Date, DateOrder, Preferences, Zone, short_weekday, today as day_of};

/// Number of days, from today, that a board has columns for, even without tasks.
const DAYS_OF_A_BOARD: i64 = 7;

/// Tasks below a heading.
#[derive(Serialize)]
pub struct TaskGroup {
    /// Identifies the group on all pages of the list; a part of the id of its element.
    pub key: String,
    /// `None` if the list has no groups.
    pub heading: Option<String>,
    /// True for the days before today.
    pub is_late: bool,
    /// Names and values of the attributes `data-drop-`*: the fields of a task that is dropped here.
    pub drop: Vec<[String; 2]>,
    /// The page of a new task for this group.
    pub add_url: Option<String>,
    /// True if the tasks can be moved to any place among the others.
    pub is_ordered: bool,
    /// True if the next page may continue the group.
    pub more: bool,
    /// The tasks.
    pub tasks: Vec<Part<Row>>,
}

/// The tasks to divide into groups.
pub struct GroupSource<'s> {
    /// The tasks of the page, in order.
    pub tasks: Vec<Task>,
    /// The groups.
    pub by: Grouping,
    /// True if days are those of completion, the last first.
    pub of_completion: bool,
    /// The project that all tasks are in.
    pub project_id: Option<&'s str>,
    /// The projects that rows name: those of [`GroupSource::projects`].
    pub projects: Vec<Project>,
    /// True if the tasks are in manual order.
    pub is_manual: bool,
    /// True if usual groups are shown without tasks too, as on a board.
    pub is_board: bool,
    /// True if there is a next page.
    pub more: bool,
    /// Parameters of the page of a new task.
    pub new_task: Vec<[String; 2]>,
}

/// A group. Groups are shown in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    All,
    Overdue,
    Day(Date),
    NoDay,
    CompletedOn(Reverse<Date>),
    NotCompleted,
    /// The places of the project and of the section among all, and their ids.
    Place((usize, usize), String, Option<String>),
    Priority(i64),
    /// The folded name and the name.
    Label(String, String),
    NoLabel,
}

/// The values that keys and headings depend on.
struct Viewpoint {
    by: Grouping,
    of_completion: bool,
    zone: Zone,
    today: Date,
    preferences: Preferences,
    /// The position and the name of each project and section, by id.
    projects: HashMap<String, (usize, String)>,
    sections: HashMap<String, (usize, String)>,
    /// The ids of the sections that are not archived.
    active: Vec<String>,
    is_of_one_project: bool,
}

impl GroupSource<'_> {
    /// Reads the projects that the rows of a list name, unless all tasks are in one.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn projects(
        db: &Db,
        user: &User,
        project_id: Option<&str>,
    ) -> Result<Vec<Project>, Error> {
        match project_id {
            None => projects::queries::shown(db, &user.id, user.language()).await,
            Some(_) => Ok(Vec::new()),
        }
    }

    /// Returns the groups with the rows of their tasks.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn groups(self, db: &Db, user: &User) -> Result<Vec<TaskGroup>, Error> {
        let viewpoint = self.viewpoint(db, user).await?;
        let mut keyed = grouped(self.tasks, |task| viewpoint.keys(task));
        if self.is_board {
            for key in viewpoint.usual(self.project_id) {
                keyed.entry(key).or_default();
            }
        }
        if keyed.is_empty() && self.by == Grouping::None {
            keyed.insert(Key::All, Vec::new());
        }
        let group = |(key, tasks): (Key, Vec<Placed>)| {
            let tasks = tasks.into_iter();
            let mut rows: Vec<Part<Row>> = tasks
                .map(|Placed { task, copy }| Part(Row::of(user, task).as_copy(copy)))
                .collect();
            if self.project_id.is_none() {
                name_rows(&self.projects, &mut rows);
            }
            let fields = viewpoint.fields(&key);
            TaskGroup {
                heading: viewpoint.heading(&key),
                is_late: key == Key::Overdue,
                add_url: new_task_url(&self.new_task, &fields),
                drop: fields,
                is_ordered: self.is_manual && self.project_id.is_some(),
                more: self.more,
                tasks: rows,
                key: key.name(),
            }
        };
        Ok(keyed.into_iter().map(group).collect())
    }

    async fn viewpoint(&self, db: &Db, user: &User) -> Result<Viewpoint, Error> {
        let ids: BTreeSet<String> = match self.project_id {
            Some(id) => [id.to_owned()].into(),
            None => self
                .tasks
                .iter()
                .map(|task| task.project_id.clone())
                .collect(),
        };
        let sections = match self.by {
            Grouping::Section if !ids.is_empty() => {
                sections::queries::of_projects(db, &user.id, &ids).await?
            }
            _ => Vec::new(),
        };
        let active = sections.iter().filter(|section| !section.archived);
        let active = active.map(|section| section.id.clone()).collect();
        let sections = sections.into_iter().enumerate();
        let projects = self.projects.iter().enumerate();
        Ok(Viewpoint {
            by: self.by,
            of_completion: self.of_completion,
            zone: user.preferences.time_zone,
            today: user.today(),
            preferences: user.preferences,
            projects: projects
                .map(|(place, project)| (project.id.clone(), (place, project.name.clone())))
                .collect(),
            sections: sections
                .map(|(place, section)| (section.id, (place + 1, section.name)))
                .collect(),
            active,
            is_of_one_project: self.project_id.is_some(),
        })
    }
}

/// A task in one of its groups.
struct Placed {
    task: Task,
    /// As in [`Row`].
    copy: Option<usize>,
}

/// Divides tasks into groups, which keep their order.
fn grouped(tasks: Vec<Task>, keys: impl Fn(&Task) -> BTreeSet<Key>) -> BTreeMap<Key, Vec<Placed>> {
    let mut groups: BTreeMap<Key, Vec<Placed>> = BTreeMap::new();
    for task in tasks {
        let keys = keys(&task);
        let mut add = |key, task, copy| groups.entry(key).or_default().push(Placed { task, copy });
        let mut others = keys.into_iter();
        let first = others.next();
        for (place, key) in others.enumerate() {
            add(key, task.clone(), Some(place + 2));
        }
        if let Some(key) = first {
            add(key, task, None);
        }
    }
    groups
}

impl Viewpoint {
    /// Returns the groups of a task. Only one with several labels is in several.
    fn keys(&self, task: &Task) -> BTreeSet<Key> {
        let key = match self.by {
            Grouping::None => Key::All,
            Grouping::Date if self.of_completion => match task.completed_at {
                Some(at) => Key::CompletedOn(Reverse(day_of(at, self.zone))),
                None => Key::NotCompleted,
            },
            Grouping::Date => {
                let day = queries::day_place_of(task, self.zone).and_then(|place| place.day());
                match day {
                    Some(day) if day < self.today && !task.completed => Key::Overdue,
                    Some(day) => Key::Day(day),
                    None => Key::NoDay,
                }
            }
            Grouping::Section => self.place(&task.project_id, task.section_id.as_deref()),
            Grouping::Priority => Key::Priority(task.priority),
            Grouping::Label if task.labels.is_empty() => Key::NoLabel,
            Grouping::Label => {
                let labels = task.labels.iter();
                return labels
                    .map(|label| Key::Label(fold(label), label.clone()))
                    .collect();
            }
        };
        [key].into()
    }

    fn place(&self, project_id: &str, section_id: Option<&str>) -> Key {
        let project = self.projects.get(project_id);
        let section = section_id.and_then(|id| self.sections.get(id));
        let ranks = (
            // Archived projects, which have no place, come last.
            project.map_or(usize::MAX, |(place, _)| *place),
            section.map_or(0, |(place, _)| *place),
        );
        let section_id = section.and(section_id);
        Key::Place(ranks, project_id.to_owned(), section_id.map(str::to_owned))
    }

    /// Returns the groups of a board that are shown without tasks too.
    fn usual(&self, project_id: Option<&str>) -> Vec<Key> {
        match (self.by, project_id) {
            (Grouping::Priority, _) => (1..=4).map(Key::Priority).collect(),
            (Grouping::Date, _) if !self.of_completion => {
                let days = (0..DAYS_OF_A_BOARD).map(|days| Key::Day(self.today.plus_days(days)));
                days.collect()
            }
            (Grouping::Section, Some(id)) => {
                let sections = self.active.iter().map(|section| Some(section.as_str()));
                let places = [None].into_iter().chain(sections);
                places.map(|section| self.place(id, section)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn heading(&self, key: &Key) -> Option<String> {
        let language = self.preferences.language;
        let text = match key {
            Key::All => return None,
            Key::Overdue => language.text(key!("group-overdue")),
            Key::Day(day) | Key::CompletedOn(Reverse(day)) => {
                day_heading(*day, self.today, &self.preferences)
            }
            Key::NoDay => language.text(key!("date-no-date")),
            Key::NotCompleted => language.text(key!("group-open")),
            Key::Priority(4) => language.text(key!("group-no-priority")),
            Key::Priority(priority) => {
                language.say(&message!("group-priority", number = *priority))
            }
            Key::Label(_, name) => format!("@{name}"),
            Key::NoLabel => language.text(key!("group-no-label")),
            Key::Place(_, project_id, section_id) => self.name_of(project_id, section_id),
        };
        Some(text)
    }

    fn name_of(&self, project_id: &str, section_id: &Option<String>) -> String {
        let language = self.preferences.language;
        let project = self.projects.get(project_id).map(|(_, name)| name.clone());
        let project = project.unwrap_or_else(|| language.text(key!("group-archived-project")));
        let section = section_id.as_ref().and_then(|id| self.sections.get(id));
        match (self.is_of_one_project, section) {
            (true, Some((_, section))) => section.clone(),
            (true, None) => language.text(key!("section-none")),
            (false, Some((_, section))) => format!("{project} / {section}"),
            (false, None) => project,
        }
    }

    /// Returns the values of fields that all tasks of a group have, by the name of the field.
    fn fields(&self, key: &Key) -> Vec<[String; 2]> {
        let pair = |name: &str, value: &str| [name.to_owned(), value.to_owned()];
        match key {
            Key::Day(day) if *day >= self.today => vec![pair("due", &day.to_string())],
            Key::NoDay => vec![pair("due", "")],
            Key::Priority(priority) => vec![pair("priority", &priority.to_string())],
            Key::Label(_, name) => vec![pair("label", name)],
            Key::NoLabel => vec![pair("label", "")],
            Key::Place(_, project_id, section_id) => vec![
                pair("project", project_id),
                pair("section", section_id.as_deref().unwrap_or_default()),
            ],
            _ => Vec::new(),
        }
    }
}

impl Key {
    /// Returns a name without characters that separate ids.
    fn name(&self) -> String {
        match self {
            Key::All => "all".to_owned(),
            Key::Overdue => "overdue".to_owned(),
            Key::Day(day) | Key::CompletedOn(Reverse(day)) => day.to_string(),
            Key::NoDay => "no-date".to_owned(),
            Key::NotCompleted => "open".to_owned(),
            Key::Priority(priority) => format!("p{priority}"),
            Key::Label(name, _) => format!("label-{}", utf8_percent_encode(name, NON_ALPHANUMERIC)),
            Key::NoLabel => "no-label".to_owned(),
            Key::Place(_, project_id, None) => project_id.clone(),
            Key::Place(_, _, Some(section_id)) => section_id.clone(),
        }
    }
}

/// Returns the page of a new task with these fields. `None` if no parameter stands for one of them.
fn new_task_url(common: &[[String; 2]], fields: &[[String; 2]]) -> Option<String> {
    let known = |[name, value]: &[String; 2]| name != "priority" && !value.is_empty();
    if fields.is_empty() || !fields.iter().any(known) {
        return None;
    }
    let of_group = fields.iter().filter(|[_, value]| !value.is_empty());
    let common = common
        .iter()
        .filter(|[name, _]| fields.iter().all(|[field, _]| field != name));
    let pairs: Vec<(&str, &str)> = of_group
        .chain(common)
        .map(|[name, value]| (name.as_str(), value.as_str()))
        .collect();
    let query = serde_html_form::to_string(pairs).ok()?;
    Some(format!("/tasks/new?{query}"))
}

/// Returns the heading of a day, such as `Fri 27 Nov · Tomorrow`. The year is left out if it is the
/// present one.
pub fn day_heading(date: Date, today: Date, preferences: &Preferences) -> String {
    let language = preferences.language;
    let weekday = short_weekday(date, language);
    let day = match preferences.date_order {
        DateOrder::DayMonthYear | DateOrder::MonthDayYear if date.year() == today.year() => {
            preferences.format_day_and_month(date)
        }
        _ => preferences.format_date(date),
    };
    let heading = language.say(&message!(
        "date-with-weekday",
        weekday = weekday,
        date = day
    ));
    let name = match () {
        () if date == today => key!("date-today"),
        () if date == today.plus_days(1) => key!("date-tomorrow"),
        () if date == today.plus_days(-1) => key!("date-yesterday"),
        () => return heading,
    };
    format!("{heading} · {}", language.text(name))
}

#[cfg(test)]
mod tests;
