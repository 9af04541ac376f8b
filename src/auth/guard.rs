//! Request guards that authenticate the user by the `Authorization` header or by cookies.

use rocket::Request;
use rocket::http::{Cookie, SameSite, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::time::Duration;

use super::api_tokens::{self, is_api_token};
use super::origin::is_same_origin;
use super::scope::Scope;
use super::session_loader::{LiveUser, load_session};
use super::user::{Source, User, client_name};
use super::{Auth, Lease, refresh};
use rocket_db_pools::Database;

use crate::db::{Db, Pool, Timestamp};
use crate::error::{Challenge, Error};
use crate::http::{
    Client, language_of, note_language, note_user, quotas, refuse, reserve, set_cookie,
};
use crate::limits::Limit;

use crate::log;

const ACCESS: &str = "docket_access";
const REFRESH: &str = "docket_refresh";

/// An authenticated user and the scopes of their token.
pub(super) struct Identity {
    pub user: User,
    /// Scopes of an API token. `None` for a session, which has every scope.
    scopes: Option<Vec<Scope>>,
    /// Session or API token of the request.
    pub lease: Lease,
}

impl Identity {
    fn of_session(user: User, expires_at: Timestamp) -> Identity {
        Identity {
            lease: Lease::of_session(&user.session_id, expires_at),
            user,
            scopes: None,
        }
    }

    fn has_session(&self) -> bool {
        self.scopes.is_none()
    }

    /// Returns true if the token has this scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(&scope))
    }
}

/// Cached result of authentication. It runs once per request.
struct Resolved(Result<Identity, Refusal>);

#[derive(Clone, Copy)]
pub(super) enum Refusal {
    Challenge(Challenge),
    CrossOrigin,
    TooMany(u32),
    Busy,
    Failed(u16),
}

impl Refusal {
    /// Stores the error for the catcher and returns the outcome of a failed guard.
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

/// Authenticates a request. The result is cached in the request.
pub(super) async fn identify<'r>(request: &'r Request<'_>) -> Result<&'r Identity, Refusal> {
    let resolved = request
        .local_cache_async(async {
            let mut resolved = Resolved(resolve(request).await);
            if let Ok(identity) = &mut resolved.0 {
                note_user(request, &identity.user.id);
                if let Some(language) = identity.user.appearance.language.language() {
                    note_language(request, language);
                }
                identity.user.preferences.language = language_of(request);
                identity.user.client_name = client_name(request);
            }
            resolved
        })
        .await;
    resolved.0.as_ref().map_err(|refusal| *refusal)
}

/// Authenticates a request on behalf of a guard. For an unsafe method, also reserves space for the
/// stored response, so that the write can be replayed.
pub(super) async fn admit<'r>(request: &'r Request<'_>) -> Result<&'r Identity, Refusal> {
    let identity = identify(request).await?;
    if is_safe(request) || reserve(request, &identity.user.id).await {
        Ok(identity)
    } else {
        Err(Refusal::Busy)
    }
}

/// Authenticates a request and returns the user's id, for any kind of token. Runs before the
/// guards.
pub async fn authenticated<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let identity = identify(request).await.ok()?;
    Some(&identity.user.id)
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

/// The signed-in user, or the error that prevented authentication. A form handler takes this guard
/// to render the submitted text with the error; a failing guard would discard the body.
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

/// Returns true if authentication failed for a reason other than invalid credentials. The user may
/// still be signed in.
pub fn is_unknown(request: &Request<'_>) -> bool {
    let refusal = resolved(request).0.as_ref().err();
    refusal.is_some_and(|refusal| !matches!(refusal, Refusal::Challenge(_)))
}

/// Returns the user of the session, if a guard has authenticated the request.
pub fn current<'r>(request: &'r Request<'_>) -> Option<&'r User> {
    let identity = found(request)?;
    identity.has_session().then_some(&identity.user)
}

/// Returns the id of the user whose session the browser has, or had last.
pub fn last_user(request: &Request<'_>) -> Option<String> {
    let auth = request.rocket().state::<Auth>()?;
    let token = request.cookies().get(&auth.cookie_name(ACCESS))?;
    auth.tokens.issued_to(&auth.keys, token.value())
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
        return Err(Refusal::Failed(Status::ServiceUnavailable.code));
    };
    if let Some(header) = request.headers().get_one("Authorization") {
        let invalid = Refusal::Challenge(Challenge::InvalidToken);
        let token = bearer(header).ok_or(invalid)?;
        if is_api_token(token) {
            return of_api_token(request, auth, db, token).await?.ok_or(invalid);
        }
        let identity = verified(request, auth, db, token, Source::Header).await?;
        return identity.ok_or(invalid);
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
        && let Some(identity) = verified(request, auth, db, token, Source::Cookie).await?
    {
        return Ok(identity);
    }
    renewed(request, auth, db, refresh).await
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
        lease: Lease::of_api_token(&holder.id, holder.expires_at),
        user: User::of(holder.user, String::new(), Source::ApiToken),
        scopes: Some(holder.scopes),
    }))
}

/// Counts a request against the quota of its session or API token.
fn spend(request: &Request<'_>, auth: &Auth, whose: &str) -> Result<(), Refusal> {
    auth.limits
        .spend_locally(Limit::Api, whose, quotas(request))
        .map_err(failed)
}

/// Returns true if the method is safe (RFC 9110, section 9.2.1).
fn is_safe(request: &Request<'_>) -> bool {
    use rocket::http::Method::{Get, Head, Options, Trace};
    matches!(request.method(), Get | Head | Options | Trace)
}

/// Extracts the token of `Authorization: Bearer` (RFC 6750, section 2.1).
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
) -> Result<Option<Identity>, Refusal> {
    let Some(claims) = auth.tokens.verify(&auth.keys, token) else {
        return Ok(None);
    };
    // Counted before the query, so that rejected requests cost the database nothing.
    spend(request, auth, &claims.sid)?;
    let found = live_user(pool, &claims.sub, &claims.sid).await?;
    let expires_at = Timestamp::of_seconds(claims.exp);
    Ok(found.map(|user| Identity::of_session(User::of(user, claims.sid, source), expires_at)))
}

/// Refreshes the session of a browser whose access cookie has expired. The response sets the new
/// cookies, whatever its status.
async fn renewed(
    request: &Request<'_>,
    auth: &Auth,
    pool: &Pool,
    refresh: Option<&str>,
) -> Result<Identity, Refusal> {
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
    let expires_at = Timestamp::now().plus_seconds(auth.tokens.seconds.into());
    let user = live_user(pool, &started.user_id, &started.session_id).await?;
    let user = user.map(|user| User::of(user, started.session_id, Source::Cookie));
    user.map(|user| Identity::of_session(user, expires_at))
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
    log::report(&error);
    Refusal::Failed(error.status())
}

/// Builds the cookies of a signed-in browser. Both cookies last as long as the session can; the
/// access token carries its own expiry.
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
