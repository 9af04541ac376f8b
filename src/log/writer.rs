//! The thread that writes the log, so that no request waits for whoever reads it.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How much may wait to be written: about a minute of a busy server.
const MOST_BYTES: usize = 8 << 20;

/// How long lines gather: a busy server would otherwise wake the thread, and be interrupted by it,
/// for each of them.
const GATHER: Duration = Duration::from_millis(5);

/// How long the end of the program waits for a reader that does not read.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Waiting {
    text: String,
    lost: u64,
    writing: bool,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    written: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes lines, and writes them in their order.
pub(super) struct Writer(Arc<Queue>);

impl Writer {
    /// Starts the thread; `lost` is the line that says how many were too many.
    pub(super) fn start(
        mut output: impl Write + Send + 'static,
        lost: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<Writer> {
        let queue = Arc::new(Queue::default());
        let writer = Writer(Arc::clone(&queue));
        thread::Builder::new().name("log".into()).spawn(move || {
            let mut text = String::new();
            loop {
                let mut waiting = queue.lock();
                waiting.writing = false;
                queue.written.notify_all();
                while waiting.text.is_empty() {
                    waiting = queue
                        .filled
                        .wait(waiting)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                drop(waiting);
                thread::sleep(GATHER);
                let mut waiting = queue.lock();
                text.clear();
                std::mem::swap(&mut text, &mut waiting.text);
                waiting.writing = true;
                if waiting.lost > 0 {
                    text.push_str(&lost(std::mem::take(&mut waiting.lost)));
                }
                drop(waiting);
                // There is nowhere to say that the log cannot be written.
                let _ = output
                    .write_all(text.as_bytes())
                    .and_then(|()| output.flush());
            }
        })?;
        Ok(writer)
    }

    /// Hands on a line. It is counted instead if the output takes nothing and too many wait.
    pub(super) fn push(&self, line: &str) {
        let mut waiting = self.0.lock();
        if waiting.text.len() + line.len() > MOST_BYTES {
            waiting.lost += 1;
            return;
        }
        let idle = waiting.text.is_empty();
        waiting.text.push_str(line);
        drop(waiting);
        if idle {
            self.0.filled.notify_one();
        }
    }

    /// Waits until all that was handed on is written, within bounds.
    pub(super) fn flush(&self) {
        let waiting = self.0.lock();
        let unwritten = |waiting: &mut Waiting| !waiting.text.is_empty() || waiting.writing;
        let _ = self
            .0
            .written
            .wait_timeout_while(waiting, FLUSH_TIMEOUT, unwritten);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::{MOST_BYTES, Writer};

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
    fn a_reader_that_stalls_stops_nobody_and_is_told_what_it_missed() {
        let (sender, taken) = channel();
        let (go, wait) = channel();
        let lost = |count| format!("{count} lost\n");
        let writer = Writer::start(Slow(sender, wait), lost).expect("a thread");
        writer.push("first\n");
        let line = format!("{}\n", "x".repeat(MOST_BYTES / 4));
        for _ in 0..20 {
            writer.push(&line);
        }
        for _ in 0..100 {
            go.send(()).expect("the thread");
        }
        writer.flush();
        let all: String = taken.try_iter().collect();
        assert!(all.starts_with("first\n"));
        assert!(all.len() < 2 * MOST_BYTES);
        assert!(all.ends_with(" lost\n"), "{}", &all[all.len() - 20..]);
    }
}
