//! Tokens of synchronisation. A token has the version up to which the client knows each project,
//! and the position within a pass of several pages. It names only what the client has seen and
//! does not identify the user: the queries restrict access.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::db::Timestamp;
use crate::error::{Code, Error};
use crate::locale::message;

/// The first byte of a token. It changes with the format.
const FORMAT: u8 = 1;

/// Maximum length of a token in characters.
const MOST_BYTES: usize = 28 << 10;

/// The state of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The start of the last complete pass.
    pub completed_at: Timestamp,
    /// The start of the current pass. Equal to `completed_at` if there is none.
    pub started_at: Timestamp,
    /// Projects up to this id belong to the past of the current pass.
    pub passed: Uuid,
    pub current: Option<Current>,
    /// The version up to which the client knows each project. 0 if it may know a part of it.
    pub projects: BTreeMap<Uuid, i64>,
}

/// The project that a pass is reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Current {
    pub project_id: Uuid,
    /// The range of versions, without `from` and with `to`.
    pub from: i64,
    pub to: i64,
    /// The index of the type of item. That of the tombstones follows the last one.
    pub stage: u8,
    /// The position of the last item.
    pub version: i64,
    pub id: Uuid,
}

impl Token {
    /// Returns the state of a client that knows nothing.
    pub fn new(now: Timestamp) -> Token {
        Token {
            completed_at: now,
            started_at: now,
            passed: Uuid::nil(),
            current: None,
            projects: BTreeMap::new(),
        }
    }

    /// Returns the text of the token.
    pub fn encode(&self) -> String {
        let mut bytes = vec![FORMAT, u8::from(self.current.is_some())];
        bytes.extend(self.completed_at.0.to_be_bytes());
        bytes.extend(self.started_at.0.to_be_bytes());
        bytes.extend(self.passed.as_bytes());
        if let Some(current) = &self.current {
            bytes.extend(current.project_id.as_bytes());
            bytes.extend(current.from.to_be_bytes());
            bytes.extend(current.to.to_be_bytes());
            bytes.push(current.stage);
            bytes.extend(current.version.to_be_bytes());
            bytes.extend(current.id.as_bytes());
        }
        for (id, version) in &self.projects {
            bytes.extend(id.as_bytes());
            bytes.extend(version.to_be_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Parses the text of a token.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not the text of a token.
    pub fn decode(text: &str) -> Result<Token, Error> {
        Token::read(text).ok_or_else(|| {
            let message = message!("cursor-token");
            Error::invalid("since", Code::InvalidCursor, message)
        })
    }

    fn read(text: &str) -> Option<Token> {
        let bytes = (text.len() <= MOST_BYTES).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
        let mut bytes = Bytes(&bytes);
        if bytes.byte()? != FORMAT {
            return None;
        }
        let has_current = match bytes.byte()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let mut token = Token {
            completed_at: Timestamp(bytes.number()?),
            started_at: Timestamp(bytes.number()?),
            passed: bytes.id()?,
            current: None,
            projects: BTreeMap::new(),
        };
        if has_current {
            token.current = Some(Current {
                project_id: bytes.id()?,
                from: bytes.number()?,
                to: bytes.number()?,
                stage: bytes.byte()?,
                version: bytes.number()?,
                id: bytes.id()?,
            });
        }
        while !bytes.0.is_empty() {
            token.projects.insert(bytes.id()?, bytes.number()?);
        }
        Some(token)
    }
}

/// The unread bytes of a token.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }

    fn id(&mut self) -> Option<Uuid> {
        self.take().map(Uuid::from_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token {
            completed_at: Timestamp(1),
            started_at: Timestamp(2),
            passed: Uuid::from_u128(3),
            current: Some(Current {
                project_id: Uuid::from_u128(4),
                from: 5,
                to: 6,
                stage: 7,
                version: 8,
                id: Uuid::from_u128(9),
            }),
            projects: BTreeMap::from([(Uuid::from_u128(10), 11), (Uuid::from_u128(12), 0)]),
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let without = Token {
            current: None,
            ..token()
        };
        for token in [token(), without, Token::new(Timestamp(7))] {
            assert_eq!(Token::decode(&token.encode()).ok(), Some(token));
        }
    }

    #[test]
    fn other_text_is_invalid() {
        let text = token().encode();
        let cut = &text[..text.len() - 4];
        for other in ["", "x", "AAAA", cut, &"A".repeat(40_000)] {
            let error = Token::decode(other).expect_err(other);
            assert_eq!(error.fields()[0].field, "since");
        }
    }

    #[test]
    fn hundreds_of_projects_fit() {
        let projects = (0..800).map(|number| (Uuid::from_u128(number), i64::MAX));
        let token = Token {
            projects: projects.collect(),
            ..token()
        };
        assert!(Token::decode(&token.encode()).is_ok());
    }
}
