//! The contents of the sidebar: views, favourites and projects, with numbers of open tasks. The steps
//! that the first page suggests, and the shortcuts of the installed app.

pub mod first_steps;
pub mod manifest;

use std::collections::HashMap;

use rocket::futures::future::{BoxFuture, FutureExt};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::try_join;

use crate::auth::User;
use crate::counts::{self, Views};
use crate::db::{Pool, Timestamp};
use crate::error::Error;
use crate::filters::{self, Favourite};
use crate::items::Colour;
use crate::labels::{self, Label};
use crate::projects::{self, Project};

/// The values of the sidebar.
#[derive(Serialize)]
struct Contents {
    views: Views,
    favourites: Vec<Entry>,
    projects: Vec<Entry>,
}

/// A link.
#[derive(Clone, Serialize)]
struct Entry {
    /// The first part of its path.
    kind: &'static str,
    /// The second part: the id of a project or a filter, or the name of a label.
    key: String,
    name: String,
    colour: Colour,
    /// The number of ancestors in the tree of projects.
    level: usize,
    /// `None` if they are not counted.
    open_tasks: Option<i64>,
}

/// Reads the values of the sidebar of a user.
pub fn read<'r>(pool: &'r Pool, user: &'r User) -> BoxFuture<'r, Result<Value, Error>> {
    contents(pool, user)
        .map(|contents| contents.map(|contents| json!(contents)))
        .boxed()
}

async fn contents(pool: &Pool, user: &User) -> Result<Contents, Error> {
    let ((projects, open_tasks), days, labels, filters) = try_join!(
        projects::queries::counted(pool, &user.id),
        counts::queries::days(pool, user, user.today()),
        labels::queries::favourites(pool, &user.id),
        filters::favourites(pool, user, Timestamp::now())
    )?;
    let levels = projects::levels(&projects);
    let favourites = projects.iter().filter(|project| project.favourite);
    let favourites = favourites.map(|project| of_project(project, 0, &open_tasks));
    let labels = labels.into_iter().map(of_label);
    let filters = filters.into_iter().map(of_filter);
    Ok(Contents {
        favourites: favourites.chain(filters).chain(labels).collect(),
        projects: projects
            .iter()
            .zip(levels)
            .filter(|(project, _)| !project.inbox)
            .map(|(project, level)| of_project(project, level, &open_tasks))
            .collect(),
        views: Views::of(user, &open_tasks, days),
    })
}

fn of_project(project: &Project, level: usize, open_tasks: &HashMap<String, i64>) -> Entry {
    Entry {
        kind: "projects",
        key: project.id.clone(),
        name: project.name.clone(),
        colour: project.colour,
        level,
        open_tasks: open_tasks.get(&project.id).copied(),
    }
}

fn of_label(label: Label) -> Entry {
    Entry {
        kind: "labels",
        open_tasks: Some(label.open_tasks),
        key: label.name.clone(),
        name: label.name,
        colour: label.colour,
        level: 0,
    }
}

fn of_filter(filter: Favourite) -> Entry {
    Entry {
        kind: "filters",
        key: filter.id,
        name: filter.name,
        colour: filter.colour,
        level: 0,
        open_tasks: filter.open_tasks,
    }
}
