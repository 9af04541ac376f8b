//! Passwords: what is accepted, and the hash that is kept.

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

const LEAST_CHARACTERS: usize = 8;
const MOST_CHARACTERS: usize = 128;

/// The longest text that Unicode composition (NFC) can shorten to [`MOST_CHARACTERS`]: no character
/// is composed of more than four.
const MOST_UNCOMPOSED: usize = 4 * MOST_CHARACTERS;

/// OWASP Password Storage: Argon2id with 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The longest wait of a password for its turn. Clients that have waited longer have mostly gone.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A hash of the present parameters that no password has: what is verified where there is no
/// account, so that the answer takes as long.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The password hash, computed off the async threads and only so many at once. A client that would
/// have to wait for long is told to come again.
pub struct Passwords {
    jobs: Arc<Semaphore>,
    /// One turn for each user.
    users: Slots,
    /// Half of the turns for each client address, so that no address has all.
    addresses: Slots,
}

/// The turn of one password, to be taken before anything else is done for it: so the rest of the
/// server meets no more of a flood of sign-ins than are computed.
pub struct Turn {
    permit: OwnedSemaphorePermit,
    jobs: Arc<Semaphore>,
    /// Held until the password is done with, its score included.
    slots: Vec<Slot>,
}

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
        let each_address = u32::try_from(jobs.div_ceil(2)).unwrap_or(u32::MAX);
        Passwords {
            jobs: Arc::new(Semaphore::new(jobs)),
            users: Slots::new(1),
            addresses: Slots::new(each_address),
        }
    }

    /// Waits for a turn at the command line, where nobody else waits.
    ///
    /// # Errors
    /// [`Error::Busy`] if it does not come in good time.
    pub async fn turn(&self) -> Result<Turn, Error> {
        Turn::next(self.jobs.clone(), Vec::new()).await
    }

    /// Waits for a turn of a client, and of a user if one is signed in. Many requests of one user or
    /// address first wait for each other, so that few of them are in the queue of all.
    ///
    /// # Errors
    /// [`Error::Busy`] if it does not come in good time.
    pub async fn turn_of(&self, address: &str, user_id: Option<&str>) -> Result<Turn, Error> {
        let turn = async {
            let mut slots = Vec::new();
            if let Some(user_id) = user_id {
                let slot = self.users.acquire(user_id, 1, LONGEST_WAIT).await;
                slots.push(slot.ok_or(Error::Busy)?);
            }
            let network = network(address);
            let slot = self.addresses.acquire(&network, 1, LONGEST_WAIT).await;
            slots.push(slot.ok_or(Error::Busy)?);
            Turn::next(self.jobs.clone(), slots).await
        };
        timeout(LONGEST_WAIT, turn).await.map_err(|_| Error::Busy)?
    }
}

impl Turn {
    async fn next(jobs: Arc<Semaphore>, slots: Vec<Slot>) -> Result<Turn, Error> {
        let permit = timeout(LONGEST_WAIT, jobs.clone().acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Turn {
            permit,
            jobs,
            slots,
        })
    }

    /// The hash to keep of a password that someone chooses. While it is scored, others have the
    /// turn.
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
        let Turn {
            permit,
            jobs,
            slots,
        } = self;
        drop(permit);
        let text: String = password.nfc().collect();
        // The slots go with the work: a client that hangs up does not free them early.
        let (guessable, slots) = blocking(move || (is_guessable(&text, &hints), slots)).await?;
        if guessable {
            return Err(Error::invalid(
                field,
                Code::WeakPassword,
                "This password is easy to guess. Use a longer one or a few unrelated words.",
            ));
        }
        Turn::next(jobs, slots).await?.rehash(password).await
    }

    /// Compares a password with the hash that is kept, or takes as long where there is none.
    pub async fn verify(self, password: &str, hash: Option<String>) -> Result<Verified, Error> {
        let password: String = composed(password.chars()).collect();
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
        blocking(move || {
            let result = work();
            // The turn goes with the work: a client that hangs up does not free the place early.
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

/// The composed form of a password, which is longer than allowed if the password is. Composition
/// sorts all that is not composed yet, so it does not get to see an endless text.
fn composed(password: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let bounded = password.take(MOST_UNCOMPOSED + 1);
    bounded.nfc().take(MOST_CHARACTERS + 1)
}

/// Whether a password that someone chooses may be that long.
///
/// # Errors
/// [`Code::TooShort`], [`Code::TooLong`], or [`Code::InvalidCharacters`] for NUL. The message does not
/// tell the length, which is as secret as the password.
pub fn password_length(password: &str) -> Result<(), Violation> {
    let characters = composed(password.chars()).count();
    if characters < LEAST_CHARACTERS {
        let message = format!("A password needs at least {LEAST_CHARACTERS} characters.");
        return Err(Violation::bounded(
            Code::TooShort,
            LEAST_CHARACTERS,
            message,
        ));
    }
    if characters > MOST_CHARACTERS {
        let message = format!("A password can have at most {MOST_CHARACTERS} characters.");
        return Err(Violation::bounded(Code::TooLong, MOST_CHARACTERS, message));
    }
    check_no_nul(password, "a password")
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
        // Marks that all belong to one character.
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
    async fn a_user_and_an_address_leave_turns_to_others() {
        let passwords = Passwords::new(3);
        let first = passwords.turn_of("192.0.2.1", Some("ada")).await;
        let first = first.expect("a turn");
        let mut same_user = Box::pin(passwords.turn_of("192.0.2.2", Some("ada")));
        let mut same_address = Box::pin(passwords.turn_of("192.0.2.1", None));
        let second = same_address.as_mut().await.expect("the second half");
        let mut same_address = Box::pin(passwords.turn_of("192.0.2.1", None));
        assert!(futures_now(&mut same_user).is_none(), "one for each user");
        assert!(futures_now(&mut same_address).is_none(), "two of three");
        let other = passwords.turn_of("192.0.2.3", Some("bob")).await;
        drop((other, second));
        assert!(same_address.await.is_ok());
        drop(first);
        assert!(same_user.await.is_ok());
    }

    fn futures_now<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        rocket::futures::FutureExt::now_or_never(future)
    }
}
