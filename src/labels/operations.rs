//! The operations on labels in a batch. Labels are found by name.

use serde::Deserialize;

use super::commands::{CreateLabel, DeleteLabel, MergeLabel, MoveLabel, UpdateLabel};
use super::{LabelMerge, LabelMove, LabelPatch, NewLabel, Tags};
use crate::http::from_json;
use crate::work::{Operation, step};

/// The operations, named after their commands.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create_label",
        parse: |parameters, json| {
            let Created { label } = from_json(json)?;
            Ok(step(CreateLabel::new(parameters.user_id, label)?, 201))
        },
    },
    Operation {
        name: "update_label",
        parse: |parameters, json| {
            let Updated { name, patch } = from_json(json)?;
            let command = UpdateLabel::new(parameters.user_id, &name, patch, Tags::default())?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "move_label",
        parse: |parameters, json| {
            let Moved { name, to } = from_json(json)?;
            let command = MoveLabel::new(parameters.user_id, &name, &to, Tags::default())?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "merge_label",
        parse: |parameters, json| {
            let Merged { name, into } = from_json(json)?;
            let merge = LabelMerge { into };
            let command = MergeLabel::new(parameters.user_id, &name, &merge, Tags::default())?;
            Ok(step(command, 200))
        },
    },
    Operation {
        name: "delete_label",
        parse: |parameters, json| {
            let Named { name } = from_json(json)?;
            let command = DeleteLabel::new(parameters.user_id, &name, Tags::default());
            Ok(step(command, 204))
        },
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Created {
    label: NewLabel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Updated {
    name: String,
    patch: LabelPatch,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    name: String,
    to: LabelMove,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merged {
    name: String,
    into: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}
