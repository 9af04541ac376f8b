//! The keys of a running server, which follow the key file.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::keyfile::KeyFile;
use super::{Jwk, SigningKey};
use crate::config::Config;
use crate::error::Error;
use crate::platform::FileStamp;

/// How long a change of the file may go unnoticed.
const PATIENCE: Duration = Duration::from_secs(1);

type Keys = Arc<[Arc<SigningKey>]>;

/// All keys: the first one signs, each verifies.
pub struct KeyRing {
    /// None where the settings have the keys.
    file: Option<KeyFile>,
    existed_before_start: bool,
    seen: RwLock<Seen>,
}

/// What was in the file when it was last looked at.
struct Seen {
    keys: Keys,
    stamp: Option<FileStamp>,
    looked: Instant,
}

impl KeyRing {
    /// The keys of the settings, else those of the key file, which is made if it is not there.
    pub fn open(config: &Config) -> Result<KeyRing, Error> {
        let (keys, stamp, file) = match &config.jwt_keys {
            Some(keys) => (keys.clone(), None, None),
            None => {
                let file = KeyFile::at(config.key_file());
                // What is changed after this look is found by the next one.
                let stamp = file.stamp();
                let keys = file.read_or_make(config.jwt_algorithm)?;
                (keys, stamp, Some(file))
            }
        };
        Ok(KeyRing {
            file,
            existed_before_start: stamp.is_some(),
            seen: RwLock::new(Seen {
                keys: shared(keys),
                stamp,
                looked: Instant::now(),
            }),
        })
    }

    /// Returns true if the key file existed before this start.
    pub fn existed_before_start(&self) -> bool {
        self.existed_before_start
    }

    /// The key that signs.
    pub fn signing(&self) -> Arc<SigningKey> {
        Arc::clone(&self.keys()[0])
    }

    /// The key that has been there for the longest, and stays when others come.
    pub fn oldest(&self) -> Arc<SigningKey> {
        let keys = self.keys();
        Arc::clone(&keys[keys.len() - 1])
    }

    /// The key that a `kid` names.
    pub fn find(&self, kid: &str) -> Option<Arc<SigningKey>> {
        let named = |keys: Keys| keys.iter().find(|key| key.kid == kid).cloned();
        // Another node may have signed with a key that came this moment.
        named(self.keys()).or_else(|| named(self.look()))
    }

    /// All of them, as they are this moment.
    pub fn all(&self) -> Keys {
        self.look()
    }

    /// The public halves of those that have one.
    pub fn public(&self) -> Vec<Jwk> {
        self.keys().iter().filter_map(|key| key.jwk()).collect()
    }

    fn keys(&self) -> Keys {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        if self.file.is_none() || seen.looked.elapsed() < PATIENCE {
            return Arc::clone(&seen.keys);
        }
        drop(seen);
        self.look()
    }

    /// Reads the file again if it has changed; keys that cannot be read leave those that were.
    fn look(&self) -> Keys {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &self.file else {
            return Arc::clone(&seen.keys);
        };
        seen.looked = Instant::now();
        let stamp = file.stamp();
        if stamp != seen.stamp {
            match file.read() {
                Ok(Some(keys)) => {
                    let before = std::mem::replace(&mut seen.keys, shared(keys));
                    let kid = &seen.keys[0].kid;
                    if *kid != before[0].kid {
                        tracing::info!(%kid, "another key signs from now on");
                    }
                }
                Ok(None) => tracing::error!("the key file is gone; its keys stay until the end"),
                Err(error) => error.report(),
            }
            // Said once, and looked at again when it is changed again.
            seen.stamp = stamp;
        }
        Arc::clone(&seen.keys)
    }
}

fn shared(keys: Vec<SigningKey>) -> Keys {
    keys.into_iter().map(Arc::new).collect()
}
