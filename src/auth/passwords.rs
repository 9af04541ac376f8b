//! Passwords: what is accepted, and the hash that is kept.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rocket::tokio::time::timeout;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::error::Error;

const LEAST_CHARACTERS: usize = 8;
const MOST_CHARACTERS: usize = 128;

/// OWASP Password Storage: Argon2id with 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What this program is about; `docs/security.md` lists them too.
const PRODUCT_WORDS: [&str; 6] = ["docket", "task", "tasks", "todo", "taskmanager", "password"];

/// Shorter words are in anybody's password.
const LEAST_WORD: usize = 3;

/// How long a password waits for its turn. Who has waited for longer has mostly gone.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A hash of the present parameters that no password has: what is verified where there is no
/// account, so that the answer takes as long.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The password hash, computed off the async threads and only so many at once; who would have to
/// wait for long is told to come again.
pub struct Passwords {
    jobs: Arc<Semaphore>,
}

/// The turn of one password, to be taken before anything else is done for it: so the rest of the
/// server meets no more of a flood of sign-ins than are computed.
pub struct Turn(OwnedSemaphorePermit);

/// How a password compares with a hash.
pub struct Verified {
    /// It is the one.
    pub matches: bool,
    /// The hash was made with other parameters than today's.
    pub outdated: bool,
}

impl Passwords {
    /// At most `jobs` at once.
    pub fn new(jobs: usize) -> Passwords {
        Passwords {
            jobs: Arc::new(Semaphore::new(jobs)),
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Error::Busy`] if it does not come in good time.
    pub async fn turn(&self) -> Result<Turn, Error> {
        timeout(LONGEST_WAIT, Arc::clone(&self.jobs).acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .map(Turn)
            .map_err(|error| Error::Internal(error.to_string()))
    }
}

impl Turn {
    /// The hash to keep of a password that someone chooses.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming `field` if it is guessable; `hints` are texts whose words make it
    /// so, such as the e-mail address.
    pub async fn choose(
        self,
        field: &'static str,
        password: &str,
        hints: Vec<String>,
    ) -> Result<String, Error> {
        let password: String = password.nfc().collect();
        self.run(move || {
            if zxcvbn(&password, &context_words(&hints)).score() < Score::Two {
                return Err(Error::invalid(
                    field,
                    "is easy to guess: take a longer one, or several unrelated words",
                ));
            }
            hash(&password)
        })
        .await?
    }

    /// Compares a password with the hash that is kept, or takes as long where there is none.
    pub async fn verify(self, password: &str, hash: Option<String>) -> Result<Verified, Error> {
        let password: String = password.nfc().take(MOST_CHARACTERS + 1).collect();
        self.run(move || {
            let text = hash.as_deref().unwrap_or(NOBODYS_HASH);
            let parsed = PasswordHash::new(text).map_err(|error| {
                Error::Internal(format!("a password hash is unreadable: {error}"))
            })?;
            let matches = argon2()?
                .verify_password(password.as_bytes(), &parsed)
                .is_ok();
            let today = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$");
            Ok(Verified {
                matches: matches && hash.is_some(),
                outdated: !text.starts_with(&today),
            })
        })
        .await?
    }

    /// The hash of a password that has just been verified, with today's parameters.
    pub async fn rehash(self, password: &str) -> Result<String, Error> {
        let password: String = password.nfc().collect();
        self.run(move || hash(&password)).await?
    }

    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        tokio::task::spawn_blocking(move || {
            let result = work();
            // The turn goes with the work: who hangs up does not free the place early.
            drop(self.0);
            result
        })
        .await
        .map_err(|error| Error::Internal(format!("a password job ended: {error}")))
    }
}

/// The words that somebody who guesses would try here first: those of the product, then the texts
/// about the account, whole and word by word.
fn context_words(hints: &[String]) -> Vec<&str> {
    let words = hints
        .iter()
        .flat_map(|hint| hint.split(|character: char| !character.is_alphanumeric()))
        .filter(|word| word.chars().count() >= LEAST_WORD);
    PRODUCT_WORDS
        .into_iter()
        .chain(hints.iter().map(String::as_str))
        .chain(words)
        .collect()
}

/// Whether a password that someone chooses may be that long.
///
/// # Errors
/// What it must be.
pub fn password_length(password: &str) -> Result<(), &'static str> {
    let characters = password.nfc().take(MOST_CHARACTERS + 1).count();
    if !(LEAST_CHARACTERS..=MOST_CHARACTERS).contains(&characters) {
        return Err("must have 8 to 128 characters");
    }
    if password.contains('\0') {
        return Err("must not contain NUL");
    }
    Ok(())
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| Error::Internal(format!("Argon2 parameters: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, Error> {
    argon2()?
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("a password cannot be hashed: {error}")))
}
