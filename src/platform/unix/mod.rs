//! Unix: Linux and macOS.

mod files;

use std::fs::{self, DirBuilder, Metadata};
use std::io::Result;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Access, access};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub use files::{DirEntry, TempFile, refuse_link};

/// Assumed soft limit of open files if the system does not report one.
const USUAL_OPEN_FILES: u64 = 1_024;

/// Identity of a file, independent of its name.
#[derive(Debug, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Returns the identity of the file at a path. Does not open the file: closing any descriptor
    /// of a file releases SQLite's locks on it.
    pub fn at(path: &Path) -> Result<FileId> {
        let metadata = fs::metadata(path)?;
        Ok(FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

/// Changes whenever the content, the permissions or the owner of the file change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl FileStamp {
    /// Creates the stamp from the metadata of a file.
    pub fn of(metadata: &Metadata) -> FileStamp {
        FileStamp {
            inode: metadata.ino(),
            size: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Creates a directory with mode 0700, and its parents.
pub fn create_private_directory(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Checks that the user can read a file.
pub fn check_readable(path: &Path) -> Result<()> {
    Ok(access(path, Access::READ_OK)?)
}

/// Checks that the user can read and write a file.
pub fn check_writable(path: &Path) -> Result<()> {
    Ok(access(path, Access::READ_OK | Access::WRITE_OK)?)
}

/// Raises the limit of open files as far as the system allows. Returns the new limit.
pub fn raise_open_files() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or(USUAL_OPEN_FILES)
}

/// Returns the stream of interrupts from the keyboard (SIGINT).
pub fn interrupts() -> Result<Signal> {
    signal(SignalKind::interrupt())
}

/// Returns the stream of termination requests, as sent by service managers (SIGTERM).
pub fn terminations() -> Result<Signal> {
    signal(SignalKind::terminate())
}
