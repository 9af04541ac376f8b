//! What an API token looks like from outside, and the input that makes one.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Scope;
use crate::db::Timestamp;
use crate::error::{Code, Violation, check_length, check_no_controls};

const NAME_CHARACTERS: usize = 100;

/// Long enough for a script that is looked after, short enough for one that is forgotten.
const USUAL_DAYS: i64 = 90;

const MOST_DAYS: i64 = 365;

/// The rule of an expiry, for people.
pub(super) const EXPIRY_RULE: &str = "Choose 1 to 365 days, or no expiry.";

/// An API token, as its owner sees it.
#[derive(Serialize, ToSchema)]
pub struct ApiToken {
    /// UUID version 7; the id is no secret.
    pub id: String,
    /// What it is for.
    #[schema(example = "Backup script")]
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it stops working; null if never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Whether that moment has passed.
    pub expired: bool,
    /// When it was last used, to the minute; null if never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// The token itself, to send as `Authorization: Bearer`. Only the answer that makes it has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "dkt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg2SYZxZ")]
    pub token: Option<String>,
}

/// The API tokens of a user.
#[derive(Serialize, ToSchema)]
pub struct ApiTokenList {
    /// The newest first.
    pub items: Vec<ApiToken>,
}

/// A new API token.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// What it is for; no two tokens of an account have the same name.
    #[garde(custom(check_name))]
    #[schema(
        example = "Backup script",
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// What it may do; at least one.
    #[garde(custom(check_scopes))]
    #[schema(example = json!(["tasks:read"]), min_items = 1)]
    pub scopes: Vec<Scope>,
    /// After how many days it expires, 1 to 365; null if never.
    #[garde(custom(check_days))]
    #[serde(default = "usual_days")]
    #[schema(example = 90, default = 90, minimum = 1, maximum = 365)]
    pub expires_in_days: Option<i64>,
    /// The password, asked again.
    #[garde(skip)]
    #[schema(example = "tandem walrus 7 lanterns")]
    pub current_password: String,
}

/// The expiry of a token for which none is named.
pub(super) fn usual_days() -> Option<i64> {
    Some(USUAL_DAYS)
}

fn check_name(text: &str, _: &()) -> garde::Result {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Violation::new(Code::Required, "Give the token a name.").into());
    }
    check_length(trimmed, NAME_CHARACTERS, "a name")?;
    Ok(check_no_controls(text, "a name")?)
}

fn check_scopes(scopes: &[Scope], _: &()) -> garde::Result {
    if scopes.is_empty() {
        return Err(Violation::new(Code::Required, "Choose at least one permission.").into());
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
