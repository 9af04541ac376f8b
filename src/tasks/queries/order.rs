//! The order of a list: by key, then by id. Tasks without a key come last.

use std::cmp::Ordering;

use crate::db::{Engine, Sql, Timestamp, sort_key};
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::{Sort, SortColumn, Task};

/// Expression for the position of a task.
pub const POSITION: &str = "COALESCE(position, id)";

/// Number of characters of a title that it is sorted by. MySQL's indexes have no longer keys.
const TITLE_CHARACTERS: usize = 100;

/// Returns the expression for the key of a title. The indexes of titles have the same.
pub(super) fn title_key(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite | Engine::Postgres => {
            "RTRIM(SUBSTR(COALESCE(title_folded, LOWER(title)), 1, 100))"
        }
        // A generated column with that value.
        Engine::Mysql => "title_key",
    }
}

/// Returns the key of a title.
fn key_of_title(title: &str) -> String {
    let key: String = sort_key(title).chars().take(TITLE_CHARACTERS).collect();
    key.trim_end_matches(' ').to_owned()
}

/// The order of a list.
pub(super) struct Order {
    /// Expression for the key. `None` if the order is by id alone: ids ascend with the time of
    /// creation.
    key: Option<&'static str>,
    /// True if a task can lack the key.
    nullable: bool,
    descending: bool,
}

/// The values of a task that lists are sorted by.
pub(super) struct Sortable<'t> {
    pub id: &'t str,
    pub title: &'t str,
    pub position: &'t str,
    pub priority: i64,
    pub due: Option<&'t str>,
    pub deadline: Option<&'t str>,
    /// A change of any task has a greater version than those before it.
    pub version: i64,
    pub completed_at: Option<Timestamp>,
}

impl Order {
    /// Returns the order with this name.
    pub fn of(engine: Engine, sort: Sort) -> Order {
        let (column, descending) = sort.column();
        let (key, nullable) = match column {
            SortColumn::CreatedAt => (None, false),
            SortColumn::UpdatedAt => (Some("version"), false),
            SortColumn::CompletedAt => (Some("completed_at"), true),
            SortColumn::Title => (Some(title_key(engine)), false),
            SortColumn::Position => (Some(POSITION), false),
            SortColumn::Priority => (Some("priority"), false),
            SortColumn::Due => (Some("due"), true),
            SortColumn::Deadline => (Some("deadline"), true),
        };
        Order {
            key,
            nullable,
            descending,
        }
    }

    /// Returns the order by a key that every task of a query has.
    pub fn by(key: Option<&'static str>, descending: bool) -> Order {
        Order {
            key,
            nullable: false,
            descending,
        }
    }

    /// Condition that a task follows a position in the list.
    pub fn after(&self, Cursor(_, key, id): &Cursor) -> Sql {
        let beyond = if self.descending { " < " } else { " > " };
        let by_id = Sql::new("id").push(beyond).bind(id.clone());
        let Some(expression) = self.key else {
            return by_id;
        };
        let Some(key) = key else {
            return Sql::new(expression).push(" IS NULL AND ").append(by_id);
        };
        let follows = Sql::new("(")
            .push(expression)
            .push(", id)")
            .push(beyond)
            .push("(")
            .append(match key {
                Key::Instant(number) => Sql::default().bind(*number),
                Key::Text(text) => Sql::default().bind(text.clone()),
            })
            .push(", ")
            .bind(id.clone())
            .push(")");
        if !self.nullable {
            return follows;
        }
        Sql::new("(")
            .append(follows)
            .push(" OR ")
            .push(expression)
            .push(" IS NULL)")
    }

    /// Condition that the key of a task follows or equals that of a position, preceded by AND. It
    /// is implied by [`Order::after`], but MySQL uses an index only for this one, and SQLite if the
    /// key is an expression.
    pub fn from(&self, Cursor(_, key, _): &Cursor) -> Sql {
        let (Some(expression), Some(key), false) = (self.key, key, self.nullable) else {
            return Sql::default();
        };
        let beyond = if self.descending { " <= " } else { " >= " };
        let sql = Sql::new(" AND ").push(expression).push(beyond);
        match key {
            Key::Instant(number) => sql.bind(*number),
            Key::Text(text) => sql.bind(text.clone()),
        }
    }

