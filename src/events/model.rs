//! What can happen to an account, and how it is listed.

use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};
use utoipa::{IntoParams, ToSchema};

use crate::db::Timestamp;
use crate::error::check_page_size;
use crate::web::input::present;

const MOST_ITEMS: u32 = 100;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The account was made, and signed in.
    Registered,
    /// Somebody signed in.
    SignedIn,
    /// Somebody tried to sign in and was refused.
    SignInFailed,
    /// Somebody who was signed in was asked for the password again, and had another one.
    PasswordRefused,
    /// A session was ended by signing out.
    SignedOut,
    /// A session was ended from another one, or from the settings.
    SessionEnded,
    /// All sessions but one were ended.
    OtherSessionsEnded,
    /// A refresh token was used a second time, which ended its session.
    RefreshTokenReused,
    /// The user chose another password, which ended all other sessions.
    PasswordChanged,
    /// The person who runs the server set a password, which ended all sessions.
    PasswordSet,
    /// The user chose another e-mail address.
    EmailChanged,
    /// The person who runs the server shut the account.
    AccountDisabled,
    /// The person who runs the server opened the account again.
    AccountEnabled,
    /// The person who runs the server ended all sessions and revoked all API tokens.
    AllSessionsEnded,
    /// An API token was made.
    TokenMade,
    /// An API token was revoked.
    TokenRevoked,
}

impl Kind {
    const ALL: [Kind; 16] = [
        Kind::Registered,
        Kind::SignedIn,
        Kind::SignInFailed,
        Kind::PasswordRefused,
        Kind::SignedOut,
        Kind::SessionEnded,
        Kind::OtherSessionsEnded,
        Kind::RefreshTokenReused,
        Kind::PasswordChanged,
        Kind::PasswordSet,
        Kind::EmailChanged,
        Kind::AccountDisabled,
        Kind::AccountEnabled,
        Kind::AllSessionsEnded,
        Kind::TokenMade,
        Kind::TokenRevoked,
    ];

    /// Its name in the database and the API, and a sentence about it for people.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Kind::Registered => ("registered", "Account created"),
            Kind::SignedIn => ("signed_in", "Signed in"),
            Kind::SignInFailed => ("sign_in_failed", "Failed attempt to sign in"),
            Kind::PasswordRefused => (
                "password_refused",
                "Entered a wrong password while signed in",
            ),
            Kind::SignedOut => ("signed_out", "Signed out"),
            Kind::SessionEnded => ("session_ended", "Ended a session"),
            Kind::OtherSessionsEnded => ("other_sessions_ended", "Ended all other sessions"),
            Kind::RefreshTokenReused => (
                "refresh_token_reused",
                "A refresh token was used twice, so its session was ended",
            ),
            Kind::PasswordChanged => (
                "password_changed",
                "Changed the password, which ended all other sessions",
            ),
            Kind::PasswordSet => (
                "password_set",
                "The person who runs this server set a new password",
            ),
            Kind::EmailChanged => ("email_changed", "Changed the e-mail address"),
            Kind::AccountDisabled => (
                "account_disabled",
                "The person who runs this server disabled the account",
            ),
            Kind::AccountEnabled => (
                "account_enabled",
                "The person who runs this server enabled the account again",
            ),
            Kind::AllSessionsEnded => (
                "all_sessions_ended",
                "The person who runs this server ended all sessions",
            ),
            Kind::TokenMade => ("token_made", "Created an API token"),
            Kind::TokenRevoked => ("token_revoked", "Revoked an API token"),
        }
    }

    /// Its name in the database and the API.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What happened, for people.
    pub fn sentence(self) -> &'static str {
        self.words().1
    }

    /// Whether it may be the work of somebody else.
    pub fn is_suspicious(self) -> bool {
        self.is_guess() || self == Kind::RefreshTokenReused
    }

    /// Whether it is a wrong password, which somebody may send again and again.
    pub fn is_guess(self) -> bool {
        matches!(self, Kind::SignInFailed | Kind::PasswordRefused)
    }

    fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that happened to an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecurityEvent)]
pub struct Event {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub id: String,
    // A doc comment here would become a second schema, that of an object.
    #[schema(inline)]
    pub kind: Kind,
    /// The IP address that it was done from; empty for what was done on the server itself.
    #[schema(example = "192.0.2.7")]
    pub address: String,
    /// The client's own name for itself.
    #[schema(example = "curl/8.5.0")]
    pub user_agent: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl<'r> FromRow<'r, AnyRow> for Event {
    fn from_row(row: &'r AnyRow) -> Result<Event, sqlx::Error> {
        let name: String = row.try_get("kind")?;
        let kind = Kind::named(&name).ok_or_else(|| {
            sqlx::Error::Decode(format!("there is no security event {name}").into())
        })?;
        Ok(Event {
            id: row.try_get("id")?,
            kind,
            address: row.try_get("address")?,
            user_agent: row.try_get("user_agent")?,
            created_at: Timestamp(row.try_get("created_at")?),
        })
    }
}

/// A page of a list of security events.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityEventPage)]
pub struct EventPage {
    /// The events, the newest first.
    pub items: Vec<Event>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// How many events to list, from where.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// How many at most; 50 if it is left out.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[garde(skip)]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub cursor: Option<String>,
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ITEMS)?)
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
            let json = serde_json::to_string(&kind).unwrap_or_default();
            assert_eq!(json, format!("\"{}\"", kind.name()));
        }
    }
}
