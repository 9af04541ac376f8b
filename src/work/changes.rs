//! The change log. Each entry records the part of a command's change that the rows themselves no
//! longer show, so creating a single row adds no entry. The log is append-only. Its only index is
//! the primary key, which ascends with time. The entries of an item form a chain: the item's row
//! has the id of the last one, and each has the id of the one before.

use std::collections::{BTreeMap, HashMap};

use super::projects::ErasedProject;
use super::{Change, Context, ERASED_PROJECTS};
use crate::db::{Pool, Row, Sql, Table, Timestamp, Value, id_at, record, row};
use crate::error::Error;

record! {
    /// A row of `changes`.
    pub struct ChangeRow in "changes" key 2 {
        /// The id of the command, a UUID version 7.
        id: String,
        position: i64,
        project_id: String,
        version: i64,
        user_id: String,
        command: String,
        noun: String,
        item_id: String,
        /// `create`, `update` or `delete`.
        action: String,
        /// The previous change of the item. `None` if this is the first after its creation.
        previous_id: Option<String>,
        /// The change that this one reverses. `None` if it is no undo.
        undone_id: Option<String>,
        /// The replaced values as a JSON object, by column. Those of a deleted item are in its
        /// tombstone.
        old_values: String,
        created_at: Timestamp,
    }
}

/// The table of the change log.
pub const CHANGES: Table = ChangeRow::TABLE;

/// Number of entries read at once to find those of erased projects.
const STEP: usize = 10_000;

/// The action of an entry whose item the command created.
pub const CREATE: &str = "create";
/// The action of an entry whose item the command changed.
pub const UPDATE: &str = "update";
/// The action of an entry whose item the command moved to the trash.
pub const DELETE: &str = "delete";

/// Returns the entries of a command.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn entries(
    command: &'static str,
    context: &Context<'_>,
    changes: &[Change],
) -> Result<Vec<Row>, Error> {
    let mut entries = Vec::new();
    let mut first: HashMap<_, Option<String>> = HashMap::new();
    for (position, change) in (0..).zip(changes) {
        let old = change.old_values();
        // The row of an item with the id of the change shows that the change created it alone.
        let is_shown = changes.len() == 1 && change.id() == context.id;
        if old.is_none() && change.restored.is_none() && is_shown {
            continue;
        }
        // Values that no person has entered.
        if old.as_ref().is_some_and(Vec::is_empty) && change.after.is_some() {
            continue;
        }
        let action = match (&old, &change.after) {
            (None, _) => CREATE,
            (Some(_), Some(_)) => UPDATE,
            (Some(_), None) => DELETE,
        };
        let old: BTreeMap<_, _> = old.into_iter().flatten().collect();
        let old = serde_json::to_string(&old)
            .map_err(|error| Error::Internal(format!("an entry of the change log: {error}")))?;
        let before = change.before.as_ref();
        let previous = before.and_then(|row| change.kind.text(row, "change_id"));
        let previous = previous.or(change.restored.as_deref());
        // An item that the command changes twice has been stamped by the first change.
        let place = (change.kind.noun, change.id().to_owned());
        let previous = match previous {
            Some(id) if id == context.id => first.get(&place).cloned().flatten(),
            previous => previous.map(str::to_owned),
        };
        first.entry(place).or_insert_with(|| previous.clone());
        let project_id = change.project_id().to_owned();
        let row = ChangeRow {
            id: context.id.to_owned(),
            position,
            version: change.version,
            user_id: context.user_id.to_owned(),
            command: command.to_owned(),
            noun: change.kind.noun.to_owned(),
            item_id: change.id().to_owned(),
            action: action.to_owned(),
            previous_id: previous,
            undone_id: change.undone.clone(),
            project_id,
            old_values: old,
            created_at: context.now,
        };
        entries.push(row.to_values());
    }
    Ok(entries)
}

