//! The guard that says who is asking, from the `Authorization` header or the cookies.

use rocket::Request;
use rocket::http::{Cookie, SameSite, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::time::Duration;

use super::api_tokens::{self, is_api_token};
use super::client::{Client, address_of, standings};
use super::origin::is_same_origin;
use super::scope::Scope;
use super::session_loader::{LiveUser, load_session};
use super::{Auth, end, refresh};
use rocket_db_pools::Database;

use crate::db::{Db, Pool};
use crate::error::{Challenge, Error};
use crate::events::Kind;
use crate::limits::Limit;
use crate::web::{refuse, reserve, set_cookie};

const ACCESS: &str = "docket_access";
const REFRESH: &str = "docket_refresh";

/// Where the token of a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The `Authorization` header, which no foreign page can send.
    Header,
    /// A cookie, which a browser sends by itself.
    Cookie,
    /// The `Authorization` header, with an API token in place of a session's.
    ApiToken,
}

/// The signed-in user of a request. A request by cookie that changes something has passed the
/// cross-origin check. As a guard it takes sessions alone; [`Scoped`](super::Scoped) takes API
/// tokens too.
#[derive(Clone, Debug)]
pub struct User {
    /// The user's id.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// The name to be addressed by.
    pub display_name: String,
    /// When the account was made.
    pub created_at: crate::db::Timestamp,
    /// When the profile was last changed.
    pub updated_at: crate::db::Timestamp,
    /// The version of everything that the user has access to, at the beginning of the request.
    pub work_version: i64,
    /// The session that the token belongs to; empty for an API token, which has none.
    pub session_id: String,
    /// Where the token came from.
    pub source: Source,
}

/// Who is asking, and what they may do.
pub(super) struct Identity {
    pub user: User,
    /// The scopes of an API token; none for a session, which may do everything.
    scopes: Option<Vec<Scope>>,
}

impl Identity {
    fn of_session(user: User) -> Identity {
        Identity { user, scopes: None }
    }

    fn has_session(&self) -> bool {
        self.scopes.is_none()
    }

    /// Whether it is allowed this scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(&scope))
    }
}

/// The outcome for a request, found once however many ask.
struct Resolved(Result<Identity, Refusal>);

#[derive(Clone, Copy)]
pub(super) enum Refusal {
    Challenge(Challenge),
    CrossOrigin,
    TooMany(u32),
    Busy,
    Failed(Status),
}

impl Refusal {
    /// Keeps the reason for the catcher, and gives what a guard's outcome needs.
    pub fn answer(self, request: &Request<'_>) -> (Status, ()) {
        refuse(request, self.error())
    }

    fn error(self) -> Error {
        match self {
            Refusal::Challenge(challenge) => Error::Unauthenticated(challenge),
            Refusal::CrossOrigin => Error::CrossSite,
            Refusal::TooMany(seconds) => Error::TooManyRequests(seconds),
            Refusal::Busy => Error::Busy,
            Refusal::Failed(status) => Error::Status(status),
        }
    }
}

/// Finds out who is asking.
pub(super) async fn identify<'r>(request: &'r Request<'_>) -> Result<&'r Identity, Refusal> {
    let resolved = request
        .local_cache_async(async { Resolved(resolve(request).await) })
        .await;
    resolved.0.as_ref().map_err(|refusal| *refusal)
}

/// The same for a guard, after which the request is dealt with: the answer to a write has room then.
pub(super) async fn admit<'r>(request: &'r Request<'_>) -> Result<&'r Identity, Refusal> {
    let identity = identify(request).await?;
    if is_safe(request) || reserve(request, &identity.user.id).await {
        Ok(identity)
    } else {
        Err(Refusal::Busy)
    }
}

/// The id of whoever asks, by whatever token, before any guard has been asked.
pub async fn authenticated<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let identity = identify(request).await.ok()?;
    Some(&identity.user.id)
}

/// Whom a request counts for: the user that a guard has found, or else the address of the client.
pub fn client_key(request: &Request<'_>) -> String {
    user_id(request)
        .map(str::to_owned)
        .or_else(|| address_of(request))
        .unwrap_or_default()
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<User, ()> {
        match admit(request).await {
            Ok(identity) if identity.has_session() => Outcome::Success(identity.user.clone()),
            Ok(_) => Outcome::Error(refuse(request, Error::InsufficientScope(None))),
            Err(refusal) => Outcome::Error(refusal.answer(request)),
        }
    }
}

/// The signed-in user, or the reason why there is none: for a form whose text must come back with
/// the reason. A guard that fails would drop the body.
pub struct Sender(pub Result<User, Error>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sender {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Sender, ()> {
        Outcome::Success(Sender(match admit(request).await {
            Ok(identity) if identity.has_session() => Ok(identity.user.clone()),
            Ok(_) => Err(Error::InsufficientScope(None)),
            Err(refusal) => Err(refusal.error()),
        }))
    }
}

/// True if a guard could not identify the user. Somebody may be signed in nevertheless.
pub fn is_unknown(request: &Request<'_>) -> bool {
    let refusal = resolved(request).0.as_ref().err();
    refusal.is_some_and(|refusal| !matches!(refusal, Refusal::Challenge(_)))
}

/// The signed-in user whom a guard has found for this request, if one has.
pub fn current<'r>(request: &'r Request<'_>) -> Option<&'r User> {
    let identity = found(request)?;
    identity.has_session().then_some(&identity.user)
}

/// The id of whoever a guard has found to ask, by whatever token.
pub fn user_id<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    found(request).map(|identity| identity.user.id.as_str())
}

fn found<'r>(request: &'r Request<'_>) -> Option<&'r Identity> {
    resolved(request).0.as_ref().ok()
}

