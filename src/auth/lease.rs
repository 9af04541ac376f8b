//! The sessions and API tokens of open streams. A request is authenticated once, and a stream lasts:
//! it ends with the token that opened it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rocket::Request;
use rocket::request::{FromRequest, Outcome};
use tokio::select;
use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;

use super::guard::identify;
use crate::db::{Pool, Sql, Timestamp, row};
use crate::error::Error;
use crate::live::{Credential, Hub};
use crate::log;

/// Interval between two checks of the sessions and API tokens of all streams of a node.
const INTERVAL: Duration = Duration::from_secs(2);

/// Number of sessions or API tokens that a statement checks.
const CHECKED: usize = 500;

/// The session or the API token of a request, and the time until which it is valid without another
/// check.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The session or the API token.
    pub credential: Credential,
    /// Time at which the token of the request expires. `None` if never.
    pub expires_at: Option<Timestamp>,
}

impl Lease {
    pub(super) fn of_session(id: &str, expires_at: Timestamp) -> Lease {
        Lease {
            credential: Credential::Session(Uuid::try_parse(id).unwrap_or_default()),
            expires_at: Some(expires_at),
        }
    }

    pub(super) fn of_api_token(id: &str, expires_at: Option<Timestamp>) -> Lease {
        Lease {
            credential: Credential::ApiToken(Uuid::try_parse(id).unwrap_or_default()),
            expires_at,
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Lease {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Lease, ()> {
        match identify(request).await {
            Ok(identity) => Outcome::Success(identity.lease),
            Err(refusal) => Outcome::Error(refusal.answer(request)),
        }
    }
}

/// Ends the streams whose session or API token has ended on any node, until `stop` is true. One
/// statement checks those of many streams.
pub async fn end_streams(hub: Arc<Hub>, pool: Pool, mut stop: watch::Receiver<bool>) {
    let check = async {
        loop {
            sleep(INTERVAL).await;
            match ended(&pool, &hub.credentials()).await {
                Ok(ended) => ended.into_iter().for_each(|credential| hub.end(credential)),
                Err(error) => log::report(&error),
            }
        }
    };
    select! {
        () = check => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Returns the sessions and API tokens that have ended.
async fn ended(
    pool: &Pool,
    credentials: &BTreeSet<Credential>,
) -> Result<BTreeSet<Credential>, Error> {
    let all: Vec<Credential> = credentials.iter().copied().collect();
    let mut ended = credentials.clone();
    for some in all.chunks(CHECKED) {
        for credential in live(pool, some).await? {
            ended.remove(&credential);
        }
    }
    Ok(ended)
}

/// Returns those of the sessions and API tokens that are valid.
async fn live(pool: &Pool, credentials: &[Credential]) -> Result<Vec<Credential>, Error> {
    let (mut sessions, mut tokens) = (Vec::new(), Vec::new());
    for credential in credentials {
        match credential {
            Credential::Session(id) => sessions.push(id.to_string()),
            Credential::ApiToken(id) => tokens.push(id.to_string()),
        }
    }
    let mut live = Vec::new();
    if !sessions.is_empty() {
        let query = Sql::new("SELECT sessions.id AS id FROM sessions")
            .push(" JOIN users ON users.id = sessions.user_id")
            .push(" WHERE users.disabled = 0 AND sessions.expires_at > ")
            .bind(Timestamp::now())
            .push(" AND sessions.id ")
            .append(pool.engine().one_of(&sessions));
        live.extend(ids(pool, query).await?.map(Credential::Session));
    }
    if !tokens.is_empty() {
        let query = Sql::new("SELECT api_tokens.id AS id FROM api_tokens")
            .push(" JOIN users ON users.id = api_tokens.user_id WHERE users.disabled = 0")
            .push(" AND (api_tokens.expires_at IS NULL OR api_tokens.expires_at > ")
            .bind(Timestamp::now())
            .push(") AND api_tokens.id ")
            .append(pool.engine().one_of(&tokens));
        live.extend(ids(pool, query).await?.map(Credential::ApiToken));
    }
    Ok(live)
}

async fn ids(pool: &Pool, query: Sql) -> Result<impl Iterator<Item = Uuid>, Error> {
    let rows: Vec<Found> = pool.fetch(query).await?;
    let rows = rows.into_iter();
    Ok(rows.filter_map(|row| Uuid::try_parse(&row.id).ok()))
}

row! {
    struct Found {
        id: String,
    }
}
