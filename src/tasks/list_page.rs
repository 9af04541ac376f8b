//! The values of the page of a list.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use tokio::try_join;

use super::arrange::{
    Arranged, Arrangement, Empty, GroupSource, Listed, NOTHING_DONE, Offer, SORTS, STATUSES,
};
use super::forms::NewTaskForm;
use super::kept::LIST;
use super::{Grouping, Selection, Sort, Status, Task, TaskFilter, TaskPage, queries};
use crate::auth::User;
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::filter_language;
use crate::items::Colour;
use crate::locale::{Language, Message, key};
use crate::projects::{Project, View as Layout};
use crate::sections::Section;
use crate::ui::{Part, progress};
use crate::when::{Date, Near, Nearness};
use crate::{projects, sections};

/// A task in a list. It has no other members of the task than the row shows: each value of a template
/// costs time, in each of many rows.
#[derive(Serialize)]
pub struct Row {
    id: String,
    #[serde(skip)]
    project_id: String,
    title: String,
    priority: i64,
    labels: Vec<String>,
    deadline: Option<Date>,
    completed: bool,
    completed_at: Option<Timestamp>,
    has_notes: bool,
    due_text: Option<String>,
    /// The due date on the clock of the user, in the form of the HTML element `time`.
    due_local: Option<String>,
    /// True if the task repeats.
    repeats: bool,
    /// The series in words. `None` if there are none for it.
    recurrence_text: Option<String>,
    /// The due date of a task that repeats, for the form that completes this date and no other.
    due_key: Option<String>,
    due_state: Option<Nearness>,
    deadline_text: Option<String>,
    deadline_state: Option<Nearness>,
    completed_text: Option<String>,
    /// The items of lists in the notes that are done, of all: `2/7`.
    to_do: Option<String>,
    /// The project, in a list of several projects.
    project: Option<RowProject>,
    /// The number of this row among those of the task, from the second one on: a task is in the group
    /// of each of its labels.
    copy: Option<usize>,
    /// The number of open subtasks, where rows show it.
    pub open_subtasks: i64,
    /// The ids of the tasks above and below it, in a list in manual order.
    above: Option<String>,
    below: Option<String>,
}

/// The project of a row.
#[derive(Clone, Serialize)]
struct RowProject {
    name: String,
    colour: Colour,
}

impl Row {
    /// Returns the id of the task.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the row of a task for a user.
    pub fn of(user: &User, task: Task) -> Row {
        let preferences = &user.preferences;
        let now = Timestamp::now();
        let due = task.due.as_ref().map(|due| preferences.near(due, now));
        let deadline = task.deadline.map(|date| preferences.near_date(date, now));
        let completed = task.completed_at.as_ref();
        let split = |near: Option<Near>| match near {
            Some(near) => (Some(near.text), Some(near.state)),
            None => (None, None),
        };
        let due_local = task.due.as_ref().map(|due| match preferences.local(due) {
            (date, None) => date.to_string(),
            (date, Some(time)) => format!("{date}T{time}"),
        });
        let (due_text, due_state) = split(due);
        let (deadline_text, deadline_state) = split(deadline);
        let series = task.recurrence.as_ref();
        let key = task.due.filter(|_| series.is_some());
        Row {
            repeats: series.is_some(),
            recurrence_text: series.and_then(|series| series.text.clone()),
            due_key: key.map(|due| due.to_columns().0),
            completed_text: completed.map(|at| preferences.near_instant(*at, now)),
            to_do: progress(&task.description).map(|(done, all)| format!("{done}/{all}")),
            id: task.id,
            project_id: task.project_id,
            title: task.title,
            priority: task.priority,
            labels: task.labels,
            deadline: task.deadline,
            completed: task.completed,
            completed_at: task.completed_at,
            has_notes: !task.description.is_empty(),
            due_local,
            due_text,
            due_state,
            deadline_text,
            deadline_state,
            project: None,
            copy: None,
            open_subtasks: 0,
            above: None,
            below: None,
        }
    }

    /// Returns the row as a further one of its task. `None` for the first one.
    #[must_use]
    pub fn as_copy(self, copy: Option<usize>) -> Row {
        Row { copy, ..self }
    }
}

