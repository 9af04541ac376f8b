//! How a server ends without failing a request.

use std::time::Duration;

use rocket::tokio::time::timeout;
use tokio::sync::watch;

use crate::error::Error;
use crate::platform::{interrupts, terminations};
use crate::web::Draining;

/// True once the server is to end. On SIGTERM (Windows: Ctrl+Break, closing the console, shutting down)
/// it is no longer ready, but answers for as long as `drain`, until load balancers have noticed; a second
/// SIGTERM cuts the wait short. An interrupt from the keyboard ends it at once.
///
/// # Errors
/// [`Error::Startup`] if signals cannot be listened for.
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
