//! What can go wrong, once, with its two faces: `application/problem+json` and a page.

mod fields;
mod kinds;

use std::collections::BTreeMap;
use std::fmt;

use rocket::http::Status;

use crate::db::failure::{self, Class, class};
use crate::log;

pub use fields::{
    CODES, Code, FieldError, Violation, check_length, check_no_controls, check_no_nul,
    check_page_size,
};
pub use kinds::{Kind, UNSPECIFIC};

const FAULT: &str = "Something went wrong on the server. Nothing was changed.";

/// Why a request without a good token was refused (RFC 6750, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// No token was sent.
    Missing,
    /// A token was sent that is malformed, expired, or of a session that has ended.
    InvalidToken,
}

/// Why something was not done.
#[derive(Debug)]
pub enum Error {
    /// The body or the query cannot be parsed at all.
    Malformed(String),
    /// The input was understood and breaks a rule.
    Invalid(Vec<FieldError>),
    /// There is no valid token.
    Unauthenticated(Challenge),
    /// E-mail and password, or a refresh token, were not accepted.
    Credentials(&'static str),
    /// The API token may not do this: it lacks the scope that is named, or only a session may.
    InsufficientScope(Option<&'static str>),
    /// A page of another site sent it, with the cookies of a visitor.
    CrossSite,
    /// The server takes no new accounts.
    RegistrationClosed,
    /// There is no such thing, or it is another user's.
    NotFound,
    /// The path has other methods.
    MethodNotAllowed(Vec<String>),
    /// The client reads nothing that could be sent.
    NotAcceptable,
    /// Another account has this value.
    Taken(FieldError),
    /// The version that the change was meant for is not the current one.
    Stale,
    /// The body is larger than accepted.
    TooLarge(&'static str),
    /// The body took too long to arrive.
    TooSlow,
    /// The body is of another type than the one named.
    UnsupportedMediaType(&'static str),
    /// The server could not do it now.
    Database(sqlx::Error),
    /// It was asked for too often; in so many seconds it may be asked for again.
    TooManyRequests(u32),
    /// More is asked for at once than the server can do in good time.
    Busy,
    /// The server has been told to end, and is not to be sent any more requests.
    Draining,
    /// The server cannot start.
    Startup(String),
    /// A fault of the program.
    Internal(String),
    /// Any other answer that the server gives on its own.
    Status(Status),
}

impl Error {
    /// A single field's error. The message must be a sentence, and must not repeat the value.
    pub fn invalid(field: &str, code: Code, message: impl Into<String>) -> Error {
        Error::Invalid(vec![Violation::new(code, message).of(field)])
    }

    /// The error of a field whose value another account or item has.
    pub fn taken(field: &str, message: &str) -> Error {
        Error::Taken(Violation::new(Code::Taken, message).of(field))
    }

    /// The same for one more who has to hear it.
    pub fn for_another(&self) -> Error {
        match self {
            Error::Database(error) => Error::Database(failure::copy(error)),
            other => Error::Internal(other.to_string()),
        }
    }

    /// The kind of problem, unless nothing is known but a status that says it all.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Error::Malformed(_) => Kind::Malformed,
            Error::Invalid(_) => Kind::Invalid,
            Error::Unauthenticated(Challenge::Missing) => Kind::Unauthenticated,
            Error::Unauthenticated(Challenge::InvalidToken) => Kind::InvalidToken,
            Error::Credentials(_) => Kind::WrongCredentials,
            Error::InsufficientScope(Some(_)) => Kind::InsufficientScope,
            Error::InsufficientScope(None) => Kind::SessionRequired,
            Error::CrossSite => Kind::CrossSite,
            Error::RegistrationClosed => Kind::RegistrationClosed,
            Error::NotFound => Kind::NotFound,
            Error::MethodNotAllowed(_) => Kind::MethodNotAllowed,
            Error::NotAcceptable => Kind::NotAcceptable,
            Error::Taken(_) => Kind::Taken,
            Error::Stale => Kind::Stale,
            Error::TooLarge(_) => Kind::TooLarge,
            Error::TooSlow => Kind::TooSlow,
            Error::UnsupportedMediaType(_) => Kind::UnsupportedMediaType,
            Error::Database(error) => match class(error) {
                Class::Full => Kind::StorageFull,
                Class::Outage => Kind::DatabaseUnavailable,
                Class::Slow => Kind::DatabaseSlow,
                Class::Fault => Kind::Internal,
            },
            Error::TooManyRequests(_) => Kind::TooManyRequests,
            Error::Busy => Kind::Busy,
            Error::Draining => Kind::Stopping,
            Error::Startup(_) | Error::Internal(_) => Kind::Internal,
            Error::Status(status) => return Kind::of_status(*status),
        })
    }

    /// The HTTP status.
    pub fn status(&self) -> Status {
        match self {
            Error::Status(status) => *status,
            other => other
                .kind()
                .map_or(Status::InternalServerError, Kind::status),
        }
    }

    /// Advice in sentences. They tell nothing about the inside of the server.
    pub fn detail(&self) -> String {
        match self {
            Error::Malformed(detail) => detail.clone(),
            Error::Invalid(_) | Error::Taken(_) => {
                let sentences: Vec<_> = self.fields().iter().map(|each| &*each.message).collect();
                sentences.join(" ")
            }
            Error::Credentials(detail) | Error::TooLarge(detail) => (*detail).into(),
            Error::InsufficientScope(Some(scope)) => {
                format!("The API token does not have the scope {scope}.")
            }
            Error::MethodNotAllowed(methods) => {
                format!("This address takes {} only.", methods.join(", "))
            }
            Error::UnsupportedMediaType(expected) => {
                format!("The Content-Type must be {expected}.")
            }
            Error::TooManyRequests(seconds) => {
                format!("Too many attempts. Try again in {}.", duration(*seconds))
            }
            other => match other.kind() {
                Some(kind) => detail_of(kind).into(),
                None => format!("{}.", other.status().reason_lossy()),
            },
        }
    }

    /// The wrong fields, as far as it is about fields.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Error::Invalid(fields) => fields,
            Error::Taken(field) => std::slice::from_ref(field),
            _ => &[],
        }
    }

    /// The first message of each wrong field, as forms show them.
    pub fn messages(&self) -> BTreeMap<String, String> {
        let mut messages = BTreeMap::new();
        for error in self.fields() {
            messages
                .entry(error.field.clone())
                .or_insert_with(|| error.message.clone());
        }
        messages
    }

    /// True if a form comes back with the reason: it can be corrected, or sent again later.
    pub fn keeps_form(&self) -> bool {
        matches!(
            self,
            Error::Invalid(_) | Error::Taken(_) | Error::Credentials(_) | Error::TooManyRequests(_)
        ) || self.status().code >= 500
    }

    /// After how many seconds it may well work, if it is only a matter of time.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Error::TooManyRequests(seconds) => Some(*seconds),
            _ if self.status() == Status::ServiceUnavailable => Some(1),
            _ => None,
        }
    }

    /// Writes a fault of the server to the log, under the id of the request that is being answered.
    /// Faults of clients are not logged, and a bare status has been logged with its reason before.
    pub fn report(&self) {
        if self.status().code >= 500
            && !matches!(self, Error::Busy | Error::Draining | Error::Status(_))
        {
            log::error(&self.to_string());
        }
    }
}