/// Returns the rows of tasks for a user.
pub fn rows(user: &User, tasks: Vec<Task>) -> Vec<Part<Row>> {
    let rows = tasks.into_iter().map(|task| Part(Row::of(user, task)));
    rows.collect()
}

/// Adds their projects to rows. The Inbox is left out.
pub fn name_rows(projects: &[Project], rows: &mut [Part<Row>]) {
    let named = projects.iter().filter(|project| !project.inbox);
    let projects: HashMap<&str, &Project> = named
        .map(|project| (project.id.as_str(), project))
        .collect();
    for Part(row) in rows {
        let project = projects.get(row.project_id.as_str());
        row.project = project.map(|project| RowProject {
            name: project.name.clone(),
            colour: project.colour,
        });
    }
}

/// Returns the rows of tasks in manual order, each of which can move up or down.
pub fn movable_rows(user: &User, tasks: Vec<Task>) -> Vec<Part<Row>> {
    let ids: Vec<String> = tasks.iter().map(|task| task.id.clone()).collect();
    let mut rows = rows(user, tasks);
    for (place, Part(row)) in rows.iter_mut().enumerate() {
        row.above = place.checked_sub(1).map(|above| ids[above].clone());
        row.below = ids.get(place + 1).cloned();
    }
    rows
}

/// The template values of the list.
#[derive(Serialize)]
pub(super) struct ListValues {
    #[serde(flatten)]
    list: Listed,
    search: Option<Search>,
    #[serde(flatten)]
    pub new_task: FormValues,
}

/// The template values of the form above the list.
#[derive(Default, Serialize)]
pub(super) struct FormValues {
    pub form: NewTaskForm,
    /// The messages of a form that was rejected in place.
    pub errors: BTreeMap<String, String>,
    pub place: Place,
}

/// The project, with its section, or the label that the list is about. Empty if it is about neither.
#[derive(Default, Serialize)]
pub(super) struct Place {
    project: Option<Project>,
    section: Option<Section>,
    label: Option<String>,
    /// The page of the list.
    url: Option<String>,
}

/// A search and its result.
#[derive(Default, Serialize)]
pub struct Search {
    /// The text.
    pub text: String,
    /// True if the text is an expression of the filter language.
    pub is_expression: bool,
    /// The error of a text that seems to be an expression.
    pub mistake: Option<String>,
    /// Hidden fields of the form.
    pub fields: Vec<[String; 2]>,
}

impl Search {
    /// Returns the search of a selection. `None` if it has none.
    pub fn of<T>(selection: &Selection, query: &Arranged<T>, language: Language) -> Option<Search> {
        let filter = &selection.filter;
        let text = filter.q.as_ref().or(filter.filter.as_ref())?;
        Some(Search {
            text: text.trim().to_owned(),
            is_expression: selection.is_expression(),
            mistake: filter
                .q
                .as_deref()
                .and_then(mistake)
                .map(|mistake| language.say(&mistake)),
            fields: query.kept_by_search(),
        })
    }
}

/// Returns the selection of the list. Without a status in the filter, it contains open tasks, and a search all of them. A
/// search for what is an expression of the filter language is that filter.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule.
pub fn list_selection(user: &User, mut filter: TaskFilter) -> Result<Selection, Error> {
    let text = filter.q.as_deref().unwrap_or_default();
    if filter.filter.is_none() && filter_language::parse(text).is_ok() {
        filter.filter = filter.q.take();
    }
    let text = filter.q.as_deref().unwrap_or_default();
    let usual = match text.trim().is_empty() {
        true => Status::Open,
        // A search finds completed tasks, too, and marks them.
        false => Status::All,
    };
    filter.status.get_or_insert(usual);
    Selection::new(user, filter, Timestamp::now())
}

/// Returns the syntax error of a search that seems to be a filter.
pub fn mistake(text: &str) -> Option<Message> {
    let has_operators = text.contains(['&', '|', '=', '<', '>', '#', '@', '!', '(', ':']);
    let error = filter_language::parse(text).err()?;
    has_operators.then_some(error.message)
}

/// Returns the filter with the order of its groups, unless it has an order.
pub fn sorted_by(group: Grouping, mut filter: TaskFilter) -> TaskFilter {
    let has_text = filter
        .q
        .as_deref()
        .is_some_and(|text| !text.trim().is_empty());
    if filter.sort == Sort::Relevance && !has_text {
        filter.sort = match group {
            Grouping::Date => Sort::Due,
            Grouping::Priority => Sort::Priority,
            _ => Sort::CreatedAtDescending,
        };
    }
    filter
}

