//! Refresh tokens: format and reuse detection without a row per token.
//!
//! A token consists of its session id, a generation, a secret and a tag. The session stores the
//! hash of the current token and the key of the tags. The hash proves the current token. The tag
//! proves that a token of an earlier generation was issued, so its reuse is detected.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::SigningKey;
use super::sessions::hashed;
use crate::error::Error;

const SESSION: usize = 16;
const GENERATION: usize = 8;
const SECRET: usize = 32;
const TAG: usize = 32;

/// A refresh token of a session.
pub struct RefreshToken {
    session: Uuid,
    generation: i64,
    secret: [u8; SECRET],
    tag: [u8; TAG],
}

/// HMAC key of the tags of a session's tokens. It cannot forge an accepted token; it can at most
/// end the session.
pub struct TagKey([u8; TAG]);

impl TagKey {
    /// Generates a random key.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system has no random numbers.
    pub fn generate() -> Result<TagKey, Error> {
        random().map(TagKey)
    }

    /// Parses the output of [`text`](TagKey::text).
    pub fn parse(text: &str) -> Option<TagKey> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(TagKey)
    }

    /// Returns the key in base64url.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

impl RefreshToken {
    /// Generates the first token of a session.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system has no random numbers.
    pub fn first(session: Uuid, key: &TagKey) -> Result<RefreshToken, Error> {
        Ok(RefreshToken::tagged(session, 0, random()?, key))
    }

    /// Derives the next token from this one and a server key. A lost response can be repeated,
    /// although the database stores only the hash of the token.
    pub fn successor(&self, signing: &SigningKey, key: &TagKey) -> RefreshToken {
        let mut context =
            hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, signing.secret()));
        context.update(b"refresh token successor\0");
        context.update(&self.bytes());
        let mut secret = [0; SECRET];
        secret.copy_from_slice(context.sign().as_ref());
        RefreshToken::tagged(self.session, self.generation + 1, secret, key)
    }

    /// Parses the output of [`text`](RefreshToken::text). Checks only the format.
    pub fn parse(text: &str) -> Option<RefreshToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (session, rest) = bytes.split_first_chunk::<SESSION>()?;
        let (generation, rest) = rest.split_first_chunk::<GENERATION>()?;
        let (secret, rest) = rest.split_first_chunk::<SECRET>()?;
        let generation = i64::from_be_bytes(*generation);
        // The largest generation has no successor.
        (0..i64::MAX).contains(&generation).then_some(())?;
        Some(RefreshToken {
            session: Uuid::from_bytes(*session),
            generation,
            secret: *secret,
            tag: rest.try_into().ok()?,
        })
    }

    /// Returns the token in base64url, as clients send it.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    /// Returns the hash stored in the database.
    pub fn hash(&self) -> String {
        hashed(&self.text())
    }

    /// Returns the id of the session.
    pub fn session_id(&self) -> String {
        self.session.to_string()
    }

    /// Returns the number of earlier tokens of the session.
    pub fn generation(&self) -> i64 {
        self.generation
    }

    /// Returns true if the token was issued for the session with this key.
    pub fn is_genuine(&self, key: &TagKey) -> bool {
        let bytes = self.bytes();
        let (tagged, _) = bytes.split_at(bytes.len() - TAG);
        hmac::verify(&key.hmac(), tagged, &self.tag).is_ok()
    }

    fn tagged(session: Uuid, generation: i64, secret: [u8; SECRET], key: &TagKey) -> RefreshToken {
        let mut token = RefreshToken {
            session,
            generation,
            secret,
            tag: [0; TAG],
        };
        let bytes = token.bytes();
        let (tagged, _) = bytes.split_at(bytes.len() - TAG);
        let tag = hmac::sign(&key.hmac(), tagged);
        token.tag.copy_from_slice(tag.as_ref());
        token
    }

    fn bytes(&self) -> Vec<u8> {
        let generation = self.generation.to_be_bytes();
        let parts: [&[u8]; 4] = [
            self.session.as_bytes(),
            &generation,
            &self.secret,
            &self.tag,
        ];
        parts.concat()
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).map_err(|_| Error::Internal("no random numbers".into()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::KeyAlgorithm;

    fn first() -> (TagKey, RefreshToken) {
        let key = TagKey::generate().expect("random numbers");
        let token = RefreshToken::first(Uuid::now_v7(), &key).expect("random numbers");
        (key, token)
    }

    fn signing_key() -> SigningKey {
        SigningKey::generate(KeyAlgorithm::Hs256, &[]).expect("a key")
    }

    #[test]
    fn a_token_is_read_as_it_is_written() {
        let (key, token) = first();
        let read = RefreshToken::parse(&token.text()).expect("a token");
        assert_eq!(read.text(), token.text());
        assert_eq!(read.session_id(), token.session_id());
        assert_eq!(read.generation(), 0);
        assert!(read.is_genuine(&key));
        let text = token.text();
        for other in ["", "A", &text[1..], &format!("{text}A"), &"A".repeat(43)] {
            assert!(RefreshToken::parse(other).is_none(), "{other}");
        }
        let key = TagKey::parse(&key.text()).expect("a key");
        assert!(token.is_genuine(&key));
        assert!(TagKey::parse("").is_none());
    }

    #[test]
    fn a_successor_is_of_the_next_generation_and_the_same_each_time() {
        let (key, token) = first();
        let signing = signing_key();
        let next = token.successor(&signing, &key);
        assert_eq!(next.generation(), 1);
        assert_eq!(next.session_id(), token.session_id());
        assert!(next.is_genuine(&key));
        assert_eq!(next.text(), token.successor(&signing, &key).text());
        let other = token.successor(&signing_key(), &key);
        assert_ne!(next.text(), other.text());
    }

    #[test]
    fn a_token_with_any_other_byte_is_not_genuine() {
        let (key, token) = first();
        let bytes = URL_SAFE_NO_PAD.decode(token.text()).expect("base64url");
        for index in 0..bytes.len() {
            let mut other = bytes.clone();
            other[index] ^= 1;
            let other = RefreshToken::parse(&URL_SAFE_NO_PAD.encode(other)).expect("the form");
            assert!(!other.is_genuine(&key), "byte {index}");
        }
        let another = TagKey::generate().expect("random numbers");
        assert!(!token.is_genuine(&another));
    }
}
