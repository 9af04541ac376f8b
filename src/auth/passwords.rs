//! Password policy and hashing.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rocket::tokio::time::timeout;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

use super::strength::is_guessable;
use crate::error::{Code, Error, Violation, check_no_nul};
use crate::limits::{Slot, Slots, network};
use crate::locale::message;

const LEAST_CHARACTERS: usize = 8;
const MOST_CHARACTERS: usize = 128;

/// Longest text that Unicode composition (NFC) can shorten to [`MOST_CHARACTERS`]. No character is
/// composed of more than four.
const MOST_UNCOMPOSED: usize = 4 * MOST_CHARACTERS;

/// OWASP Password Storage: Argon2id with 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Maximum wait for a hashing permit. After that, the client has usually given up.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// A hash with today's parameters that matches no password. It is verified if the account does not
/// exist, so that the response takes the same time.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Password hashing on blocking threads, with bounded concurrency. If the wait would be long, the
/// client gets a 503 and retries.
pub struct Passwords {
    jobs: Arc<Semaphore>,
    /// One permit per user.
    users: Slots,
    /// Half of the permits per client address, so that no address can occupy all of them.
    addresses: Slots,
}

/// Permission to hash one password. A request acquires it before any other work, so that a flood of
/// sign-ins does not load the rest of the server.
pub struct HashPermit {
    permit: OwnedSemaphorePermit,
    jobs: Arc<Semaphore>,
    /// Held until all work on the password is done, including the strength check.
    slots: Vec<Slot>,
}

/// Result of comparing a password with a hash.
pub struct Verified {
    /// True if the password is correct.
    pub matches: bool,
    /// True if the hash was created with parameters other than today's.
    pub outdated: bool,
}

impl Passwords {
    /// Allows `jobs` hashes at once.
    pub fn new(jobs: usize) -> Passwords {
        let each_address = u32::try_from(jobs.div_ceil(2)).unwrap_or(u32::MAX);
        Passwords {
            jobs: Arc::new(Semaphore::new(jobs)),
            users: Slots::new(1),
            addresses: Slots::new(each_address),
        }
    }

    /// Acquires a permit for a command at the command line.
    ///
    /// # Errors
    /// [`Error::Busy`] if no permit becomes free in time.
    pub async fn permit(&self) -> Result<HashPermit, Error> {
        HashPermit::acquire(self.jobs.clone(), Vec::new()).await
    }

    /// Acquires a permit for a client, and for a user if one is signed in. Requests of the same
    /// user or address queue among themselves first, so that they do not fill the common queue.
    ///
    /// # Errors
    /// [`Error::Busy`] if no permit becomes free in time.
    pub async fn permit_for(
        &self,
        address: &str,
        user_id: Option<&str>,
    ) -> Result<HashPermit, Error> {
        let permit = async {
            let mut slots = Vec::new();
            if let Some(user_id) = user_id {
                let slot = self.users.acquire(user_id, 1, MAX_WAIT).await;
                slots.push(slot.ok_or(Error::Busy)?);
            }
            let network = network(address);
            let slot = self.addresses.acquire(&network, 1, MAX_WAIT).await;
            slots.push(slot.ok_or(Error::Busy)?);
            HashPermit::acquire(self.jobs.clone(), slots).await
        };
        timeout(MAX_WAIT, permit).await.map_err(|_| Error::Busy)?
    }
}

