//! Windows. Files and directories created by Docket inherit the access control list of their
//! directory; the standard library cannot set another one. There is no root user.

mod files;

use std::fs::{File, Metadata, OpenOptions, create_dir_all};
use std::io::Result;
use std::os::windows::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use same_file::Handle;
use tokio::net::TcpStream;
use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlShutdown};
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

pub use files::{DirEntry, TempFile, refuse_link};

/// Identity of a file, independent of its name: volume and index. The open handle prevents reuse of
/// the index.
#[derive(Debug, PartialEq, Eq)]
pub struct FileId(Handle);

impl FileId {
    /// Returns the identity of the file at a path.
    pub fn at(path: &Path) -> Result<FileId> {
        Handle::from_path(path).map(FileId)
    }
}

/// Changes whenever the content of the file changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStamp {
    created: u64,
    written: u64,
    size: u64,
}

impl FileStamp {
    /// Creates the stamp from the metadata of a file.
    pub fn of(metadata: &Metadata) -> FileStamp {
        FileStamp {
            created: metadata.creation_time(),
            written: metadata.last_write_time(),
            size: metadata.file_size(),
        }
    }
}

/// Creates a directory and its parents. It inherits the access control list of its parent.
pub fn create_private_directory(path: &Path) -> Result<()> {
    create_dir_all(path)
}

/// Checks that the user can read a file.
pub fn check_readable(path: &Path) -> Result<()> {
    File::open(path).map(drop)
}

/// Checks that the user can read and write a file.
pub fn check_writable(path: &Path) -> Result<()> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map(drop)
}

/// Returns the maximum number of open files: Windows does not limit handles of files and sockets.
pub fn raise_open_files() -> u64 {
    u64::MAX
}

/// Returns the stream of interrupts: Ctrl+C.
pub fn interrupts() -> Result<CtrlC> {
    ctrl_c()
}

/// The limit is that of the system.
pub fn limit_unacknowledged(_: &TcpStream, _: Duration) -> Result<()> {
    Ok(())
}

/// Stream of termination events: Ctrl+Break, closing the console, system shutdown.
pub struct Terminations {
    ctrl_break: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Terminations {
    /// Waits for the next event. `None` if the stream has ended.
    pub async fn recv(&mut self) -> Option<()> {
        tokio::select! {
            received = self.ctrl_break.recv() => received,
            received = self.close.recv() => received,
            received = self.shutdown.recv() => received,
        }
    }
}

/// Returns the stream of termination events. After the last two, Windows kills the process within
/// seconds.
pub fn terminations() -> Result<Terminations> {
    Ok(Terminations {
        ctrl_break: ctrl_break()?,
        close: ctrl_close()?,
        shutdown: ctrl_shutdown()?,
    })
}
