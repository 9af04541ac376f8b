//! The numbers of open tasks of all projects, labels and views, in one call.

pub mod api;
pub mod queries;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Numbers of open tasks, in the projects that are not archived.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Counts {
    /// By the id of the project.
    pub projects: BTreeMap<String, i64>,
    /// By the name of the label.
    pub labels: BTreeMap<String, i64>,
    /// By the id of the saved filter. A filter is left out if its expression is not valid any more,
    /// or counting would take too long.
    pub filters: BTreeMap<String, i64>,
    /// By view.
    pub views: Views,
}

/// Numbers of open tasks of the views.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Views {
    /// All open tasks.
    pub all: i64,
    /// Those in the Inbox, without those that start later.
    pub inbox: i64,
    /// Those of the days before today, without those that start later.
    pub overdue: i64,
    /// Those of today and of the days before, without those that start later.
    pub today: i64,
    /// Those of the days after today.
    pub upcoming: i64,
}