    /// Columns of a query for the keys of tasks that [`Order::clause_of_keys`] sorts by, besides
    /// `key_id`. Each is preceded by a comma.
    pub fn columns_of_keys(&self) -> Sql {
        let Some(key) = self.key.filter(|key| *key != "id") else {
            return Sql::default();
        };
        let columns = match self.nullable {
            true => Sql::new(", CASE WHEN ")
                .push(key)
                .push(" IS NULL THEN 1 ELSE 0 END AS key_last"),
            false => Sql::default(),
        };
        columns.push(", ").push(key).push(" AS key_sort")
    }

    /// Clause that puts the keys of tasks in this order.
    pub fn clause_of_keys(&self) -> Sql {
        let direction = self.direction();
        let clause = Sql::new(" ORDER BY ");
        let clause = match self.key.filter(|key| *key != "id") {
            Some(_) if self.nullable => {
                clause.push("key_last, key_sort").push(direction).push(", ")
            }
            Some(_) => clause.push("key_sort").push(direction).push(", "),
            None => clause,
        };
        clause.push("key_id").push(direction)
    }

    fn direction(&self) -> &'static str {
        if self.descending { " DESC" } else { " ASC" }
    }

    /// Clause that puts tasks in this order.
    pub fn clause(&self) -> Sql {
        let direction = self.direction();
        let clause = Sql::new(" ORDER BY ");
        let Some(key) = self.key.filter(|key| *key != "id") else {
            return clause.push("id").push(direction);
        };
        let clause = if self.nullable {
            clause
                .push("CASE WHEN ")
                .push(key)
                .push(" IS NULL THEN 1 ELSE 0 END, ")
        } else {
            clause
        };
        clause
            .push(key)
            .push(direction)
            .push(", id")
            .push(direction)
    }
}

/// Compares two positions in a list. Tasks without a key come last.
pub(super) fn compare(sort: Sort, one: &Cursor, other: &Cursor) -> Ordering {
    let (Cursor(_, one_key, one_id), Cursor(_, other_key, other_id)) = (one, other);
    let by_key = match (one_key, other_key) {
        (Some(_), None) => return Ordering::Less,
        (None, Some(_)) => return Ordering::Greater,
        (None, None) => Ordering::Equal,
        (Some(Key::Instant(one)), Some(Key::Instant(other))) => one.cmp(other),
        (Some(Key::Text(one)), Some(Key::Text(other))) => one.cmp(other),
        (Some(Key::Instant(_)), Some(Key::Text(_))) => Ordering::Less,
        (Some(Key::Text(_)), Some(Key::Instant(_))) => Ordering::Greater,
    };
    let ascending = by_key.then_with(|| one_id.cmp(other_id));
    match sort.column() {
        (_, true) => ascending.reverse(),
        (_, false) => ascending,
    }
}

/// Returns the position of a task in a list.
pub(super) fn place_of(sort: Sort, task: &Task) -> Cursor {
    let due = task.due.as_ref().map(|due| due.to_columns().0);
    let deadline = task.deadline.map(|date| date.to_string());
    let sortable = Sortable {
        id: &task.id,
        title: &task.title,
        position: &task.position,
        priority: task.priority,
        due: due.as_deref(),
        deadline: deadline.as_deref(),
        version: task.version,
        completed_at: task.completed_at,
    };
    place(sort, &sortable)
}

/// Returns the position of a task with these values in a list.
pub(super) fn place(sort: Sort, task: &Sortable<'_>) -> Cursor {
    let text = |text: &str| Key::Text(text.to_owned());
    let key = match sort.column().0 {
        SortColumn::CreatedAt => None,
        SortColumn::UpdatedAt => Some(Key::Instant(task.version)),
        SortColumn::CompletedAt => task.completed_at.map(|instant| Key::Instant(instant.0)),
        SortColumn::Title => Some(Key::Text(key_of_title(task.title))),
        SortColumn::Position => Some(text(task.position)),
        SortColumn::Priority => Some(Key::Instant(task.priority)),
        SortColumn::Due => task.due.map(text),
        SortColumn::Deadline => task.deadline.map(text),
    };
    Cursor(sort, key, task.id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{TITLE_CHARACTERS, key_of_title};

    #[test]
    fn the_key_of_a_title_has_no_blank_at_its_end() {
        assert_eq!(key_of_title("Water the TOMATOES"), "water the tomatoes");
        let long = format!("{} and more", "\u{c4}".repeat(TITLE_CHARACTERS - 1));
        assert_eq!(key_of_title(&long), "\u{e4}".repeat(TITLE_CHARACTERS - 1));
    }
}
