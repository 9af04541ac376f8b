//! Whether the server lives, and whether it should be sent requests: for load balancers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rocket::http::ContentType;
use rocket::{State, get};

use crate::db::Db;
use crate::error::Error;

/// Whether the server has been told to end, and ends once nobody sends requests any more.
#[derive(Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on the server is not ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type Healthy = (ContentType, &'static str);

const HEALTHY: Healthy = (ContentType::JSON, r#"{"status":"ok"}"#);

/// Answers as long as the server does anything at all.
#[get("/health/live")]
pub fn live() -> Healthy {
    HEALTHY
}

/// Answers 200 if requests can be served, which takes the database, and 503 if not.
#[get("/health/ready")]
pub async fn ready(draining: &State<Draining>, db: &Db) -> Result<Healthy, Error> {
    if draining.has_begun() {
        return Err(Error::Draining);
    }
    db.check().await?;
    Ok(HEALTHY)
}
