//! Output of commands. A closed pipe is not an error: its reader has finished.

use std::io::{ErrorKind, Write, stderr, stdout};

use crate::error::Error;

/// Writes to standard output. Ignores a closed pipe.
///
/// # Errors
/// [`Error::Startup`] for any other error, such as a full disk.
pub fn print(text: &str) -> Result<(), Error> {
    let mut output = stdout().lock();
    let written = output.write_all(text.as_bytes());
    match written.and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Startup(format!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes a line to standard error. Ignores errors.
pub fn eprint_line(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}
