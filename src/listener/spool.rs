//! Buffer for the bytes of a body: in memory or, for large uploads, in a temporary file.

use std::io;
use std::path::{Path, PathBuf};

use hyper::body::Bytes;
use rocket::tokio::task::spawn_blocking;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use crate::http::Upload;

/// Maximum number of bytes of an upload in memory.
pub const SPOOL_BYTES: u64 = 64 << 10;

/// The bytes of a body received so far.
pub struct Spool {
    /// The directory of temporary files, if the route accepts uploads.
    directory: Option<PathBuf>,
    bytes: Vec<u8>,
    file: Option<File>,
    length: u64,
}

/// A complete body.
pub enum Content {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a temporary file.
    File(Upload),
}

impl Spool {
    /// Creates an empty buffer. With a directory, a large body is moved to a temporary file there.
    pub fn new(directory: Option<&Path>) -> Spool {
        Spool {
            directory: directory.map(Path::to_owned),
            bytes: Vec::new(),
            file: None,
            length: 0,
        }
    }

    /// Returns the number of bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends bytes.
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

    /// Returns the complete body.
    pub async fn finish(self) -> io::Result<Content> {
        let Some(mut file) = self.file else {
            return Ok(Content::Bytes(self.bytes));
        };
        // Writes are asynchronous, so an error of the last one is reported here.
        file.flush().await?;
        file.rewind().await?;
        Ok(Content::File(Upload::of_file(file, self.length)))
    }
}

/// Creates a file without a name, or one whose name is removed immediately.
async fn create(directory: PathBuf) -> io::Result<File> {
    let file = spawn_blocking(move || tempfile::tempfile_in(directory));
    Ok(File::from_std(file.await??))
}
