//! The first steps that the first page suggests to a new user.

use rocket::futures::future::{BoxFuture, FutureExt};
use serde::Serialize;
use serde_json::{Value, json};

use crate::api_tokens;
use crate::appearance::Suggestions;
use crate::auth::{self, User};
use crate::db::{Pool, Timestamp};
use crate::error::Error;
use crate::projects;

/// Age of an account after which nothing is suggested, in days.
const NEW_DAYS: i64 = 30;

/// The steps that a user has done.
#[derive(Clone, Copy, Serialize)]
struct Steps {
    has_tasks: bool,
    has_projects: bool,
    /// True if Docket is used on another device or by a program.
    has_devices: bool,
}

/// Reads the steps. `None` if there is nothing to suggest.
pub fn read<'r>(pool: &'r Pool, user: &'r User) -> BoxFuture<'r, Result<Option<Value>, Error>> {
    async move {
        if !is_new(user, Timestamp::now()) {
            return Ok(None);
        }
        let steps = steps(pool, user).await?;
        Ok((!steps.are_done()).then(|| json!(steps)))
    }
    .boxed()
}

fn is_new(user: &User, now: Timestamp) -> bool {
    let age = now.0 - user.created_at.0;
    user.appearance.suggestions == Suggestions::Shown && age < NEW_DAYS * 24 * 3_600 * 1_000_000
}

async fn steps(pool: &Pool, user: &User) -> Result<Steps, Error> {
    let sizes = projects::queries::sizes(pool, &user.id).await?;
    let sessions = auth::list(pool, &user.id, &user.session_id).await?;
    let has_tokens = !api_tokens::service::list(pool, &user.id).await?.is_empty();
    Ok(Steps {
        has_tasks: sizes.iter().any(|tasks| *tasks > 0),
        // The Inbox is one of them.
        has_projects: sizes.len() > 1,
        has_devices: has_tokens || sessions.len() > 1,
    })
}

impl Steps {
    fn are_done(self) -> bool {
        self.has_tasks && self.has_projects && self.has_devices
    }
}
