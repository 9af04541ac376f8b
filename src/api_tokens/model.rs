//! API token types: JSON representations and validated input.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Scope;
use crate::db::Timestamp;
use crate::error::{Code, Violation, check_length, check_no_controls};
use crate::locale::{Message, message};

const NAME_CHARACTERS: usize = 100;

/// Default lifetime in days: long enough for a maintained script, short enough for a forgotten one.
const USUAL_DAYS: i64 = 90;

const MOST_DAYS: i64 = 365;

/// Message about an invalid expiry.
pub(super) const EXPIRY_RULE: Message = message!("token-expiry-range");

/// An API token of the signed-in user.
#[derive(Serialize, ToSchema)]
pub struct ApiToken {
    /// UUID version 7; not a secret.
    pub id: String,
    /// Name chosen by the user.
    #[schema(example = "Backup script")]
    pub name: String,
    /// Scopes granted to the token.
    pub scopes: Vec<Scope>,
    /// Time of creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of expiry; null if the token does not expire.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// True if the token has expired.
    pub expired: bool,
    /// Time of last use, to the minute; null if never used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// The token itself, to send as `Authorization: Bearer`. Only the response to its creation
    /// contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "dkt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg2SYZxZ")]
    pub token: Option<String>,
}

/// The API tokens of a user.
#[derive(Serialize, ToSchema)]
pub struct ApiTokenList {
    /// Tokens, newest first.
    pub items: Vec<ApiToken>,
}

/// A new API token.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// Purpose of the token; unique within the account.
    #[garde(custom(check_name))]
    #[schema(
        example = "Backup script",
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// Scopes to grant; at least one.
    #[garde(custom(check_scopes))]
    #[schema(example = json!(["tasks:read"]), min_items = 1)]
    pub scopes: Vec<Scope>,
    /// Days until the token expires, 1 to 365; null for no expiry.
    #[garde(custom(check_days))]
    #[serde(default = "usual_days")]
    #[schema(example = 90, default = 90, minimum = 1, maximum = 365)]
    pub expires_in_days: Option<i64>,
    /// Current password.
    #[garde(skip)]
    #[schema(example = "tandem walrus 7 lanterns")]
    pub current_password: String,
}

/// Returns the default expiry.
pub(super) fn usual_days() -> Option<i64> {
    Some(USUAL_DAYS)
}

fn check_name(text: &str, _: &()) -> garde::Result {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Violation::new(Code::Required, message!("token-name-required")).into());
    }
    check_length(trimmed, NAME_CHARACTERS, message!("thing-name"))?;
    Ok(check_no_controls(text, message!("thing-name"))?)
}

fn check_scopes(scopes: &[Scope], _: &()) -> garde::Result {
    if scopes.is_empty() {
        return Err(Violation::new(Code::Required, message!("token-scope-required")).into());
    }
    Ok(())
}

fn check_days(days: &Option<i64>, _: &()) -> garde::Result {
    match days {
        Some(days) if *days < 1 => Err(expiry_beyond(1)),
        Some(days) if *days > MOST_DAYS => Err(expiry_beyond(MOST_DAYS as usize)),
        _ => Ok(()),
    }
}

fn expiry_beyond(limit: usize) -> garde::Error {
    Violation::bounded(Code::OutOfRange, limit, EXPIRY_RULE).into()
}
