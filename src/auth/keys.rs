//! The signing keys: from the settings, or from a file made at the first start.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::Config;
use crate::error::Error;

/// RFC 7518, section 3.2: a key of HS256 is at least as long as the hash.
const LEAST_BYTES: usize = 32;

/// A secret that signs access tokens, with the `kid` that names it.
#[derive(Clone)]
pub struct SigningKey {
    /// The `kid` header of the tokens that it signs.
    pub kid: String,
    /// The secret itself.
    pub secret: Vec<u8>,
}

impl SigningKey {
    /// Reads `kid`, separator, base64url of each entry.
    ///
    /// # Errors
    /// What is wrong, without a word of the secret.
    pub fn parse_list<'a>(
        entries: impl Iterator<Item = &'a str>,
        separator: char,
    ) -> Result<Vec<SigningKey>, String> {
        let mut keys: Vec<SigningKey> = Vec::new();
        for (index, entry) in entries.enumerate() {
            let which = format!("key {}", index + 1);
            let key = SigningKey::parse(entry.trim(), separator)
                .map_err(|problem| format!("{which} {problem}"))?;
            if keys.iter().any(|other| other.kid == key.kid) {
                return Err(format!("{which} has the kid of another one"));
            }
            keys.push(key);
        }
        Ok(keys)
    }

    fn parse(entry: &str, separator: char) -> Result<SigningKey, String> {
        let (kid, secret) = entry
            .split_once(separator)
            .ok_or_else(|| format!("must be kid{separator}base64url"))?;
        let kid_is_plain = !kid.is_empty()
            && kid.len() <= 64
            && kid
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !kid_is_plain {
            return Err("must have a kid of 1 to 64 letters, digits, - _ .".into());
        }
        let secret = URL_SAFE_NO_PAD
            .decode(secret.trim().trim_end_matches('='))
            .map_err(|_| "is not base64url".to_owned())?;
        if secret.len() < LEAST_BYTES {
            return Err(format!("must have at least {LEAST_BYTES} bytes"));
        }
        Ok(SigningKey {
            kid: kid.to_owned(),
            secret,
        })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// All keys: the first one signs, each verifies.
pub struct KeyRing(Vec<SigningKey>);

impl KeyRing {
    /// The keys of the settings, else those of the key file, which is made if it is not there.
    pub fn open(config: &Config) -> Result<KeyRing, Error> {
        if let Some(keys) = &config.jwt_keys {
            return Ok(KeyRing(keys.clone()));
        }
        let path = config.key_file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => make(&path)?,
            Err(error) => return Err(unusable(&path, error)),
        };
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let keys =
            SigningKey::parse_list(lines, ' ').map_err(|problem| unusable(&path, problem))?;
        if keys.is_empty() {
            return Err(unusable(&path, "there is no key in it"));
        }
        Ok(KeyRing(keys))
    }

    /// The key that signs.
    pub fn signing(&self) -> &SigningKey {
        &self.0[0]
    }

    /// The key that a `kid` names.
    pub fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.kid == kid)
    }
}

fn unusable(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::Startup(format!(
        "the key file {} is unusable: {reason}",
        path.display()
    ))
}

/// Writes a file with one random key. Of two programs that start at once, one writes it.
fn make(path: &Path) -> Result<String, Error> {
    let mut secret = [0; LEAST_BYTES];
    rand::fill(&mut secret).map_err(|_| unusable(path, "no random numbers"))?;
    let kid = crate::db::Timestamp::now().unix_seconds();
    let line = format!("{kid} {}\n", URL_SAFE_NO_PAD.encode(secret));
    let draft = path.with_extension(format!("keys.{}", std::process::id()));
    let written = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(line.as_bytes())?;
            file.sync_all()
        })
        // A link never replaces what is there, and what is there is never half written.
        .and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match written {
        Ok(()) => removed
            .map(|()| line)
            .map_err(|error| unusable(path, error)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::read_to_string(path).map_err(|error| unusable(path, error))
        }
        Err(error) => Err(unusable(path, error)),
    }
}
