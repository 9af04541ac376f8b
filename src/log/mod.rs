//! The log on standard error: one line per request and per server fault, from the events and spans
//! of `tracing`. No caller passes it secret or personal data.

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

/// Target of the event that reports why the program stops. It is logged at every level.
const FATAL: &str = "docket::fatal";

/// Flushes the log when dropped.
static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

/// Format of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Time and level, followed by `name=value` pairs.
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

/// A completed request.
pub struct Answered<'a> {
    /// Id of the request.
    pub request_id: &'a str,
    /// HTTP method.
    pub method: &'a str,
    /// Pattern of the route. The path is not logged, because it may contain personal data.
    pub route: Option<&'a str>,
    /// Status of the response.
    pub status: u16,
    /// Time until the response was ready.
    pub duration: Duration,
    /// Id of the user, if a token identified one.
    pub user_id: Option<&'a str>,
}

/// Starts the log of a server. A panic is logged with its location but without its message, which
/// may contain personal data.
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

/// Runs `work` in the span of a request. Lines logged inside carry the request's id.
pub async fn within<T>(request_id: &str, work: impl Future<Output = T>) -> T {
    work.instrument(request_span(request_id)).await
}

/// Calls a function. Its log lines contain the request id.
pub fn with<T>(request_id: &str, call: impl FnOnce() -> T) -> T {
    request_span(request_id).in_scope(call)
}

// The span needs the level of an error. At a lower level, errors would lose their request id.
fn request_span(request_id: &str) -> Span {
    tracing::error_span!("request", request_id)
}

/// Logs a completed request: status 500 and above as an error, others as information.
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

/// Reports why the program stops: in the log of a server, at every level, or on standard error of a
/// command.
pub fn fatal(message: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!(target: FATAL, "{message}");
    } else {
        console::eprint_line(&format!("error: {}", visible(message)));
    }
}

/// Reports a fault: in the log of a server, or on standard error of a command.
pub fn error(message: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{message}");
    } else {
        console::eprint_line(&format!("error: {}", visible(message)));
    }
}

/// Reports a server fault, in the span of the current request. Client errors are not logged.
pub fn report(fault: &Error) {
    if fault.is_fault() {
        error(&fault.to_string());
    }
}

/// Flushes and closes the log.
pub fn flush() {
    drop(GUARD.lock().unwrap_or_else(PoisonError::into_inner).take());
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::process::Command;

    use rocket::config::LogLevel;
    use rocket::futures::FutureExt;

    use super::{Format, flush, start, with, within};

    const CHILD: &str = "DOCKET_TEST_PANIC";

    /// No request can make the server panic, so the test runs itself as a child process.
    #[tokio::test]
    async fn a_panic_is_a_line_with_the_id_of_its_request() {
        if env::var_os(CHILD).is_some() {
            start(Format::Json, LogLevel::Critical).expect("a log");
            let work = AssertUnwindSafe(async { panic!("about a secret") });
            let caught = within("abc", work.catch_unwind()).await;
            assert!(caught.is_err());
            let caught = catch_unwind(|| with("def", || panic!("about another secret")));
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
        let lines = log.lines().filter(|line| line.contains("panicked"));
        let lines: Vec<serde_json::Value> = lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        assert_eq!(lines.len(), 2, "{log}");
        for (line, request_id) in lines.iter().zip(["abc", "def"]) {
            assert_eq!(line["level"], "error");
            assert_eq!(line["request_id"], request_id);
        }
        assert!(!log.contains("secret"), "{log}");
    }
}
