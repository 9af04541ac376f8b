//! A value read from the files of a folder. A debug build reads them again when they have changed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

pub(super) struct Latest<T> {
    /// The folder, relative to the sources.
    folder: &'static str,
    read: RwLock<Option<(u64, Arc<T>)>>,
}

impl<T> Latest<T> {
    pub(super) const fn of(folder: &'static str) -> Latest<T> {
        Latest {
            folder,
            read: RwLock::new(None),
        }
    }

    /// Returns the value. `read` reads it, if it is missing or outdated.
    ///
    /// # Errors
    /// Errors of `read`.
    pub(super) fn get<E>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let state = match cfg!(embedded) {
            true => 0,
            false => self.state().unwrap_or_default(),
        };
        let last = self.read.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = last.as_ref().filter(|(known, _)| *known == state) {
            return Ok(value.clone());
        }
        drop(last);
        let value = Arc::new(read()?);
        let mut last = self.read.write().unwrap_or_else(PoisonError::into_inner);
        *last = Some((state, value.clone()));
        Ok(value)
    }

    /// Returns a number that changes with any file of the folder.
    fn state(&self) -> io::Result<u64> {
        let mut hasher = DefaultHasher::new();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        hash_folder(&sources.join(self.folder), &mut hasher)?;
        Ok(hasher.finish())
    }
}

fn hash_folder(folder: &Path, hasher: &mut impl Hasher) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            hash_folder(&entry.path(), hasher)?;
        } else {
            entry.path().hash(hasher);
            metadata.modified()?.hash(hasher);
            metadata.len().hash(hasher);
        }
    }
    Ok(())
}