impl HashPermit {
    async fn acquire(jobs: Arc<Semaphore>, slots: Vec<Slot>) -> Result<HashPermit, Error> {
        let permit = timeout(MAX_WAIT, jobs.clone().acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(HashPermit {
            permit,
            jobs,
            slots,
        })
    }

    /// Checks the strength of a new password and returns its hash. `hints` are texts whose words
    /// weaken a password, such as the e-mail address. The permit is released during the strength
    /// check.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming `field` if the password is guessable.
    pub async fn choose(
        self,
        field: &'static str,
        password: &str,
        hints: Vec<String>,
    ) -> Result<String, Error> {
        let HashPermit {
            permit,
            jobs,
            slots,
        } = self;
        drop(permit);
        let text: String = password.nfc().collect();
        // The job owns the slots. If the client disconnects, they stay occupied until the job ends.
        let (guessable, slots) = blocking(move || (is_guessable(&text, &hints), slots)).await?;
        if guessable {
            return Err(Error::invalid(
                field,
                Code::WeakPassword,
                message!("password-guessable"),
            ));
        }
        HashPermit::acquire(jobs, slots)
            .await?
            .rehash(password)
            .await
    }

    /// Compares a password with a hash. Without a hash, takes the same time and returns no match.
    ///
    /// # Errors
    /// [`Error::Internal`] if the hash is malformed.
    pub async fn verify(self, password: &str, hash: Option<String>) -> Result<Verified, Error> {
        let password: String = composed(password.chars()).collect();
        self.run(move || {
            let text = hash.as_deref().unwrap_or(DUMMY_HASH);
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

    /// Hashes a verified password again, with today's parameters.
    ///
    /// # Errors
    /// [`Error::Internal`] if hashing fails.
    pub async fn rehash(self, password: &str) -> Result<String, Error> {
        let password: String = password.nfc().collect();
        self.run(move || hash(&password)).await?
    }

    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        blocking(move || {
            let result = work();
            // The job owns the permit. If the client disconnects, the permit stays occupied until
            // the job ends.
            drop(self);
            result
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(format!("a password job ended: {error}")))
}

/// Composes a password (NFC). The result exceeds the maximum length exactly if the password does.
/// The input is bounded, because composition buffers and sorts combining characters.
fn composed(password: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let bounded = password.take(MOST_UNCOMPOSED + 1);
    bounded.nfc().take(MOST_CHARACTERS + 1)
}

/// Checks the length of a new password.
///
/// # Errors
/// [`Code::TooShort`], [`Code::TooLong`], or [`Code::InvalidCharacters`] for NUL. The message omits
/// the actual length, which is as secret as the password.
pub fn password_length(password: &str) -> Result<(), Violation> {
    let characters = composed(password.chars()).count();
    if characters < LEAST_CHARACTERS {
        let message = message!("password-too-short", least = LEAST_CHARACTERS);
        return Err(Violation::bounded(
            Code::TooShort,
            LEAST_CHARACTERS,
            message,
        ));
    }
    if characters > MOST_CHARACTERS {
        let message = message!("password-too-long", most = MOST_CHARACTERS);
        return Err(Violation::bounded(Code::TooLong, MOST_CHARACTERS, message));
    }
    check_no_nul(password, message!("thing-password"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_composition_of_a_long_text_is_bounded() {
        let mut read = 0;
        // Combining marks that all belong to one character.
        let marks = std::iter::repeat_n('\u{301}', 1_000_000);
        let text = marks.inspect(|_| read += 1);
        assert_eq!(composed(text).count(), MOST_CHARACTERS + 1);
        assert_eq!(read, MOST_UNCOMPOSED + 1);
        // Four characters each, composed to one.
        let longest = "\u{3b1}\u{313}\u{300}\u{345}".repeat(MOST_CHARACTERS);
        assert_eq!(composed(longest.chars()).count(), MOST_CHARACTERS);
        assert_eq!(password_length(&longest), Ok(()));
        assert!(password_length(&format!("{longest}x")).is_err());
    }

    #[rocket::tokio::test]
    async fn one_user_or_address_cannot_hold_all_permits() {
        let passwords = Passwords::new(3);
        let first = passwords.permit_for("192.0.2.1", Some("ada")).await;
        let first = first.expect("a permit");
        let mut same_user = Box::pin(passwords.permit_for("192.0.2.2", Some("ada")));
        let mut same_address = Box::pin(passwords.permit_for("192.0.2.1", None));
        let second = same_address.as_mut().await.expect("the second half");
        let mut same_address = Box::pin(passwords.permit_for("192.0.2.1", None));
        assert!(poll_once(&mut same_user).is_none(), "one for each user");
        assert!(poll_once(&mut same_address).is_none(), "two of three");
        let other = passwords.permit_for("192.0.2.3", Some("bob")).await;
        drop((other, second));
        assert!(same_address.await.is_ok());
        drop(first);
        assert!(same_user.await.is_ok());
    }

    fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        rocket::futures::FutureExt::now_or_never(future)
    }
}
