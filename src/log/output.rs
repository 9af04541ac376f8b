//! The output of the log. A thread of its own writes it, so that no request waits for its reader.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// The most lines that wait to be written: about a minute of a busy server, and 8 MiB.
const MOST_LINES: usize = 32_768;

/// The time in which lines gather: a busy server would otherwise wake the thread, and be interrupted by it,
/// for each of them.
const GATHER: Duration = Duration::from_millis(5);

/// An output that writes what has gathered at once, and tells how many lines were lost.
struct Gathered<W: Write, L> {
    output: BufWriter<W>,
    lost: L,
    counter: Arc<OnceLock<ErrorCounter>>,
    told: usize,
}

/// Starts the thread. `lost` gives the line that says how many lines were too many.
pub(super) fn start<W, L>(output: W, lost: L) -> (NonBlocking, WorkerGuard)
where
    W: Write + Send + 'static,
    L: Fn(usize) -> String + Send + 'static,
{
    start_with(MOST_LINES, output, lost)
}

fn start_with<W, L>(lines: usize, output: W, lost: L) -> (NonBlocking, WorkerGuard)
where
    W: Write + Send + 'static,
    L: Fn(usize) -> String + Send + 'static,
{
    let counter = Arc::new(OnceLock::new());
    let gathered = Gathered {
        output: BufWriter::new(output),
        lost,
        counter: counter.clone(),
        told: 0,
    };
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(lines)
        .lossy(true)
        .thread_name("log")
        .finish(gathered);
    let _ = counter.set(writer.error_counter());
    (writer, guard)
}

impl<W: Write, L: Fn(usize) -> String> Write for Gathered<W, L> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    /// Called when no line waits.
    fn flush(&mut self) -> io::Result<()> {
        let dropped = self.counter.get().map_or(0, ErrorCounter::dropped_lines);
        if dropped > self.told {
            let line = (self.lost)(dropped - self.told);
            self.told = dropped;
            self.output.write_all(line.as_bytes())?;
        }
        self.output.flush()?;
        sleep(GATHER);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const LINES: usize = 16;

    /// An output that takes something only when it is told to.
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
    fn a_reader_that_stalls_stops_nobody_and_is_told_how_many_lines_it_missed() {
        let (sender, taken) = channel();
        let (go, wait) = channel();
        let lost = |count| format!("{count} lost\n");
        let (mut writer, guard) = start_with(LINES, Slow(sender, wait), lost);
        // Larger than the buffer, so that each line waits for the output.
        let line = format!("{}\n", "x".repeat(16 << 10));
        for _ in 0..10 * LINES {
            writer.write_all(line.as_bytes()).expect("never an error");
        }
        // The output takes whatever comes from now on.
        drop(go);
        drop(guard);
        let all: String = taken.try_iter().collect();
        let written = all.lines().filter(|line| line.starts_with('x')).count();
        assert!((LINES..=LINES + 2).contains(&written), "{written} lines");
        let told = format!("{} lost", 10 * LINES - written);
        assert_eq!(all.lines().last(), Some(told.as_str()));
    }
}