/// Advice about a problem of which only the kind is known.
fn detail_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Malformed => "The request could not be understood.",
        Kind::Unauthenticated => "Sign in first.",
        Kind::InvalidToken => "The token is not valid, or its session has ended. Sign in again.",
        Kind::SessionRequired => "An API token cannot do this. Sign in with your password.",
        Kind::CrossSite => {
            "The request came from another site. Open Docket itself and try again there."
        }
        Kind::RegistrationClosed => {
            "This server takes no new accounts. Ask the person who runs it."
        }
        Kind::NotFound => "There is nothing here, or it is not yours.",
        Kind::NotAcceptable => "The response is JSON, which Accept excludes.",
        Kind::Stale => "It has been changed since you read it. Read it again.",
        Kind::TooSlow => "The body took too long to arrive. Try again.",
        Kind::UnknownMethod => "This server does not know the method.",
        Kind::DatabaseUnavailable => "The database cannot be reached. Try again in a moment.",
        Kind::DatabaseSlow => "The database took too long. Try again in a moment.",
        Kind::Busy => "The server is busy. Try again in a moment.",
        Kind::Stopping => "This server is about to stop. Try again in a moment.",
        Kind::StorageFull => "The server's disk is full. Nothing was changed.",
        Kind::Internal => FAULT,
        // Their errors carry more than their kind.
        Kind::WrongCredentials
        | Kind::InsufficientScope
        | Kind::MethodNotAllowed
        | Kind::Taken
        | Kind::TooLarge
        | Kind::UnsupportedMediaType
        | Kind::Invalid
        | Kind::TooManyRequests => kind.title(),
    }
}

