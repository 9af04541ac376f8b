//! The signed-in user of a request.

use rocket::Request;

use super::end;
use super::events::Kind;
use super::session_loader::LiveUser;
use crate::appearance::Appearance;
use crate::db::{Pool, Timestamp};
use crate::error::Error;
use crate::http::Client;
use crate::locale::Language;
use crate::when::{Date, Preferences, today};

/// Header with the name that a client has given itself.
const CLIENT_NAME: &str = "Docket-Client";

const MOST_NAME_BYTES: usize = 64;

/// Transport of a request's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An access token in the `Authorization` header. No other site can send it.
    Header,
    /// An access token in a cookie. The browser attaches it automatically.
    Cookie,
    /// An API token in the `Authorization` header.
    ApiToken,
}

/// The signed-in user of a request. Unsafe requests by cookie have passed the cross-origin check.
///
/// As a guard, `User` accepts only sessions. [`Scoped`](super::Scoped) accepts API tokens as well.
#[derive(Clone, Debug)]
pub struct User {
    /// Id of the user.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// Name shown to the user.
    pub display_name: String,
    /// Preferences for dates and times.
    pub preferences: Preferences,
    /// Preferences for the look of pages.
    pub appearance: Appearance,
    /// Arrangements that views keep: a JSON object, which the module of views reads.
    pub view_settings: Option<String>,
    /// Time of registration.
    pub created_at: Timestamp,
    /// Time of the last change to the profile.
    pub updated_at: Timestamp,
    /// Version of everything that the user has access to, at the start of the request.
    pub work_version: i64,
    /// Session of the token. Empty for an API token.
    pub session_id: String,
    /// Transport of the token.
    pub source: Source,
    /// Name that the client has given itself, so that it is not told of its own changes as of those
    /// of others.
    pub client_name: Option<String>,
}

impl User {
    /// Returns the date in the user's time zone.
    pub fn today(&self) -> Date {
        today(Timestamp::now(), self.preferences.time_zone)
    }

    /// Returns the language of the response.
    pub fn language(&self) -> Language {
        self.preferences.language
    }

    pub(super) fn of(user: LiveUser, session_id: String, source: Source) -> User {
        User {
            id: user.id,
            email: user.email,
            display_name: user.display_name,
            preferences: user.preferences,
            appearance: user.appearance,
            view_settings: user.view_settings,
            created_at: user.created_at,
            updated_at: user.updated_at,
            work_version: user.work_version,
            session_id,
            source,
            client_name: None,
        }
    }

    /// Ends the session of this request.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the session has ended meanwhile.
    pub async fn sign_out(&self, pool: &Pool, client: &Client) -> Result<(), Error> {
        end(pool, &self.id, &self.session_id, Kind::SignedOut, client).await
    }
}

/// Returns the name that the client has given itself. Other text is ignored.
pub(super) fn client_name(request: &Request<'_>) -> Option<String> {
    let name = request.headers().get_one(CLIENT_NAME)?;
    is_client_name(name).then(|| name.to_owned())
}

/// Returns true if a client may have this name.
pub fn is_client_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MOST_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_part)
}
