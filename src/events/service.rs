//! The rules of security events, and their SQL. Every statement names the user, except the one that
//! deletes old events.

use garde::Validate;
use rocket::tokio::spawn;
use sqlx::{Row, query, query_as};
use uuid::Uuid;

use super::{Event, EventFilter, EventPage, Kind, SECURITY_EVENTS};
use crate::auth::Client;
use crate::db::{Pool, Timestamp, Transaction, delete_before, new_id};
use crate::error::{Code, Error};

/// How many events a page has if nobody says.
const DEFAULT_LIMIT: u32 = 50;

/// How many the settings show.
const LATEST: u32 = 5;

/// After how many seconds an event is forgotten: 90 days.
const KEPT_SECONDS: i64 = 90 * 86_400;

/// How many wrong passwords are kept of an account, and how many other events: counted apart, so
/// that who guesses often enough pushes nothing else out.
const KEPT: i64 = 200;

/// Keeps what happened to an account, in the transaction that does it.
///
/// # Errors
/// [`Error::NotFound`] if the account has just been deleted.
pub async fn record(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    kind: Kind,
    client: &Client,
) -> Result<(), Error> {
    let now = Timestamp::now();
    make_room(pool, transaction, user_id, kind).await?;
    query(pool.sql(
        "INSERT INTO security_events (id, user_id, kind, address, user_agent, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    ))
    .bind(new_id())
    .bind(user_id)
    .bind(kind.name())
    .bind(client.address.as_str())
    .bind(client.user_agent.as_str())
    .bind(now.0)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// Keeps a failed attempt to sign in to an account. It is done after the answer: were it waited
/// for, the answer would tell by its time that there is such an account.
pub fn note_failed_sign_in(pool: &Pool, user_id: &str, client: &Client) {
    let (pool, user_id, client) = (pool.clone(), user_id.to_owned(), client.clone());
    spawn(async move {
        let recorded = async {
            let mut transaction = pool.begin().await?;
            let kind = Kind::SignInFailed;
            record(&pool, &mut transaction, &user_id, kind, &client).await?;
            transaction.commit().await?;
            Ok::<(), Error>(())
        };
        if let Err(error) = recorded.await {
            error.report();
        }
    });
}

/// A page of the user's events, the newest first.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule.
pub async fn list(pool: &Pool, user_id: &str, filter: &EventFilter) -> Result<EventPage, Error> {
    filter.validate()?;
    let before = match filter.cursor.as_deref() {
        Some(cursor) => Uuid::try_parse(cursor)
            .map(|id| id.hyphenated().to_string())
            .map_err(|_| {
                let message = "This cursor does not belong to this list.";
                Error::invalid("cursor", Code::InvalidCursor, message)
            })?,
        // No id is as great.
        None => Uuid::max().hyphenated().to_string(),
    };
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    // One more than is shown tells whether there is a next page.
    let mut items: Vec<Event> = query_as(pool.sql(
        "SELECT id, kind, address, user_agent, created_at FROM security_events
         WHERE user_id = $1 AND id < $2 AND created_at >= $3 ORDER BY id DESC LIMIT $4",
    ))
    .bind(user_id)
    .bind(before)
    .bind(oldest(Timestamp::now()).0)
    .bind(i64::from(limit) + 1)
    .fetch_all(pool.reader())
    .await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(EventPage { items, next_cursor })
}

/// The user's last few events.
pub async fn latest(pool: &Pool, user_id: &str) -> Result<Vec<Event>, Error> {
    let filter = EventFilter {
        limit: Some(LATEST),
        cursor: None,
    };
    Ok(list(pool, user_id, &filter).await?.items)
}

/// Deletes at most `most` events that are too old, of whichever user, and returns their number.
pub async fn delete_old(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &SECURITY_EVENTS, "created_at", oldest(now), most).await
}

/// The instant since which events are kept.
fn oldest(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEPT_SECONDS)
}

/// Forgets the oldest events of an account where one more would be too many.
async fn make_room(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    kind: Kind,
) -> Result<(), Error> {
    let alike = match kind.is_guess() {
        true => "kind IN ('sign_in_failed', 'password_refused')",
        false => "kind NOT IN ('sign_in_failed', 'password_refused')",
    };
    let sql = format!(
        "SELECT id FROM security_events WHERE user_id = $1 AND {alike}
         ORDER BY id DESC LIMIT 1 OFFSET {}",
        KEPT - 1
    );
    let oldest = query(pool.sql(sql))
        .bind(user_id)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(oldest) = oldest else {
        return Ok(());
    };
    let sql = format!("DELETE FROM security_events WHERE user_id = $1 AND id <= $2 AND {alike}");
    query(pool.sql(sql))
        .bind(user_id)
        .bind(oldest.try_get::<String, _>("id")?)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}
