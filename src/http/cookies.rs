//! Response cookies. They are stored in the request's local cache, because Rocket discards its
//! cookie jar when the response is an error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rocket::Request;
use rocket::http::Cookie;

#[derive(Default)]
struct Pending {
    cookies: Mutex<Vec<Cookie<'static>>>,
    signed_out: AtomicBool,
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, Vec<Cookie<'static>>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a cookie. Replaces an earlier one with the same name.
    fn set(&self, cookie: Cookie<'static>) {
        let mut cookies = self.lock();
        cookies.retain(|other| other.name() != cookie.name());
        cookies.push(cookie);
    }
}

/// Sets a cookie on the response to this request, whatever its status.
pub fn set_cookie(request: &Request<'_>, cookie: Cookie<'static>) {
    let pending: &Pending = request.local_cache(Pending::default);
    pending.set(cookie);
}

/// Returns the cookies to set on the response.
pub(super) fn pending(request: &Request<'_>) -> Vec<Cookie<'static>> {
    let pending: &Pending = request.local_cache(Pending::default);
    pending.lock().clone()
}

/// Makes the browser clear its cached pages and its storage, because it is signed out.
pub fn note_sign_out(request: &Request<'_>) {
    let pending: &Pending = request.local_cache(Pending::default);
    pending.signed_out.store(true, Ordering::Relaxed);
}

/// Returns true if the response signs the browser out.
pub(super) fn has_signed_out(request: &Request<'_>) -> bool {
    let pending: &Pending = request.local_cache(Pending::default);
    pending.signed_out.load(Ordering::Relaxed)
}
