//! Parsing of a batch: temporary ids, and the commands of the operations.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::db::new_id;
use crate::error::{Code, Error, Violation};
use crate::locale::message;
use crate::work::{Batch, BatchStep, Operation, Parameters, Step, StepResult};

/// Maximum number of commands of a batch.
const MOST_COMMANDS: usize = 500;

/// Maximum number of characters of a temporary id.
const REF_CHARACTERS: usize = 64;

/// The operations that a batch can have, by noun.
pub struct Operations(pub &'static [&'static [Operation]]);

/// Several commands.
#[derive(Clone, Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchInput {
    /// True if all commands are to be executed or none.
    #[serde(default)]
    pub atomic: bool,
    /// Up to 500 operations. Each has `op`, the name of a command, and the members of that command.
    /// A command that creates an item can have a `ref`, a name by which later commands refer to
    /// the item, as `$` and the name in place of an id.
    #[schema(value_type = Vec<Object>, max_items = 500, example = json!([
        {"op": "create_task", "ref": "t1", "task": {"title": "Book the train"}},
        {"op": "complete_task", "id": "$t1"}]))]
    pub commands: Vec<Map<String, Value>>,
}

impl Operations {
    fn named(&self, name: &str) -> Option<&Operation> {
        let mut all = self.0.iter().flat_map(|operations| operations.iter());
        all.find(|operation| operation.name == name)
    }

    /// Parses a batch of a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are too many commands, or [`Error::InCommand`] if a command of
    /// an atomic batch cannot be parsed.
    pub fn parse(&self, user_id: &str, input: BatchInput) -> Result<Batch, Error> {
        if input.commands.len() > MOST_COMMANDS {
            let message = message!("batch-too-many", most = MOST_COMMANDS);
            let violation = Violation::bounded(Code::TooMany, MOST_COMMANDS, message);
            return Err(Error::Invalid(vec![violation.of("commands")]));
        }
        let mut ids = HashMap::new();
        let mut steps = Vec::new();
        for (index, command) in input.commands.into_iter().enumerate() {
            let id = new_id();
            let step = match self.step(user_id, command, &mut ids, &id) {
                Ok(step) => Ok(step),
                Err(error) if input.atomic => {
                    return Err(Error::InCommand(index, Box::new(error)));
                }
                Err(error) => Err(StepResult::rejected(&error)),
            };
            steps.push(BatchStep { item_id: id, step });
        }
        Ok(Batch::new(input.atomic, steps))
    }

    fn step(
        &self,
        user_id: &str,
        mut command: Map<String, Value>,
        ids: &mut HashMap<String, String>,
        id: &str,
    ) -> Result<Box<dyn Step>, Error> {
        let name = text(&mut command, "op")?;
        let name = name
            .ok_or_else(|| Error::invalid("op", Code::Required, message!("batch-op-required")))?;
        let operation = self.named(&name).ok_or_else(|| {
            Error::invalid("op", Code::UnknownValue, message!("batch-op-unknown"))
        })?;
        let reference = text(&mut command, "ref")?;
        for (name, value) in &mut command {
            resolve(name, value, ids)?;
        }
        if let Some(reference) = reference {
            let is_valid = (1..=REF_CHARACTERS).contains(&reference.chars().count());
            if !is_valid || ids.contains_key(&reference) {
                let message = message!("batch-ref");
                return Err(Error::invalid("ref", Code::Invalid, message));
            }
            ids.insert(reference, id.to_owned());
        }
        let json = Value::Object(command).to_string();
        (operation.parse)(&Parameters { user_id }, &json)
    }
}

/// Removes a member that is text.
fn text(command: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Error> {
    match command.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => {
            let message = message!("batch-not-a-string", name = name);
            Err(Error::invalid(name, Code::WrongType, message))
        }
    }
}

/// Names of members that hold ids.
fn is_id(name: &str) -> bool {
    matches!(name, "id" | "after" | "before" | "move_to") || name.ends_with("_id")
}

/// Replaces temporary ids by those of the items.
fn resolve(name: &str, value: &mut Value, ids: &HashMap<String, String>) -> Result<(), Error> {
    match value {
        Value::Object(members) => members
            .iter_mut()
            .try_for_each(|(name, value)| resolve(name, value, ids)),
        Value::String(text) if is_id(name) => {
            let Some(reference) = text.strip_prefix('$') else {
                return Ok(());
            };
            let id = ids.get(reference).ok_or_else(|| {
                let message = message!("batch-ref-unknown");
                Error::invalid(name, Code::UnknownValue, message)
            })?;
            id.clone_into(text);
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_members_that_hold_ids_refer_to_earlier_commands() {
        let ids = HashMap::from([("t1".to_owned(), "0192".to_owned())]);
        let mut command = json!({
            "id": "$t1",
            "task": { "title": "$t1", "parent_id": "$t1", "labels": ["$t1"] },
        });
        resolve("", &mut command, &ids).expect("resolved");
        let expected = json!({
            "id": "0192",
            "task": { "title": "$t1", "parent_id": "0192", "labels": ["$t1"] },
        });
        assert_eq!(command, expected);
        let mut unknown = json!({ "task": { "section_id": "$t2" } });
        let error = resolve("", &mut unknown, &ids).expect_err("unknown");
        assert_eq!(error.fields()[0].field, "section_id");
    }
}
