//! A cache of rendered lists. An entry is valid while the version of the user's data is unchanged.
//! Each write advances that version in its transaction, on any node, and each request reads the
//! current version.

use std::fmt::Debug;

use hyper::body::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::api::resource::list_tag;
use crate::auth::User;
use crate::db::Timestamp;
use crate::error::Error;
use crate::http::digest_of;

/// Size of an entry besides its text, in bytes: its key and its slot in the cache.
const OVERHEAD: u64 = 300;

/// Expected size of an entry in bytes, for the initial capacity of the cache.
const USUAL_BYTES: u64 = 12 << 10;

/// Rendered lists in memory.
pub struct ListCache(Option<Cache<Key, Kept, ByBytes>>);

/// The format of a rendered list.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// JSON, for clients of the API.
    Json,
    /// An HTML page, for browsers.
    Html,
}

/// Digest of the user, the filter and the format. Keys have the same size for every filter, so
/// that [`OVERHEAD`] covers them.
type Key = [u8; 32];

fn key_of(user: &User, list: &impl Debug, format: Format) -> Key {
    let rest = format!("{list:?} {format:?}");
    digest_of(&[user.id.as_bytes(), rest.as_bytes()])
}

/// A rendered list with the versions of the data and the user that it was rendered from.
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
    /// Creates a cache with a maximum size. Zero disables it.
    pub fn new(megabytes: u32) -> ListCache {
        let bytes = u64::from(megabytes) << 20;
        let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        ListCache((bytes > 0).then(|| Cache::with_weighter(entries, bytes, ByBytes)))
    }

    /// Returns the entity tag of a list without reading the list. The text form of `list` tells
    /// apart lists with different tasks of the same data.
    pub fn tag(user: &User, list: &impl Debug) -> String {
        list_tag(user, &[&format!("{list:?}")])
    }

    /// Returns a list, whose text form is as for [`ListCache::tag`], from the cache. Renders and stores it if it is missing or outdated.
    ///
    /// # Errors
    /// Errors of `write`.
    pub async fn get(
        &self,
        user: &User,
        list: &impl Debug,
        format: Format,
        write: impl Future<Output = Result<Vec<u8>, Error>>,
    ) -> Result<Bytes, Error> {
        let Some(cache) = &self.0 else {
            return write.await.map(Bytes::from);
        };
        let key = key_of(user, list, format);
        if let Some(kept) = cache.get(&key).filter(|kept| kept.is_of(user)) {
            return Ok(kept.text);
        }
        // Drops unused capacity, which the cache would keep allocated.
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
        // Twice the entry for the cache's bookkeeping, plus the reference count of the text.
        let entry = 2 * size_of::<(Key, Kept)>() + 2 * size_of::<usize>();
        assert!(entry as u64 <= OVERHEAD, "{entry}");
    }
}
