//! Pages and HTML forms of accounts.

use rocket::{Route, State, get, post, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::forms::{DeletionForm, LoginForm, PasswordForm, ProfileForm, RegisterForm};
use super::kept::KeptProfile;
use super::service;
use super::{AccountDeletion, Credentials, PasswordChange, TokenResponse};
use crate::auth::events::Kind;
use crate::auth::events::service::latest;
use crate::auth::{self, Auth, SameOrigin, Sender, User, cookies_of};
use crate::db::Db;
use crate::error::Error;
use crate::events;
use crate::http::{Client, Form, Id, Query, local_path};
use crate::ui::{Cookies, Kept, KeptForms, Reply, lead_to, page, rejected, see_other};

/// First page after sign-in.
const HOME: &str = "/today";

/// Template of the sign-in page.
pub const SIGN_IN: &str = "accounts/login";

const SETTINGS: &str = "accounts/settings";

/// Form actions of the settings page.
const FORMS: [&str; 5] = [
    "/settings/profile",
    "/settings/password",
    "/settings/delete",
    "/settings/sessions/end-others",
    "/settings/sessions/<_>/end",
];

/// Returns the routes, mounted at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![
        home,
        login_page,
        login,
        register_page,
        register,
        logout,
        settings,
        update_profile,
        change_password,
        end_session,
        end_other_sessions,
        delete_account
    ];
    // After a rejected form, the address bar shows the form's action, and a reload sends a GET for
    // it.
    routes.extend(lead_to("/settings", &FORMS));
    routes.extend(lead_to("/", &["/logout"]));
    routes
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
        None => page("accounts/home", json!({})),
    }
}

#[get("/login")]
fn login_page(user: Option<User>, query: Query<Destination>) -> Reply {
    let next = local_path(&query.0.next);
    match user {
        Some(_) => see_other(next.unwrap_or(HOME)),
        None => page(SIGN_IN, json!({ "form": { "next": next }, "errors": {} })),
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
                Some(kept) => kept.after_sign_in(&user.email, &user.display_name),
                None => see_other(next.unwrap_or(HOME)),
            };
            sign_in(auth, &cookies, tokens);
            Ok(reply)
        }
        Err(error) => {
            let kept = kept.map(|kept| kept.write());
            let form = json!({ "email": credentials.email, "next": next, "kept": kept });
            rejected(SIGN_IN, json!({ "form": form }), "errors", error)
        }
    }
}

#[get("/register")]
fn register_page(user: Option<User>) -> Reply {
    match user {
        Some(_) => see_other(HOME),
        None => page("accounts/register", json!({ "form": {}, "errors": {} })),
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
            cookies.flash_success("Welcome to Docket.");
            Ok(see_other(HOME))
        }
        Err(error) => {
            let form = json!({
                "email": new.email,
                "display_name": new.display_name,
                "time_zone": new.time_zone,
            });
            let taken = matches!(error, Error::Taken(_));
            let values = json!({ "form": form, "taken": taken });
            rejected("accounts/register", values, "errors", error)
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
    cookies.flash_success("Signed out");
    Ok(see_other("/"))
}

#[get("/settings")]
async fn settings(db: &State<Db>, user: User) -> Result<Reply, Error> {
    Ok(page(SETTINGS, settings_context(db, &user).await?))
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
            cookies.flash_success("Profile saved");
            Ok(see_other("/settings"))
        }
        Err(error) => match settings_context(db, &user).await {
            Ok(mut context) => {
                context["form"] = json!(form.into_kept());
                rejected(SETTINGS, context, "profile_errors", error)
            }
            Err(_) => Kept::of(&form.into_kept())?.instead(error),
        },
    }
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
            let message = "Password changed. You are signed out everywhere else, and all API tokens are revoked.";
            cookies.flash_success(message);
            Ok(see_other("/settings"))
        }
        Err(error) => {
            let context = settings_context(db, &user).await?;
            rejected(SETTINGS, context, "password_errors", error)
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
    cookies.flash_success("Session signed out");
    Ok(see_other("/settings"))
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
    cookies.flash_success("Signed out everywhere else");
    Ok(see_other("/settings"))
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
            cookies.flash_success("Your account and all its tasks were deleted.");
            Ok(see_other("/"))
        }
        Err(error) => {
            let context = settings_context(db, &user).await?;
            rejected(SETTINGS, context, "delete_errors", error)
        }
    }
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

async fn settings_context(db: &Db, user: &User) -> Result<Value, Error> {
    let sessions = auth::list(db, &user.id, &user.session_id).await?;
    let recent = latest(db, &user.id).await?;
    Ok(json!({
        "form": KeptProfile::of(user),
        "sessions": sessions,
        "events": events::pages::rows(&recent),
        "profile_errors": {},
        "password_errors": {},
        "delete_errors": {},
    }))
}
