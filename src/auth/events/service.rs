//! Security event rules and their SQL. Every statement is restricted to one user, except the
//! deletion of old events.

use garde::Validate;
use rocket::tokio::spawn;
use uuid::Uuid;

use super::table::EventRow;
use super::{Event, EventFilter, EventPage, Kind, SECURITY_EVENTS};
use crate::db::{Pool, Sql, Timestamp, Transaction, delete_before, new_id};
use crate::error::{Code, Error};
use crate::http::Client;
use crate::locale::message;
use crate::log;

/// Default page size.
const DEFAULT_LIMIT: u32 = 50;

/// Number of events for the settings page, which has a row for several of one kind.
const LATEST: u32 = 50;

/// Retention period in seconds: 90 days.
const KEPT_SECONDS: i64 = 90 * 86_400;

/// Maximum number of events per account, for wrong passwords and for other events. They are counted
/// separately, so that repeated guesses do not displace other events.
const KEPT: usize = 200;

/// Records an event in the transaction that causes it.
///
/// # Errors
/// [`Error::NotFound`] if the account has just been deleted.
pub async fn record(
    transaction: &mut Transaction,
    user_id: &str,
    kind: Kind,
    client: &Client,
) -> Result<(), Error> {
    let now = Timestamp::now();
    make_room(transaction, user_id, kind).await?;
    let row = EventRow {
        id: new_id(),
        user_id: user_id.to_owned(),
        kind,
        address: client.address.clone(),
        user_agent: client.user_agent.clone(),
        created_at: now,
    };
    transaction
        .insert_rows(&SECURITY_EVENTS, &[row.to_values()])
        .await
}

/// Records a failed sign-in in the background. If the response waited for it, its timing would
/// reveal that the account exists.
pub fn note_failed_sign_in(pool: &Pool, user_id: &str, client: &Client) {
    let (pool, user_id, client) = (pool.clone(), user_id.to_owned(), client.clone());
    spawn(async move {
        let recorded = async {
            let mut transaction = pool.begin().await?;
            let kind = Kind::SignInFailed;
            record(&mut transaction, &user_id, kind, &client).await?;
            transaction.commit().await?;
            Ok::<(), Error>(())
        };
        if let Err(error) = recorded.await {
            log::report(&error);
        }
    });
}

/// Returns a page of the user's events, newest first.
///
/// # Errors
/// [`Error::Invalid`] if the filter is invalid.
pub async fn list(pool: &Pool, user_id: &str, filter: &EventFilter) -> Result<EventPage, Error> {
    filter.validate()?;
    let before = match filter.cursor.as_deref() {
        Some(cursor) => Uuid::try_parse(cursor)
            .map(|id| id.hyphenated().to_string())
            .map_err(|_| {
                let message = message!("cursor-list");
                Error::invalid("cursor", Code::InvalidCursor, message)
            })?,
        // Greater than any id.
        None => Uuid::max().hyphenated().to_string(),
    };
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    // Fetches one extra row to detect whether there is a next page.
    let sql = Sql::select::<Event>()
        .push(" FROM security_events WHERE user_id = ")
        .bind(user_id)
        .push(" AND id < ")
        .bind(before)
        .push(" AND created_at >= ")
        .bind(oldest(Timestamp::now()))
        .push(" ORDER BY id DESC")
        .limit(limit + 1);
    let mut items: Vec<Event> = pool.fetch(sql).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(EventPage { items, next_cursor })
}

/// Returns the user's most recent events.
///
/// # Errors
/// Any error of the database.
pub async fn latest(pool: &Pool, user_id: &str) -> Result<Vec<Event>, Error> {
    let filter = EventFilter {
        limit: Some(LATEST),
        cursor: None,
    };
    Ok(list(pool, user_id, &filter).await?.items)
}

/// Deletes at most `most` expired events of all users. Returns their number.
pub async fn delete_old(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &SECURITY_EVENTS, "created_at", oldest(now), most).await
}

/// Returns the time of the oldest event to keep.
fn oldest(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEPT_SECONDS)
}

/// Deletes the oldest events of an account if one more would exceed the maximum.
async fn make_room(transaction: &mut Transaction, user_id: &str, kind: Kind) -> Result<(), Error> {
    let alike = match kind.is_guess() {
        true => " AND kind IN ('sign_in_failed', 'password_refused')",
        false => " AND kind NOT IN ('sign_in_failed', 'password_refused')",
    };
    let oldest = Sql::new("SELECT id FROM security_events WHERE user_id = ")
        .bind(user_id)
        .push(alike)
        .push(" ORDER BY id DESC")
        .limit(1)
        .offset(KEPT - 1);
    let Some(oldest) = transaction.fetch_value::<String>(oldest).await? else {
        return Ok(());
    };
    let delete = Sql::new("DELETE FROM security_events WHERE user_id = ")
        .bind(user_id)
        .push(" AND id <= ")
        .bind(oldest)
        .push(alike);
    transaction.run(delete).await?;
    Ok(())
}
