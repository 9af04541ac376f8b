//! Pages without a connection: the mark by which a browser tells what it keeps of one user from what
//! it keeps of another, forms that wait for a connection, and the page that the service worker shows
//! where it has no copy.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, Route, get, routes};
use serde::Serialize;

use super::{NoValues, Reply, page, with_sidebar};
use crate::auth::{User, authenticated, current, is_unknown};
use crate::db::Timestamp;
use crate::error::{Challenge, Error};
use crate::http::{IdempotencyHeader, digest_of, refuse};
use crate::idempotency::IdempotencyKey;

/// Header of pages with the mark of their user, and of forms with the mark of their author.
pub(super) const OWNER: &str = "Docket-User";

/// Header of forms that were kept until they could be sent: for how long, in seconds.
const WAITED: &str = "Docket-Waited";

/// The mark of a visitor.
const NOBODY: &str = "none";

/// Returns the routes to mount at the root.
pub(super) fn routes() -> Vec<Route> {
    with_sidebar(routes![offline])
}

/// Returns a text that differs between users and says nothing about them.
pub(super) fn mark_of(user_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest_of(&[b"browser", user_id.as_bytes()])[..12])
}

/// Returns the mark of the user of a request, or that of a visitor. `None` if nobody can say who it
/// is.
pub(super) fn owner_of(request: &Request<'_>) -> Option<String> {
    match current(request) {
        Some(user) => Some(mark_of(&user.id)),
        None => (!is_unknown(request)).then(|| NOBODY.to_owned()),
    }
}

/// The headers of a form that the service worker sends, perhaps long after it was written, and
/// perhaps again. A form without them is sent by its page.
pub struct Delivery {
    key: IdempotencyHeader,
    /// The time for which the form waited, in seconds. `None` for a form that is sent at once.
    waited: Option<u32>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Delivery {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Delivery, ()> {
        let key = match request.guard::<IdempotencyHeader>().await {
            Outcome::Success(key) => key,
            Outcome::Error(error) => return Outcome::Error(error),
            Outcome::Forward(status) => return Outcome::Forward(status),
        };
        // Somebody else may have signed in since the form was written.
        if let Some(author) = request.headers().get_one(OWNER) {
            authenticated(request).await;
            if current(request).is_some_and(|user| mark_of(&user.id) != author) {
                let error = Error::Unauthenticated(Challenge::InvalidToken);
                return Outcome::Error(refuse(request, error));
            }
        }
        let waited = request.headers().get_one(WAITED);
        Outcome::Success(Delivery {
            key,
            waited: waited.and_then(|seconds| seconds.parse().ok()),
        })
    }
}

impl Delivery {
    /// Returns the time at which the form was written, from which its dates count.
    pub fn written_at(&self) -> Timestamp {
        let waited = self.waited.unwrap_or_default();
        Timestamp::now().plus_seconds(-i64::from(waited))
    }

    /// Returns true if the form may have been carried out before.
    pub fn is_repeated(&self) -> bool {
        self.waited.is_some()
    }

    /// Returns the key under which the outcome of the command is stored.
    ///
    /// # Errors
    /// [`Error::Internal`] if the input cannot be written as JSON.
    pub fn key(
        self,
        command: &str,
        target: &str,
        input: &impl Serialize,
    ) -> Result<Option<IdempotencyKey>, Error> {
        Ok(self.key.with_input(input)?.of_command(command, target))
    }
}

#[get("/offline")]
fn offline(_user: User) -> Reply {
    page("ui/offline", &NoValues {})
}
