//! Page of security events.

use std::collections::BTreeSet;

use rocket::{Route, State, get, routes};
use serde::Serialize;

use crate::auth::User;
use crate::auth::events::{Event, EventFilter, EventPage, service};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::Query;
use crate::locale::Language;
use crate::ui::{Reply, device_name, page};

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

/// Consecutive events of one kind on one device, for the template `events/_rows`.
#[derive(Serialize)]
pub struct Row {
    /// The message.
    sentence: &'static str,
    suspicious: bool,
    user_agent: String,
    /// The addresses, each once, that of the last event first.
    addresses: Vec<String>,
    /// The events, the last one first.
    events: Vec<Moment>,
}

#[derive(Serialize)]
struct Moment {
    at: Timestamp,
    address: String,
}

#[get("/settings/activity")]
async fn list(db: &State<Db>, user: User, filter: Query<EventFilter>) -> Result<Reply, Error> {
    let EventPage { items, next_cursor } = service::list(db, &user.id, &filter.0).await?;
    let values = EventsPage {
        events: rows(&items),
        next_url: next_cursor.map(|cursor| format!("{LIST}?cursor={cursor}")),
        is_first: filter.0.cursor.is_none(),
    };
    Ok(page("events/list", &values))
}

/// Returns the rows of events, which begin with the last one.
pub fn rows(events: &[Event]) -> Vec<Row> {
    let device = |event: &Event| device_name(&event.user_agent, Language::English);
    let alike = events
        .chunk_by(|one, other| one.kind == other.kind && device(one) == device(other))
        .filter_map(|chunk| Some((chunk.first()?, chunk)));
    let row = |(last, events): (&Event, &[Event])| {
        let mut seen = BTreeSet::new();
        let addresses = events.iter().map(|event| &event.address);
        let addresses = addresses.filter(|address| !address.is_empty() && seen.insert(*address));
        Row {
            sentence: last.kind.sentence(),
            suspicious: last.kind.is_suspicious(),
            user_agent: last.user_agent.clone(),
            addresses: addresses.cloned().collect(),
            events: events.iter().map(Moment::of).collect(),
        }
    };
    alike.map(row).collect()
}

impl Moment {
    fn of(event: &Event) -> Moment {
        Moment {
            at: event.created_at,
            address: event.address.clone(),
        }
    }
}
