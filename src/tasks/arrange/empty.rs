//! The text of a page without tasks.

use serde::Serialize;

use crate::db::Pool;
use crate::error::Error;
use crate::locale::key;
use crate::tasks::{Status, TaskFilter, queries};

/// The text of a page without tasks.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Empty {
    /// The message of the heading.
    pub title: &'static str,
    /// The message of a hint.
    pub text: &'static str,
    /// True if there were tasks, and all of them are done.
    pub is_done: bool,
}

/// The text for an account without any tasks.
const NO_TASKS: Empty = Empty::new(key!("empty-no-tasks"), key!("empty-no-tasks-text"));

/// The text of a list of completed tasks without any.
pub const NOTHING_DONE: Empty =
    Empty::new(key!("empty-nothing-done"), key!("empty-nothing-done-text"));

impl Empty {
    /// The text of a place all of whose tasks are done.
    pub const ALL_DONE: Empty = Empty {
        title: key!("empty-all-done"),
        text: key!("empty-all-done-text"),
        is_done: true,
    };

    /// Returns the text of a place that has had no tasks.
    pub const fn new(title: &'static str, text: &'static str) -> Empty {
        Empty {
            title,
            text,
            is_done: false,
        }
    }

    /// Returns the text, or another one if the user has no tasks at all.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn of_user(self, pool: &Pool, user_id: &str) -> Result<Empty, Error> {
        let any = TaskFilter::default();
        Ok(match has_some(pool, user_id, any).await? {
            true => self,
            false => NO_TASKS,
        })
    }

    /// Returns the text, or that of a place all of whose tasks are done if the filter selects
    /// completed ones.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn unless_done(
        self,
        pool: &Pool,
        user_id: &str,
        filter: TaskFilter,
    ) -> Result<Empty, Error> {
        let filter = TaskFilter {
            status: Some(Status::Done),
            ..filter
        };
        match has_some(pool, user_id, filter).await? {
            true => Ok(Empty::ALL_DONE),
            false => self.of_user(pool, user_id).await,
        }
    }
}

async fn has_some(pool: &Pool, user_id: &str, filter: TaskFilter) -> Result<bool, Error> {
    let first = TaskFilter {
        limit: Some(1),
        cursor: None,
        ..filter
    };
    let found = queries::list(pool, user_id, &first).await?;
    Ok(!found.items.is_empty())
}
