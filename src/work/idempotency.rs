//! Idempotency keys. A repeated request with the same `Idempotency-Key` gets the outcome of the
//! first one.

use std::collections::HashMap;

use serde::de::DeserializeOwned;

use crate::db::{
    FromColumns, Pool, Row, Table, Timestamp, Transaction, Value, delete_before, record,
};
use crate::error::{Code, Error};
pub use crate::idempotency::IdempotencyKey;
use crate::locale::message;

record! {
    /// A row of `idempotency_keys`.
    pub struct KeyRow in "idempotency_keys" key 2 {
        user_id: String,
        idempotency_key: String,
        fingerprint: String,
        answer: String,
        created_at: Timestamp,
    }
}

/// The table of idempotency keys and the outcomes of their commands.
pub const IDEMPOTENCY_KEYS: Table = KeyRow::TABLE;

/// Retention time of an outcome.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// Stored keys of the commands of a batch.
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
    /// Loads the idempotency keys of users.
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
            let row = KeyRow::of_values(row)
                .ok_or_else(|| Error::Internal("an idempotency key cannot be read".into()))?;
            if row.created_at < oldest(now) {
                let key = vec![Value::Text(row.user_id), Value::Text(row.idempotency_key)];
                loaded.expired.push(key);
            } else {
                loaded.add(row);
            }
        }
        Ok(loaded)
    }

    /// Returns the outcome of an earlier request with this key, as JSON.
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
                message!("error-key-reused"),
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
        let row = KeyRow {
            user_id: user_id.to_owned(),
            idempotency_key: key.key.clone(),
            fingerprint: key.fingerprint.clone(),
            answer,
            created_at: now,
        };
        self.new.push(row.to_values());
        self.add(row);
    }

    fn add(&mut self, row: KeyRow) {
        let stored = Stored {
            fingerprint: row.fingerprint,
            answer: row.answer,
        };
        self.stored
            .insert((row.user_id, row.idempotency_key), stored);
    }

    /// Saves the stored outcomes.
    pub(super) async fn save(self, transaction: &mut Transaction) -> Result<(), Error> {
        transaction
            .delete_rows(&IDEMPOTENCY_KEYS, &self.expired)
            .await?;
        transaction.insert_rows(&IDEMPOTENCY_KEYS, &self.new).await
    }
}

/// Returns the id of the change and the outcome of an earlier request with a key of a user.
///
/// # Errors
/// [`Error::Database`], or [`Error::Invalid`] if the key belongs to another request.
pub(super) async fn earlier<O: DeserializeOwned>(
    pool: &Pool,
    user_id: &str,
    key: &IdempotencyKey,
) -> Result<Option<(Option<String>, O)>, Error> {
    let mut transaction = pool.begin().await?;
    let keys = Keys::load(&mut transaction, &[(user_id, key)], Timestamp::now()).await?;
    let Some(json) = keys.outcome(user_id, key)? else {
        return Ok(None);
    };
    let read = serde_json::from_str(&json);
    Ok(Some(read.map_err(|error| {
        Error::Internal(format!("a stored outcome: {error}"))
    })?))
}

/// Deletes at most `most` expired keys of all users and returns their number.
///
/// # Errors
/// [`Error::Database`].
pub async fn delete_expired_keys(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &IDEMPOTENCY_KEYS, "created_at", oldest(now), most).await
}

/// Returns the time before which keys have expired.
fn oldest(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEPT_SECONDS)
}
