//! The bytes of a body while they arrive: in memory and, where the route takes uploads, in a temporary
//! file from a certain size on.

use std::io;
use std::path::{Path, PathBuf};

use hyper::body::Bytes;
use rocket::tokio::task::spawn_blocking;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use crate::http::Upload;

/// The most bytes of an upload that are kept in memory.
pub const SPOOL_BYTES: u64 = 64 << 10;

/// The part of a body that has arrived.
pub struct Spool {
    /// The directory of the file, if there may be one.
    directory: Option<PathBuf>,
    bytes: Vec<u8>,
    file: Option<File>,
    length: u64,
}

/// A whole body.
pub enum Content {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a temporary file.
    File(Upload),
}

impl Spool {
    /// Nothing. With a directory, it becomes a file there when it grows.
    pub fn new(directory: Option<&Path>) -> Spool {
        Spool {
            directory: directory.map(Path::to_owned),
            bytes: Vec::new(),
            file: None,
            length: 0,
        }
    }

    /// Number of bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds bytes.
    pub async fn push(&mut self, bytes: &Bytes) -> io::Result<()> {
        self.length += bytes.len() as u64;
        if self.length > SPOOL_BYTES
            && self.file.is_none()
            && let Some(directory) = self.directory.take()
        {
            let mut file = create(directory).await?;
            file.write_all(&self.bytes).await?;
            self.bytes = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes).await,
            None => {
                self.bytes.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// The whole body.
    pub async fn finish(self) -> io::Result<Content> {
        let Some(mut file) = self.file else {
            return Ok(Content::Bytes(self.bytes));
        };
        // The file writes behind, so an error of the last bytes is known only now.
        file.flush().await?;
        file.rewind().await?;
        Ok(Content::File(Upload::of_file(file, self.length)))
    }
}

/// A file without a name, or with one that is removed before anybody learns of it.
async fn create(directory: PathBuf) -> io::Result<File> {
    let file = spawn_blocking(move || tempfile::tempfile_in(directory));
    Ok(File::from_std(file.await??))
}
