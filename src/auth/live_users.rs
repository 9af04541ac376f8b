//! Who is signed in, asked of the database anew for each request, so that a session that has been
//! ended anywhere is ended here, and for many requests in one query, so that it costs little.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::db::{Engine, Pool, Timestamp, Value, fetch_packed};
use crate::error::Error;
use crate::together::{Asked, Terms, Together};

/// How long a request waits to be told: as long as two queries may take, its own and one before it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many sessions a query asks for on MySQL: few forms, so that each is prepared once.
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

/// The values of a [`LiveUser`], in their order.
pub(super) type UserRow = (String, String, String, i64, i64, i64);

impl From<UserRow> for LiveUser {
    fn from(row: UserRow) -> LiveUser {
        let (id, email, display_name, created_at, updated_at, tasks_version) = row;
        LiveUser {
            id,
            email,
            display_name,
            created_at: Timestamp(created_at),
            updated_at: Timestamp(updated_at),
            tasks_version,
        }
    }
}

const COLUMNS: &str = "session_id, expires_at, user_id, email, display_name, created_at, \
                       updated_at, tasks_version";

/// The values of [`COLUMNS`], in their order.
type SessionRow = (String, i64, String, String, String, i64, i64, i64);

/// The requests that wait to be told whose they are.
pub(super) struct LiveUsers(Together<Session, Answer>);

/// The user of a live session, if there is one.
type Answer = Result<Option<LiveUser>, Error>;

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
    /// The user of a session, if the session lives and the account is not disabled.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn find(&self, pool: &Pool, user_id: &str, session_id: &str) -> Answer {
        let session = Session {
            id: session_id.to_owned(),
            user_id: user_id.to_owned(),
        };
        let found = self.0.ask(session, pool, answer);
        let found = timeout(PATIENCE, found).await.ok().flatten();
        found.unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut)))
    }
}

async fn answer(pool: Pool, asked: Vec<Asked<Session, Answer>>) {
    match find_all(&pool, &asked).await {
        Ok(found) => {
            for asked in asked {
                let user = found.get(&asked.question.id);
                let user = user.filter(|user| user.id == asked.question.user_id);
                let user = user.cloned();
                asked.tell(Ok(user));
            }
        }
        Err(error) => {
            for asked in asked {
                asked.tell(Err(error.for_another()));
            }
        }
    }
}

/// The users of the live sessions among those asked for, by the session's id.
async fn find_all(
    pool: &Pool,
    asked: &[Asked<Session, Answer>],
) -> Result<HashMap<String, LiveUser>, Error> {
    let ids: Vec<_> = asked
        .iter()
        .map(|asked| asked.question.id.as_str())
        .collect();
    let (among, values) = among(pool.engine(), &ids);
    // Whose session it is and whether it has expired is seen below. PostgreSQL would use an index of
    // those, and read every session that there is.
    let sql = format!(
        "SELECT s.id AS session_id, s.expires_at, u.id AS user_id, u.email, u.display_name,
                u.created_at, u.updated_at, u.tasks_version
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE u.disabled = 0 AND s.id {among}"
    );
    let rows: Vec<SessionRow> = fetch_packed(pool, COLUMNS, sql, values).await?;
    let now = Timestamp::now().0;
    let mut found = HashMap::new();
    for (session_id, expires_at, id, email, name, created_at, updated_at, version) in rows {
        if expires_at > now {
            let user = (id, email, name, created_at, updated_at, version);
            found.insert(session_id, LiveUser::from(user));
        }
    }
    Ok(found)
}

/// What follows a column that has one of these values, and the values of its places.
fn among(engine: Engine, ids: &[&str]) -> (String, Vec<Value>) {
    if let Some(rows) = engine.rows_of_json("$1") {
        let ids: Vec<_> = ids.iter().map(|id| [id]).collect();
        let among = engine.any_of(&format!("SELECT value ->> 0 FROM {rows}"));
        return (among, vec![Value::Text(json!(ids).to_string())]);
    }
    let size = SIZES.into_iter().find(|size| *size >= ids.len());
    let places: Vec<_> = (1..)
        .take(size.unwrap_or(MOST))
        .map(|n| format!("${n}"))
        .collect();
    // A place that is left over asks again for the last one.
    let rest = ids.last().into_iter().cycle();
    let values = ids.iter().chain(rest).take(places.len());
    let values = values.map(|id| Value::Text((*id).to_owned())).collect();
    (engine.any_of(&places.join(", ")), values)
}
