//! The file of the signing keys: one on a line, the first one signs.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{KeyAlgorithm, SigningKey};
use crate::error::Error;

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
    /// [`Error::Startup`] if it cannot be read, or holds no key.
    pub fn read(&self) -> Result<Option<Vec<SigningKey>>, Error> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(error)),
        };
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let keys = SigningKey::parse_list(lines, ' ').map_err(|problem| self.unusable(problem))?;
        if keys.is_empty() {
            return Err(self.unusable("there is no key in it"));
        }
        Ok(Some(keys))
    }

    /// The keys in it, after a first one is made if there is no file.
    pub fn read_or_make(&self, algorithm: KeyAlgorithm) -> Result<Vec<SigningKey>, Error> {
        if let Some(keys) = self.read()? {
            return Ok(keys);
        }
        let key = SigningKey::generate(algorithm, &[]).map_err(|problem| self.unusable(problem))?;
        let draft = self.draft(std::slice::from_ref(&key))?;
        match draft.persist_noclobber(&self.path) {
            Ok(_) => self.sync_directory().map(|()| vec![key]),
            // Of two programs that start at once, one has written it.
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => self
                .read()?
                .ok_or_else(|| self.unusable("somebody has removed it")),
            Err(error) => Err(self.unusable(error.error)),
        }
    }

    /// Adds a new key that signs from now on; gives its kid.
    pub fn rotate(&self, algorithm: KeyAlgorithm) -> Result<String, Error> {
        let _turn = self.lock()?;
        let mut keys = self.read()?.unwrap_or_default();
        let key =
            SigningKey::generate(algorithm, &keys).map_err(|problem| self.unusable(problem))?;
        let kid = key.kid.clone();
        keys.insert(0, key);
        self.replace(&keys)?;
        Ok(kid)
    }

    /// Removes a key, so that what it has signed is worth nothing any more.
    ///
    /// # Errors
    /// [`Error::Startup`] if there is no such key, or it is the one that signs.
    pub fn retire(&self, kid: &str) -> Result<(), Error> {
        let _turn = self.lock()?;
        let mut keys = self.read()?.unwrap_or_default();
        let place = keys.iter().position(|key| key.kid == kid);
        match place {
            None => Err(Error::Startup(format!("there is no key {kid}"))),
            Some(0) => Err(Error::Startup(format!(
                "the key {kid} signs; make another with docket keys rotate first"
            ))),
            Some(place) => {
                keys.remove(place);
                self.replace(&keys)
            }
        }
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

    /// Whoever changes the keys reads and writes in one go. The file is another one after that, so
    /// it is the directory that is locked.
    fn lock(&self) -> Result<File, Error> {
        let directory = File::open(directory_of(&self.target()));
        let directory = directory.map_err(|error| self.unusable(error))?;
        // A file system without locks is none that two people change keys on at once.
        let _ = directory.lock();
        Ok(directory)
    }

    /// Puts these keys in place of those that are there, all at once.
    fn replace(&self, keys: &[SigningKey]) -> Result<(), Error> {
        let path = self.target();
        let draft = self.draft(keys)?;
        if let Ok(there) = fs::metadata(&path) {
            let own = draft.as_file().metadata();
            let own = own.map_err(|error| self.unusable(error))?;
            // The server reads them as another user than root, who may have called this.
            if (there.uid(), there.gid()) != (own.uid(), own.gid()) {
                chown(draft.path(), Some(there.uid()), Some(there.gid()))
                    .map_err(|error| self.unusable(error))?;
            }
        }
        draft
            .persist(&path)
            .map_err(|error| self.unusable(error.error))?;
        self.sync_directory()
    }

    /// A file beside the one to be, which only its owner can read.
    fn draft(&self, keys: &[SigningKey]) -> Result<NamedTempFile, Error> {
        let written = NamedTempFile::new_in(directory_of(&self.target())).and_then(|mut draft| {
            let text: String = keys.iter().map(SigningKey::line).collect();
            draft.write_all(text.as_bytes())?;
            draft.as_file().sync_all()?;
            Ok(draft)
        });
        written.map_err(|error| self.unusable(error))
    }

    /// Only then does the new name outlast a power cut.
    fn sync_directory(&self) -> Result<(), Error> {
        File::open(directory_of(&self.target()))
            .and_then(|directory| directory.sync_all())
            .map_err(|error| self.unusable(error))
    }

    /// The file itself: what a link leads to is replaced, not the link.
    fn target(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    fn unusable(&self, reason: impl std::fmt::Display) -> Error {
        Error::Startup(format!(
            "the key file {} is unusable: {reason}",
            self.path.display()
        ))
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
