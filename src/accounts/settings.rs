//! Pages and forms of the settings.

use rocket::{Route, State, get, post, routes};
use serde::Serialize;
use serde_json::{Value, json};

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
use crate::ui::{Cookies, Kept, NoErrors, Reply, lead_to, page, rejected, see_other};
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
    errors: NoErrors,
}

#[derive(Serialize)]
struct AppearancePage<'a> {
    form: &'a AppearanceForm,
    errors: NoErrors,
}

#[derive(Serialize)]
struct SecurityPage {
    sessions: Vec<Session>,
    events: Vec<Row>,
    errors: NoErrors,
}

#[derive(Serialize)]
struct DataPage {
    trash_days: u32,
}

#[derive(Default, Serialize)]
struct DeletionPage {
    errors: NoErrors,
}

fn profile_values(form: &KeptProfile) -> Value {
    let errors = NoErrors::default();
    json!(ProfilePage { form, errors })
}

#[get("/settings/profile")]
fn profile(user: User) -> Reply {
    page("accounts/profile", profile_values(&KeptProfile::of(&user)))
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
            let values = profile_values(&form.into_kept());
            rejected("accounts/profile", values, "errors", error)
        }
    }
}

fn appearance_values(form: &AppearanceForm) -> Value {
    let errors = NoErrors::default();
    json!(AppearancePage { form, errors })
}

#[get("/settings/appearance")]
fn appearance(user: User) -> Reply {
    let form = AppearanceForm::of(user.appearance);
    page("accounts/appearance", appearance_values(&form))
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
    let form = form.0;
    let saved = match form.patch() {
        Ok(patch) => service::update_profile(db, auth, &user, patch, &client).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => {
            cookies.flash_success(message!("done-appearance-saved"));
            Ok(see_other(APPEARANCE))
        }
        Err(error) => {
            let values = appearance_values(&form);
            rejected("accounts/appearance", values, "errors", error)
        }
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

async fn security_values(db: &Db, user: &User) -> Result<Value, Error> {
    let sessions = auth::list(db, &user.id, &user.session_id).await?;
    let mut events = rows(&latest(db, &user.id).await?);
    events.truncate(LATEST_ROWS);
    Ok(json!(SecurityPage {
        sessions,
        events,
        errors: NoErrors::default(),
    }))
}

#[get("/settings/security")]
async fn security(db: &State<Db>, user: User) -> Result<Reply, Error> {
    Ok(page("accounts/security", security_values(db, &user).await?))
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
            rejected("accounts/security", values, "errors", error)
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
    page("accounts/data", json!(DataPage { trash_days }))
}

#[get("/settings/delete")]
fn deletion(_user: User) -> Reply {
    page("accounts/delete", json!(DeletionPage::default()))
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
        Err(error) => {
            let values = json!(DeletionPage::default());
            rejected("accounts/delete", values, "errors", error)
        }
    }
}
