//! Page of security events.

use rocket::{Route, State, get, routes};
use serde_json::{Value, json};

use crate::auth::User;
use crate::auth::events::{Event, EventFilter, EventPage, service};
use crate::db::Db;
use crate::error::Error;
use crate::http::Query;
use crate::ui::{Reply, page};

const LIST: &str = "/settings/activity";

/// Returns the routes, mounted at the root.
pub fn routes() -> Vec<Route> {
    routes![list]
}

#[get("/settings/activity")]
async fn list(db: &State<Db>, user: User, filter: Query<EventFilter>) -> Result<Reply, Error> {
    let EventPage { items, next_cursor } = service::list(db, &user.id, &filter.0).await?;
    let values = json!({
        "events": rows(&items),
        "next_url": next_cursor.map(|cursor| format!("{LIST}?cursor={cursor}")),
        "first": filter.0.cursor.is_none(),
    });
    Ok(page("events/list", values))
}

/// Converts events to the context of the template `events/_rows`.
pub fn rows(events: &[Event]) -> Value {
    let row = |event: &Event| {
        json!({
            "kind": event.kind,
            "sentence": event.kind.sentence(),
            "suspicious": event.kind.is_suspicious(),
            "address": event.address,
            "user_agent": event.user_agent,
            "created_at": event.created_at,
        })
    };
    events.iter().map(row).collect()
}
