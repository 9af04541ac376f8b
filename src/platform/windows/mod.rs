//! Windows. A file or directory that Docket creates inherits the access control list of its directory;
//! the standard library cannot set another one. There is no root.

mod files;

use std::fs::{File, Metadata, OpenOptions, create_dir_all};
use std::io::Result;
use std::os::windows::fs::MetadataExt;
use std::path::Path;

use same_file::Handle;
use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlShutdown};
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

pub use files::{DirEntry, TempFile, refuse_link};

/// Identifies a file for as long as it exists, under whatever name: its volume and index. It keeps the
/// file open, so that no other file gets the same index.
#[derive(Debug, PartialEq, Eq)]
pub struct FileId(Handle);

impl FileId {
    /// The file at a path.
    pub fn at(path: &Path) -> Result<FileId> {
        Handle::from_path(path).map(FileId)
    }
}

/// Changes whenever the content of a file does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStamp {
    created: u64,
    written: u64,
    size: u64,
}

impl FileStamp {
    /// The stamp of a file as it is now.
    pub fn of(metadata: &Metadata) -> FileStamp {
        FileStamp {
            created: metadata.creation_time(),
            written: metadata.last_write_time(),
            size: metadata.file_size(),
        }
    }
}

/// Creates a directory, and its parents. It inherits the access control list of its parent.
pub fn create_private_directory(path: &Path) -> Result<()> {
    create_dir_all(path)
}

/// Checks that the user may read a file.
pub fn check_readable(path: &Path) -> Result<()> {
    File::open(path).map(drop)
}

/// Checks that the user may read and write a file.
pub fn check_writable(path: &Path) -> Result<()> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map(drop)
}

/// The number of files that may be open: Windows does not limit handles of files and sockets.
pub fn raise_open_files() -> u64 {
    u64::MAX
}

/// Ctrl+C.
pub fn interrupts() -> Result<CtrlC> {
    ctrl_c()
}

/// Ctrl+Break, the end of the console, and the end of the system.
pub struct Terminations {
    ctrl_break: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Terminations {
    /// Waits for the next one. `None` if there can be no more.
    pub async fn recv(&mut self) -> Option<()> {
        tokio::select! {
            received = self.ctrl_break.recv() => received,
            received = self.close.recv() => received,
            received = self.shutdown.recv() => received,
        }
    }
}

/// Signals that stop the process from outside. Windows ends it a few seconds after the last two, whatever it
/// does.
pub fn terminations() -> Result<Terminations> {
    Ok(Terminations {
        ctrl_break: ctrl_break()?,
        close: ctrl_close()?,
        shutdown: ctrl_shutdown()?,
    })
}
