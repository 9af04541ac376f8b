//! Who is signed in, asked of the database anew for each request, so that a session that has been
//! ended anywhere is ended here, and for many requests in one query, so that it costs little.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};
use tokio::time::timeout;

use crate::db::{Pool, Timestamp};
use crate::error::Error;
use crate::together::{Asked, Terms, Together};

/// How long a request waits to be told: as long as two queries may take, its own and one before it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many sessions a query asks for: few forms, so that each is prepared once.
const SIZES: [usize; 3] = [1, 8, 64];
const MOST: usize = SIZES[SIZES.len() - 1];

/// The row of the user of a live session.
#[derive(Clone)]
pub struct LiveUser {
    /// The user's id.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// The name to be addressed by.
    pub display_name: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the profile was last changed.
    pub updated_at: Timestamp,
    /// What the version of the user's tasks is; each write advances it.
    pub tasks_version: i64,
}

impl<'r> FromRow<'r, AnyRow> for LiveUser {
    fn from_row(row: &'r AnyRow) -> Result<LiveUser, sqlx::Error> {
        Ok(LiveUser {
            id: row.try_get(0)?,
            email: row.try_get(1)?,
            display_name: row.try_get(2)?,
            created_at: Timestamp(row.try_get(3)?),
            updated_at: Timestamp(row.try_get(4)?),
            tasks_version: row.try_get(5)?,
        })
    }
}

/// The requests that wait to be told whose they are.
pub(super) struct LiveUsers(Together<Session, Option<LiveUser>>);

/// What an access token says of its session.
struct Session {
    id: String,
    user_id: String,
}

impl Default for LiveUsers {
    fn default() -> LiveUsers {
        LiveUsers(Together::new(Terms {
            turns: 2,
            most: MOST,
            patience: PATIENCE,
        }))
    }
}

impl LiveUsers {
    /// The user of a session, if the session lives and the account is not disabled; nothing if the
    /// database does not say, which is then in the log.
    pub async fn find(
        &self,
        pool: &Pool,
        user_id: &str,
        session_id: &str,
    ) -> Option<Option<LiveUser>> {
        let session = Session {
            id: session_id.to_owned(),
            user_id: user_id.to_owned(),
        };
        let found = self.0.ask(session, pool, answer);
        timeout(PATIENCE, found).await.ok()?
    }
}

/// Tells each of them. Who is not told waits no longer.
async fn answer(pool: Pool, asked: Vec<Asked<Session, Option<LiveUser>>>) {
    if let Err(error) = tell(&pool, asked).await {
        error.report();
    }
}

async fn tell(pool: &Pool, asked: Vec<Asked<Session, Option<LiveUser>>>) -> Result<(), Error> {
    let size = SIZES.into_iter().find(|size| *size >= asked.len());
    let places: Vec<_> = (2..)
        .take(size.unwrap_or(MOST))
        .map(|n| format!("${n}"))
        .collect();
    // The index of sessions decides; whether it is this user's session is seen below.
    let mut query = sqlx::query(pool.sql(format!(
        "SELECT u.id, u.email, u.display_name, u.created_at, u.updated_at, u.tasks_version, s.id
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.expires_at > $1 AND u.disabled = 0 AND s.id IN ({})",
        places.join(", ")
    )))
    .bind(Timestamp::now().0);
    let sessions = asked.iter().map(|asked| asked.question.id.as_str());
    // A place that is left over asks again for the last one.
    let rest = asked.last().map(|asked| asked.question.id.as_str());
    for session in sessions.chain(rest.into_iter().cycle()).take(places.len()) {
        query = query.bind(session.to_owned());
    }
    let mut found = HashMap::new();
    for row in query.fetch_all(pool.reader()).await? {
        let session_id: String = row.try_get(6)?;
        found.insert(session_id, LiveUser::from_row(&row)?);
    }
    for asked in asked {
        let user = found.get(&asked.question.id);
        let user = user.filter(|user| user.id == asked.question.user_id);
        let user = user.cloned();
        asked.tell(user);
    }
    Ok(())
}
