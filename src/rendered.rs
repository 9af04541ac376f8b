//! A cache of rendered text of a user's data. An entry is valid while the version of that data is
//! unchanged, on one day of the user, and in one language. Each write advances the version in its
//! transaction, on any node, and each request reads the current one. A part of a text is valid for
//! ever, since its key is the digest of what it was rendered from.

use std::sync::Arc;

use hyper::body::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::auth::User;
use crate::db::Timestamp;
use crate::error::Error;
use crate::http::{BodyForms, digest_of};
use crate::locale::Language;
use crate::when::Date;

/// Size of an entry besides its text, in bytes: its key and its slot in the cache.
const OVERHEAD: u64 = 300;

/// Expected size of an entry in bytes, for the initial capacity of the cache.
const USUAL_BYTES: u64 = 12 << 10;

/// Rendered texts in memory.
#[derive(Clone)]
pub struct RenderedCache(Option<Arc<Texts>>);

type Texts = Cache<Key, Kept, ByBytes>;

/// Digest of the user and what was rendered, or of all that a part was rendered from. Keys have the
/// same size for every filter, so that [`OVERHEAD`] covers them.
type Key = [u8; 32];

/// A rendered text with what it was rendered from.
#[derive(Clone)]
struct Kept {
    /// `None` if the key is the digest of all of it.
    basis: Option<Basis>,
    text: BodyForms,
}

/// The versions of the data and of the user, the user's day and language.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Basis {
    work_version: i64,
    updated_at: Timestamp,
    day: Date,
    /// That of the browser, unless the user has chosen one.
    language: Language,
}

impl Basis {
    fn of(user: &User) -> Basis {
        Basis {
            work_version: user.work_version,
            updated_at: user.updated_at,
            day: user.today(),
            language: user.language(),
        }
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Kept> for ByBytes {
    fn weight(&self, _key: &Key, kept: &Kept) -> u64 {
        // A part is never compressed by itself.
        let text = match kept.basis {
            Some(_) => kept.text.most_bytes(),
            None => kept.text.plain().len(),
        };
        text as u64 + OVERHEAD
    }
}

impl RenderedCache {
    /// Creates a cache with a maximum size. Zero disables it.
    pub fn new(megabytes: u32) -> RenderedCache {
        let bytes = u64::from(megabytes) << 20;
        let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        let cache = || Arc::new(Cache::with_weighter(entries, bytes, ByBytes));
        RenderedCache((bytes > 0).then(cache))
    }

    /// Returns a part of a text from the cache. Renders and stores it if it is missing. `key` is the
    /// digest of all that it is rendered from, so that an entry never becomes outdated.
    ///
    /// # Errors
    /// Errors of `write`.
    pub fn part<E>(&self, key: Key, write: impl FnOnce() -> Result<String, E>) -> Result<Bytes, E> {
        let Some(cache) = &self.0 else {
            return write().map(Bytes::from);
        };
        if let Some(kept) = cache.get(&key) {
            return Ok(kept.text.plain().clone());
        }
        let text = keep(cache, key, None, write()?.into_bytes());
        Ok(text.plain().clone())
    }

    /// Returns a text from the cache. Renders and stores it if it is missing or outdated. `name`
    /// identifies it among the texts of the user.
    ///
    /// # Errors
    /// Errors of `write`.
    pub async fn get(
        &self,
        user: &User,
        name: &str,
        write: impl Future<Output = Result<Vec<u8>, Error>>,
    ) -> Result<BodyForms, Error> {
        let Some(cache) = &self.0 else {
            return write.await.map(|text| Bytes::from(text).into());
        };
        let key = digest_of(&[user.id.as_bytes(), name.as_bytes()]);
        let basis = Basis::of(user);
        if let Some(kept) = cache.get(&key).filter(|kept| kept.basis == Some(basis)) {
            return Ok(kept.text);
        }
        Ok(keep(cache, key, Some(basis), write.await?))
    }
}

/// Stores a text in the cache and returns it.
fn keep(cache: &Texts, key: Key, basis: Option<Basis>, text: Vec<u8>) -> BodyForms {
    // Drops unused capacity, which the cache would keep allocated.
    let text = BodyForms::from(Bytes::from(text.into_boxed_slice()));
    let kept = Kept {
        basis,
        text: text.clone(),
    };
    cache.insert(key, kept);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overhead_covers_what_an_entry_takes_beside_its_text() {
        // Twice the entry for the cache's bookkeeping, plus the reference count of the text.
        let entry = 2 * size_of::<(Key, Kept)>() + BodyForms::OVERHEAD;
        assert!(entry as u64 <= OVERHEAD, "{entry}");
    }
}