fn resolved<'r>(request: &'r Request<'_>) -> &'r Resolved {
    request.local_cache(|| Resolved(Err(Refusal::Challenge(Challenge::Missing))))
}

async fn resolve(request: &Request<'_>) -> Result<Identity, Refusal> {
    let (Some(auth), Some(db)) = (
        request.rocket().state::<Auth>(),
        Db::fetch(request.rocket()),
    ) else {
        return Err(Refusal::Failed(Status::ServiceUnavailable));
    };
    if let Some(header) = request.headers().get_one("Authorization") {
        let invalid = Refusal::Challenge(Challenge::InvalidToken);
        let token = bearer(header).ok_or(invalid)?;
        if is_api_token(token) {
            return of_api_token(request, auth, db, token).await?.ok_or(invalid);
        }
        let user = verified(request, auth, db, token, Source::Header).await?;
        return user.map(Identity::of_session).ok_or(invalid);
    }
    let jar = request.cookies();
    let access = jar.get(&auth.cookie_name(ACCESS)).map(Cookie::value);
    let refresh = jar.get(&auth.cookie_name(REFRESH)).map(Cookie::value);
    if access.is_none() && refresh.is_none() {
        return Err(Refusal::Challenge(Challenge::Missing));
    }
    if !is_safe(request) && !is_same_origin(request) {
        return Err(Refusal::CrossOrigin);
    }
    if let Some(token) = access
        && let Some(user) = verified(request, auth, db, token, Source::Cookie).await?
    {
        return Ok(Identity::of_session(user));
    }
    let user = renewed(request, auth, db, refresh).await?;
    Ok(Identity::of_session(user))
}

async fn of_api_token(
    request: &Request<'_>,
    auth: &Auth,
    pool: &Pool,
    token: &str,
) -> Result<Option<Identity>, Refusal> {
    let found = api_tokens::holder(pool, &auth.token_uses, token).await;
    let found = found.map_err(failed)?;
    let Some(holder) = found else {
        return Ok(None);
    };
    spend(request, auth, &holder.id)?;
    Ok(Some(Identity {
        user: User::of(holder.user, String::new(), Source::ApiToken),
        scopes: Some(holder.scopes),
    }))
}

/// Counts a request, to the API or for a page, for a session or an API token.
fn spend(request: &Request<'_>, auth: &Auth, whose: &str) -> Result<(), Refusal> {
    auth.limits
        .spend_locally(Limit::Api, whose, standings(request))
        .map_err(failed)
}

/// RFC 9110, section 9.2.1.
fn is_safe(request: &Request<'_>) -> bool {
    use rocket::http::Method::{Get, Head, Options, Trace};
    matches!(request.method(), Get | Head | Options | Trace)
}

/// The token of `Authorization: Bearer` (RFC 6750, section 2.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| token.trim_matches(' '))
}

async fn verified(
    request: &Request<'_>,
    auth: &Auth,
    pool: &Pool,
    token: &str,
    source: Source,
) -> Result<Option<User>, Refusal> {
    let Some(claims) = auth.tokens.verify(&auth.keys, token) else {
        return Ok(None);
    };
    // Before the database is asked: who is refused costs it nothing.
    spend(request, auth, &claims.sid)?;
    let found = live_user(pool, &claims.sub, &claims.sid).await?;
    Ok(found.map(|user| User::of(user, claims.sid, source)))
}

/// A browser whose access cookie has run out gets new cookies with the answer, whatever it is.
async fn renewed(
    request: &Request<'_>,
    auth: &Auth,
    pool: &Pool,
    refresh: Option<&str>,
) -> Result<User, Refusal> {
    let challenge = Refusal::Challenge(Challenge::InvalidToken);
    let Some(token) = refresh else {
        return Err(challenge);
    };
    let started = match refresh::refresh(pool, auth, token, &Client::of(request)).await {
        Ok(started) => started,
        Err(Error::Credentials(_)) => return Err(challenge),
        Err(error) => return Err(failed(error)),
    };
    let access = auth
        .tokens
        .issue(&auth.keys, &started.user_id, &started.session_id)
        .map_err(failed)?;
    for cookie in cookies_of(auth, access, started.refresh_token) {
        set_cookie(request, cookie);
    }
    live_user(pool, &started.user_id, &started.session_id)
        .await?
        .map(|user| User::of(user, started.session_id, Source::Cookie))
        .ok_or(challenge)
}

async fn live_user(
    pool: &Pool,
    user_id: &str,
    session_id: &str,
) -> Result<Option<LiveUser>, Refusal> {
    load_session(pool, user_id, session_id)
        .await
        .map_err(failed)
}

fn failed(error: Error) -> Refusal {
    if let Error::TooManyRequests(seconds) = error {
        return Refusal::TooMany(seconds);
    }
    error.report();
    Refusal::Failed(error.status())
}

impl User {
    fn of(user: LiveUser, session_id: String, source: Source) -> User {
        User {
            id: user.id,
            email: user.email,
            display_name: user.display_name,
            created_at: user.created_at,
            updated_at: user.updated_at,
            work_version: user.work_version,
            session_id,
            source,
        }
    }

    /// Signs this session out.
    pub async fn sign_out(&self, pool: &Pool, client: &Client) -> Result<(), Error> {
        end(pool, &self.id, &self.session_id, Kind::SignedOut, client).await
    }
}

/// The cookies of a signed-in browser. Both last as long as the session may, for the access
/// token's own end is in it.
pub fn cookies_of(auth: &Auth, access: String, refresh: String) -> [Cookie<'static>; 2] {
    let lasting = Duration::seconds(auth.session_seconds);
    [(ACCESS, access), (REFRESH, refresh)].map(|(name, value)| {
        Cookie::build((auth.cookie_name(name), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(auth.https)
            .max_age(lasting)
            .build()
    })
}
