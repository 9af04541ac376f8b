//! The file of the signing keys: one on a line, the first one signs.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::geteuid;

use super::{KeyAlgorithm, SigningKey};
use crate::error::Error;
use crate::files::{DirEntry, TempFile};

/// Limit of the size; a key takes about 60 bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Mode bits that a key file must not have. The group may read it, so that the file can belong to root.
const FORBIDDEN_MODE: u32 = 0o027;

/// The file of the signing keys.
pub struct KeyFile {
    path: PathBuf,
}

/// What tells one content of the file from the next without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl KeyFile {
    /// The file at a path, whether it is there or not.
    pub fn at(path: PathBuf) -> KeyFile {
        KeyFile { path }
    }

    /// The keys in it; none if there is no file.
    ///
    /// # Errors
    /// [`Error::Startup`] if it cannot be read, is open to others, or holds no key.
    pub fn read(&self) -> Result<Option<Vec<SigningKey>>, Error> {
        match DirEntry::at(&self.path) {
            Ok(entry) => Ok(self.read_at(&entry)?.map(|(keys, _)| keys)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unusable(error)),
        }
    }

    /// The keys in it, after a first one is made if there is no file.
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
            // Of two programs that start at once, one has written it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self
                .read()?
                .ok_or_else(|| self.unusable("somebody has removed it")),
            Err(error) => Err(self.unusable(error)),
        }
    }

    /// Adds a new key that signs from now on; gives its kid.
    pub fn rotate(&self, algorithm: KeyAlgorithm) -> Result<String, Error> {
        self.update(|keys| {
            let key =
                SigningKey::generate(algorithm, keys).map_err(|problem| self.unusable(problem))?;
            let kid = key.kid.clone();
            keys.insert(0, key);
            Ok(kid)
        })
    }

    /// Removes a key, so that what it has signed is worth nothing any more.
    ///
    /// # Errors
    /// [`Error::Startup`] if there is no such key, or it is the one that signs.
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

    /// What the file is like now; none if there is no file to be seen.
    pub fn stamp(&self) -> Option<Stamp> {
        let metadata = fs::metadata(&self.path).ok()?;
        Some(Stamp {
            inode: metadata.ino(),
            size: metadata.len(),
            // Of the inode, which a change of its mode or owner is one of too.
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Reads the keys, changes them and replaces the file, under a lock.
    fn update<T>(
        &self,
        change: impl FnOnce(&mut Vec<SigningKey>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let entry = DirEntry::resolve(&self.path).map_err(|error| self.unusable(error))?;
        // The file is replaced by another one, so the lock is on the directory.
        entry.lock();
        let (mut keys, before) = match self.read_at(&entry)? {
            Some((keys, metadata)) => (keys, Some(metadata)),
            None => (Vec::new(), None),
        };
        let changed = change(&mut keys)?;
        let temp = self.temp_file(entry, &keys)?;
        // The server may run as another user than the caller.
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
        self.check_access(&metadata, entry.directory_owner())?;
        let text = self.text(file)?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let keys = SigningKey::parse_list(lines, ' ').map_err(|problem| self.unusable(problem))?;
        if keys.is_empty() {
            return Err(self.unusable("there is no key in it"));
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

    /// Refuses a file that another user can read or write: the keys let them sign in as anybody.
    fn check_access(&self, metadata: &Metadata, directory_owner: u32) -> Result<(), Error> {
        let (mode, path) = (metadata.mode() & 0o777, self.path.display());
        if mode & FORBIDDEN_MODE != 0 {
            return Err(self.unusable(format!(
                "other users have access to it (mode {mode:04o}); run: chmod g-w,o= {path}"
            )));
        }
        let user = geteuid().as_raw();
        if ![0, user, directory_owner].contains(&metadata.uid()) {
            return Err(self.unusable(format!(
                "it belongs to user {}, who can change the keys; run: chown {user} {path}",
                metadata.uid()
            )));
        }
        Ok(())
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
