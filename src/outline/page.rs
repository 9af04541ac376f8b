//! The page of a project.

use std::collections::HashMap;

use rocket::{Route, State, get, routes};
use serde::{Deserialize, Serialize};

use super::path_of;
use crate::auth::User;
use crate::calendar::{Asked, Calendar, CalendarQuery, calendar};
use crate::db::Db;
use crate::error::Error;
use crate::http::Id;
use crate::http::input::present;
use crate::items::{Grouping, Sort};
use crate::locale::key;
use crate::projects::{self, Project, USUAL_GROUPS, USUAL_ORDER, View as Layout};
use crate::rendered::RenderedCache;
use crate::sections::{self, Section};
use crate::tasks::arrange::{
    Arranged, Choices, Empty, GroupSource, Listed, NOTHING_DONE, Offer, SORTS, STATUSES,
};
use crate::tasks::{self, Row, Status, Task, TaskFilter, movable_rows};
use crate::ui::{Frame, Part, Reply, rejected};
use crate::when::Date;

/// Maximum number of tasks of a section.
const MOST_OF_EACH: usize = 50;

pub(super) const TEMPLATE: &str = "projects/show";

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

/// The tasks to show, and their order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectQuery {
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    sort: Option<Sort>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    status: Option<Status>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    limit: Option<u32>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    cursor: Option<String>,
    /// The part of a calendar, as in [`CalendarQuery`].
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    month: Option<String>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    week: Option<String>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    day: Option<Date>,
}

/// A section with its first tasks. Without a section, those that have none.
#[derive(Serialize)]
struct Group {
    section: Option<Section>,
    tasks: Vec<Part<Row>>,
    /// True if there are more tasks.
    more: bool,
    /// The ids of the sections above and below it.
    above: Option<String>,
    below: Option<String>,
}

/// The template values of the page.
#[derive(Serialize)]
pub(super) struct Outline {
    project: Project,
    #[serde(flatten)]
    list: Listed,
    /// The sections with the forms that change them, if they are the groups and their tasks are in
    /// manual order.
    sections: Option<Vec<Group>>,
    /// The calendar, if that is the layout.
    calendar: Option<Calendar>,
    archived: Vec<Section>,
    /// The id of the section whose form was rejected, or `new`.
    pub rejected: String,
    pub form: SectionName,
}

/// The field of the form of a section.
#[derive(Default, Serialize)]
pub(super) struct SectionName {
    pub name: String,
}

/// The arrangement of a project's page.
pub(super) struct Chosen {
    layout: Layout,
    group: Grouping,
    sort: Sort,
    status: Status,
}

const LAYOUTS: &[Layout] = &[Layout::List, Layout::Board, Layout::Calendar];

/// A calendar has its own groups and its own order.
const OFFER_OF_CALENDAR: Offer = Offer {
    groups: &[],
    sorts: &[],
    statuses: &[],
    ..OFFER
};

const OFFER: Offer = Offer {
    layouts: LAYOUTS,
    groups: &[
        Grouping::None,
        Grouping::Section,
        Grouping::Date,
        Grouping::Priority,
        Grouping::Label,
    ],
    sorts: SORTS,
    statuses: STATUSES,
    // A project keeps an order.
    has_usual_order: false,
    section: key!("field-section"),
};

#[get("/projects/<id>")]
async fn show(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    id: Id,
    query: Arranged<ProjectQuery>,
) -> Result<Reply, Error> {
    let (page, query) = query.split();
    let name = format!("project {} {page:?} {:?}", id.0, query.chosen);
    let values = outline(db, &user, &id.0, &page, &query);
    frame.cached(lists, &user, &name, TEMPLATE, values).await
}

/// Renders the page with a rejected form of a section filled in.
pub(super) async fn again(
    db: &Db,
    user: &User,
    project_id: &str,
    id: &str,
    name: String,
    error: Error,
) -> Result<Reply, Error> {
    // The view with the forms of sections.
    let page = ProjectQuery {
        sort: Some(Sort::Position),
        ..ProjectQuery::default()
    };
    let mut query = Arranged::default();
    query.chosen.group = Some(Grouping::Section);
    let mut outline = outline(db, user, project_id, &page, &query).await?;
    outline.rejected = id.to_owned();
    outline.form = SectionName { name };
    rejected(TEMPLATE, &outline, error)
}

impl ProjectQuery {
    fn calendar(&self) -> CalendarQuery {
        CalendarQuery {
            month: self.month.clone(),
            week: self.week.clone(),
            day: self.day,
        }
    }
}

impl Chosen {
    /// Returns the arrangement of choices, with those of the project in place of missing ones.
    pub fn of(project: &Project, choices: Choices) -> Chosen {
        let choices = choices.or(kept(project));
        let layout = choices.layout.unwrap_or_default();
        Chosen {
            layout,
            group: match (layout, choices.group) {
                (Layout::Board, Some(Grouping::None)) => USUAL_GROUPS,
                (_, group) => group.unwrap_or(USUAL_GROUPS),
            },
            sort: choices.sort.unwrap_or(USUAL_ORDER),
            status: choices.status.unwrap_or(Status::Open),
        }
    }

    /// Returns the choices that lead to this arrangement.
    pub fn choices(&self) -> Choices {
        Choices {
            layout: Some(self.layout),
            group: Some(self.group),
            sort: Some(self.sort),
            status: Some(self.status),
        }
    }

    /// Returns true if the page has the first tasks of each section, in manual order.
    fn is_by_hand(&self) -> bool {
        self.group == Grouping::Section
            && self.sort == Sort::Position
            && self.status == Status::Open
    }
}

