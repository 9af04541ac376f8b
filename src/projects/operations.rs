//! The operations on projects in a batch.

use serde::Deserialize;

use super::commands::{CreateProject, DeleteProject, DuplicateProject, MoveProject, UpdateProject};
use super::{NewProject, ProjectMove, ProjectPatch};
use crate::http::from_json;
use crate::work::{OnItem, Operation, expected, step};

/// The operations, named after their commands.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create_project",
        parse: |parameters, json| {
            let Created { project } = from_json(json)?;
            Ok(step(CreateProject::new(parameters.user_id, project)?, 201))
        },
    },
    Operation {
        name: "update_project",
        parse: |_, json| {
            let Updated { id, patch, version } = from_json(json)?;
            Ok(step(
                UpdateProject::new(&id, patch, expected(version))?,
                200,
            ))
        },
    },
    Operation {
        name: "move_project",
        parse: |_, json| {
            let Moved { id, to, version } = from_json(json)?;
            Ok(step(MoveProject::new(&id, to, expected(version))?, 200))
        },
    },
    Operation {
        name: "duplicate_project",
        parse: |parameters, json| {
            let OnItem { id, version: _ } = from_json(json)?;
            Ok(step(DuplicateProject::new(parameters.user_id, &id), 201))
        },
    },
    Operation {
        name: "delete_project",
        parse: |_, json| {
            let OnItem { id, version } = from_json(json)?;
            Ok(step(DeleteProject::new(&id, expected(version)), 204))
        },
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Created {
    project: NewProject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Updated {
    id: String,
    patch: ProjectPatch,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    id: String,
    to: ProjectMove,
    version: Option<i64>,
}