/// The choices of a list across projects.
pub const OFFER: Offer = Offer {
    layouts: &[Layout::List, Layout::Board],
    groups: &[
        Grouping::None,
        Grouping::Date,
        Grouping::Section,
        Grouping::Priority,
        Grouping::Label,
    ],
    sorts: SORTS,
    statuses: STATUSES,
    has_usual_order: true,
    section: key!("field-project"),
};

/// Reads the list.
///
/// # Errors
/// [`Error::NotFound`] if the user has no access to the project of the filter.
pub(super) async fn list_values(
    db: &Db,
    user: &User,
    selection: &Selection,
    query: &Arranged<()>,
) -> Result<ListValues, Error> {
    let arranged = query.chosen;
    let filter = &selection.filter;
    let place = place_of(db, user, filter).await?;
    let (TaskPage { items, next_cursor }, projects) = try_join!(
        queries::select(db, &user.id, selection),
        GroupSource::projects(db, user, filter.project.as_deref())
    )?;
    let (layout, group) = arranged.across_projects();
    let shows = filter.status.unwrap_or(Status::Open);
    let search =
        Search::of(selection, query, user.language()).filter(|search| !search.text.is_empty());
    let empty = match (search.is_some(), shows) {
        (true, _) => Empty::new(key!("empty-search"), key!("empty-search-text")),
        (_, Status::Done) => NOTHING_DONE,
        _ => Empty::new(key!("empty-all"), key!("empty-all-text")),
    };
    let empty = match (items.is_empty(), shows) {
        (false, Status::Open) => Empty::ALL_DONE,
        (true, Status::Open) if search.is_none() => {
            let own = TaskFilter {
                sort: Sort::default(),
                ..filter.clone()
            };
            empty.unless_done(db, &user.id, own).await?
        }
        (true, _) if search.is_none() => empty.of_user(db, &user.id).await?,
        _ => empty,
    };
    let url = |cursor: Option<String>| {
        let other = TaskFilter {
            cursor,
            q: filter.q.clone().filter(|text| !text.is_empty()),
            ..filter.clone()
        };
        arranged.url(LIST, &other)
    };
    let found = items.len();
    let source = GroupSource {
        tasks: items,
        by: group,
        of_completion: shows == Status::Done,
        project_id: filter.project.as_deref(),
        projects,
        is_manual: filter.sort == Sort::Position,
        is_board: layout == Layout::Board,
        more: next_cursor.is_some(),
        new_task: Vec::new(),
    };
    let is_newest_first = [Sort::Relevance, Sort::CreatedAtDescending].contains(&filter.sort);
    let list = Listed {
        menu: OFFER.menu(
            LIST,
            query.kept(),
            (layout, group),
            (query.order(filter.sort), shows),
        ),
        layout,
        groups: source.groups(db, user).await?,
        shows,
        in_place: group == Grouping::None
            && is_newest_first
            && shows != Status::Done
            && search.is_none()
            && filter.cursor.is_none(),
        found,
        empty,
        first_url: filter.cursor.as_ref().map(|_| url(None)).transpose()?,
        next_url: next_cursor.map(|cursor| url(Some(cursor))).transpose()?,
    };
    Ok(ListValues {
        list,
        search,
        new_task: FormValues {
            place,
            ..FormValues::default()
        },
    })
}

/// Returns the place of a filter.
async fn place_of(db: &Db, user: &User, filter: &TaskFilter) -> Result<Place, Error> {
    let mut place = Place::default();
    if let Some(id) = &filter.project {
        let project = projects::queries::read(db, &user.id, id).await?;
        place.project = Some(project.in_language(user.language()));
        if let Some(id) = &filter.section {
            place.section = Some(sections::queries::read(db, &user.id, id).await?);
        }
    } else if let Some(label) = &filter.label {
        place.label = Some(label.clone());
    } else {
        return Ok(place);
    }
    let own = TaskFilter {
        status: Some(Status::Open),
        q: None,
        cursor: None,
        sort: Sort::Position,
        ..filter.clone()
    };
    place.url = Some(Arrangement::default().url(LIST, &own)?);
    Ok(place)
}
