//! The keys of a running server. They follow changes to the key file.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::keyfile::KeyFile;
use super::{Jwk, SigningKey};
use crate::config::Config;
use crate::error::Error;
use crate::log;
use crate::platform::FileStamp;

/// Maximum time until a change to the key file takes effect.
const MAX_STALENESS: Duration = Duration::from_secs(1);

type Keys = Arc<[Arc<SigningKey>]>;

/// All keys. The first one signs; every key verifies.
pub struct KeyRing {
    /// `None` if the settings contain the keys.
    file: Option<KeyFile>,
    existed_before_start: bool,
    snapshot: RwLock<Snapshot>,
}

/// Contents of the key file at the last check.
struct Snapshot {
    keys: Keys,
    stamp: Option<FileStamp>,
    checked_at: Instant,
}

impl KeyRing {
    /// Loads the keys from the settings, otherwise from the key file. Creates the file if it does
    /// not exist.
    ///
    /// # Errors
    /// [`Error::Startup`] if the key file is unusable.
    pub fn open(config: &Config) -> Result<KeyRing, Error> {
        let (keys, stamp, file) = match &config.jwt_keys {
            Some(keys) => (keys.clone(), None, None),
            None => {
                let file = KeyFile::at(config.key_file());
                // Taken before the read, so that a change made during the read is noticed at the
                // next check.
                let stamp = file.stamp();
                let keys = file.read_or_make(config.jwt_algorithm)?;
                (keys, stamp, Some(file))
            }
        };
        Ok(KeyRing {
            file,
            existed_before_start: stamp.is_some(),
            snapshot: RwLock::new(Snapshot {
                keys: shared(keys),
                stamp,
                checked_at: Instant::now(),
            }),
        })
    }

    /// Returns true if the key file existed before this start.
    pub fn existed_before_start(&self) -> bool {
        self.existed_before_start
    }

    /// Returns the signing key.
    pub fn signing(&self) -> Arc<SigningKey> {
        Arc::clone(&self.keys()[0])
    }

    /// Returns the oldest key. It stays the same when keys are added.
    pub fn oldest(&self) -> Arc<SigningKey> {
        let keys = self.keys();
        Arc::clone(&keys[keys.len() - 1])
    }

    /// Returns the key with this `kid`.
    pub fn find(&self, kid: &str) -> Option<Arc<SigningKey>> {
        let named = |keys: Keys| keys.iter().find(|key| key.kid == kid).cloned();
        // Another node may have signed with a key added after the last check.
        named(self.keys()).or_else(|| named(self.reload()))
    }

    /// Reloads the key file if it has changed and returns all keys.
    pub fn all(&self) -> Keys {
        self.reload()
    }

    /// Returns the public keys. HMAC keys have none.
    pub fn public(&self) -> Vec<Jwk> {
        self.keys().iter().filter_map(|key| key.jwk()).collect()
    }

    fn keys(&self) -> Keys {
        let snapshot = self.snapshot.read().unwrap_or_else(PoisonError::into_inner);
        if self.file.is_none() || snapshot.checked_at.elapsed() < MAX_STALENESS {
            return Arc::clone(&snapshot.keys);
        }
        drop(snapshot);
        self.reload()
    }

    /// Reloads the file if it has changed. If it is unreadable, the previous keys stay in use.
    fn reload(&self) -> Keys {
        let mut snapshot = self
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &self.file else {
            return Arc::clone(&snapshot.keys);
        };
        snapshot.checked_at = Instant::now();
        let stamp = file.stamp();
        if stamp != snapshot.stamp {
            match file.read() {
                Ok(Some(keys)) => {
                    let before = std::mem::replace(&mut snapshot.keys, shared(keys));
                    let kid = &snapshot.keys[0].kid;
                    if *kid != before[0].kid {
                        tracing::info!(%kid, "the signing key has changed");
                    }
                }
                Ok(None) => tracing::error!(
                    "the key file is missing; its keys stay in use until the server stops"
                ),
                Err(error) => log::report(&error),
            }
            // Stored after an error too: it is logged once, until the file changes again.
            snapshot.stamp = stamp;
        }
        Arc::clone(&snapshot.keys)
    }
}

fn shared(keys: Vec<SigningKey>) -> Keys {
    keys.into_iter().map(Arc::new).collect()
}
