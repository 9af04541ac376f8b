//! Platform-specific code: file permissions, identity and replacement, termination signals, and the
//! limit on open files. Both modules have the same interface.

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
