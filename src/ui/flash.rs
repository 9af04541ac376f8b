//! The cookies that pages set: the end of a session, and messages shown once, on the next page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::Request;
use rocket::http::{Cookie, SameSite};
use rocket::request::{FromRequest, Outcome};
use rocket::time::Duration;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::{Auth, cookies_of};
use crate::error::Error;
use crate::http::{language_of, note_sign_out, set_cookie};
use crate::locale::{Language, Message};
use crate::work::Executed;

/// Header of a page that reads itself again.
const REFRESH: &str = "Docket-Refresh";

const FLASH: &str = "docket_flash";

/// A message shown once, on the next page.
#[derive(Serialize, Deserialize)]
pub(crate) struct Flash {
    kind: String,
    message: Message,
    /// The change that a button beside the message reverses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<String>,
}

impl Flash {
    /// Creates a message of success.
    pub(crate) fn success(message: Message) -> Flash {
        Flash {
            kind: "success".into(),
            message,
            undo: None,
        }
    }

    /// Creates a message of an error.
    fn error(message: Message) -> Flash {
        Flash {
            kind: "error".into(),
            ..Flash::success(message)
        }
    }

    /// Encodes the message as a cookie value.
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Decodes a cookie value sent by a browser.
    pub(crate) fn decode(value: &str) -> Option<Flash> {
        let text = URL_SAFE_NO_PAD.decode(value).ok()?;
        let flash: Flash = serde_json::from_slice(&text).ok()?;
        // The id becomes part of the form's URL.
        let has_valid_change = flash.undo.as_deref().is_none_or(is_id);
        let is_known = matches!(flash.kind.as_str(), "success" | "error");
        let is_valid = is_known && has_valid_change && Language::English.knows(&flash.message);
        is_valid.then_some(flash)
    }
}

fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.hyphenated().to_string() == text)
}

/// Guard with which a page handler sets cookies.
pub struct Cookies<'r> {
    request: &'r Request<'r>,
    auth: &'r Auth,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Cookies<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.rocket().state::<Auth>() {
            Some(auth) => Outcome::Success(Cookies { request, auth }),
            None => Outcome::Forward(rocket::http::Status::InternalServerError),
        }
    }
}

impl Cookies<'_> {
    /// Sets a cookie.
    pub fn set(&self, cookie: Cookie<'static>) {
        set_cookie(self.request, cookie);
    }

    /// Deletes the token cookies and makes the browser clear its cached pages.
    pub fn sign_out(&self) {
        note_sign_out(self.request);
        for mut cookie in cookies_of(self.auth, String::new(), String::new()) {
            cookie.set_max_age(Duration::ZERO);
            self.set(cookie);
        }
    }

    /// Shows a message of success on the next page.
    pub fn flash_success(&self, message: Message) {
        self.flash(&Flash::success(message));
    }

    /// Shows a message of success on the next page, with a button that reverses the change, if
    /// there is one.
    pub fn flash_change(&self, message: Message, change_id: Option<&str>) {
        self.flash(&Flash {
            undo: change_id.map(str::to_owned),
            ..Flash::success(message)
        });
    }

    /// Shows an error on the next page.
    pub fn flash_error(&self, message: Message) {
        self.flash(&Flash::error(message));
    }

    /// Shows on the next page that a form without text has succeeded, or why it was refused.
    ///
    /// # Errors
    /// That of the command, if the user can do nothing about it.
    pub fn flash_outcome<T>(
        &self,
        message: Message,
        done: Result<Executed<T>, Error>,
    ) -> Result<(), Error> {
        match done {
            Ok(executed) => self.flash_change(message, executed.change_id.as_deref()),
            Err(error) => self.flash_refusal(error)?,
        }
        Ok(())
    }

    /// Shows on the next page why a form without text was refused.
    ///
    /// # Errors
    /// `error` itself, if the user can do nothing about it.
    pub fn flash_refusal(&self, error: Error) -> Result<(), Error> {
        match (&error, error.fields().first()) {
            (Error::Conflict(message), _) => self.flash_error(message.clone()),
            (_, Some(field)) => self.flash_error(field.message.clone()),
            (_, None) => return Err(error),
        }
        Ok(())
    }

    fn flash(&self, flash: &Flash) {
        self.set(flash_cookie(self.auth, flash.encode()));
    }
}

/// Returns true if the request carries a flash message.
pub(super) fn has_flash(request: &Request<'_>) -> bool {
    request
        .rocket()
        .state::<Auth>()
        .is_some_and(|auth| sent_flash(request, auth).is_some())
}

/// Returns the cookie of the message. A page that reads itself again leaves it to the page that is
/// on its way.
fn sent_flash<'r>(request: &'r Request<'_>, auth: &Auth) -> Option<&'r Cookie<'static>> {
    if request.headers().contains(REFRESH) {
        return None;
    }
    request.cookies().get(&auth.cookie_name(FLASH))
}

/// A message in the language of the page.
#[derive(Serialize)]
pub(super) struct SaidFlash {
    kind: String,
    message: String,
    undo: Option<String>,
}

/// Returns the flash message of the request and deletes its cookie.
pub(super) fn take_flash(request: &Request<'_>) -> Option<SaidFlash> {
    let auth = request.rocket().state::<Auth>()?;
    let cookie = sent_flash(request, auth)?;
    let mut gone = flash_cookie(auth, String::new());
    gone.set_max_age(Duration::ZERO);
    set_cookie(request, gone);
    let flash = Flash::decode(cookie.value())?;
    Some(SaidFlash {
        kind: flash.kind,
        message: language_of(request).say(&flash.message),
        undo: flash.undo,
    })
}

fn flash_cookie(auth: &Auth, value: String) -> Cookie<'static> {
    Cookie::build((auth.cookie_name(FLASH), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(auth.https)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::message;

    #[test]
    fn only_an_id_becomes_the_button_of_a_message() {
        let with = |undo: Option<&str>| {
            let flash = Flash {
                undo: undo.map(str::to_owned),
                ..Flash::success(message!("done-saved"))
            };
            Flash::decode(&flash.encode())
        };
        assert!(with(None).is_some());
        assert!(with(Some("0192f0c1-2345-7000-8000-000000000000")).is_some());
        for other in ["", "../logout", "0192f0c1234570008000000000000000"] {
            assert!(with(Some(other)).is_none(), "{other}");
        }
    }
}
