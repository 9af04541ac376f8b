//! The operations on filters in a batch.

use serde::Deserialize;

use super::commands::{CreateFilter, DeleteFilter, MoveFilter, UpdateFilter};
use super::{FilterMove, FilterPatch, NewFilter};
use crate::http::from_json;
use crate::work::{OnItem, Operation, expected, step};

/// The operations, named after their commands.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create_filter",
        parse: |parameters, json| {
            let Created { filter } = from_json(json)?;
            Ok(step(CreateFilter::new(parameters.user_id, filter)?, 201))
        },
    },
    Operation {
        name: "update_filter",
        parse: |_, json| {
            let Updated { id, patch, version } = from_json(json)?;
            Ok(step(UpdateFilter::new(&id, patch, expected(version))?, 200))
        },
    },
    Operation {
        name: "replace_filter",
        parse: |_, json| {
            let Replaced {
                id,
                filter,
                version,
            } = from_json(json)?;
            let command = UpdateFilter::replace(&id, filter, expected(version))?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "move_filter",
        parse: |parameters, json| {
            let Moved { id, to, version } = from_json(json)?;
            let command = MoveFilter::new(parameters.user_id, &id, to, expected(version))?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "delete_filter",
        parse: |_, json| {
            let OnItem { id, version } = from_json(json)?;
            Ok(step(DeleteFilter::new(&id, expected(version)), 204))
        },
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Created {
    filter: NewFilter,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Updated {
    id: String,
    patch: FilterPatch,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replaced {
    id: String,
    filter: NewFilter,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    id: String,
    to: FilterMove,
    version: Option<i64>,
}
