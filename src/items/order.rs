//! Manual order of items.

use std::collections::HashMap;

use crate::error::{Code, Error};
use crate::locale::message;
use crate::position;
use crate::work::Context;

/// An item and its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// The id.
    pub id: String,
    /// The position; the id if none has been set.
    pub position: String,
}

impl Sibling {
    /// Returns an item at a position.
    pub fn new(id: &str, position: Option<&str>) -> Sibling {
        Sibling {
            id: id.to_owned(),
            position: position.unwrap_or(id).to_owned(),
        }
    }
}

/// Returns new ids of items, which have the same order. Items with new ids need no position.
pub fn ids_in_order(context: &Context<'_>, mut items: Vec<Sibling>) -> HashMap<String, String> {
    items
        .sort_unstable_by(|one, other| (&one.position, &one.id).cmp(&(&other.position, &other.id)));
    let items = items.into_iter();
    items.map(|item| (item.id, context.new_id())).collect()
}

/// Returns the position that puts the item `id` behind `after` and before `before`, which are
/// items of `siblings`. `None` if neither is requested.
///
/// # Errors
/// [`Error::Invalid`] if they are no siblings, or there is no position between them.
pub fn position_between(
    siblings: &[Sibling],
    id: &str,
    after: Option<&str>,
    before: Option<&str>,
) -> Result<Option<String>, Error> {
    let find = |wanted: Option<&str>, field: &str| -> Result<Option<&str>, Error> {
        let Some(wanted) = wanted else {
            return Ok(None);
        };
        let found = siblings.iter().find(|sibling| sibling.id == wanted);
        let found = found.filter(|sibling| sibling.id != id).ok_or_else(|| {
            let message = message!("error-no-sibling");
            Error::invalid(field, Code::UnknownValue, message)
        })?;
        Ok(Some(found.position.as_str()))
    };
    let (mut lower, mut upper) = (find(after, "after")?, find(before, "before")?);
    let others = siblings.iter().filter(|sibling| sibling.id != id);
    let others = others.map(|sibling| sibling.position.as_str());
    match (lower, upper) {
        (None, None) => return Ok(None),
        (Some(bound), None) => upper = others.filter(|other| *other > bound).min(),
        (None, Some(bound)) => lower = others.filter(|other| *other < bound).max(),
        (Some(_), Some(_)) => {}
    }
    position::between(lower, upper).map(Some).ok_or_else(|| {
        let field = if after.is_some() { "after" } else { "before" };
        let message = message!("error-no-position");
        Error::invalid(field, Code::Invalid, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn siblings() -> Vec<Sibling> {
        ["a", "b", "c"].map(|id| Sibling::new(id, None)).to_vec()
    }

    fn place(id: &str, after: Option<&str>, before: Option<&str>) -> Option<String> {
        position_between(&siblings(), id, after, before).expect("a place")
    }

    #[test]
    fn an_item_is_put_next_to_the_requested_one() {
        let behind = place("c", Some("a"), None).expect("a position");
        assert!(behind.as_str() > "a" && behind.as_str() < "b", "{behind}");
        let before = place("c", None, Some("b")).expect("a position");
        assert!(before.as_str() > "a" && before.as_str() < "b", "{before}");
        assert!(place("a", Some("c"), None).expect("a position").as_str() > "c");
        assert!(place("c", None, Some("a")).expect("a position").as_str() < "a");
        assert_eq!(place("a", None, None), None);
    }

    #[test]
    fn only_other_siblings_can_be_named() {
        for (after, before, field) in [
            (Some("x"), None, "after"),
            (Some("a"), None, "after"),
            (Some("b"), Some("x"), "before"),
            (Some("c"), Some("b"), "after"),
        ] {
            let error = position_between(&siblings(), "a", after, before).expect_err("refused");
            assert_eq!(error.fields()[0].field, field);
        }
    }
}
