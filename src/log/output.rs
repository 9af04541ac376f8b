//! Output of the log. A separate thread writes it, so that a slow reader does not block requests.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Maximum number of buffered lines: about a minute of a busy server, and 8 MiB.
const MAX_LINES: usize = 32_768;

/// Time during which lines are collected before a write. Without it, a busy server would wake the
/// thread for each line.
const BATCH_INTERVAL: Duration = Duration::from_millis(5);

/// Writer that batches lines and reports how many were dropped.
struct BatchWriter<W: Write, L> {
    output: BufWriter<W>,
    lost: L,
    counter: Arc<OnceLock<ErrorCounter>>,
    reported: usize,
}

/// Starts the thread. `lost` formats the line that reports the number of dropped lines.
pub(super) fn start<W, L>(output: W, lost: L) -> (NonBlocking, WorkerGuard)
where
    W: Write + Send + 'static,
    L: Fn(usize) -> String + Send + 'static,
{
    start_with(MAX_LINES, output, lost)
}

fn start_with<W, L>(lines: usize, output: W, lost: L) -> (NonBlocking, WorkerGuard)
where
    W: Write + Send + 'static,
    L: Fn(usize) -> String + Send + 'static,
{
    let counter = Arc::new(OnceLock::new());
    let batch_writer = BatchWriter {
        output: BufWriter::new(output),
        lost,
        counter: counter.clone(),
        reported: 0,
    };
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(lines)
        .lossy(true)
        .thread_name("log")
        .finish(batch_writer);
    let _ = counter.set(writer.error_counter());
    (writer, guard)
}

impl<W: Write, L: Fn(usize) -> String> Write for BatchWriter<W, L> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    /// Called when the queue is empty.
    fn flush(&mut self) -> io::Result<()> {
        let dropped = self.counter.get().map_or(0, ErrorCounter::dropped_lines);
        if dropped > self.reported {
            let line = (self.lost)(dropped - self.reported);
            self.reported = dropped;
            self.output.write_all(line.as_bytes())?;
        }
        self.output.flush()?;
        sleep(BATCH_INTERVAL);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const LINES: usize = 16;

    /// A writer that blocks until it receives a signal.
    struct Slow(Sender<String>, Receiver<()>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.1.recv();
            let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stalled_reader_blocks_no_writer_and_learns_the_number_of_lost_lines() {
        let (sender, taken) = channel();
        let (go, wait) = channel();
        let lost = |count| format!("{count} lost\n");
        let (mut writer, guard) = start_with(LINES, Slow(sender, wait), lost);
        // Larger than the buffer, so that each line waits for the output.
        let line = format!("{}\n", "x".repeat(16 << 10));
        for _ in 0..10 * LINES {
            writer.write_all(line.as_bytes()).expect("never an error");
        }
        // From now on, the output accepts everything.
        drop(go);
        drop(guard);
        let all: String = taken.try_iter().collect();
        let written = all.lines().filter(|line| line.starts_with('x')).count();
        assert!((LINES..=LINES + 2).contains(&written), "{written} lines");
        let reported = format!("{} lost", 10 * LINES - written);
        assert_eq!(all.lines().last(), Some(reported.as_str()));
    }
}
