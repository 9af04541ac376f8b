//! Pages and forms of sign-in and registration.

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use super::forms::{LoginForm, RegisterForm};
use super::{Credentials, TokenResponse};
use super::{service, settings};
use crate::auth::{Auth, SameOrigin, User, cookies_of};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Client, Form, Query, local_path};
use crate::locale::message;
use crate::ui::{Cookies, KeptForms, NoValues, Reply, lead_to, page, rejected, see_other};
use crate::when::{Clock, DateOrder, WeekStart, Zone};

/// First page after sign-in.
pub(super) const HOME: &str = "/today";

/// Template of the sign-in page.
pub const SIGN_IN: &str = "accounts/login";

/// Template of the registration page.
const REGISTRATION: &str = "accounts/register";

/// Returns the routes, mounted at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![home, login_page, login, register_page, register, logout];
    routes.extend(lead_to("/", &["/logout"]));
    routes.extend(settings::routes());
    routes
}

/// The values of the sign-in page. [`ui::errors`](crate::ui) has others for an ended session.
#[derive(Default, Serialize)]
struct SignInPage<'a> {
    form: SignInValues<'a>,
}

#[derive(Default, Serialize)]
struct SignInValues<'a> {
    email: &'a str,
    next: Option<&'a str>,
    /// The fields of a form that was sent without a session.
    kept: Option<String>,
}

/// The values of the registration page.
#[derive(Default, Serialize)]
struct RegistrationPage {
    form: RegistrationValues,
    /// True if the e-mail address belongs to an account.
    taken: bool,
}

#[derive(Default, Serialize)]
struct RegistrationValues {
    email: String,
    display_name: Option<String>,
    time_zone: Option<Zone>,
    week_start: Option<WeekStart>,
    date_order: Option<DateOrder>,
    clock: Option<Clock>,
}

/// Query of the sign-in page.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Destination {
    next: String,
}

#[get("/")]
fn home(user: Option<User>) -> Reply {
    match user {
        Some(_) => see_other(HOME),
        None => page("accounts/home", &NoValues {}),
    }
}

#[get("/login")]
fn login_page(user: Option<User>, query: Query<Destination>) -> Reply {
    let next = local_path(&query.0.next);
    match user {
        Some(_) => see_other(next.unwrap_or(HOME)),
        None => {
            let form = SignInValues {
                next,
                ..SignInValues::default()
            };
            page(SIGN_IN, &SignInPage { form })
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "each guard is an argument")]
#[post("/login", data = "<form>")]
async fn login(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    client: Client,
    cookies: Cookies<'_>,
    kept_forms: &State<KeptForms>,
    before: Option<User>,
    form: Form<LoginForm>,
) -> Result<Reply, Error> {
    let LoginForm {
        email,
        password,
        next,
        kept,
    } = form.0;
    let next = local_path(&next);
    let kept = kept_forms.read(&kept);
    let credentials = Credentials { email, password };
    match service::sign_in(db, auth, &credentials, &client).await {
        Ok(tokens) => {
            end_previous_session(db, before, &client).await?;
            let user = &tokens.user;
            let reply = match kept {
                Some(kept) if kept.is_of(&user.id) => {
                    kept.after_sign_in(&user.email, &user.display_name)
                }
                _ => see_other(next.unwrap_or(HOME)),
            };
            sign_in(auth, &cookies, tokens);
            Ok(reply)
        }
        Err(error) => {
            let form = SignInValues {
                email: &credentials.email,
                next,
                kept: kept.map(|kept| kept.write()),
            };
            rejected(SIGN_IN, &SignInPage { form }, error)
        }
    }
}

#[get("/register")]
fn register_page(user: Option<User>) -> Reply {
    match user {
        Some(_) => see_other(HOME),
        None => page(REGISTRATION, &RegistrationPage::default()),
    }
}

#[post("/register", data = "<form>")]
async fn register(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    client: Client,
    cookies: Cookies<'_>,
    before: Option<User>,
    form: Form<RegisterForm>,
) -> Result<Reply, Error> {
    let new = form.0.into_account();
    match service::register(db, auth, new.clone(), &client).await {
        Ok(tokens) => {
            end_previous_session(db, before, &client).await?;
            sign_in(auth, &cookies, tokens);
            cookies.flash_success(message!("done-welcome"));
            Ok(see_other(HOME))
        }
        Err(error) => {
            let values = RegistrationPage {
                form: RegistrationValues {
                    email: new.email,
                    display_name: new.display_name,
                    time_zone: new.time_zone,
                    week_start: new.week_start,
                    date_order: new.date_order,
                    clock: new.clock,
                },
                taken: matches!(error, Error::Taken(_)),
            };
            rejected(REGISTRATION, &values, error)
        }
    }
}

#[post("/logout")]
async fn logout(
    _origin: SameOrigin,
    db: &State<Db>,
    user: Option<User>,
    client: Client,
    cookies: Cookies<'_>,
) -> Result<Reply, Error> {
    if let Some(user) = user {
        user.sign_out(db, &client).await?;
    }
    cookies.sign_out();
    cookies.flash_success(message!("done-signed-out"));
    Ok(see_other("/"))
}

/// Ends the session the browser had before it signed in again. Otherwise it would stay until it
/// expires.
async fn end_previous_session(db: &Db, before: Option<User>, client: &Client) -> Result<(), Error> {
    let Some(user) = before else {
        return Ok(());
    };
    match user.sign_out(db, client).await {
        // The session ended meanwhile.
        Err(Error::NotFound) => Ok(()),
        other => other,
    }
}

fn sign_in(auth: &Auth, cookies: &Cookies<'_>, tokens: TokenResponse) {
    for cookie in cookies_of(auth, tokens.access_token, tokens.refresh_token) {
        cookies.set(cookie);
    }
}
