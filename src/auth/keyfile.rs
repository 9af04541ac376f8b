//! The file of signing keys: one key per line, the signing key first.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;

use super::{KeyAlgorithm, SigningKey};
use crate::error::Error;
use crate::platform::{DirEntry, FileStamp, TempFile};

/// Maximum size of the file. A key takes about 60 bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The file of signing keys.
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// Refers to the file at `path`. The file need not exist.
    pub fn at(path: PathBuf) -> KeyFile {
        KeyFile { path }
    }

    /// Reads the keys. `None` if the file does not exist.
    ///
    /// # Errors
    /// [`Error::Startup`] if the file is unreadable, accessible to other users, or contains no key.
    pub fn read(&self) -> Result<Option<Vec<SigningKey>>, Error> {
        match DirEntry::at(&self.path) {
            Ok(entry) => Ok(self.read_at(&entry)?.map(|(keys, _)| keys)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unusable(error)),
        }
    }

    /// Reads the keys. Creates the file with a first key if it does not exist.
    ///
    /// # Errors
    /// [`Error::Startup`] as for [`read`](Self::read), or if the file cannot be created.
    pub fn read_or_make(&self, algorithm: KeyAlgorithm) -> Result<Vec<SigningKey>, Error> {
        if let Some(keys) = self.read()? {
            return Ok(keys);
        }
        let key = SigningKey::generate(algorithm, &[]).map_err(|problem| self.unusable(problem))?;
        let entry = DirEntry::at(&self.path).map_err(|error| self.unusable(error))?;
        let temp = self.temp_file(entry, std::slice::from_ref(&key))?;
        match temp
            .give_to_directory_owner()
            .and_then(|()| temp.persist_new())
        {
            Ok(()) => Ok(vec![key]),
            // Another process started at the same time and created the file first.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self
                .read()?
                .ok_or_else(|| self.unusable("it was removed meanwhile")),
            Err(error) => Err(self.unusable(error)),
        }
    }

    /// Adds a new key, which signs from now on. Returns its `kid`.
    ///
    /// # Errors
    /// [`Error::Startup`] if the file cannot be read or replaced.
    pub fn rotate(&self, algorithm: KeyAlgorithm) -> Result<String, Error> {
        self.update(|keys| {
            let key =
                SigningKey::generate(algorithm, keys).map_err(|problem| self.unusable(problem))?;
            let kid = key.kid.clone();
            keys.insert(0, key);
            Ok(kid)
        })
    }

    /// Removes a key. Tokens signed with it become invalid.
    ///
    /// # Errors
    /// [`Error::Startup`] if the key does not exist or is the signing key.
    pub fn retire(&self, kid: &str) -> Result<(), Error> {
        self.update(|keys| match keys.iter().position(|key| key.kid == kid) {
            None => Err(Error::Startup(format!("there is no key {kid}"))),
            Some(0) => Err(Error::Startup(format!(
                "the key {kid} signs; make another with docket keys rotate first"
            ))),
            Some(index) => {
                keys.remove(index);
                Ok(())
            }
        })
    }

    /// Returns the stamp of the file. `None` if the file is not accessible.
    pub fn stamp(&self) -> Option<FileStamp> {
        let metadata = fs::metadata(&self.path).ok()?;
        Some(FileStamp::of(&metadata))
    }

    /// Reads the keys, applies `change` and replaces the file, under a lock.
    fn update<T>(
        &self,
        change: impl FnOnce(&mut Vec<SigningKey>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let entry = DirEntry::resolve(&self.path).map_err(|error| self.unusable(error))?;
        // The lock is on the directory, because the file itself is replaced.
        entry.lock();
        let (mut keys, before) = match self.read_at(&entry)? {
            Some((keys, metadata)) => (keys, Some(metadata)),
            None => (Vec::new(), None),
        };
        let changed = change(&mut keys)?;
        let temp = self.temp_file(entry, &keys)?;
        // The server may run as a different user than the caller.
        let owned = match before {
            Some(metadata) => temp.copy_permissions(&metadata),
            None => temp.give_to_directory_owner(),
        };
        owned
            .and_then(|()| temp.persist())
            .map_err(|error| self.unusable(error))?;
        Ok(changed)
    }

    fn read_at(&self, entry: &DirEntry) -> Result<Option<(Vec<SigningKey>, Metadata)>, Error> {
        let Some(file) = entry.open().map_err(|error| self.unusable(error))? else {
            return Ok(None);
        };
        let metadata = file.metadata().map_err(|error| self.unusable(error))?;
        // Anyone who can read the keys can sign in as any user.
        entry
            .check_private(&metadata, &self.path)
            .map_err(|error| self.unusable(error))?;
        let text = self.text(file)?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let keys = SigningKey::parse_list(lines, ' ').map_err(|problem| self.unusable(problem))?;
        if keys.is_empty() {
            return Err(self.unusable("it contains no key"));
        }
        Ok(Some((keys, metadata)))
    }

    fn text(&self, file: File) -> Result<String, Error> {
        let mut text = String::new();
        file.take(MOST_BYTES + 1)
            .read_to_string(&mut text)
            .map_err(|error| self.unusable(error))?;
        if text.len() as u64 > MOST_BYTES {
            return Err(self.unusable("it is larger than 1 MiB"));
        }
        Ok(text)
    }

    /// Writes the keys to a temporary file.
    fn temp_file(&self, entry: DirEntry, keys: &[SigningKey]) -> Result<TempFile, Error> {
        let text: String = keys.iter().map(SigningKey::line).collect();
        entry
            .temp_file()
            .and_then(|temp| {
                temp.file().write_all(text.as_bytes())?;
                Ok(temp)
            })
            .map_err(|error| self.unusable(error))
    }

    fn unusable(&self, reason: impl std::fmt::Display) -> Error {
        Error::Startup(format!(
            "the key file {} is unusable: {reason}",
            self.path.display()
        ))
    }
}
