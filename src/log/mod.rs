//! The log: one line for each request and each fault of the server, on standard error, from the
//! events and spans of `tracing`. Nothing secret or personal is ever handed to it.

mod escape;
mod lines;
mod output;

use std::fmt;
use std::io::stderr;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rocket::config::LogLevel;
use tracing::{Instrument, Level, Span};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt;

pub use escape::visible;
use lines::Lines;

use crate::console;
use crate::error::Error;

/// Target of the event that says why the program ends. It is logged at any level.
const FATAL: &str = "docket::fatal";

/// Writes what is left of the log when it is dropped.
static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

/// The format of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Time, level, then `name=value`.
    Text,
    /// A JSON object.
    Json,
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Format, ()> {
        match text {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Format::Text => "text",
            Format::Json => "json",
        })
    }
}

/// A request that has been answered.
pub struct Answered<'a> {
    /// Its id.
    pub request_id: &'a str,
    /// Its method.
    pub method: &'a str,
    /// The pattern of its route; never the path, which may contain anything.
    pub route: Option<&'a str>,
    /// The status of the response.
    pub status: u16,
    /// The time that the response took to be made.
    pub duration: Duration,
    /// The user, if a token named one.
    pub user_id: Option<&'a str>,
}

/// Starts the log of a server. A panic becomes a line with its place, and not its message, which may
/// be about anything.
///
/// # Errors
/// [`Error::Startup`] if the log has been started before.
pub fn start(format: Format, level: LogLevel) -> Result<(), Error> {
    let (writer, guard) = output::start(stderr(), move |count| lines::lost(format, count));
    *GUARD.lock().unwrap_or_else(PoisonError::into_inner) = Some(guard);
    let subscriber = tracing_subscriber::registry().with(Lines::new(format, level, writer));
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|_| Error::Startup("the log has been started already".into()))?;
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            tracing::error!("the program panicked at {}:{}", place.file(), place.line());
        }
    }));
    Ok(())
}

/// Does the work of a request. Each line about it has the request's id.
pub async fn within<T>(request_id: &str, work: impl Future<Output = T>) -> T {
    work.instrument(request_span(request_id)).await
}

// A fault has the level of an error, so the span that names its request must have it, too.
fn request_span(request_id: &str) -> Span {
    tracing::error_span!("request", request_id)
}

/// Writes the line of a request. A response of a server at fault has the level of an error.
pub fn request(answered: &Answered<'_>) {
    macro_rules! event {
        ($level:expr) => {
            tracing::event!(
                $level,
                event = "request",
                request_id = answered.request_id,
                method = answered.method,
                route = answered.route,
                status = answered.status,
                duration_ms = answered.duration.as_secs_f64() * 1_000.0,
                user_id = answered.user_id,
            )
        };
    }
    if answered.status >= 500 {
        event!(Level::ERROR);
    } else {
        event!(Level::INFO);
    }
}

/// Says why the program ends, whatever is logged otherwise: in the log of a server, else as a
/// message of a command.
pub fn fatal(message: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!(target: FATAL, "{message}");
    } else {
        console::eprint_line(&format!("error: {}", visible(message)));
    }
}

/// Writes a fault that is met outside a server, too: in its log, else as a message of a command.
pub fn error(message: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{message}");
    } else {
        console::eprint_line(&format!("error: {}", visible(message)));
    }
}

/// Writes what is left, and ends the log.
pub fn flush() {
    drop(GUARD.lock().unwrap_or_else(PoisonError::into_inner).take());
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::panic::AssertUnwindSafe;
    use std::process::Command;

    use rocket::config::LogLevel;
    use rocket::futures::FutureExt;

    use super::{Format, flush, start, within};

    const CHILD: &str = "DOCKET_TEST_PANIC";

    /// No request can make the server panic, so a process of its own has to.
    #[tokio::test]
    async fn a_panic_is_a_line_with_the_id_of_its_request() {
        if env::var_os(CHILD).is_some() {
            start(Format::Json, LogLevel::Critical).expect("a log");
            let work = AssertUnwindSafe(async { panic!("about a secret") });
            let caught = within("abc", work.catch_unwind()).await;
            assert!(caught.is_err());
            flush();
            return;
        }
        let ran = Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "--nocapture"])
            .arg("log::tests::a_panic_is_a_line_with_the_id_of_its_request")
            .env(CHILD, "1")
            .output()
            .expect("the test runs");
        let log = String::from_utf8_lossy(&ran.stderr);
        let line = log.lines().find(|line| line.contains("panicked"));
        let line: serde_json::Value = line
            .and_then(|line| serde_json::from_str(line).ok())
            .unwrap_or_else(|| panic!("no line of a panic: {log}"));
        assert_eq!(line["level"], "error");
        assert_eq!(line["request_id"], "abc");
        assert!(!log.contains("secret"), "{log}");
    }
}
