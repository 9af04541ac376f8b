//! What the program says on standard output and standard error, whether anybody reads it or not.

use std::io::{ErrorKind, Write, stderr, stdout};

use crate::error::Error;

/// Writes to standard output. A reader that has gone wants no more, which is no failure.
///
/// # Errors
/// [`Error::Startup`] if it cannot be written for another reason, such as a full disk.
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

/// Writes a line to standard error, if that can be written.
pub fn remark(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}
