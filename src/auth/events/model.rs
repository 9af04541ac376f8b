//! Security event types and their list filter.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::{self, Scalar, Timestamp, Value, row};
use crate::error::check_page_size;
use crate::http::input::present;
use crate::locale::key;

const MOST_ITEMS: u32 = 100;

/// Kind of a security event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Registration and first sign-in.
    Registered,
    /// Successful sign-in.
    SignedIn,
    /// Failed sign-in.
    SignInFailed,
    /// Wrong password when a signed-in user confirmed an action.
    PasswordRefused,
    /// Sign-out.
    SignedOut,
    /// End of a session, requested from another session or the settings.
    SessionEnded,
    /// End of all sessions but one.
    OtherSessionsEnded,
    /// Reuse of a refresh token, which ended its session.
    RefreshTokenReused,
    /// Password change by the user, which ended all other sessions.
    PasswordChanged,
    /// Password set by the operator, which ended all sessions.
    PasswordSet,
    /// E-mail address change by the user.
    EmailChanged,
    /// Account disabled by the operator.
    AccountDisabled,
    /// Account enabled by the operator.
    AccountEnabled,
    /// End of all sessions and revocation of all API tokens by the operator.
    AllSessionsEnded,
    /// Creation of an API token.
    TokenMade,
    /// Revocation of an API token.
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

    /// Returns the name used in the database and the API, and the message shown to users.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Kind::Registered => ("registered", key!("event-registered")),
            Kind::SignedIn => ("signed_in", key!("event-signed-in")),
            Kind::SignInFailed => ("sign_in_failed", key!("event-sign-in-failed")),
            Kind::PasswordRefused => ("password_refused", key!("event-password-refused")),
            Kind::SignedOut => ("signed_out", key!("event-signed-out")),
            Kind::SessionEnded => ("session_ended", key!("event-session-ended")),
            Kind::OtherSessionsEnded => {
                ("other_sessions_ended", key!("event-other-sessions-ended"))
            }
            Kind::RefreshTokenReused => {
                ("refresh_token_reused", key!("event-refresh-token-reused"))
            }
            Kind::PasswordChanged => ("password_changed", key!("event-password-changed")),
            Kind::PasswordSet => ("password_set", key!("event-password-set")),
            Kind::EmailChanged => ("email_changed", key!("event-email-changed")),
            Kind::AccountDisabled => ("account_disabled", key!("event-account-disabled")),
            Kind::AccountEnabled => ("account_enabled", key!("event-account-enabled")),
            Kind::AllSessionsEnded => ("all_sessions_ended", key!("event-all-sessions-ended")),
            Kind::TokenMade => ("token_made", key!("event-token-made")),
            Kind::TokenRevoked => ("token_revoked", key!("event-token-revoked")),
        }
    }

    /// Returns the name used in the database and the API.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// Returns the message shown to users.
    pub fn sentence(self) -> &'static str {
        self.words().1
    }

    /// Returns true if an attacker may have caused the event.
    pub fn is_suspicious(self) -> bool {
        self.is_guess() || self == Kind::RefreshTokenReused
    }

    /// Returns true for a wrong password, which an attacker may repeat arbitrarily often.
    pub fn is_guess(self) -> bool {
        matches!(self, Kind::SignInFailed | Kind::PasswordRefused)
    }

    fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Scalar for Kind {
    const KIND: db::Kind = db::Kind::Text;

    fn to_value(&self) -> Value {
        Value::Text(self.name().to_owned())
    }

    fn of_value(value: Value) -> Option<Kind> {
        Kind::named(&String::of_value(value)?)
    }
}

row! {
    /// A security event of an account.
    #[derive(Serialize, ToSchema)]
    #[schema(as = SecurityEvent)]
    pub struct Event {
        /// UUID version 7.
        #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
        id: String,
        // utoipa would turn a doc comment on this field into a second, object schema.
        #[schema(inline)]
        kind: Kind,
        /// IP address of the client; empty for operator commands.
        #[schema(example = "192.0.2.7")]
        address: String,
        /// User agent reported by the client.
        #[schema(example = "curl/8.5.0")]
        user_agent: String,
        /// Time of the event.
        #[schema(value_type = String, format = DateTime)]
        created_at: Timestamp,
    }
}

/// A page of security events.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityEventPage)]
pub struct EventPage {
    /// Events, newest first.
    pub items: Vec<Event>,
    /// Cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
}

/// Page size and cursor.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Maximum number of events; defaults to 50.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page.
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
