//! Files in a directory, by name. Renaming a file requires a right granted by the access control
//! list, so the checks needed for root on Unix do not exist here.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::{Builder, NamedTempFile};

/// A name in a directory.
pub struct DirEntry {
    directory: PathBuf,
    name: OsString,
    lock: OnceLock<File>,
}

impl DirEntry {
    /// Refers to the last component of a path. Checks the directory, but not the file.
    ///
    /// # Errors
    /// If the path has no file name, or the directory does not exist.
    pub fn at(path: &Path) -> Result<DirEntry> {
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        let parent = path.parent().filter(|parent| *parent != Path::new(""));
        let directory = parent.unwrap_or(Path::new("."));
        if !fs::metadata(directory)?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        Ok(DirEntry {
            directory: directory.to_owned(),
            name: name.to_owned(),
            lock: OnceLock::new(),
        })
    }

    /// Like [`at`](Self::at), but follows a link.
    ///
    /// # Errors
    /// As for [`at`](Self::at).
    pub fn resolve(path: &Path) -> Result<DirEntry> {
        match fs::canonicalize(path) {
            Ok(target) => DirEntry::at(&target),
            Err(error) if error.kind() == ErrorKind::NotFound => DirEntry::at(path),
            Err(error) => Err(error),
        }
    }

    /// Opens the file for reading. `None` if it does not exist.
    ///
    /// # Errors
    /// If it is not a regular file.
    pub fn open(&self) -> Result<Option<File>> {
        let file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if file.metadata()?.is_file() {
            Ok(Some(file))
        } else {
            Err(Error::other("it is not a regular file"))
        }
    }

    /// Does nothing: the access control list of the directory decides about access.
    pub fn check_private(&self, _file: &Metadata, _path: &Path) -> Result<()> {
        Ok(())
    }

    /// Creates an empty file.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if the name exists.
    pub fn create_new(&self) -> Result<File> {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.path())
    }

    /// Creates a temporary file in the directory.
    pub fn temp_file(self) -> Result<TempFile> {
        let file = Builder::new()
            .prefix(".docket-")
            .make_in(&self.directory, |path| File::create_new(path))?;
        Ok(TempFile { entry: self, file })
    }

    /// Locks the name until the entry is dropped. Windows cannot lock directories, so the lock is
    /// on a file next to it, which remains.
    pub fn lock(&self) {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.directory.join(name));
        // Some file systems do not support locks.
        if let Ok(file) = file
            && file.lock().is_ok()
        {
            let _ = self.lock.set(file);
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.join(&self.name)
    }
}

/// A temporary file that is renamed once it is complete. Removed on drop otherwise.
pub struct TempFile {
    entry: DirEntry,
    file: NamedTempFile,
}

impl TempFile {
    /// Returns the file, open for writing.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Does nothing: the file inherits the access control list of the directory.
    pub fn give_to_directory_owner(&self) -> Result<()> {
        Ok(())
    }

    /// Does nothing: the file inherits the access control list of the directory.
    pub fn copy_permissions(&self, _other: &Metadata) -> Result<()> {
        Ok(())
    }

    /// Renames the file to the name of the entry. Replaces an existing file.
    pub fn persist(self) -> Result<()> {
        self.file().sync_all()?;
        // Unlike the method of the crate, `rename` can replace a file that is open for reading.
        fs::rename(self.file.path(), self.entry.path())
    }

    /// Renames the file to the name of the entry.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if the name exists.
    pub fn persist_new(self) -> Result<()> {
        let TempFile { entry, file } = self;
        file.as_file().sync_all()?;
        file.persist_noclobber(entry.path())?;
        Ok(())
    }
}

/// Does nothing: Windows has no root user.
pub fn refuse_link(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::TempDir;

    use super::*;

    fn temp_file(path: &Path, text: &str) -> TempFile {
        let temp = DirEntry::at(path).and_then(DirEntry::temp_file);
        let temp = temp.expect("a temporary file");
        temp.file().write_all(text.as_bytes()).expect("written");
        temp
    }

    #[test]
    fn an_existing_name_is_kept_until_it_is_replaced() {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("file");
        temp_file(&path, "old").persist_new().expect("a new name");
        let error = temp_file(&path, "new").persist_new();
        let error = error.expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let error = DirEntry::at(&path).and_then(|entry| entry.create_new());
        let error = error.expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).expect("the file"), "old");
        // A reader keeps the file open.
        let reader = DirEntry::at(&path).and_then(|entry| entry.open());
        let _reader = reader.expect("the file");
        temp_file(&path, "new").persist().expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("the file"), "new");
        let left = fs::read_dir(home.path()).expect("the directory").count();
        assert_eq!(left, 1);
    }

    #[test]
    fn a_lock_waits_for_its_release() {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("file");
        let first = DirEntry::at(&path).expect("an entry");
        first.lock();
        let lock = home.path().join(".file.lock");
        let other = File::open(lock).expect("the lock");
        assert!(other.try_lock().is_err());
        drop(first);
        other.try_lock().expect("no lock");
    }
}
