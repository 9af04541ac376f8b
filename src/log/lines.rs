//! Formats events of `tracing` as lines of the log.

use std::fmt::{Debug, Write as _};
use std::io::Write as _;

use rocket::config::LogLevel;
use tracing::field::{Field, FieldSet, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_appender::non_blocking::NonBlocking;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::escape::{write_json, write_text};
use super::{FATAL, Format};
use crate::timestamp::Timestamp;

const EVENT: &str = "event";
const REQUEST_ID: &str = "request_id";
const MESSAGE: &str = "message";

/// Layer that writes a line for each event of this program.
pub(super) struct Lines {
    format: Format,
    level: LevelFilter,
    writer: NonBlocking,
}

/// Request id stored in a span.
struct RequestId(String);

impl Lines {
    pub(super) fn new(format: Format, level: LogLevel, writer: NonBlocking) -> Lines {
        let level = match level {
            LogLevel::Off => LevelFilter::OFF,
            LogLevel::Critical => LevelFilter::ERROR,
            LogLevel::Normal => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
        };
        Lines {
            format,
            level,
            writer,
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Lines {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let of_docket = metadata.target().starts_with("docket");
        metadata.target() == FATAL || (of_docket && *metadata.level() <= self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut found = RequestIdVisitor(None);
        attributes.record(&mut found);
        if let (Some(request_id), Some(span)) = (found.0, context.span(id)) {
            span.extensions_mut().insert(RequestId(request_id));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let fields = event.metadata().fields();
        let mut line = Line::begin(self.format, *event.metadata().level());
        if fields.field(EVENT).is_none() {
            line.text(EVENT, name(*event.metadata().level()));
        }
        if fields.field(REQUEST_ID).is_none() {
            let span = context.event_span(event);
            let extensions = span.as_ref().map(|span| span.extensions());
            let request_id = extensions.as_ref().and_then(|all| all.get::<RequestId>());
            match request_id {
                Some(RequestId(id)) => line.text(REQUEST_ID, id),
                None if *event.metadata().level() <= Level::WARN => line.absent(REQUEST_ID),
                None => {}
            }
        }
        let mut members = FieldWriter {
            line,
            fields,
            next: 0,
        };
        event.record(&mut members);
        members.absent_until(fields.len());
        // A write to the queue cannot fail. The counter reports dropped lines.
        let _ = self.writer.clone().write_all(members.line.end().as_bytes());
    }
}

/// Returns the `event` of a line without an explicit one.
fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        _ => "notice",
    }
}

/// Formats the line that reports the number of dropped lines.
pub(super) fn lost(format: Format, count: usize) -> String {
    let mut line = Line::begin(format, Level::ERROR);
    line.text(EVENT, name(Level::ERROR));
    line.absent(REQUEST_ID);
    line.text(MESSAGE, &format!("{count} lines of the log were lost"));
    line.end()
}

/// Visitor that extracts the request id.
struct RequestIdVisitor(Option<String>);

impl Visit for RequestIdVisitor {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == REQUEST_ID {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// Visitor that writes the fields of an event in the order of their declaration. A field without a
/// value is written as absent.
struct FieldWriter {
    line: Line,
    fields: &'static FieldSet,
    next: usize,
}

impl FieldWriter {
    fn absent_until(&mut self, index: usize) {
        let absent = index.saturating_sub(self.next);
        for field in self.fields.iter().skip(self.next).take(absent) {
            self.line.absent(field.name());
        }
        self.next = index + 1;
    }
}

impl Visit for FieldWriter {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.absent_until(field.index());
        self.line.plain(field.name(), format_args!("{value:.3}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.absent_until(field.index());
        self.line.plain(field.name(), format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.absent_until(field.index());
        self.line.plain(field.name(), format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.absent_until(field.index());
        self.line.plain(field.name(), format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.absent_until(field.index());
        self.line.text(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// A line under construction.
struct Line {
    text: String,
    format: Format,
}

impl Line {
    fn begin(format: Format, level: Level) -> Line {
        let time = Timestamp::now();
        let level = match level {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            _ => "debug",
        };
        let mut text = String::with_capacity(256);
        // Writing to a String cannot fail, here and below.
        let _ = match format {
            Format::Json => write!(text, "{{\"time\":\"{time}\",\"level\":\"{level}\""),
            Format::Text => write!(text, "{time} {level}"),
        };
        Line { text, format }
    }

    fn name(&mut self, name: &str) {
        let _ = match self.format {
            Format::Json => write!(self.text, ",\"{name}\":"),
            Format::Text => write!(self.text, " {name}="),
        };
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        match self.format {
            Format::Json => write_json(&mut self.text, value),
            Format::Text => write_text(&mut self.text, value),
        }
    }

    fn plain(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        self.name(name);
        let _ = self.text.write_fmt(value);
    }

    /// Writes `null` in JSON, `-` in text.
    fn absent(&mut self, name: &str) {
        self.name(name);
        self.text.push_str(match self.format {
            Format::Json => "null",
            Format::Text => "-",
        });
    }

    fn end(mut self) -> String {
        self.text.push_str(match self.format {
            Format::Json => "}\n",
            Format::Text => "\n",
        });
        self.text
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_appender::non_blocking::NonBlockingBuilder;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("the memory").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the lines logged by `work`, without their times.
    fn logged(format: Format, level: LogLevel, work: impl FnOnce()) -> Vec<String> {
        let memory = Memory::default();
        let (writer, guard) = NonBlockingBuilder::default().finish(memory.clone());
        let lines = Lines::new(format, level, writer);
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, work);
        drop(guard);
        let bytes = memory.0.lock().expect("the memory").clone();
        let text = String::from_utf8(bytes).expect("UTF-8");
        let time = Timestamp::now().to_string().len();
        let start = match format {
            Format::Json => time + "{\"time\":\"\",".len(),
            Format::Text => time + " ".len(),
        };
        text.lines().map(|line| line[start..].to_owned()).collect()
    }

    fn events() {
        tracing::info!(kid = "7", "a key signs");
        tracing::error_span!("request", request_id = "abc").in_scope(|| {
            let nobody: Option<&str> = None;
            tracing::error!(
                attempt = 3,
                after = 0.5,
                by = nobody,
                last = true,
                "failed\nforged"
            );
        });
        tracing::warn!("it is late");
        tracing::error!(target: "sqlx::query", "somebody else");
    }

    #[test]
    fn an_event_is_a_line_with_its_fields_and_the_id_of_its_request() {
        assert_eq!(
            logged(Format::Text, LogLevel::Normal, events),
            [
                "info event=notice message=\"a key signs\" kid=7",
                "error event=error request_id=abc message=\"failed\\nforged\" attempt=3 \
                 after=0.500 by=- last=true",
                "warning event=warning request_id=- message=\"it is late\"",
            ]
        );
        assert_eq!(
            logged(Format::Json, LogLevel::Critical, events),
            [
                "\"level\":\"error\",\"event\":\"error\",\"request_id\":\"abc\",\
                 \"message\":\"failed\\u000aforged\",\"attempt\":3,\"after\":0.500,\"by\":null,\
                 \"last\":true}"
            ]
        );
    }

    #[test]
    fn fatal_errors_are_logged_at_every_level() {
        let fatal = || tracing::error!(target: FATAL, "no port");
        assert_eq!(logged(Format::Text, LogLevel::Off, events), [""; 0]);
        assert_eq!(
            logged(Format::Text, LogLevel::Off, fatal),
            ["error event=error request_id=- message=\"no port\""]
        );
    }
}