/// A time in words, rounded up.
fn duration(seconds: u32) -> String {
    let (count, unit) = match seconds {
        0..=90 => (seconds, "second"),
        91..=5_400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Database(error) => write!(formatter, "database: {}", failure::message(error)),
            Error::Startup(message) | Error::Internal(message) => formatter.write_str(message),
            other => formatter.write_str(&other.detail()),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        match error {
            // Foreign keys lead to users only, and the statement names one who was there when the
            // request began: the account has been deleted since.
            sqlx::Error::Database(error) if error.is_foreign_key_violation() => Error::NotFound,
            other => Error::Database(other),
        }
    }
}

impl From<garde::Report> for Error {
    fn from(report: garde::Report) -> Error {
        Error::Invalid(fields::fields_of(&report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> Vec<Error> {
        vec![
            Error::Malformed("The body is not JSON.".into()),
            Error::invalid("title", Code::Required, "Give the task a title."),
            Error::Unauthenticated(Challenge::Missing),
            Error::Unauthenticated(Challenge::InvalidToken),
            Error::Credentials("Wrong e-mail or password."),
            Error::InsufficientScope(Some("tasks:read")),
            Error::InsufficientScope(None),
            Error::CrossSite,
            Error::RegistrationClosed,
            Error::NotFound,
            Error::MethodNotAllowed(vec!["GET".into()]),
            Error::NotAcceptable,
            Error::taken("name", "You already have a token with this name."),
            Error::Stale,
            Error::TooLarge("The body is larger than 1 MiB."),
            Error::TooSlow,
            Error::UnsupportedMediaType("application/json"),
            Error::Database(sqlx::Error::PoolTimedOut),
            Error::Database(sqlx::Error::RowNotFound),
            Error::TooManyRequests(90),
            Error::Busy,
            Error::Draining,
            Error::Startup("no".into()),
            Error::Internal("no".into()),
            Error::Status(Status::NotImplemented),
            Error::Status(Status::InsufficientStorage),
        ]
    }

    #[test]
    fn details_are_sentences() {
        for error in one_of_each() {
            let detail = error.detail();
            assert!(detail.ends_with('.'), "{error:?}: {detail}");
            assert!(
                detail.starts_with(char::is_uppercase),
                "{error:?}: {detail}"
            );
        }
    }

    #[test]
    fn every_kind_is_that_of_an_error() {
        let given: Vec<_> = one_of_each().iter().filter_map(Error::kind).collect();
        for kind in Kind::ALL {
            // Which errors of a database are slowness is for its engine to say.
            let there = given.contains(kind) || *kind == Kind::DatabaseSlow;
            assert!(there, "{kind:?}");
        }
    }

    #[test]
    fn a_status_without_a_kind_is_kept() {
        let error = Error::Status(Status::ImATeapot);
        assert_eq!(error.kind(), None);
        assert_eq!(error.status(), Status::ImATeapot);
    }
}
