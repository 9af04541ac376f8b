//! Cookies that an answer sets. They are kept beside the request rather than in Rocket's jar,
//! which forgets them when the answer is an error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::Request;
use rocket::http::{Cookie, SameSite};
use rocket::request::{FromRequest, Outcome};
use rocket::time::Duration;
use serde::{Deserialize, Serialize};

use crate::auth::{Auth, cookies_of};

const FLASH: &str = "docket_flash";

#[derive(Default)]
struct Pending {
    cookies: Mutex<Vec<Cookie<'static>>>,
    signed_out: AtomicBool,
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, Vec<Cookie<'static>>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a cookie, in place of an earlier one of its name.
    fn set(&self, cookie: Cookie<'static>) {
        let mut cookies = self.lock();
        cookies.retain(|other| other.name() != cookie.name());
        cookies.push(cookie);
    }
}

/// Sets a cookie with the answer to this request, whatever the answer is.
pub fn set_cookie(request: &Request<'_>, cookie: Cookie<'static>) {
    let pending: &Pending = request.local_cache(Pending::default);
    pending.set(cookie);
}

/// The cookies that the answer to this request sets.
pub(super) fn pending(request: &Request<'_>) -> Vec<Cookie<'static>> {
    let pending: &Pending = request.local_cache(Pending::default);
    pending.lock().clone()
}

/// Whether the answer to this request takes the tokens away from the browser.
pub(super) fn has_signed_out(request: &Request<'_>) -> bool {
    let pending: &Pending = request.local_cache(Pending::default);
    pending.signed_out.load(Ordering::Relaxed)
}

/// A message that the next page shows once.
#[derive(Serialize, Deserialize)]
pub(crate) struct Flash {
    kind: String,
    message: String,
}

impl Flash {
    /// It was done.
    pub(crate) fn success(message: &str) -> Flash {
        Flash {
            kind: "success".into(),
            message: message.into(),
        }
    }

    /// The value of the cookie.
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads what a browser sent.
    pub(crate) fn decode(value: &str) -> Option<Flash> {
        let text = URL_SAFE_NO_PAD.decode(value).ok()?;
        let flash: Flash = serde_json::from_slice(&text).ok()?;
        matches!(flash.kind.as_str(), "success" | "error").then_some(flash)
    }
}

/// The cookies of a page's answer.
pub struct Cookies<'r> {
    pending: &'r Pending,
    auth: &'r Auth,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Cookies<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.rocket().state::<Auth>() {
            Some(auth) => Outcome::Success(Cookies {
                pending: request.local_cache(Pending::default),
                auth,
            }),
            None => Outcome::Forward(rocket::http::Status::InternalServerError),
        }
    }
}

impl Cookies<'_> {
    /// Sets a cookie.
    pub fn set(&self, cookie: Cookie<'static>) {
        self.pending.set(cookie);
    }

    /// Takes the tokens away from the browser, and with them the pages that it has kept.
    pub fn sign_out(&self) {
        self.pending.signed_out.store(true, Ordering::Relaxed);
        for mut cookie in cookies_of(self.auth, String::new(), String::new()) {
            cookie.set_max_age(Duration::ZERO);
            self.set(cookie);
        }
    }

    /// Has the next page say that something was done.
    pub fn flash_success(&self, message: &str) {
        let flash = Flash::success(message);
        self.set(flash_cookie(self.auth, flash.encode()));
    }
}

/// Whether the last answer left a message.
pub(super) fn has_flash(request: &Request<'_>) -> bool {
    request
        .rocket()
        .state::<Auth>()
        .is_some_and(|auth| sent_flash(request, auth).is_some())
}

fn sent_flash<'r>(request: &'r Request<'_>, auth: &Auth) -> Option<&'r Cookie<'static>> {
    request.cookies().get(&auth.cookie_name(FLASH))
}

/// The message that the last answer left, which is then gone.
pub(super) fn take_flash(request: &Request<'_>) -> Option<Flash> {
    let auth = request.rocket().state::<Auth>()?;
    let cookie = sent_flash(request, auth)?;
    let mut gone = flash_cookie(auth, String::new());
    gone.set_max_age(Duration::ZERO);
    set_cookie(request, gone);
    Flash::decode(cookie.value())
}

fn flash_cookie(auth: &Auth, value: String) -> Cookie<'static> {
    Cookie::build((auth.cookie_name(FLASH), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(auth.https)
        .build()
}
