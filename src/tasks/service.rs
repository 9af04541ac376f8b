//! The rules of tasks, and their SQL. Every statement names the user.

use garde::Validate;
use sqlx::any::AnyArguments;
use sqlx::query::QueryAs;
use sqlx::{Any, query, query_as};

use super::cursor::{Cursor, Key};
use super::{NewTask, Sort, Status, Task, TaskFilter, TaskPage, TaskPatch};
use crate::db::{
    Claim, IdempotencyKey, Pool, Timestamp, Transaction, claim, fold, like_pattern, new_id,
    remember, sort_key,
};
use crate::error::Error;
use crate::web::Precondition;

/// How many tasks a page has if nobody says.
const DEFAULT_LIMIT: u32 = 50;

/// A task that a write has left, and whether it is the answer to an earlier request.
pub struct Written {
    /// The task.
    pub task: Task,
    /// Nothing was written now: it had been, under the same `Idempotency-Key`.
    pub replayed: bool,
}

impl Written {
    fn before(task: Task) -> Written {
        Written {
            task,
            replayed: true,
        }
    }
}

/// A page of the user's tasks.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule.
pub async fn list(pool: &Pool, user_id: &str, filter: &TaskFilter) -> Result<TaskPage, Error> {
    filter.validate()?;
    let after = filter
        .cursor
        .as_deref()
        .map(|text| Cursor::decode(text, filter.sort))
        .transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let (column, direction) = order(filter.sort);
    let mut conditions = Conditions::new("user_id", user_id);
    match filter.status.unwrap_or(Status::All) {
        Status::Open => conditions.text.push_str(" AND completed = 0"),
        Status::Done => conditions.text.push_str(" AND completed = 1"),
        Status::All => {}
    }
    if let Some(text) = filter
        .q
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        let place = conditions.bind(Key::Text(like_pattern(text)));
        let search = format!(" AND search_folded LIKE {place} ESCAPE '!'");
        conditions.text.push_str(&search);
    }
    if let Some(Cursor(_, key, id)) = after {
        let beyond = if direction == "ASC" { '>' } else { '<' };
        let (key, id) = (conditions.bind(key), conditions.bind(Key::Text(id)));
        let keyset = format!(" AND ({column}, id) {beyond} ({key}, {id})");
        conditions.text.push_str(&keyset);
    }
    // One more than is shown tells whether there is a next page.
    let place = conditions.bind(Key::Instant(i64::from(limit) + 1));
    let sql = format!(
        "SELECT {} FROM tasks WHERE {} \
         ORDER BY {column} {direction}, id {direction} LIMIT {place}",
        Task::COLUMNS,
        conditions.text,
    );
    let mut items: Vec<Task> = conditions
        .apply(query_as(pool.sql(sql)))
        .fetch_all(pool.reader())
        .await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = match items.last() {
        Some(last) if more => Some(place_of(filter.sort, last).encode()?),
        _ => None,
    };
    Ok(TaskPage { items, next_cursor })
}

/// One of the user's tasks.
///
/// # Errors
/// [`Error::NotFound`] if the user has no such task.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<Task, Error> {
    let sql = format!(
        "SELECT {} FROM tasks WHERE id = $1 AND user_id = $2",
        Task::COLUMNS
    );
    query_as(pool.sql(sql))
        .bind(id)
        .bind(user_id)
        .fetch_optional(pool.reader())
        .await?
        .ok_or(Error::NotFound)
}

