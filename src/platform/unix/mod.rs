//! Unix: Linux and macOS.

mod files;

use std::fs::{self, DirBuilder, Metadata};
use std::io::Result;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Access, access};
use tokio::net::TcpStream;
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

/// Has the system close a connection whose peer does not acknowledge bytes for a time (RFC 5482). By
/// default, it tries for a quarter of an hour.
#[cfg(target_os = "linux")]
pub fn limit_unacknowledged(stream: &TcpStream, limit: Duration) -> Result<()> {
    let milliseconds = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
    Ok(rustix::net::sockopt::set_tcp_user_timeout(
        stream,
        milliseconds,
    )?)
}

/// The limit is that of the system, where no interface is common to several.
#[cfg(not(target_os = "linux"))]
pub fn limit_unacknowledged(_: &TcpStream, _: Duration) -> Result<()> {
    Ok(())
}

/// Returns the stream of interrupts from the keyboard (SIGINT).
pub fn interrupts() -> Result<Signal> {
    signal(SignalKind::interrupt())
}

/// Returns the stream of termination requests, as sent by service managers (SIGTERM).
pub fn terminations() -> Result<Signal> {
    signal(SignalKind::terminate())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn a_connection_has_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let socket = TcpSocket::new_v4().expect("a socket");
        let stream = socket.connect(address).await.expect("a connection");
        limit_unacknowledged(&stream, Duration::from_secs(30)).expect("a limit");
        let limit = rustix::net::sockopt::tcp_user_timeout(&stream);
        assert_eq!(limit.expect("a limit"), 30_000);
    }
}
