//! Pages and forms of the settings.

use rocket::{Route, State, get, post, routes};
use serde::Serialize;

use super::forms::{AppearanceForm, DeletionForm, PasswordForm, ProfileForm};
use super::kept::KeptProfile;
use super::pages::HOME;
use super::service;
use super::{AccountDeletion, PasswordChange};
use crate::auth::events::Kind;
use crate::auth::events::service::latest;
use crate::auth::{self, Auth, SameOrigin, Sender, Session, User};
use crate::db::Db;
use crate::error::Error;
use crate::events::pages::{Row, rows};
use crate::http::{Client, Form, Id};
use crate::locale::message;
use crate::ui::{Cookies, Kept, NoValues, Reply, lead_to, page, rejected, see_other};
use crate::work::TrashDays;

/// Path of the first page.
pub(super) const PROFILE: &str = "/settings/profile";

const APPEARANCE: &str = "/settings/appearance";
const SECURITY: &str = "/settings/security";

/// Number of rows of the latest events.
const LATEST_ROWS: usize = 5;

/// Form actions of the page about security.
const SECURITY_FORMS: [&str; 4] = [
    "/settings/password",
    "/settings/sessions",
    "/settings/sessions/end-others",
    "/settings/sessions/<_>/end",
];

/// Returns the routes, mounted at the root.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = routes![
        profile,
        update_profile,
        appearance,
        update_appearance,
        update_suggestions,
        security,
        change_password,
        end_session,
        end_other_sessions,
        data,
        deletion,
        delete_account
    ];
    routes.extend(lead_to(PROFILE, &["/settings"]));
    routes.extend(lead_to(APPEARANCE, &["/settings/suggestions"]));
    // After a rejected form, the address bar shows the form's action, and a reload sends a GET for
    // it.
    routes.extend(lead_to(SECURITY, &SECURITY_FORMS));
    routes
}

#[derive(Serialize)]
struct ProfilePage<'a> {
    form: &'a KeptProfile,
}

#[derive(Serialize)]
struct AppearancePage<'a> {
    form: &'a AppearanceForm,
}

#[derive(Serialize)]
struct SecurityPage {
    sessions: Vec<Session>,
    events: Vec<Row>,
}

#[derive(Serialize)]
struct DataPage {
    trash_days: u32,
}

#[get("/settings/profile")]
fn profile(user: User) -> Reply {
    let form = &KeptProfile::of(&user);
    page("accounts/profile", &ProfilePage { form })
}

#[post("/settings/profile", data = "<form>")]
async fn update_profile(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    sender: Sender,
    client: Client,
    cookies: Cookies<'_>,
    form: Form<ProfileForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return Kept::of(&form.into_kept())?.instead(error),
    };
    let saved = match form.patch(&user) {
        Ok(patch) => service::update_profile(db, auth, &user, patch, &client).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => {
            cookies.flash_success(message!("done-profile-saved"));
            Ok(see_other(PROFILE))
        }
        Err(error) => {
            let form = &form.into_kept();
            rejected("accounts/profile", &ProfilePage { form }, error)
        }
    }
}

#[get("/settings/appearance")]
fn appearance(user: User) -> Reply {
    let form = &AppearanceForm::of(user.appearance);
    page("accounts/appearance", &AppearancePage { form })
}

#[post("/settings/appearance", data = "<form>")]
async fn update_appearance(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    cookies: Cookies<'_>,
    form: Form<AppearanceForm>,
) -> Result<Reply, Error> {
    let form = &form.0;
    let saved = match form.patch() {
        Ok(patch) => service::update_profile(db, auth, &user, patch, &client).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => {
            cookies.flash_success(message!("done-appearance-saved"));
            Ok(see_other(APPEARANCE))
        }
        Err(error) => rejected("accounts/appearance", &AppearancePage { form }, error),
    }
}

/// Hides the first steps, from the page that shows them.
#[post("/settings/suggestions", data = "<form>")]
async fn update_suggestions(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    cookies: Cookies<'_>,
    form: Form<AppearanceForm>,
) -> Result<Reply, Error> {
    service::update_profile(db, auth, &user, form.0.patch()?, &client).await?;
    cookies.flash_success(message!("done-suggestions-hidden"));
    Ok(see_other(HOME))
}

async fn security_values(db: &Db, user: &User) -> Result<SecurityPage, Error> {
    let sessions = auth::list(db, &user.id, &user.session_id).await?;
    let mut events = rows(&latest(db, &user.id).await?);
    events.truncate(LATEST_ROWS);
    Ok(SecurityPage { sessions, events })
}

#[get("/settings/security")]
async fn security(db: &State<Db>, user: User) -> Result<Reply, Error> {
    let values = security_values(db, &user).await?;
    Ok(page("accounts/security", &values))
}

#[post("/settings/password", data = "<form>")]
async fn change_password(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    cookies: Cookies<'_>,
    form: Form<PasswordForm>,
) -> Result<Reply, Error> {
    let change = PasswordChange {
        current_password: form.0.current_password,
        new_password: form.0.new_password,
    };
    match service::change_password(db, auth, &user, change, &client).await {
        Ok(()) => {
            let message = message!("done-password-changed");
            cookies.flash_success(message);
            Ok(see_other(SECURITY))
        }
        Err(error) => {
            let values = security_values(db, &user).await?;
            rejected("accounts/security", &values, error)
        }
    }
}

#[post("/settings/sessions/<id>/end")]
async fn end_session(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    client: Client,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    auth::end(db, &user.id, &id.0, Kind::SessionEnded, &client).await?;
    if id.0 == user.session_id {
        cookies.sign_out();
        return Ok(see_other("/"));
    }
    cookies.flash_success(message!("done-session-ended"));
    Ok(see_other(SECURITY))
}

#[post("/settings/sessions/end-others")]
async fn end_other_sessions(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    client: Client,
    cookies: Cookies<'_>,
) -> Result<Reply, Error> {
    service::end_other_sessions(db, &user, &client).await?;
    cookies.flash_success(message!("done-other-sessions-ended"));
    Ok(see_other(SECURITY))
}

#[get("/settings/data")]
fn data(days: &State<TrashDays>, _user: User) -> Reply {
    let trash_days = days.0;
    page("accounts/data", &DataPage { trash_days })
}

#[get("/settings/delete")]
fn deletion(_user: User) -> Reply {
    page("accounts/delete", &NoValues {})
}

#[post("/settings/delete", data = "<form>")]
async fn delete_account(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    cookies: Cookies<'_>,
    form: Form<DeletionForm>,
) -> Result<Reply, Error> {
    let deletion = AccountDeletion {
        password: form.0.password,
    };
    match service::delete(db, auth, &user, &deletion, &client).await {
        Ok(()) => {
            cookies.sign_out();
            cookies.flash_success(message!("done-account-deleted"));
            Ok(see_other("/"))
        }
        Err(error) => rejected("accounts/delete", &NoValues {}, error),
    }
}
