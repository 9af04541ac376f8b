//! Responses for items that have versions.

use serde::Serialize;

use super::Answer;
use crate::auth::User;
use crate::http::{Precondition, tag_of};
use crate::work::{Executed, Expected};

/// An item with an id and a version.
pub trait Resource: Serialize {
    /// The path of the collection, without a trailing slash.
    const PATH: &'static str;

    /// Returns the id.
    fn id(&self) -> &str;

    /// Returns the version.
    fn version(&self) -> i64;
}

/// Returns the entity tag of a version of an item.
pub fn etag_of(id: &str, version: i64) -> String {
    format!("\"{id}-{version}\"")
}

/// Returns the version in an entity tag. `None` if it is not a tag of this item.
pub fn version_of(id: &str, etag: &str) -> Option<i64> {
    let version = etag
        .strip_prefix('"')?
        .strip_prefix(id)?
        .strip_prefix('-')?;
    let version = version.strip_suffix('"')?.parse().ok()?;
    (etag_of(id, version) == etag).then_some(version)
}

/// Returns the versions of an item that satisfy a precondition.
pub fn expected(id: &str, precondition: &Precondition) -> Expected {
    match precondition.tags() {
        None => Expected::Any,
        Some(tags) => {
            let versions = tags.iter().filter_map(|tag| version_of(id, tag));
            Expected::OneOf(versions.collect())
        }
    }
}

/// Responds with an item.
pub fn found<T: Resource>(item: T) -> Answer<T> {
    let etag = etag_of(item.id(), item.version());
    Answer::ok(item).tagged(etag)
}

/// Responds with a changed item.
pub fn changed<T: Resource>(executed: Executed<T>) -> Answer<T> {
    found(executed.outcome)
        .replayed(executed.replayed)
        .changed(executed.change_id)
}

/// Responds with a created item.
pub fn created<T: Resource>(executed: Executed<T>) -> Answer<T> {
    let item = executed.outcome;
    let etag = etag_of(item.id(), item.version());
    Answer::created(format!("{}/{}", T::PATH, item.id()), item)
        .tagged(etag)
        .replayed(executed.replayed)
        .changed(executed.change_id)
}

/// Responds to the deletion of an item.
pub fn deleted<O>(executed: Executed<O>) -> Answer<()> {
    Answer::no_content()
        .replayed(executed.replayed)
        .changed(executed.change_id)
}

/// Returns the entity tag of a list. `parts` identify the list among all lists of the user.
pub fn list_tag(user: &User, parts: &[&str]) -> String {
    let version = user.work_version.to_be_bytes();
    // Another release may render the same items differently.
    let release = env!("CARGO_PKG_VERSION").as_bytes();
    let mut all = vec![release, user.id.as_bytes(), &version];
    all.extend(parts.iter().map(|part| part.as_bytes()));
    tag_of(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_names_a_version_of_its_item() {
        assert_eq!(etag_of("a", 7), "\"a-7\"");
        assert_eq!(version_of("a", "\"a-7\""), Some(7));
        for other in [
            "\"b-7\"",
            "\"a-07\"",
            "\"a-+7\"",
            "\"a-\"",
            "\"a7\"",
            "a-7",
            "W/\"a-7\"",
            "*",
        ] {
            assert_eq!(version_of("a", other), None, "{other}");
        }
    }
}