/// Returns the choices that a project keeps.
pub(super) fn kept(project: &Project) -> Choices {
    Choices {
        layout: Some(project.view),
        group: Some(project.group_by),
        sort: Some(project.sort_by),
        status: None,
    }
}

async fn outline(
    db: &Db,
    user: &User,
    id: &str,
    page: &ProjectQuery,
    query: &Arranged<()>,
) -> Result<Outline, Error> {
    let project = projects::queries::read(db, &user.id, id).await?;
    let project = project.in_language(user.language());
    let chosen = Chosen::of(&project, query.choices(page.sort, page.status));
    let path = path_of(id);
    let url = |cursor: Option<String>| {
        let page = ProjectQuery {
            cursor,
            ..page.clone()
        };
        query.chosen.url(&path, &page)
    };
    let filter = TaskFilter {
        project: Some(id.to_owned()),
        ..TaskFilter::default()
    };
    let (mut found, mut more) = (0, None);
    let (mut groups, mut parts, mut archived) = (Vec::new(), None, Vec::new());
    let mut shown = None;
    if chosen.layout == Layout::Calendar {
        let asked = Asked {
            path: &path,
            arrangement: query.chosen,
            query: &page.calendar(),
            project: Some(&project),
        };
        shown = Some(calendar(db, user, &asked).await?);
    } else if chosen.is_by_hand() && page.cursor.is_none() {
        let sections = sections::queries::list(db, &user.id, id).await?.items;
        let tasks = tasks::queries::outline(db, &user.id, id, MOST_OF_EACH + 1).await?;
        let subtasks = tasks::queries::open_subtasks(db, &user.id, id).await?;
        found = tasks.len();
        let (mut sorted, unused) = by_section(user, sections, tasks);
        for Part(row) in sorted.iter_mut().flat_map(|group| &mut group.tasks) {
            row.open_subtasks = subtasks.get(row.id()).copied().unwrap_or_default();
        }
        (parts, archived) = (Some(sorted), unused);
    } else {
        let listed = TaskFilter {
            status: Some(chosen.status),
            sort: chosen.sort,
            limit: page.limit,
            cursor: page.cursor.clone(),
            ..filter.clone()
        };
        let found_tasks = tasks::queries::list(db, &user.id, &listed).await?;
        found = found_tasks.items.len();
        more = found_tasks.next_cursor;
        let source = GroupSource {
            tasks: found_tasks.items,
            by: chosen.group,
            of_completion: chosen.status == Status::Done,
            project_id: Some(id),
            projects: Vec::new(),
            is_manual: chosen.sort == Sort::Position,
            is_board: chosen.layout == Layout::Board && chosen.status != Status::Done,
            more: more.is_some(),
            new_task: vec![
                ["project".to_owned(), id.to_owned()],
                ["next".to_owned(), url(None)?],
            ],
        };
        groups = source.groups(db, user).await?;
    }
    let empty = match (found, chosen.status) {
        _ if shown.is_some() => Empty::ALL_DONE,
        (0, Status::Done) => NOTHING_DONE,
        (0, _) => {
            let text = Empty::new(key!("empty-project"), key!("empty-project-text"));
            text.unless_done(db, &user.id, filter).await?
        }
        _ => Empty::ALL_DONE,
    };
    let offer = match chosen.layout {
        Layout::Calendar => &OFFER_OF_CALENDAR,
        Layout::List | Layout::Board => &OFFER,
    };
    let menu = offer.menu(
        &format!("{path}/view"),
        query.kept(),
        (chosen.layout, chosen.group),
        (Some(chosen.sort), chosen.status),
    );
    Ok(Outline {
        list: Listed {
            menu: menu.that_is_kept(),
            layout: chosen.layout,
            groups,
            shows: chosen.status,
            in_place: false,
            found,
            empty,
            first_url: page.cursor.as_ref().map(|_| url(None)).transpose()?,
            next_url: more.map(|cursor| url(Some(cursor))).transpose()?,
        },
        project,
        sections: parts,
        calendar: shown,
        archived,
        rejected: String::new(),
        form: SectionName::default(),
    })
}

/// Sorts tasks into their sections. The second part is the archived sections, which are groups too
/// if they have open tasks.
fn by_section(user: &User, sections: Vec<Section>, tasks: Vec<Task>) -> (Vec<Group>, Vec<Section>) {
    let mut by_section: HashMap<Option<String>, Vec<Task>> = HashMap::new();
    for task in tasks {
        let section_id = task.section_id.clone();
        by_section.entry(section_id).or_default().push(task);
    }
    let mut group = |section: Option<Section>| {
        let key = section.as_ref().map(|section| section.id.clone());
        let mut tasks = by_section.remove(&key).unwrap_or_default();
        let more = tasks.len() > MOST_OF_EACH;
        tasks.truncate(MOST_OF_EACH);
        Group {
            section,
            tasks: movable_rows(user, tasks),
            more,
            above: None,
            below: None,
        }
    };
    let (archived, active): (Vec<_>, Vec<_>) =
        sections.into_iter().partition(|section| section.archived);
    let ids: Vec<String> = active.iter().map(|section| section.id.clone()).collect();
    let mut groups = vec![group(None)];
    for (place, section) in active.into_iter().enumerate() {
        groups.push(Group {
            above: place.checked_sub(1).map(|above| ids[above].clone()),
            below: ids.get(place + 1).cloned(),
            ..group(Some(section))
        });
    }
    let with_tasks = archived.iter().cloned().map(|section| group(Some(section)));
    groups.extend(with_tasks.filter(|group| !group.tasks.is_empty()));
    (groups, archived)
}
