//! Support for all suites: a server per test, accounts, and assertions about responses.
//!
//! ```ignore
//! let server = Server::start().await;
//! let ada = User::register(&server).await;
//! let task = ada.add_task("Buy milk").await;
//! assert_eq!(ada.get("/api/v1/me").gives(200).await["email"], ada.email);
//! ada.post("/api/v1/tasks", &json!({ "title": "" })).fails(422).await.names("title");
//! ```
//!
//! Tests do not rely on sleeping: [`until`] polls a condition up to a deadline.

// Not every suite uses every helper.
#![allow(dead_code, unused_imports)]

mod answer;
mod database;
mod database_server;
mod gate;
mod helper;
pub mod jwt;
mod permissions;
mod raw;
mod server;
mod small_disk;
mod user;

use std::time::{Duration, Instant};

pub use answer::{Ask, Problem, body, expect, header, problem};
pub use database::{EmptyDatabase, Engine, OnDelete, TestDatabase, connect, on_delete};
pub use database_server::DatabaseServer;
pub use gate::{Gate, Way};
pub use helper::{Balancer, Pooler, free_port};
pub use permissions::{assert_private, make_private};
pub use raw::{RawAnswer, raw};
pub use server::{Command, Ran, Server, client, docket};
pub use small_disk::SmallDisk;
pub use user::{Tokens, User, email, password};

/// Maximum wait for something that should happen at once; long enough for a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Polls `check` until it holds. Panics with `what` after [`DEADLINE`].
pub async fn until<F, Fut>(what: &str, mut check: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    let started = Instant::now();
    while !check().await {
        assert!(started.elapsed() < DEADLINE, "gave up waiting: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Encodes `name=value&…`.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://localhost/").expect("a URL");
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// Returns true if `text` is a timestamp in Docket's format: `2026-11-24T11:55:00.123456Z`.
pub fn is_moment(text: &str) -> bool {
    let pattern = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    text.len() == pattern.len()
        && text
            .chars()
            .zip(pattern.chars())
            .all(|(found, wanted)| match wanted {
                'd' => found.is_ascii_digit(),
                other => found == other,
            })
}

/// Waits for all futures. Returns their results, in no particular order.
pub async fn together<T: Send + 'static>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut set = tokio::task::JoinSet::new();
    for future in futures {
        set.spawn(future);
    }
    set.join_all().await
}