/// Deletes at most `most` entries that are older than `days` and returns their number.
///
/// # Errors
/// [`Error::Database`].
pub async fn delete_old(pool: &Pool, days: u32, now: Timestamp, most: u32) -> Result<u64, Error> {
    let oldest = id_at(now.plus_seconds(-i64::from(days) * 24 * 60 * 60));
    crate::db::delete_before(pool, &CHANGES, "id", oldest, most).await
}

/// Deletes at most `most` entries of an erased project. Once none are left, deletes the project's
/// row in `erased_projects`. Returns `most` if there may be more to delete.
///
/// # Errors
/// [`Error::Database`].
pub async fn delete_erased(pool: &Pool, _now: Timestamp, most: u32) -> Result<u64, Error> {
    let erased = Sql::select::<ErasedProject>()
        .push(" FROM erased_projects ORDER BY id")
        .limit(1);
    let Some(erased) = pool.fetch_optional::<ErasedProject>(erased).await? else {
        return Ok(0);
    };
    let entries = Sql::select::<Entry>()
        .push(" FROM changes WHERE id > ")
        .bind(erased.swept_to)
        .push(" ORDER BY id, position")
        .limit(STEP);
    let entries: Vec<Entry> = pool.fetch(entries).await?;
    let mut transaction = pool.begin().await?;
    match step(entries, &erased.id, most as usize) {
        Some((keys, swept_to)) => {
            transaction.delete_rows(&CHANGES, &keys).await?;
            let update = Sql::new("UPDATE erased_projects SET swept_to = ")
                .bind(swept_to)
                .push(" WHERE id = ")
                .bind(erased.id);
            transaction.run(update).await?;
        }
        None => {
            let keys = [vec![Value::Text(erased.id)]];
            transaction.delete_rows(&ERASED_PROJECTS, &keys).await?;
        }
    }
    transaction.commit().await?;
    Ok(most.into())
}

row! {
    struct Entry {
        id: String,
        position: i64,
        project_id: String,
    }
}

/// Returns the keys of the entries to delete, and the id of the command up to which the log has
/// then been swept. `None` at the end of the log.
fn step(mut entries: Vec<Entry>, erased: &str, most: usize) -> Option<(Vec<Row>, String)> {
    if entries.len() == STEP {
        // The last command may have more entries, so the next step reads it again.
        let last = entries.last()?.id.clone();
        entries.retain(|entry| entry.id != last);
    }
    let mut keys = Vec::new();
    let mut swept_to = None;
    for entry in entries {
        if keys.len() >= most && swept_to.as_ref() != Some(&entry.id) {
            break;
        }
        if entry.project_id == erased {
            let id = Value::Text(entry.id.clone());
            keys.push(vec![id, Value::Integer(entry.position)]);
        }
        swept_to = Some(entry.id);
    }
    swept_to.map(|swept_to| (keys, swept_to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, position: i64, project_id: &str) -> Entry {
        Entry {
            id: id.to_owned(),
            position,
            project_id: project_id.to_owned(),
        }
    }

    fn key(id: &str, position: i64) -> Row {
        vec![Value::Text(id.to_owned()), Value::Integer(position)]
    }

    #[test]
    fn a_step_deletes_whole_commands_of_the_project_alone() {
        let entries = vec![
            entry("a", 0, "gone"),
            entry("b", 0, "other"),
            entry("c", 0, "gone"),
            entry("c", 1, "gone"),
            entry("d", 0, "gone"),
        ];
        let expected = vec![key("a", 0), key("c", 0), key("c", 1)];
        assert_eq!(
            step(entries.clone(), "gone", 2),
            Some((expected, "c".to_owned()))
        );
        assert_eq!(step(entries, "none", 2), Some((Vec::new(), "d".to_owned())));
        assert_eq!(step(Vec::new(), "gone", 2), None);
    }

    #[test]
    fn the_last_command_of_a_full_step_waits_for_the_next() {
        let mut entries: Vec<_> = (1..STEP).map(|_| entry("a", 0, "other")).collect();
        entries.push(entry("b", 0, "gone"));
        assert_eq!(step(entries, "gone", 2), Some((Vec::new(), "a".to_owned())));
    }
}
