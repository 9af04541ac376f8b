//! API tokens: format, checksum and lookup.

use aws_lc_rs::rand;
use crc::{CRC_32_ISO_HDLC, Crc};

use super::scope::Scope;
use super::session_loader::{LiveUser, row_with_user, user_columns};
use super::sessions::hashed;
use super::token_uses::TokenUses;
use crate::db::{Lookup, Pool, Sql, Timestamp, Transaction};
use crate::error::Error;

/// Prefix of every API token. Secret scanners recognize leaked tokens by it.
const PREFIX: &str = "dkt_";

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random characters in a token. 62^43 exceeds 2^256.
const RANDOM_CHARACTERS: usize = 43;

/// Characters of the checksum. 62^6 exceeds 2^32.
const CHECKSUM_CHARACTERS: usize = 6;

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// A new API token and its hash. Only the hash is stored; the owner sees the token once.
pub struct Secret {
    /// The token in plain text.
    pub token: String,
    /// SHA-256 of the token in base64url, as stored in the database.
    pub hash: String,
}

impl Secret {
    /// Generates a token: the prefix, 256 random bits and a checksum.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system has no random numbers.
    pub fn new() -> Result<Secret, Error> {
        let mut token = PREFIX.to_owned();
        while token.len() < PREFIX.len() + RANDOM_CHARACTERS {
            let mut byte = [0];
            rand::fill(&mut byte).map_err(|_| Error::Internal("no random numbers".into()))?;
            // Rejection sampling: bytes outside the alphabet are skipped, so every character is
            // equally likely.
            if let Some(character) = ALPHABET.get(usize::from(byte[0] >> 2)) {
                token.push(char::from(*character));
            }
        }
        token.push_str(&checksum(&token));
        Ok(Secret {
            hash: hashed(&token),
            token,
        })
    }
}

/// Returns the CRC-32 of `text` in base 62. It exposes mistyped or invented tokens without a
/// database query.
fn checksum(text: &str) -> String {
    let mut rest = CHECKSUM.checksum(text.as_bytes());
    let mut characters = [b'0'; CHECKSUM_CHARACTERS];
    for character in characters.iter_mut().rev() {
        *character = ALPHABET[rest as usize % ALPHABET.len()];
        rest /= ALPHABET.len() as u32;
    }
    characters.map(char::from).iter().collect()
}

/// Returns true if `token` has the prefix of an API token.
pub(super) fn is_api_token(token: &str) -> bool {
    token.starts_with(PREFIX)
}

fn is_whole(token: &str) -> bool {
    let length = PREFIX.len() + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS;
    token.len() == length
        && token
            .split_at_checked(length - CHECKSUM_CHARACTERS)
            .is_some_and(|(text, end)| checksum(text) == end)
}

/// The user an API token belongs to, and the token's scopes.
pub(super) struct Holder {
    /// Id of the token.
    pub id: String,
    /// Owner of the token.
    pub user: LiveUser,
    /// Scopes granted to the token.
    pub scopes: Vec<Scope>,
    /// Time of expiry.
    pub expires_at: Option<Timestamp>,
}

row_with_user! {
    struct TokenRow {
        token_id: String,
        scopes: String,
        expires_at: Option<Timestamp>,
        last_used_at: Option<Timestamp>,
    }
}

/// Returns the owner of a valid API token. `None` if the token is malformed, unknown or expired, or
/// its account is disabled. The time of use is written after the request.
///
/// # Errors
/// Any error of the database.
pub(super) async fn holder(
    pool: &Pool,
    uses: &TokenUses,
    token: &str,
) -> Result<Option<Holder>, Error> {
    if !is_whole(token) {
        return Ok(None);
    }
    let now = Timestamp::now();
    let lookup = Lookup {
        columns: Sql::new("api_tokens.id AS token_id, scopes, expires_at, last_used_at, ")
            .append(user_columns(pool.engine())),
        from: Sql::new(" FROM api_tokens JOIN users ON users.id = api_tokens.user_id")
            .push(" WHERE disabled = 0"),
        key: "hash",
        value: hashed(token),
    };
    let rows: Vec<TokenRow> = pool.look_up(lookup).await?;
    let row = rows.into_iter().next();
    let row = row.filter(|row| row.expires_at.is_none_or(|instant| instant > now));
    let Some(row) = row else {
        return Ok(None);
    };
    uses.note(pool, &row.user_id, &row.token_id, row.last_used_at, now);
    Ok(Some(Holder {
        scopes: Scope::parse_list(&row.scopes),
        expires_at: row.expires_at,
        id: row.token_id.clone(),
        user: row.into_user(),
    }))
}

/// Revokes all API tokens of a user.
///
/// # Errors
/// Any error of the database.
pub async fn revoke_all(transaction: &mut Transaction, user_id: &str) -> Result<(), Error> {
    let delete = Sql::new("DELETE FROM api_tokens WHERE user_id = ").bind(user_id);
    transaction.run(delete).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, Secret, checksum, is_whole};

    #[test]
    fn a_checksum_tells_a_whole_token_from_others() {
        let token = Secret::new().expect("random numbers").token;
        assert!(is_whole(&token));
        assert!(token[4..].bytes().all(|byte| ALPHABET.contains(&byte)));
        for index in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[index] = if other[index] == b'x' { b'y' } else { b'x' };
            assert!(!is_whole(&String::from_utf8_lossy(&other)), "{index}");
        }
        for other in [
            "dkt_",
            &token[..52],
            &format!("{token}0"),
            &format!("{}d", "\u{e9}".repeat(26)),
        ] {
            assert!(!is_whole(other), "{other}");
        }
    }

    #[test]
    fn the_checksum_is_that_of_zip() {
        // 0xCBF43926 in base 62.
        assert_eq!(checksum("123456789"), "3jZRME");
    }
}
