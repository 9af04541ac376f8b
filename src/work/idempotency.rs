//! The `Idempotency-Key` of a command: a request that is sent again gets the outcome of the first.

use std::collections::HashMap;

use crate::db::{Pool, Row, Scalar, Timestamp, Transaction, Value, delete_before, record};
use crate::error::{Code, Error};
pub use crate::idempotency::IdempotencyKey;

record! {
    /// The table of the keys, with the outcomes of their commands.
    pub IDEMPOTENCY_KEYS in "idempotency_keys" key 2 {
        user_id: String,
        idempotency_key: String,
        fingerprint: String,
        answer: String,
        created_at: Timestamp,
    }
}

/// The time that an outcome is kept.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// The stored keys of a batch of commands.
#[derive(Default)]
pub(super) struct Keys {
    /// By user and key.
    stored: HashMap<(String, String), Stored>,
    expired: Vec<Row>,
    new: Vec<Row>,
}

struct Stored {
    fingerprint: String,
    answer: String,
}

impl Keys {
    /// Loads the keys of users.
    pub(super) async fn load(
        transaction: &mut Transaction,
        keys: &[(&str, &IdempotencyKey)],
        now: Timestamp,
    ) -> Result<Keys, Error> {
        let mut loaded = Keys::default();
        if keys.is_empty() {
            return Ok(loaded);
        }
        let text = |text: &str| Value::Text(text.to_owned());
        let rows: Vec<Row> = keys
            .iter()
            .map(|(user_id, key)| vec![text(user_id), text(&key.key)])
            .collect();
        for row in transaction.select_rows(&IDEMPOTENCY_KEYS, &rows).await? {
            let Ok([user_id, key, fingerprint, answer, created_at]) = <[Value; 5]>::try_from(row)
            else {
                continue;
            };
            if i64::of_value(created_at) < Some(oldest(now).0) {
                loaded.expired.push(vec![user_id, key]);
            } else if let (Value::Text(user_id), Value::Text(key)) = (user_id, key)
                && let (Value::Text(fingerprint), Value::Text(answer)) = (fingerprint, answer)
            {
                let stored = Stored {
                    fingerprint,
                    answer,
                };
                loaded.stored.insert((user_id, key), stored);
            }
        }
        Ok(loaded)
    }

    /// The outcome of the request that had this key before, as JSON.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the key belongs to another request.
    pub(super) fn outcome(
        &self,
        user_id: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<String>, Error> {
        match self.stored.get(&(user_id.to_owned(), key.key.clone())) {
            None => Ok(None),
            Some(stored) if stored.fingerprint == key.fingerprint => {
                Ok(Some(stored.answer.clone()))
            }
            Some(_) => Err(Error::invalid(
                "Idempotency-Key",
                Code::KeyReused,
                "This key was used for another request.",
            )),
        }
    }

    /// Stores an outcome under a key.
    pub(super) fn store(
        &mut self,
        user_id: &str,
        key: &IdempotencyKey,
        answer: String,
        now: Timestamp,
    ) {
        let text = |text: &str| Value::Text(text.to_owned());
        self.new.push(vec![
            text(user_id),
            text(&key.key),
            text(&key.fingerprint),
            text(&answer),
            now.to_value(),
        ]);
        let stored = Stored {
            fingerprint: key.fingerprint.clone(),
            answer,
        };
        self.stored
            .insert((user_id.to_owned(), key.key.clone()), stored);
    }

    /// Writes what was stored.
    pub(super) async fn save(self, transaction: &mut Transaction) -> Result<(), Error> {
        transaction
            .delete_rows(&IDEMPOTENCY_KEYS, &self.expired)
            .await?;
        transaction.insert_rows(&IDEMPOTENCY_KEYS, &self.new).await
    }
}

/// Deletes at most `most` keys that have expired, of all users, and returns their number.
///
/// # Errors
/// [`Error::Database`].
pub async fn delete_expired_keys(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &IDEMPOTENCY_KEYS, "created_at", oldest(now), most).await
}

/// The instant since which keys count.
fn oldest(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEPT_SECONDS)
}
