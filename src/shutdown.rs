//! How a server ends without failing a request.

use std::time::Duration;

use rocket::tokio::signal::unix::{SignalKind, signal};
use rocket::tokio::time::timeout;
use tokio::sync::watch;

use crate::error::Error;
use crate::web::Draining;

/// True once the server is to end. On SIGTERM it is no longer ready, but answers for as long as
/// `drain`, until load balancers have noticed; a second SIGTERM cuts the wait short. An interrupt
/// from the keyboard ends it at once.
///
/// # Errors
/// [`Error::Startup`] if signals cannot be listened for.
pub fn listen(draining: Draining, drain: Duration) -> Result<watch::Receiver<bool>, Error> {
    let unheard = |error| Error::Startup(format!("signals cannot be listened for: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
    let (sender, stop) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {
                draining.begin();
                let _ = timeout(drain, terminate.recv()).await;
            }
        }
        sender.send_replace(true);
    });
    Ok(stop)
}
