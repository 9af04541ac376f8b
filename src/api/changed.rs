//! Changed items of any type, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Role;
use crate::db::Row;
use crate::work::ChangedItem;

/// Returns the JSON form of a row for a member with a role. `None` if the row cannot be read.
pub type Represent = fn(&Row, Role) -> Option<serde_json::Value>;

/// The JSON forms of items, by noun. Managed state.
pub struct Representations(pub &'static [(&'static str, Represent)]);

/// An item that has changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChangedObject {
    /// Type of the item.
    #[serde(rename = "type")]
    #[schema(example = "task")]
    pub kind: String,
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub id: String,
    /// True if the item was deleted, or is not visible any more. The deletion of a project removes
    /// everything in it.
    pub deleted: bool,
    /// The item as its own route returns it. Absent if the item was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub object: Option<serde_json::Value>,
}

/// Changed items.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedObjects {
    /// The items, in the order of their changes.
    pub items: Vec<ChangedObject>,
}

impl Representations {
    /// Returns the JSON form of an item, which is deleted if it has no row.
    pub fn of(&self, noun: &str, id: &str, role: Role, row: Option<&Row>) -> ChangedObject {
        let represent = self.0.iter().find(|(other, _)| *other == noun);
        ChangedObject {
            kind: noun.to_owned(),
            id: id.to_owned(),
            deleted: row.is_none(),
            object: row.and_then(|row| represent.and_then(|(_, represent)| represent(row, role))),
        }
    }

    /// Returns the JSON forms of the items that a command has changed.
    pub fn of_items(&self, items: &[ChangedItem]) -> ChangedObjects {
        let objects = items.iter().map(|item| {
            let role = Role::of_name(&item.role).unwrap_or(Role::Viewer);
            self.of(&item.noun, &item.id, role, item.row.as_ref())
        });
        ChangedObjects {
            items: objects.collect(),
        }
    }
}
