//! The stream of changes, as server-sent events (WHATWG HTML, section 9.2). An event says only that
//! something has changed: the client then synchronises, or reads its page again. So a stream has
//! one pending event at most, and a client that was away needs no earlier ones.

use std::sync::Arc;
use std::time::Duration;

use garde::Validate;
use rocket::futures::stream::{StreamExt, unfold};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Route, State, get, routes};
use serde::Deserialize;
use tokio::select;
use tokio::time::{Instant, sleep_until};
use utoipa::IntoParams;

use crate::auth::{Lease, Scoped, TasksRead, is_client_name};
use crate::db::{Db, Pool, Timestamp};
use crate::error::{Code, Error, Violation};
use crate::http::input::present;
use crate::http::{EventStream, Problem, Query};
use crate::live::{Event, Hub, Subscription};
use crate::locale::message;
use crate::log;

/// Maximum time without a byte. A connection that has gone is noticed when bytes wait for it.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// Minimum time between two events. Changes in between become one event.
const PAUSE: Duration = Duration::from_millis(100);

/// Maximum duration of a stream.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The time after which a client connects again, in milliseconds: at least this, and less than this
/// more, so that the clients of a server that stops do not come all at once.
const RETRY: (u64, u64) = (500, 1_500);

/// Returns the routes to mount under `/api/v1`. They answer with events.
pub fn routes() -> Vec<Route> {
    routes![events]
}

/// The parameters of a stream.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamFilter {
    /// The `id` of the last event that the client has, if it cannot send the header Last-Event-ID.
    #[garde(skip)]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub last_event_id: Option<String>,
    /// The name that the client sends as the header Docket-Client with its changes: at most 64
    /// letters, digits, hyphens and underscores.
    #[garde(inner(custom(check_client)))]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub client: Option<String>,
}

fn check_client(name: &str, _: &()) -> garde::Result {
    match is_client_name(name) {
        true => Ok(()),
        false => Err(Violation::new(Code::InvalidCharacters, message!("client-name")).into()),
    }
}

/// The header `Last-Event-ID`.
pub struct LastEventId(Option<String>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LastEventId {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<LastEventId, ()> {
        let id = request.headers().get_one("Last-Event-ID");
        Outcome::Success(LastEventId(id.map(str::to_owned)))
    }
}

/// Wait for changes
///
/// A stream of server-sent events. The event `ready` comes first; its `id` stands for everything
/// that you can see. The event `change` says that something has changed, by anyone and on any
/// device: synchronise with `GET /api/v1/changes`. Its data are `{"own":true}` if all changes since
/// the last event were requests with the header `Docket-Client` and the name in `client`, and
/// `{"own":false}` otherwise. A client that connects again sends the last `id`, and gets an event
/// `change` at once if it has missed something. The stream ends when its token expires or is
/// revoked; then connect again with a new one.
#[utoipa::path(get, path = "/api/v1/events", tag = "Changes", operation_id = "stream_events",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(StreamFilter,
        ("Last-Event-ID" = Option<String>, Header,
            description = "The `id` of the last event. Browsers send it by themselves")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream",
            description = "Events, until the token expires",
            example = "retry: 1000\nid: 1764170000000000\nevent: ready\ndata: {}\n\n\
                id: 1764170005000000\nevent: change\ndata: {\"own\":false}\n\n"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 406, body = Problem, description = "Accept excludes text/event-stream"),
        (status = 422, body = Problem, description = "A parameter is unknown or invalid"),
        (status = 503, body = Problem, description = "You have, or all together have, too many \
            open streams")))]
#[get("/events")]
pub async fn events(
    db: &State<Db>,
    hub: &State<Arc<Hub>>,
    user: Scoped<TasksRead>,
    lease: Lease,
    last: LastEventId,
    filter: Query<StreamFilter>,
) -> Result<EventStream, Error> {
    let filter = filter.0;
    filter.validate()?;
    let pool: &Pool = db;
    let subscription = hub
        .subscribe(pool, &user.id, lease.credential, filter.client)
        .await?;
    let now = Instant::now();
    let left = lease.expires_at.map(|instant| {
        let microseconds = instant.0.saturating_sub(Timestamp::now().0);
        Duration::from_micros(u64::try_from(microseconds).unwrap_or_default())
    });
    let open = Open {
        pool: pool.clone(),
        ends_at: now + left.unwrap_or(LONGEST).min(LONGEST),
        last: last.0.or(filter.last_event_id),
        told: None,
        subscription,
    };
    Ok(EventStream(unfold(open, Open::next).boxed()))
}

/// A stream and what it has told.
struct Open {
    subscription: Subscription,
    pool: Pool,
    ends_at: Instant,
    /// The id that the client has sent.
    last: Option<String>,
    /// The version of the last event and its time. `None` before the first one.
    told: Option<(i64, Instant)>,
}

impl Open {
    /// Returns the next text to send. `None` ends the stream.
    async fn next(mut self) -> Option<(String, Open)> {
        let Some((version, told_at)) = self.told else {
            return Some(self.begin());
        };
        let heartbeat = Instant::now() + HEARTBEAT;
        loop {
            select! {
                () = self.subscription.changed() => {}
                () = sleep_until(heartbeat.min(self.ends_at)) => {
                    let is_over = self.ends_at <= heartbeat;
                    return (!is_over).then(|| (":\n\n".to_owned(), self));
                }
            }
            sleep_until(told_at + PAUSE).await;
            // A query, which few streams need at once.
            let taken = Box::pin(self.subscription.take(&self.pool)).await;
            match taken {
                Ok(Some(event)) if event.version != version => {
                    self.told = Some((event.version, Instant::now()));
                    return Some((change(event), self));
                }
                Ok(_) => {}
                // The client connects again, and is then told why it may not, or of the change.
                Err(error) => {
                    if !matches!(error, Error::Unauthenticated(_)) {
                        log::report(&error);
                    }
                    return None;
                }
            }
        }
    }

    /// Begins the stream. A client that knows another version has missed something.
    fn begin(mut self) -> (String, Open) {
        let version = self.subscription.version();
        self.told = Some((version, Instant::now()));
        let (least, more) = RETRY;
        let retry = least + self.subscription.number().wrapping_mul(617) % more;
        let mut text = format!("retry: {retry}\nid: {version}\nevent: ready\ndata: {{}}\n\n");
        let last = self.last.take();
        if last.is_some_and(|last| last != version.to_string()) {
            let own = false;
            text.push_str(&change(Event { version, own }));
        }
        (text, self)
    }
}

fn change(event: Event) -> String {
    let Event { version, own } = event;
    format!("id: {version}\nevent: change\ndata: {{\"own\":{own}}}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_block_of_lines() {
        let event = Event {
            version: 7,
            own: true,
        };
        let text = "id: 7\nevent: change\ndata: {\"own\":true}\n\n";
        assert_eq!(change(event), text);
    }
}
