//! The file of the signing keys: one on a line, the first one signs.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::geteuid;

use super::{KeyAlgorithm, SigningKey};
use crate::error::Error;
use crate::files::{Draft, Place};

/// Far more than any number of keys takes.
const MOST_BYTES: u64 = 1 << 20;

/// The group may read the keys, for a file that belongs to root; nobody else may do anything.
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
        match Place::at(&self.path) {
            Ok(place) => Ok(self.read_at(&place)?.map(|(keys, _)| keys)),
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
        let place = Place::at(&self.path).map_err(|error| self.unusable(error))?;
        let draft = self.draft(place, std::slice::from_ref(&key))?;
        match draft.hand_over().and_then(|()| draft.keep()) {
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
        self.change(|keys| {
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
        self.change(|keys| match keys.iter().position(|key| key.kid == kid) {
            None => Err(Error::Startup(format!("there is no key {kid}"))),
            Some(0) => Err(Error::Startup(format!(
                "the key {kid} signs; make another with docket keys rotate first"
            ))),
            Some(place) => {
                keys.remove(place);
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

    /// Reads the keys and puts others in their place, all at once, with nobody in between.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<SigningKey>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let place = Place::behind_links(&self.path).map_err(|error| self.unusable(error))?;
        // The file is another one afterwards, so it is the directory that is locked.
        place.lock();
        let (mut keys, before) = match self.read_at(&place)? {
            Some((keys, metadata)) => (keys, Some(metadata)),
            None => (Vec::new(), None),
        };
        let changed = change(&mut keys)?;
        let draft = self.draft(place, &keys)?;
        // The server reads the file as another user than root, who may have called this.
        let given = match before {
            Some(metadata) => draft.resemble(&metadata),
            None => draft.hand_over(),
        };
        given
            .and_then(|()| draft.replace())
            .map_err(|error| self.unusable(error))?;
        Ok(changed)
    }

    fn read_at(&self, place: &Place) -> Result<Option<(Vec<SigningKey>, Metadata)>, Error> {
        let Some(file) = place.open().map_err(|error| self.unusable(error))? else {
            return Ok(None);
        };
        let metadata = file.metadata().map_err(|error| self.unusable(error))?;
        self.check_access(&metadata, place.owner())?;
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
            return Err(self.unusable("it is too large for a file of keys"));
        }
        Ok(text)
    }

    /// Keys that others can read or write are worth nothing: they sign in as anybody.
    fn check_access(&self, metadata: &Metadata, directory_owner: u32) -> Result<(), Error> {
        let (mode, path) = (metadata.mode() & 0o777, self.path.display());
        if mode & FORBIDDEN_MODE != 0 {
            return Err(self.unusable(format!(
                "it is open to other users (mode {mode:04o}); if nobody has read it, run: \
                 chmod g-w,o= {path}"
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

    /// A file beside the one to be, which only its owner can read.
    fn draft(&self, place: Place, keys: &[SigningKey]) -> Result<Draft, Error> {
        let text: String = keys.iter().map(SigningKey::line).collect();
        place
            .draft()
            .and_then(|draft| {
                draft.file().write_all(text.as_bytes())?;
                Ok(draft)
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