/// Makes a task.
///
/// # Errors
/// [`Error::Invalid`] if the input breaks a rule, or the key belongs to another request.
pub async fn create(
    pool: &Pool,
    user_id: &str,
    new: &NewTask,
    key: Option<IdempotencyKey>,
) -> Result<Written, Error> {
    new.validate()?;
    let mut transaction = match begin(pool, user_id, key.as_ref()).await? {
        Begun::Now(transaction) => transaction,
        Begun::Before(task) => return Ok(Written::before(task)),
    };
    let now = Timestamp::now();
    let completed = new.completed.unwrap_or_default();
    let task = Task {
        id: new_id(),
        title: new.title.trim().to_owned(),
        description: new.description.clone().unwrap_or_default(),
        completed,
        completed_at: completed.then_some(now),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    query(pool.sql(
        "INSERT INTO tasks
         (id, user_id, title, title_folded, description, search_folded, completed,
          completed_at, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    ))
    .bind(task.id.as_str())
    .bind(user_id)
    .bind(task.title.as_str())
    .bind(sort_key(&task.title))
    .bind(task.description.as_str())
    .bind(searched(&task))
    .bind(i64::from(task.completed))
    .bind(task.completed_at.map(|instant| instant.0))
    .bind(task.created_at.0)
    .bind(task.updated_at.0)
    .bind(task.version)
    .execute(&mut transaction)
    .await?;
    finish(pool, transaction, user_id, key.as_ref(), task).await
}

/// Changes what the patch has.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], or [`Error::Stale`] if the precondition fails.
pub async fn update(
    pool: &Pool,
    user_id: &str,
    id: &str,
    patch: &TaskPatch,
    precondition: &Precondition,
) -> Result<Task, Error> {
    patch.validate()?;
    let mut transaction = pool.begin().await?;
    let task = change(pool, &mut transaction, user_id, id, precondition, |task| {
        merge(task, patch);
    })
    .await?;
    transaction.commit().await?;
    Ok(task)
}

/// What the patch has replaces what the task has (RFC 7396).
pub(crate) fn merge(task: &mut Task, patch: &TaskPatch) {
    if let Some(title) = &patch.title {
        task.title = title.trim().to_owned();
    }
    if let Some(description) = &patch.description {
        task.description.clone_from(description);
    }
    if let Some(completed) = patch.completed {
        task.completed = completed;
    }
}

/// Makes an open task done, and a done one open.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], or [`Error::Invalid`] if the key belongs to another
/// request.
pub async fn toggle(
    pool: &Pool,
    user_id: &str,
    id: &str,
    precondition: &Precondition,
    key: Option<IdempotencyKey>,
) -> Result<Written, Error> {
    let mut transaction = match begin(pool, user_id, key.as_ref()).await? {
        Begun::Now(transaction) => transaction,
        Begun::Before(task) => return Ok(Written::before(task)),
    };
    let task = change(pool, &mut transaction, user_id, id, precondition, |task| {
        task.completed = !task.completed;
    })
    .await?;
    finish(pool, transaction, user_id, key.as_ref(), task).await
}

/// Deletes a task, and gives what it was.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Stale`] if the precondition fails.
pub async fn delete(
    pool: &Pool,
    user_id: &str,
    id: &str,
    precondition: &Precondition,
) -> Result<Task, Error> {
    let mut transaction = pool.begin().await?;
    let task = locked(pool, &mut transaction, user_id, id).await?;
    precondition.check(&task.etag())?;
    query(pool.sql("DELETE FROM tasks WHERE id = $1 AND user_id = $2"))
        .bind(id)
        .bind(user_id)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(task)
}

/// What a request finds that may have been made before.
enum Begun {
    /// It has not been: this is the transaction to do it in.
    Now(Transaction),
    /// It has been, and this was the answer.
    Before(Task),
}

async fn begin(pool: &Pool, user_id: &str, key: Option<&IdempotencyKey>) -> Result<Begun, Error> {
    let Some(key) = key else {
        return Ok(Begun::Now(pool.begin().await?));
    };
    match claim(pool, user_id, key).await? {
        Claim::First(transaction) => Ok(Begun::Now(transaction)),
        Claim::Done(answer) => serde_json::from_str(&answer)
            .map(Begun::Before)
            .map_err(unreadable),
    }
}

/// Commits a write together with its answer, if a key asks for it again.
async fn finish(
    pool: &Pool,
    mut transaction: Transaction,
    user_id: &str,
    key: Option<&IdempotencyKey>,
    task: Task,
) -> Result<Written, Error> {
    if let Some(key) = key {
        let answer = serde_json::to_string(&task).map_err(unreadable)?;
        remember(pool, &mut transaction, user_id, key, &answer).await?;
    }
    transaction.commit().await?;
    Ok(Written {
        task,
        replayed: false,
    })
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Internal(format!("an answer kept under a key: {error}"))
}

/// The task as it is now, kept from other writers until the transaction ends.
async fn locked(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    id: &str,
) -> Result<Task, Error> {
    let sql = format!(
        "SELECT {} FROM tasks WHERE id = $1 AND user_id = $2{}",
        Task::COLUMNS,
        pool.engine().for_update(),
    );
    query_as(pool.sql(sql))
        .bind(id)
        .bind(user_id)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)
}

async fn change(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    id: &str,
    precondition: &Precondition,
    apply: impl FnOnce(&mut Task),
) -> Result<Task, Error> {
    let mut task = locked(pool, transaction, user_id, id).await?;
    precondition.check(&task.etag())?;
    let was_completed = task.completed;
    apply(&mut task);
    task.updated_at = Timestamp::now();
    task.version += 1;
    if task.completed != was_completed {
        task.completed_at = task.completed.then_some(task.updated_at);
    }
    query(pool.sql(
        "UPDATE tasks SET title = $1, title_folded = $2, description = $3, search_folded = $4,
         completed = $5, completed_at = $6, updated_at = $7, version = $8
         WHERE id = $9 AND user_id = $10",
    ))
    .bind(task.title.as_str())
    .bind(sort_key(&task.title))
    .bind(task.description.as_str())
    .bind(searched(&task))
    .bind(i64::from(task.completed))
    .bind(task.completed_at.map(|instant| instant.0))
    .bind(task.updated_at.0)
    .bind(task.version)
    .bind(id)
    .bind(user_id)
    .execute(&mut *transaction)
    .await?;
    Ok(task)
}

/// What a search looks through. The line break keeps a match from spanning both texts.
fn searched(task: &Task) -> String {
    fold(&format!("{}\n{}", task.title, task.description))
}

fn order(sort: Sort) -> (&'static str, &'static str) {
    match sort {
        Sort::CreatedAt => ("created_at", "ASC"),
        Sort::CreatedAtDescending => ("created_at", "DESC"),
        Sort::UpdatedAt => ("updated_at", "ASC"),
        Sort::UpdatedAtDescending => ("updated_at", "DESC"),
        Sort::Title => ("title_folded", "ASC"),
        Sort::TitleDescending => ("title_folded", "DESC"),
    }
}

fn place_of(sort: Sort, task: &Task) -> Cursor {
    let key = match sort {
        Sort::CreatedAt | Sort::CreatedAtDescending => Key::Instant(task.created_at.0),
        Sort::UpdatedAt | Sort::UpdatedAtDescending => Key::Instant(task.updated_at.0),
        Sort::Title | Sort::TitleDescending => Key::Text(sort_key(&task.title)),
    };
    Cursor::after(sort, key, &task.id)
}

/// A WHERE clause that grows, with its values in the order of their placeholders.
struct Conditions {
    text: String,
    values: Vec<Key>,
}

impl Conditions {
    fn new(column: &str, value: &str) -> Conditions {
        Conditions {
            text: format!("{column} = $1"),
            values: vec![Key::Text(value.to_owned())],
        }
    }

    /// Adds a value and gives its placeholder.
    fn bind(&mut self, value: Key) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn apply<'q, T>(
        self,
        query: QueryAs<'q, Any, T, AnyArguments>,
    ) -> QueryAs<'q, Any, T, AnyArguments> {
        self.values
            .into_iter()
            .fold(query, |query, value| match value {
                Key::Instant(number) => query.bind(number),
                Key::Text(text) => query.bind(text),
            })
    }
}
