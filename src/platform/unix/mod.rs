//! Unix: Linux and macOS.

mod files;

use std::fs::{self, DirBuilder, Metadata};
use std::io::Result;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Access, access};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub use files::{DirEntry, TempFile, refuse_link};

/// The soft limit of open files if the system does not tell it.
const USUAL_OPEN_FILES: u64 = 1_024;

/// Identifies a file for as long as it exists, under whatever name.
#[derive(Debug, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The file at a path. It is not opened: SQLite's locks on a file end when the process closes any
    /// descriptor of it.
    pub fn at(path: &Path) -> Result<FileId> {
        let metadata = fs::metadata(path)?;
        Ok(FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

/// Changes whenever the content, the permissions or the owner of a file do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl FileStamp {
    /// The stamp of a file as it is now.
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

/// Checks that the user may read a file.
pub fn check_readable(path: &Path) -> Result<()> {
    Ok(access(path, Access::READ_OK)?)
}

/// Checks that the user may read and write a file.
pub fn check_writable(path: &Path) -> Result<()> {
    Ok(access(path, Access::READ_OK | Access::WRITE_OK)?)
}

/// Raises the limit of open files as far as the system allows, and returns it.
pub fn raise_open_files() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or(USUAL_OPEN_FILES)
}

/// SIGINT: an interrupt from the keyboard.
pub fn interrupts() -> Result<Signal> {
    signal(SignalKind::interrupt())
}

/// SIGTERM: a service manager stops the process.
pub fn terminations() -> Result<Signal> {
    signal(SignalKind::terminate())
}
