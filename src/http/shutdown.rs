//! Graceful shutdown: signals, readiness and draining.

use std::time::Duration;

use rocket::tokio::time::timeout;
use tokio::sync::watch;

use super::Draining;
use crate::error::Error;
use crate::platform::{interrupts, terminations};

/// Returns a receiver that becomes true when the server must stop.
///
/// On SIGTERM (Windows: Ctrl+Break, closing the console, system shutdown) the server reports itself
/// unready and keeps serving for `drain`, until load balancers have noticed. A second SIGTERM ends
/// the wait. An interrupt from the keyboard stops the server at once.
///
/// # Errors
/// [`Error::Startup`] if the signal handlers cannot be installed.
pub fn listen(draining: Draining, drain: Duration) -> Result<watch::Receiver<bool>, Error> {
    let unheard = |error| Error::Startup(format!("signals cannot be listened for: {error}"));
    let mut terminations = terminations().map_err(unheard)?;
    let mut interrupts = interrupts().map_err(unheard)?;
    let (sender, stop) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {
                draining.begin();
                let _ = timeout(drain, terminations.recv()).await;
            }
        }
        sender.send_replace(true);
    });
    Ok(stop)
}
