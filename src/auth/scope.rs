//! What an API token may do (RFC 6749, section 3.3), and the guard that proves it.

use std::marker::PhantomData;
use std::ops::Deref;

use rocket::Request;
use rocket::request::{FromRequest, Outcome};
use serde::{Deserialize, Serialize};

use super::User;
use super::guard::admit;
use crate::error::Error;
use crate::web::refuse;

/// A part of what an account may do. A session may do all of it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, utoipa::ToSchema,
)]
pub enum Scope {
    /// Read tasks.
    #[serde(rename = "tasks:read")]
    TasksRead,
    /// Add, change and delete tasks.
    #[serde(rename = "tasks:write")]
    TasksWrite,
    /// Read and change the profile, sessions and API tokens, but for what needs the password.
    #[serde(rename = "account")]
    Account,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 3] = [Scope::TasksRead, Scope::TasksWrite, Scope::Account];

    /// Its name in JSON, forms, headers and the database.
    pub fn name(self) -> &'static str {
        match self {
            Scope::TasksRead => "tasks:read",
            Scope::TasksWrite => "tasks:write",
            Scope::Account => "account",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// A list as RFC 6749 writes it. A name that this program does not know permits nothing.
    pub fn parse_list(text: &str) -> Vec<Scope> {
        text.split(' ').filter_map(Scope::named).collect()
    }

    /// The list that [`parse_list`](Scope::parse_list) reads.
    pub fn write_list(scopes: &[Scope]) -> String {
        let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        names.join(" ")
    }
}

/// A type that stands for a scope, so that a route names in its signature what it needs.
pub trait Named: Send + Sync + 'static {
    /// The scope.
    const SCOPE: Scope;
}

/// [`Scope::TasksRead`].
pub struct TasksRead;

/// [`Scope::TasksWrite`].
pub struct TasksWrite;

/// [`Scope::Account`].
pub struct AccountScope;

impl Named for TasksRead {
    const SCOPE: Scope = Scope::TasksRead;
}

impl Named for TasksWrite {
    const SCOPE: Scope = Scope::TasksWrite;
}

impl Named for AccountScope {
    const SCOPE: Scope = Scope::Account;
}

/// The user of a request that is allowed the scope `S`: by a session, or by an API token that has
/// it. A route that takes [`User`] instead is for sessions alone.
pub struct Scoped<S>(User, PhantomData<S>);

impl<S> Scoped<S> {
    /// The user.
    pub fn into_user(self) -> User {
        self.0
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
