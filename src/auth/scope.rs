//! Scopes of API tokens (RFC 6749, section 3.3), and the guard that checks them.

use std::marker::PhantomData;
use std::ops::Deref;

use rocket::Request;
use rocket::request::{FromRequest, Outcome};
use serde::{Deserialize, Serialize};

use super::User;
use super::guard::{admit, identify};
use crate::error::Error;
use crate::http::refuse;

/// A permission of an API token. A session has all of them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, utoipa::ToSchema,
)]
pub enum Scope {
    /// Read tasks.
    #[serde(rename = "tasks:read")]
    TasksRead,
    /// Create, update and delete tasks.
    #[serde(rename = "tasks:write")]
    TasksWrite,
    /// Read projects and sections.
    #[serde(rename = "projects:read")]
    ProjectsRead,
    /// Create, update and delete projects and sections.
    #[serde(rename = "projects:write")]
    ProjectsWrite,
    /// Read labels.
    #[serde(rename = "labels:read")]
    LabelsRead,
    /// Create, update, merge and delete labels.
    #[serde(rename = "labels:write")]
    LabelsWrite,
    /// Read saved filters.
    #[serde(rename = "filters:read")]
    FiltersRead,
    /// Create, update and delete saved filters.
    #[serde(rename = "filters:write")]
    FiltersWrite,
    /// Read and update the profile, sessions and API tokens, except for actions that require the
    /// password.
    #[serde(rename = "account")]
    Account,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 9] = [
        Scope::TasksRead,
        Scope::TasksWrite,
        Scope::ProjectsRead,
        Scope::ProjectsWrite,
        Scope::LabelsRead,
        Scope::LabelsWrite,
        Scope::FiltersRead,
        Scope::FiltersWrite,
        Scope::Account,
    ];

    /// Returns the name used in JSON, forms, headers and the database.
    pub fn name(self) -> &'static str {
        match self {
            Scope::TasksRead => "tasks:read",
            Scope::TasksWrite => "tasks:write",
            Scope::ProjectsRead => "projects:read",
            Scope::ProjectsWrite => "projects:write",
            Scope::LabelsRead => "labels:read",
            Scope::LabelsWrite => "labels:write",
            Scope::FiltersRead => "filters:read",
            Scope::FiltersWrite => "filters:write",
            Scope::Account => "account",
        }
    }

    /// Returns the scope with this name.
    pub fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Parses a space-separated list (RFC 6749). Ignores unknown names.
    pub fn parse_list(text: &str) -> Vec<Scope> {
        text.split(' ').filter_map(Scope::named).collect()
    }

    /// Formats a list that [`parse_list`](Scope::parse_list) reads back.
    pub fn write_list(scopes: &[Scope]) -> String {
        let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        names.join(" ")
    }
}

/// A type that names a scope. Routes state the scope they require in their signature.
pub trait Named: Send + Sync + 'static {
    /// The scope.
    const SCOPE: Scope;
}

/// Marker type of [`Scope::TasksRead`].
pub struct TasksRead;

/// Marker type of [`Scope::TasksWrite`].
pub struct TasksWrite;

/// Marker type of [`Scope::ProjectsRead`].
pub struct ProjectsRead;

/// Marker type of [`Scope::ProjectsWrite`].
pub struct ProjectsWrite;

/// Marker type of [`Scope::LabelsRead`].
pub struct LabelsRead;

/// Marker type of [`Scope::LabelsWrite`].
pub struct LabelsWrite;

/// Marker type of [`Scope::FiltersRead`].
pub struct FiltersRead;

/// Marker type of [`Scope::FiltersWrite`].
pub struct FiltersWrite;

/// Marker type of [`Scope::Account`].
pub struct AccountScope;

impl Named for TasksRead {
    const SCOPE: Scope = Scope::TasksRead;
}

impl Named for TasksWrite {
    const SCOPE: Scope = Scope::TasksWrite;
}

impl Named for ProjectsRead {
    const SCOPE: Scope = Scope::ProjectsRead;
}

impl Named for ProjectsWrite {
    const SCOPE: Scope = Scope::ProjectsWrite;
}

impl Named for LabelsRead {
    const SCOPE: Scope = Scope::LabelsRead;
}

impl Named for LabelsWrite {
    const SCOPE: Scope = Scope::LabelsWrite;
}

impl Named for FiltersRead {
    const SCOPE: Scope = Scope::FiltersRead;
}

impl Named for FiltersWrite {
    const SCOPE: Scope = Scope::FiltersWrite;
}

impl Named for AccountScope {
    const SCOPE: Scope = Scope::Account;
}

/// The user of a request with the scope `S`: authenticated by a session, or by an API token with
/// that scope. Routes that take [`User`] accept only sessions.
pub struct Scoped<S>(User, PhantomData<S>);

impl<S> Scoped<S> {
    /// Returns the user.
    pub fn into_user(self) -> User {
        self.0
    }
}

/// The scope `S` of a request that is authenticated by another guard. A session has it.
pub struct HasScope<S>(bool, PhantomData<S>);

impl<S: Named> HasScope<S> {
    /// Checks that the token has the scope.
    ///
    /// # Errors
    /// [`Error::InsufficientScope`].
    pub fn check(&self) -> Result<(), Error> {
        match self.0 {
            true => Ok(()),
            false => Err(Error::InsufficientScope(Some(S::SCOPE.name()))),
        }
    }
}

#[rocket::async_trait]
impl<'r, S: Named> FromRequest<'r> for HasScope<S> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<HasScope<S>, ()> {
        let identity = identify(request).await;
        let has = identity.is_ok_and(|identity| identity.may(S::SCOPE));
        Outcome::Success(HasScope(has, PhantomData))
    }
}

impl<S> Deref for Scoped<S> {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

#[rocket::async_trait]
impl<'r, S: Named> FromRequest<'r> for Scoped<S> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Scoped<S>, ()> {
        match admit(request).await {
            Ok(identity) if identity.may(S::SCOPE) => {
                Outcome::Success(Scoped(identity.user.clone(), PhantomData))
            }
            Ok(_) => {
                let lacking = Error::InsufficientScope(Some(S::SCOPE.name()));
                Outcome::Error(refuse(request, lacking))
            }
            Err(refusal) => Outcome::Error(refusal.answer(request)),
        }
    }
}
