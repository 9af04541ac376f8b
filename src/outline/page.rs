//! The page of a project.

use std::collections::HashMap;

use rocket::{Route, State, get, routes};
use serde::Serialize;
use serde_json::json;

use crate::auth::User;
use crate::db::Db;
use crate::error::Error;
use crate::http::Id;
use crate::projects::{self, Project};
use crate::sections::{self, Section};
use crate::tasks::{self, Row, Task, movable_rows};
use crate::ui::{Reply, page, rejected};

/// Maximum number of tasks of a section.
const MOST_OF_EACH: usize = 50;

pub(super) const TEMPLATE: &str = "projects/show";

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

/// A section with its first tasks. Without a section, those that have none.
#[derive(Serialize)]
struct Group {
    section: Option<Section>,
    tasks: Vec<Row>,
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
    groups: Vec<Group>,
    archived: Vec<Section>,
    /// The id of the section whose form was rejected, or `new`.
    pub rejected: String,
    pub form: SectionName,
    errors: HashMap<String, String>,
}

/// The field of the form of a section.
#[derive(Default, Serialize)]
pub(super) struct SectionName {
    pub name: String,
}

#[get("/projects/<id>")]
async fn show(db: &State<Db>, user: User, id: Id) -> Result<Reply, Error> {
    Ok(page(TEMPLATE, json!(outline(db, &user, &id.0).await?)))
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
    let mut outline = outline(db, user, project_id).await?;
    outline.rejected = id.to_owned();
    outline.form = SectionName { name };
    rejected(TEMPLATE, json!(outline), "errors", error)
}

async fn outline(db: &Db, user: &User, id: &str) -> Result<Outline, Error> {
    let project = projects::queries::read(db, &user.id, id).await?;
    let sections = sections::queries::list(db, &user.id, id).await?.items;
    let tasks = tasks::queries::outline(db, &user.id, id, MOST_OF_EACH + 1).await?;
    let subtasks = tasks::queries::open_subtasks(db, &user.id, id).await?;
    let (mut groups, archived) = groups(user, sections, tasks);
    for row in groups.iter_mut().flat_map(|group| &mut group.tasks) {
        row.open_subtasks = subtasks.get(row.id()).copied().unwrap_or_default();
    }
    Ok(Outline {
        project,
        groups,
        archived,
        rejected: String::new(),
        form: SectionName::default(),
        errors: HashMap::new(),
    })
}

/// Sorts tasks into their sections. The second part is the archived sections, which are groups too
/// if they have open tasks.
fn groups(user: &User, sections: Vec<Section>, tasks: Vec<Task>) -> (Vec<Group>, Vec<Section>) {
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
