//! Page of security events.

use rocket::{Route, State, get, routes};
use serde::Serialize;
use serde_json::json;

use crate::auth::User;
use crate::auth::events::{Event, EventFilter, EventPage, service};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::Query;
use crate::ui::{Reply, page};

const LIST: &str = "/settings/activity";

/// Returns the routes, mounted at the root.
pub fn routes() -> Vec<Route> {
    routes![list]
}

/// The values of the page.
#[derive(Serialize)]
struct EventsPage {
    events: Vec<Row>,
    next_url: Option<String>,
    /// True for the latest events.
    is_first: bool,
}

/// An event, for the template `events/_rows`.
#[derive(Serialize)]
pub struct Row {
    /// The message.
    sentence: &'static str,
    suspicious: bool,
    address: String,
    user_agent: String,
    created_at: Timestamp,
}

#[get("/settings/activity")]
async fn list(db: &State<Db>, user: User, filter: Query<EventFilter>) -> Result<Reply, Error> {
    let EventPage { items, next_cursor } = service::list(db, &user.id, &filter.0).await?;
    let values = EventsPage {
        events: rows(items),
        next_url: next_cursor.map(|cursor| format!("{LIST}?cursor={cursor}")),
        is_first: filter.0.cursor.is_none(),
    };
    Ok(page("events/list", json!(values)))
}

/// Returns the rows of events.
pub fn rows(events: Vec<Event>) -> Vec<Row> {
    let row = |event: Event| Row {
        sentence: event.kind.sentence(),
        suspicious: event.kind.is_suspicious(),
        address: event.address,
        user_agent: event.user_agent,
        created_at: event.created_at,
    };
    events.into_iter().map(row).collect()
}
