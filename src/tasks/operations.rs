//! The operations on tasks in a batch.

use serde::Deserialize;

use super::commands::{
    CreateTask, DeleteTask, DuplicateTask, MoveTask, SetCompletion, SkipDate, ToggleTask,
    UpdateTask,
};
use super::{NewTask, TaskMove, TaskPatch};
use crate::http::from_json;
use crate::work::{OnItem, Operation, expected, step};

/// The operations, named after their commands.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create_task",
        parse: |parameters, json| {
            let Created { task } = from_json(json)?;
            Ok(step(CreateTask::new(parameters.user_id, task)?, 201))
        },
    },
    Operation {
        name: "update_task",
        parse: |parameters, json| {
            let Updated { id, patch, version } = from_json(json)?;
            let expected = expected(version);
            let command = UpdateTask::new(parameters.user_id, &id, patch, expected)?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "replace_task",
        parse: |parameters, json| {
            let Replaced { id, task, version } = from_json(json)?;
            let expected = expected(version);
            let command = UpdateTask::replace(parameters.user_id, &id, task, expected)?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "complete_task",
        parse: |_, json| {
            let OnItem { id, version } = from_json(json)?;
            Ok(step(SetCompletion::new(&id, true, expected(version)), 200))
        },
    },
    Operation {
        name: "reopen_task",
        parse: |_, json| {
            let OnItem { id, version } = from_json(json)?;
            Ok(step(SetCompletion::new(&id, false, expected(version)), 200))
        },
    },
    Operation {
        name: "toggle_task",
        parse: |_, json| {
            let OnItem { id, version } = from_json(json)?;
            Ok(step(ToggleTask::new(&id, expected(version)), 200))
        },
    },
    Operation {
        name: "skip_task",
        parse: |_, json| {
            let OnItem { id, version } = from_json(json)?;
            Ok(step(SkipDate::new(&id, expected(version)), 200))
        },
    },
    Operation {
        name: "move_task",
        parse: |_, json| {
            let Moved { id, to, version } = from_json(json)?;
            Ok(step(MoveTask::new(&id, &to, expected(version))?, 200))
        },
    },
    Operation {
        name: "duplicate_task",
        parse: |_, json| {
            let OnItem { id, version: _ } = from_json(json)?;
            Ok(step(DuplicateTask::new(&id), 201))
        },
    },
    Operation {
        name: "delete_task",
        parse: |_, json| {
            let OnItem { id, version } = from_json(json)?;
            Ok(step(DeleteTask::new(&id, expected(version)), 204))
        },
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Created {
    task: NewTask,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Updated {
    id: String,
    patch: TaskPatch,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replaced {
    id: String,
    task: NewTask,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    id: String,
    to: TaskMove,
    version: Option<i64>,
}
