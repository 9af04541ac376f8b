//! How a server ends without failing a request.

use std::time::Duration;

use rocket::config::Shutdown;
use rocket::tokio::signal::unix::{SignalKind, signal};
use rocket::tokio::time::timeout;
use rocket::{Orbit, Rocket, tokio};

use crate::log;
use crate::web::Draining;

/// How long requests that are being answered may take to the end, in seconds: longer than a
/// statement may.
const GRACE_SECONDS: u32 = 6;

/// Rocket's part: an interrupt from the keyboard ends it at once.
pub fn settings() -> Shutdown {
    Shutdown {
        ctrlc: true,
        signals: Default::default(),
        grace: GRACE_SECONDS,
        mercy: 1,
        ..Shutdown::default()
    }
}

/// On SIGTERM the server is no longer ready, but answers for as long as `drain`, until load
/// balancers have noticed; then it finishes what it has begun, and ends. A second SIGTERM cuts the
/// wait short.
pub fn listen(rocket: &Rocket<Orbit>, drain: Duration) {
    let shutdown = rocket.shutdown();
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            log::error(&format!("SIGTERM cannot be listened for: {error}"), None);
            return;
        }
    };
    let draining = rocket.state::<Draining>().cloned();
    tokio::spawn(async move {
        terminate.recv().await;
        if let Some(draining) = draining {
            draining.begin();
        }
        let _ = timeout(drain, terminate.recv()).await;
        shutdown.notify();
    });
}
