//! The operations on sections in a batch.

use serde::Deserialize;

use super::commands::{CreateSection, DeleteSection, MoveSection, UpdateSection};
use super::{NewSection, Remaining, SectionMove, SectionPatch, SectionTasks};
use crate::http::from_json;
use crate::work::{Operation, expected, step};

/// The operations, named after their commands.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create_section",
        parse: |_, json| {
            let Created { section } = from_json(json)?;
            Ok(step(CreateSection::new(section)?, 201))
        },
    },
    Operation {
        name: "update_section",
        parse: |_, json| {
            let updated: Updated = from_json(json)?;
            let tasks = SectionTasks {
                tasks: updated.tasks,
                move_to: updated.move_to,
            };
            let (id, project_id) = (updated.id, updated.project_id);
            let expected = expected(updated.version);
            let command =
                UpdateSection::new(project_id.as_deref(), &id, updated.patch, tasks, expected)?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "move_section",
        parse: |_, json| {
            let moved: Moved = from_json(json)?;
            let expected = expected(moved.version);
            let command =
                MoveSection::new(moved.project_id.as_deref(), &moved.id, moved.to, expected)?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "delete_section",
        parse: |_, json| {
            let deleted: Deleted = from_json(json)?;
            let tasks = SectionTasks {
                tasks: deleted.tasks,
                move_to: deleted.move_to,
            };
            let expected = expected(deleted.version);
            let command =
                DeleteSection::new(deleted.project_id.as_deref(), &deleted.id, tasks, expected)?;
            Ok(step(command, 204))
        },
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Created {
    section: NewSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Updated {
    id: String,
    project_id: Option<String>,
    patch: SectionPatch,
    tasks: Option<Remaining>,
    move_to: Option<String>,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    id: String,
    project_id: Option<String>,
    to: SectionMove,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deleted {
    id: String,
    project_id: Option<String>,
    tasks: Option<Remaining>,
    move_to: Option<String>,
    version: Option<i64>,
}
