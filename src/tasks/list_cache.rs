//! Lists as they were written last. A list is as it was for as long as the user's tasks have the
//! version that it was read at, or a later read found: each write advances the version in its
//! transaction, on whichever node, and each request reads the version anew.

use hyper::body::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::TaskFilter;
use crate::auth::User;
use crate::db::Timestamp;
use crate::error::Error;
use crate::http::{digest_of, tag_of};

/// Bytes of an entry beside its text: its key and its place in the cache.
const OVERHEAD: u64 = 300;

/// What is expected of an entry, in bytes, to make room for as many as there will be.
const USUAL_BYTES: u64 = 12 << 10;

/// The lists that are kept in memory.
pub struct ListCache(Option<Cache<Key, Kept, ByBytes>>);

/// In what form a list is written.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// For clients of the API.
    Json,
    /// For browsers, with all that stands around it.
    Html,
}

/// A digest of whose list it is, which one, and how it is written: a key has the same size for every
/// filter, so that the overhead covers it.
type Key = [u8; 32];

fn key_of(user: &User, filter: &TaskFilter, format: Format) -> Key {
    let rest = format!("{filter:?} {format:?}");
    digest_of(&[user.id.as_bytes(), rest.as_bytes()])
}

/// A list as it was written for a user who was like this.
#[derive(Clone)]
struct Kept {
    work_version: i64,
    updated_at: Timestamp,
    text: Bytes,
}

impl Kept {
    fn is_of(&self, user: &User) -> bool {
        (self.work_version, self.updated_at) == (user.work_version, user.updated_at)
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Kept> for ByBytes {
    fn weight(&self, _key: &Key, kept: &Kept) -> u64 {
        kept.text.len() as u64 + OVERHEAD
    }
}

impl ListCache {
    /// As many as fit into so much memory.
    pub fn new(megabytes: u32) -> ListCache {
        let bytes = u64::from(megabytes) << 20;
        let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        ListCache((bytes > 0).then(|| Cache::with_weighter(entries, bytes, ByBytes)))
    }

    /// The entity tag of a list, known without reading it.
    pub fn tag(user: &User, filter: &TaskFilter) -> String {
        let version = user.work_version.to_be_bytes();
        // Another release may write the same tasks in another way.
        let release = env!("CARGO_PKG_VERSION").as_bytes();
        let filter = format!("{filter:?}");
        tag_of(&[release, user.id.as_bytes(), &version, filter.as_bytes()])
    }

    /// A list as it is kept, or else as it is written now.
    ///
    /// # Errors
    /// Those of writing it.
    pub async fn get(
        &self,
        user: &User,
        filter: &TaskFilter,
        format: Format,
        write: impl Future<Output = Result<Vec<u8>, Error>>,
    ) -> Result<Bytes, Error> {
        let Some(cache) = &self.0 else {
            return write.await.map(Bytes::from);
        };
        let key = key_of(user, filter, format);
        if let Some(kept) = cache.get(&key).filter(|kept| kept.is_of(user)) {
            return Ok(kept.text);
        }
        // Room for more would be kept with it.
        let text = Bytes::from(write.await?.into_boxed_slice());
        let kept = Kept {
            work_version: user.work_version,
            updated_at: user.updated_at,
            text: text.clone(),
        };
        cache.insert(key, kept);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overhead_covers_what_an_entry_takes_beside_its_text() {
        // Twice, for the cache's own books, and the reference count of the text.
        let entry = 2 * size_of::<(Key, Kept)>() + 2 * size_of::<usize>();
        assert!(entry as u64 <= OVERHEAD, "{entry}");
    }
}
