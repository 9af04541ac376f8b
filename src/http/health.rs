//! Health checks for load balancers: liveness and readiness.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rocket::http::ContentType;
use rocket::{State, get};

use crate::db::Db;
use crate::error::Error;

/// True once the server is draining: it refuses readiness and stops when traffic has moved away.
#[derive(Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Begins draining. The server is no longer ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns true if draining has begun.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type Healthy = (ContentType, &'static str);

const HEALTHY: Healthy = (ContentType::JSON, r#"{"status":"ok"}"#);

/// Responds with 200 while the process handles requests at all.
#[get("/health/live")]
pub fn live() -> Healthy {
    HEALTHY
}

/// Responds with 200 if requests can be served, which requires the database, otherwise with 503.
#[get("/health/ready")]
pub async fn ready(draining: &State<Draining>, db: &Db) -> Result<Healthy, Error> {
    if draining.has_begun() {
        return Err(Error::Draining);
    }
    db.check().await?;
    Ok(HEALTHY)
}
