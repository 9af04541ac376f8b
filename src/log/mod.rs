//! The log: one line for each request and each fault of the server, on standard error. What is
//! secret or personal is never handed to it.

mod escape;
mod line;
mod writer;

use std::fmt;
use std::io::stderr;
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

use rocket::config::LogLevel;
use rocket::tokio::task_local;

pub use escape::visible;
use line::{Level, Value, written};
use writer::Writer;

use crate::console;
use crate::error::Error;

static LOG: OnceLock<Log> = OnceLock::new();

task_local! {
    /// The id of the request that is being answered.
    static REQUEST_ID: String;
}

/// How the lines are written.
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

struct Log {
    format: Format,
    level: LogLevel,
    writer: Writer,
}

impl Log {
    fn shows(&self, level: Level) -> bool {
        match self.level {
            LogLevel::Off => false,
            LogLevel::Critical => level == Level::Error,
            LogLevel::Normal | LogLevel::Debug => true,
        }
    }

    fn write(&self, level: Level, members: &[(&str, Value<'_>)]) {
        self.writer.push(&written(self.format, level, members));
    }
}

/// A request that has been answered.
pub struct Answered<'a> {
    /// Its id.
    pub request_id: &'a str,
    /// Its method.
    pub method: &'a str,
    /// The pattern of its route; never the path, which may have anything in it.
    pub route: Option<&'a str>,
    /// The status of the answer.
    pub status: u16,
    /// How long the answer took to be made.
    pub duration: Duration,
    /// Who asked, if that was found out.
    pub user_id: Option<&'a str>,
}

/// From now on there is a log. A panic is a line of it: where it was, and not what it said, which
/// may be about anything.
///
/// # Errors
/// [`Error::Startup`] if there can be no thread for it.
pub fn start(format: Format, level: LogLevel) -> Result<(), Error> {
    let lost = move |count| fault(format, &format!("{count} lines of the log were lost"), None);
    let writer = Writer::start(stderr(), lost)
        .map_err(|error| Error::Startup(format!("no thread for the log: {error}")))?;
    let log = Log {
        format,
        level,
        writer,
    };
    if LOG.set(log).is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(|location| {
                let (file, line) = (location.file(), location.line());
                format!("the program panicked at {file}:{line}")
            });
            let request_id = REQUEST_ID.try_with(String::clone).ok();
            error(&place.unwrap_or_default(), request_id.as_deref());
        }));
    }
    Ok(())
}

/// Does the work of a request, so that the line of a panic in it has the request's id.
pub async fn within<T>(request_id: String, work: impl Future<Output = T>) -> T {
    REQUEST_ID.scope(request_id, work).await
}

/// Writes the line of a request. The answer of a server at fault has the level of an error.
pub fn request(answered: &Answered<'_>) {
    let level = if answered.status >= 500 {
        Level::Error
    } else {
        Level::Info
    };
    let Some(log) = LOG.get().filter(|log| log.shows(level)) else {
        return;
    };
    let members = [
        ("event", Value::Text("request")),
        ("request_id", Value::Text(answered.request_id)),
        ("method", Value::Text(answered.method)),
        ("route", Value::of(answered.route)),
        ("status", Value::Number(answered.status)),
        ("duration_ms", Value::Time(answered.duration)),
        ("user_id", Value::of(answered.user_id)),
    ];
    log.write(level, &members);
}

/// Writes the line of something that happened to the server and is no fault.
pub fn notice(message: &str) {
    if let Some(log) = LOG.get().filter(|log| log.shows(Level::Info)) {
        let members = [
            ("event", Value::Text("notice")),
            ("message", Value::Text(message)),
        ];
        log.write(Level::Info, &members);
    }
}

/// Writes the line of a fault, with the id of the request that met it.
pub fn error(message: &str, request_id: Option<&str>) {
    match LOG.get() {
        Some(log) if log.shows(Level::Error) => {
            log.writer.push(&fault(log.format, message, request_id));
        }
        Some(_) => {}
        None => console::eprint_line(&format!("error: {}", visible(message))),
    }
}

/// Says why the program ends, whatever is logged otherwise.
pub fn fatal(message: &str) {
    match LOG.get() {
        Some(log) => log.writer.push(&fault(log.format, message, None)),
        None => console::eprint_line(&format!("error: {}", visible(message))),
    }
}

/// Waits until all is written.
pub fn flush() {
    if let Some(log) = LOG.get() {
        log.writer.flush();
    }
}

fn fault(format: Format, message: &str, request_id: Option<&str>) -> String {
    let members = [
        ("event", Value::Text("error")),
        ("request_id", Value::of(request_id)),
        ("message", Value::Text(message)),
    ];
    written(format, Level::Error, &members)
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
            start(Format::Json, LogLevel::Normal).expect("a log");
            let work = AssertUnwindSafe(async { panic!("about a secret") });
            let caught = within("abc".into(), work.catch_unwind()).await;
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
