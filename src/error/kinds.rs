//! Kinds of problems in one table: type, status, title and advice.

use serde::Serialize;

use crate::locale::{Language, Message, message};

/// Prefix of a problem's `type`: an anchor in the API reference.
const REFERENCE: &str = "/api/docs#problem-";

/// The `type` of a problem without details beyond its status (RFC 9457, section 4.2.1).
pub const UNSPECIFIC: &str = "about:blank";

/// Description of a kind of problem in the API reference.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// Last part of the `type`. It is stable.
    pub name: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Title in English; the same for every problem of the kind.
    pub title: String,
    /// Advice for the client.
    pub advice: &'static str,
}

/// Declares [`Kind`] and [`Kind::ALL`] from one table.
macro_rules! kinds {
    ($($kind:ident: $status:literal $name:literal, $advice:literal;)+) => {
        /// A kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "`")] $kind,)+
        }

        impl Kind {
            /// Every kind, by status.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),+];

            /// Returns the last part of the `type`. It is stable.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)+
                }
            }

            /// Returns the HTTP status.
            pub fn status(self) -> u16 {
                match self {
                    $(Kind::$kind => $status,)+
                }
            }

            /// Returns the title; the same for every problem of the kind.
            pub fn title(self) -> Message {
                match self {
                    $(Kind::$kind => Message::new(concat!("problem-", $name)),)+
                }
            }

            /// Returns the description in the API reference.
            pub fn description(self) -> Description {
                match self {
                    $(Kind::$kind => Description {
                        name: $name,
                        status: $status,
                        title: Language::English.say(&self.title()),
                        advice: $advice,
                    },)+
                }
            }
        }
    };
}

kinds! {
    Malformed: 400 "malformed",
        "Correct the syntax of the request.";
    Unauthenticated: 401 "unauthenticated",
        "Send an access token or an API token.";
    InvalidToken: 401 "invalid-token",
        "Refresh the access token, or sign in again. An API token may have expired or been revoked.";
    WrongCredentials: 401 "wrong-credentials",
        "Send the correct e-mail address and password, or sign in again if the refresh token was rejected.";
    InsufficientScope: 403 "insufficient-scope",
        "Use an API token that has the scope named in WWW-Authenticate.";
    SessionRequired: 403 "session-required",
        "Sign in with a password. No API token can do this.";
    CrossSite: 403 "cross-site",
        "Send requests with cookies only from pages of Docket.";
    RegistrationClosed: 403 "registration-closed",
        "Ask the server operator for an account.";
    ReadOnly: 403 "read-only",
        "Ask an owner of the project for a role that permits the change.";
    NotFound: 404 "not-found",
        "Check the URL and the id. The resource does not exist, or belongs to another account.";
    MethodNotAllowed: 405 "method-not-allowed",
        "Use one of the methods in Allow.";
    NotAcceptable: 406 "not-acceptable",
        "Accept application/json.";
    TooSlow: 408 "too-slow",
        "Send the whole request again, without pauses.";
    Taken: 409 "taken",
        "Choose another value for the field in errors.";
    Conflict: 409 "conflict",
        "Read the resource named in the detail again, and decide on its present state.";
    Expired: 410 "expired",
        "Synchronise again without a token. The first pages then contain everything.";
    Stale: 412 "stale",
        "Read the resource again, and repeat the change with its new ETag.";
    TooLarge: 413 "too-large",
        "Send a smaller body.";
    UnsupportedMediaType: 415 "unsupported-media-type",
        "Send the body with a Content-Type that the operation accepts.";
    Invalid: 422 "invalid",
        "Correct the fields in errors.";
    TooManyRequests: 429 "too-many-requests",
        "Wait for the number of seconds in Retry-After.";
    Internal: 500 "internal",
        "Report the request_id to the server operator. The log has the cause under it.";
    UnknownMethod: 501 "unknown-method",
        "Use a method that HTTP defines.";
    DatabaseUnavailable: 503 "database-unavailable",
        "Try again after the seconds in Retry-After.";
    DatabaseSlow: 503 "database-slow",
        "Try again after the seconds in Retry-After.";
    Busy: 503 "busy",
        "Try again after the seconds in Retry-After, with fewer requests at once.";
    Stopping: 503 "stopping",
        "Send no more requests to this server until it is ready again.";
    StorageFull: 507 "storage-full",
        "Tell the server operator that the disk is full.";
}

impl Kind {
    /// Returns the kind of a response with this status and no known cause.
    pub fn of_status(status: u16) -> Option<Kind> {
        match status {
            400 => Some(Kind::Malformed),
            404 => Some(Kind::NotFound),
            500 => Some(Kind::Internal),
            501 => Some(Kind::UnknownMethod),
            503 => Some(Kind::DatabaseUnavailable),
            507 => Some(Kind::StorageFull),
            _ => None,
        }
    }

    /// Returns the `type` of a problem: a reference to its description, relative to the server.
    pub fn uri(self) -> String {
        format!("{REFERENCE}{}", self.name())
    }

    /// Returns advice about a problem of which only the kind is known.
    pub fn detail(self) -> Message {
        match self {
            Kind::Malformed => message!("problem-malformed-detail"),
            Kind::Unauthenticated => message!("problem-unauthenticated-detail"),
            Kind::InvalidToken => message!("problem-invalid-token-detail"),
            Kind::SessionRequired => message!("problem-session-required-detail"),
            Kind::CrossSite => message!("problem-cross-site-detail"),
            Kind::RegistrationClosed => message!("problem-registration-closed-detail"),
            Kind::NotFound => message!("problem-not-found-detail"),
            Kind::ReadOnly => message!("problem-read-only-detail"),
            Kind::Expired => message!("problem-expired-detail"),
            Kind::NotAcceptable => message!("problem-not-acceptable-detail"),
            Kind::Stale => message!("problem-stale-detail"),
            Kind::TooSlow => message!("problem-too-slow-detail"),
            Kind::UnknownMethod => message!("problem-unknown-method-detail"),
            Kind::DatabaseUnavailable => message!("problem-database-unavailable-detail"),
            Kind::DatabaseSlow => message!("problem-database-slow-detail"),
            Kind::Busy => message!("problem-busy-detail"),
            Kind::Stopping => message!("problem-stopping-detail"),
            Kind::StorageFull => message!("problem-storage-full-detail"),
            Kind::Internal => message!("problem-internal-detail"),
            // These errors carry their own detail.
            Kind::WrongCredentials
            | Kind::InsufficientScope
            | Kind::MethodNotAllowed
            | Kind::Taken
            | Kind::Conflict
            | Kind::TooLarge
            | Kind::UnsupportedMediaType
            | Kind::Invalid
            | Kind::TooManyRequests => self.title(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_titles_are_unique() {
        for (place, kind) in Kind::ALL.iter().enumerate() {
            for other in &Kind::ALL[..place] {
                assert_ne!(kind.uri(), other.uri());
                assert_ne!(kind.title(), other.title());
            }
        }
    }

    #[test]
    fn a_kind_that_stands_for_a_status_has_it() {
        let mut found = 0;
        for status in 400..600 {
            if let Some(kind) = Kind::of_status(status) {
                assert_eq!(kind.status(), status);
                found += 1;
            }
        }
        assert_eq!(found, 6);
    }
}
