//! The file of a SQLite database. SQLite does not detect that the file was removed, replaced or
//! truncated, and reads a damaged file from mapped memory.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rocket::tokio::time::sleep;

use crate::platform::FileId;

/// The first bytes of the file (SQLite file format, section 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The header's bytes for the page size and for the number of pages at the last checkpoint.
const PAGE_SIZE: std::ops::Range<usize> = 16..18;
const PAGES: std::ops::Range<usize> = 28..32;

/// The page size that does not fit into two bytes, and its encoding.
const LARGEST_PAGE: (u64, u64) = (1, 65_536);

/// Time for which the file may be too short. A checkpoint writes the first page, which holds the
/// number of pages, before the last one.
const CHECKPOINT_TIME: Duration = Duration::from_secs(1);

const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// A database file and its identity when it was opened.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    id: FileId,
    /// Remains open: on Unix, a process that closes any descriptor of a file loses all its locks
    /// on the file. Those locks also keep other processes from removing the write-ahead log.
    file: Mutex<File>,
}

impl DatabaseFile {
    /// Opens the file at a path. The value must outlive all connections to the file.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub(super) fn at(path: PathBuf) -> io::Result<DatabaseFile> {
        Ok(DatabaseFile {
            file: Mutex::new(File::open(&path)?),
            id: FileId::at(&path)?,
            path,
        })
    }

    /// Checks that the file still exists, has not been replaced, begins with the SQLite header,
    /// and is as long as its header states.
    ///
    /// # Errors
    /// If a check fails.
    pub(super) async fn check(&self) -> io::Result<()> {
        let begun = Instant::now();
        loop {
            if !self.is_short()? {
                return Ok(());
            }
            if begun.elapsed() > CHECKPOINT_TIME {
                return Err(self.damaged("is cut off"));
            }
            sleep(CHECK_INTERVAL).await;
        }
    }

    /// Returns true if the file is shorter than its header states.
    fn is_short(&self) -> io::Result<bool> {
        if FileId::at(&self.path)? != self.id {
            return Err(self.damaged("has been replaced"));
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let metadata = file.metadata()?;
        file.rewind()?;
        let mut header = [0; 32];
        file.read_exact(&mut header)
            .map_err(|_| self.damaged("is cut off"))?;
        if !header.starts_with(MAGIC) {
            return Err(self.damaged("is not a database any more"));
        }
        Ok(is_cut_off(&header, &metadata))
    }

    fn damaged(&self, reason: &str) -> io::Error {
        let message = format!("the database file {} {reason}", self.path.display());
        io::Error::new(ErrorKind::InvalidData, message)
    }
}

fn is_cut_off(header: &[u8; 32], metadata: &Metadata) -> bool {
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let page_size = match number(&header[PAGE_SIZE]) {
        size if size == LARGEST_PAGE.0 => LARGEST_PAGE.1,
        size => size,
    };
    metadata.len() < page_size * number(&header[PAGES])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rocket::futures::future::join;
    use tempfile::TempDir;

    use super::*;

    /// Returns a file of two pages of 512 bytes.
    fn database() -> Vec<u8> {
        let mut bytes = vec![0; 1_024];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[PAGE_SIZE].copy_from_slice(&[2, 0]);
        bytes[PAGES].copy_from_slice(&[0, 0, 0, 2]);
        bytes
    }

    #[rocket::async_test]
    async fn a_file_that_is_damaged_is_noticed() {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().join("docket.db");
        fs::write(&path, database()).expect("a file");
        let file = DatabaseFile::at(path.clone()).expect("the file");
        file.check().await.expect("a whole file");
        let mut other = database();
        other[0] = b's';
        for damaged in [&database()[..1_023], &database()[..20], &[], &other] {
            fs::write(&path, damaged).expect("a file");
            file.check().await.expect_err("a damaged file");
        }
        fs::write(&path, database()).expect("a file");
        file.check().await.expect("a whole file");
        fs::remove_file(&path).expect("removed");
        file.check().await.expect_err("no file");
    }

    #[rocket::async_test]
    async fn a_checkpoint_is_waited_for() {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().join("docket.db");
        fs::write(&path, &database()[..512]).expect("a file");
        let file = DatabaseFile::at(path.clone()).expect("the file");
        let (checked, ()) = join(file.check(), async {
            sleep(2 * CHECK_INTERVAL).await;
            fs::write(&path, database()).expect("a file");
        })
        .await;
        checked.expect("a whole file");
    }

    #[rocket::async_test]
    async fn the_largest_page_does_not_fit_into_its_field() {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().join("docket.db");
        let mut bytes = database();
        bytes[PAGE_SIZE].copy_from_slice(&[0, 1]);
        bytes.resize(2 * 65_536, 0);
        fs::write(&path, &bytes).expect("a file");
        let file = DatabaseFile::at(path.clone()).expect("the file");
        file.check().await.expect("a whole file");
        fs::write(&path, &bytes[1..]).expect("a file");
        file.check().await.expect_err("a file that is cut off");
    }
}
