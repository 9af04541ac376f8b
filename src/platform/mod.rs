//! Code that differs by operating system: permissions, identity and replacement of files, the signals
//! that end the process, and the limit of open files. Both modules have the same interface.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;

#[cfg(not(any(unix, windows)))]
compile_error!("Docket runs on Unix and Windows");
