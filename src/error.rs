//! What can go wrong, once, with its two faces: `application/problem+json` and a page.

use std::collections::BTreeMap;
use std::fmt;

use rocket::http::{Method, Status};
use serde::Serialize;

use crate::db::failure::{self, Class, class};
use crate::log;

const OUTAGE: &str = "The database cannot be reached. Try again in a moment.";
const SLOW: &str = "The database took too long. Try again in a moment.";
const FAULT: &str = "The fault is on this side. Nothing was changed.";

/// A field of the input and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field, parameter or header.
    #[schema(example = "title")]
    pub field: String,
    /// What it must be.
    #[schema(example = "must not be empty")]
    pub message: String,
}

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
    /// It is not allowed to anyone in this way.
    Forbidden(&'static str),
    /// There is no such thing, or it is another user's.
    NotFound,
    /// The path has other methods.
    MethodNotAllowed(Vec<Method>),
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
    /// A single field's error.
    pub fn invalid(field: &str, message: &str) -> Error {
        Error::Invalid(vec![FieldError::new(field, message)])
    }

    /// The same for one more who has to hear it.
    pub fn for_another(&self) -> Error {
        match self {
            Error::Database(error) => Error::Database(failure::copy(error)),
            other => Error::Internal(other.to_string()),
        }
    }

    /// The HTTP status that says it.
    pub fn status(&self) -> Status {
        match self {
            Error::Malformed(_) => Status::BadRequest,
            Error::Invalid(_) => Status::UnprocessableEntity,
            Error::Unauthenticated(_) | Error::Credentials(_) => Status::Unauthorized,
            Error::Forbidden(_) | Error::InsufficientScope(_) => Status::Forbidden,
            Error::NotFound => Status::NotFound,
            Error::MethodNotAllowed(_) => Status::MethodNotAllowed,
            Error::NotAcceptable => Status::NotAcceptable,
            Error::Taken(_) => Status::Conflict,
            Error::Stale => Status::PreconditionFailed,
            Error::TooLarge(_) => Status::PayloadTooLarge,
            Error::TooSlow => Status::RequestTimeout,
            Error::UnsupportedMediaType(_) => Status::UnsupportedMediaType,
            Error::Database(error) => match class(error) {
                Class::Full => Status::InsufficientStorage,
                Class::Outage | Class::Slow => Status::ServiceUnavailable,
                Class::Fault => Status::InternalServerError,
            },
            Error::TooManyRequests(_) => Status::TooManyRequests,
            Error::Busy | Error::Draining => Status::ServiceUnavailable,
            Error::Startup(_) | Error::Internal(_) => Status::InternalServerError,
            Error::Status(status) => *status,
        }
    }

    /// A sentence for people that says what to do, and nothing about the server's inside.
    pub fn detail(&self) -> String {
        match self {
            Error::Malformed(detail) => detail.clone(),
            Error::Invalid(fields) => {
                let all: Vec<_> = fields
                    .iter()
                    .map(|error| format!("{} {}", error.field, error.message))
                    .collect();
                format!("{}.", all.join("; "))
            }
            Error::Unauthenticated(Challenge::Missing) => "Sign in first.".into(),
            Error::Unauthenticated(Challenge::InvalidToken) => {
                "The token is not valid, or its session has ended. Sign in again.".into()
            }
            Error::Credentials(detail) | Error::Forbidden(detail) | Error::TooLarge(detail) => {
                (*detail).into()
            }
            Error::InsufficientScope(Some(scope)) => {
                format!("The API token does not have the scope {scope}.")
            }
            Error::InsufficientScope(None) => {
                "An API token cannot do this. Sign in with your password.".into()
            }
            Error::NotFound => "There is nothing here, or it is not yours.".into(),
            Error::MethodNotAllowed(methods) => {
                let names: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
                format!("This address takes {} only.", names.join(", "))
            }
            Error::NotAcceptable => "The answer is JSON, which Accept leaves out.".into(),
            Error::Taken(error) => format!("{} {}.", error.field, error.message),
            Error::Stale => "It has been changed since you read it. Read it again.".into(),
            Error::TooSlow => "The body took too long to arrive. Try again.".into(),
            Error::UnsupportedMediaType(expected) => {
                format!("The Content-Type must be {expected}.")
            }
            Error::Database(error) => match class(error) {
                Class::Full => "The server's disk is full. Nothing was changed.".into(),
                Class::Outage => OUTAGE.into(),
                Class::Slow => SLOW.into(),
                Class::Fault => FAULT.into(),
            },
            Error::TooManyRequests(seconds) => {
                format!("That was too often. Try again in {}.", duration(*seconds))
            }
            Error::Busy => "The server is busy. Try again in a moment.".into(),
            Error::Draining => "This server is about to end. Try again in a moment.".into(),
            Error::Startup(_) | Error::Internal(_) => FAULT.into(),
            Error::Status(status) => match status.code {
                400 => "The request could not be understood.".into(),
                500 => FAULT.into(),
                501 => "This server knows no such method.".into(),
                503 => OUTAGE.into(),
                _ => format!("{}.", status.reason_lossy()),
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

    /// The messages by field, as forms show them; what is about no field stands under `form`.
    pub fn messages(&self) -> BTreeMap<String, String> {
        if self.fields().is_empty() {
            return BTreeMap::from([("form".to_owned(), self.detail())]);
        }
        let mut messages = BTreeMap::new();
        for error in self.fields() {
            let mut characters = error.message.chars();
            let first = characters.next().into_iter().flat_map(char::to_uppercase);
            let sentence = format!("{}{}.", first.collect::<String>(), characters.as_str());
            messages.entry(error.field.clone()).or_insert(sentence);
        }
        messages
    }

    /// Whether a form comes back with the reason: it can be corrected, or sent again later.
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

impl FieldError {
    /// What is wrong with which field.
    pub fn new(field: &str, message: &str) -> FieldError {
        FieldError {
            field: field.to_owned(),
            message: message.to_owned(),
        }
    }
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
        let fields = report
            .iter()
            .map(|(path, error)| FieldError::new(&path.to_string(), error.message()))
            .collect();
        Error::Invalid(fields)
    }
}
