//! Entry points to the parsers of untrusted input, for the targets in `fuzz/`. Compiled only by
//! cargo-fuzz.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::header::{COOKIE, HeaderMap, HeaderValue};
use rocket::local::asynchronous::Client;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::api;
use crate::config::Config;
use crate::db::Timestamp;
use crate::error::Error;
use crate::filter_language::{self, Places, Viewpoint};
use crate::http::{Draining, Uploads, body};
use crate::items::TaskRow;
use crate::limits::Streams;
use crate::listener::activity::Connections;
use crate::listener::{self, bridge, request};
use crate::locale::{Language, message};
use crate::server::{not_started, server};
use crate::tasks::commands::merge as merge_row;
use crate::tasks::cursor::Cursor;
use crate::tasks::{NewTask, Sort, Task, TaskPatch};
use crate::ui::{Flash, markdown};
use crate::when::Preferences;

/// Decodes a cursor of a list in this order and returns its fields.
pub fn read_cursor(text: &str, sort: Sort) -> Option<Value> {
    let cursor = Cursor::decode(text, sort).ok()?;
    serde_json::to_value(cursor).ok()
}

/// Encodes a cursor with these fields. `None` if the fields are invalid.
pub fn write_cursor(fields: Value) -> Option<String> {
    let cursor: Cursor = serde_json::from_value(fields).ok()?;
    cursor.encode().ok()
}

/// Parses the body of a `PATCH` of a task.
pub fn read_patch(text: &str) -> Result<TaskPatch, Error> {
    body::from_json(text)
}

/// Parses the body of a `POST` or `PUT` of a task.
pub fn read_task(text: &str) -> Result<NewTask, Error> {
    body::from_json(text)
}

/// Applies patches to an open task, one after another.
pub fn merge(patches: &[&TaskPatch]) -> Task {
    let mut row = TaskRow::example("", "0192f0c1-2345-7000-8000-000000000000");
    for patch in patches {
        merge_row(&mut row, patch);
    }
    row.into()
}

/// The tasks that a filter selects.
#[derive(Debug, PartialEq, Eq)]
pub struct Filtered {
    /// True for each of some tasks that is selected.
    pub tasks: Vec<bool>,
    /// True for each of them that is open.
    pub open: Vec<bool>,
}

/// Filters some tasks at a moment, in microseconds since 1970. An error has its position and its
/// message.
pub fn filter_tasks(text: &str, now: i64) -> Result<Filtered, (usize, String)> {
    let filter = filter_language::parse(text).map_err(|error| {
        let message = Language::English.say(&error.message);
        (error.position, message)
    })?;
    let condition = filter.at(&Viewpoint::of(&Preferences::default(), Timestamp(now)));
    let mut places = Places::default();
    places.add_project("home", "Home", None);
    places.add_project("garden", "The garden", Some("home"));
    places.add_section("shed", "Shed");
    let task = TaskRow::example("home", "1");
    let tasks = [
        task.clone(),
        TaskRow {
            project_id: "garden".into(),
            section_id: Some("shed".into()),
            labels: Some(r#"["water","50%"]"#.into()),
            due: Some("2026-04-01".into()),
            priority: 1,
            ..task.clone()
        },
        TaskRow {
            due: Some("2026-04-01T17:00".into()),
            deadline: Some("2026-04-03".into()),
            parent_id: Some("1".into()),
            completed_at: Some(Timestamp(now)),
            ..task.clone()
        },
        TaskRow {
            due: Some("2026-04-01T17:00".into()),
            due_at: Some(Timestamp(1_775_055_600_000_000)),
            start_date: Some("2026-03-01".into()),
            created_at: Timestamp(now),
            ..task
        },
    ];
    let selected = tasks.iter().map(|task| condition.matches(task, &places));
    Ok(Filtered {
        tasks: selected.collect(),
        open: tasks
            .iter()
            .map(|task| task.completed_at.is_none())
            .collect(),
    })
}

/// Returns true if an `Accept` header includes JSON.
pub fn takes_json(header: &str) -> bool {
    api::takes_json(header)
}

/// Parses `Cookie` headers into names and values.
pub fn read_cookies(headers: &[HeaderValue]) -> Vec<(String, String)> {
    let mut map = HeaderMap::new();
    for header in headers {
        map.append(COOKIE, header.clone());
    }
    request::cookies(&map)
        .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
        .collect()
}

/// Encodes a message of success about a name as a flash cookie. Returns the cookie, and the message
/// in English.
pub fn write_flash(name: &str) -> (String, String) {
    let message = message!("done-deleted", name = name);
    let said = Language::English.say(&message);
    (Flash::success(message).encode(), said)
}

/// Decodes a flash cookie into kind and message.
pub fn read_flash(value: &str) -> Option<(String, String)> {
    let flash = serde_json::to_value(Flash::decode(value)?).ok()?;
    let kind = flash["kind"].as_str()?.to_owned();
    let message = serde_json::from_value(flash["message"].clone()).ok()?;
    Some((kind, Language::English.say(&message)))
}

/// Renders a description as HTML.
pub fn to_html(text: &str) -> String {
    markdown::to_html(text)
}

/// Renders a description as one line of text.
pub fn to_preview(text: &str) -> String {
    markdown::to_preview(text)
}

/// Sanitizes HTML that does not come from Markdown.
pub fn clean(html: &str) -> String {
    markdown::clean(html)
}

/// The whole server, without a network.
pub struct Server {
    bridge: Arc<bridge::Bridge>,
    connections: Connections,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Starts the server with these settings, except for the address.
    ///
    /// # Errors
    /// [`Error::Startup`] if it cannot start.
    pub async fn start(config: &Config) -> Result<Server, Error> {
        let streams = Streams::new(config.connections);
        let uploads = Uploads::new(&config.data_dir);
        let rocket = server(config, Draining::default(), streams, uploads)?;
        let rocket = Client::untracked(rocket).await.map_err(not_started)?;
        let stop = watch::Sender::new(false);
        let bridge = bridge::Bridge::new(Arc::new(rocket), stop.subscribe());
        Ok(Server {
            bridge: Arc::new(bridge),
            connections: Connections::new(1),
            stop,
        })
    }

    /// Serves one connection until it ends.
    pub async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        let connection = self.connections.enter();
        let bridge = self.bridge.clone();
        listener::serve(stream, peer, connection, bridge, self.stop.subscribe()).await;
    }
}
