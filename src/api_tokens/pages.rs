//! Page and HTML forms of API tokens.

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use super::model::{EXPIRY_RULE, usual_days};
use super::{ApiToken, NewApiToken, service};
use crate::auth::{Auth, SameOrigin, Scope, User};
use crate::db::Db;
use crate::error::{Code, Error};
use crate::http::{Client, Form, Id};
use crate::locale::{key, message};
use crate::ui::{Cookies, Reply, lead_to, page, rejected, see_other};

const PAGE: &str = "/settings/tokens";
const TEMPLATE: &str = "api_tokens/list";

/// Returns the routes, mounted at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![list, create, revoke];
    // After a rejected form, the address bar shows the form's action, and a reload sends a GET for
    // it.
    routes.extend(lead_to(PAGE, &["/settings/tokens/<_>/revoke"]));
    routes
}

/// The values of the page.
#[derive(Serialize)]
struct TokensPage<'a> {
    tokens: Vec<ApiToken>,
    /// The token that has just been made.
    made: Option<ApiToken>,
    form: &'a TokenForm,
    permissions: Vec<Permission>,
}

/// A scope that a token can have.
#[derive(Serialize)]
struct Permission {
    scope: Scope,
    label: &'static str,
}

/// Form of a new token. A rejected form keeps the name, the scopes and the expiry.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct TokenForm {
    name: String,
    scopes: Vec<String>,
    expires_in_days: String,
    #[serde(skip_serializing)]
    current_password: String,
}

impl TokenForm {
    /// Returns the initial form.
    fn blank() -> TokenForm {
        TokenForm {
            expires_in_days: usual_days().unwrap_or_default().to_string(),
            ..TokenForm::default()
        }
    }

    fn parse(&self) -> Result<NewApiToken, Error> {
        let scopes: Option<Vec<Scope>> =
            self.scopes.iter().map(|name| Scope::named(name)).collect();
        let expires_in_days = match self.expires_in_days.as_str() {
            "never" => None,
            days => Some(
                days.parse()
                    .map_err(|_| Error::invalid("expires_in_days", Code::WrongType, EXPIRY_RULE))?,
            ),
        };
        Ok(NewApiToken {
            name: self.name.clone(),
            scopes: scopes.ok_or_else(|| {
                let message = message!("token-scope-unknown");
                Error::invalid("scopes", Code::UnknownValue, message)
            })?,
            expires_in_days,
            current_password: self.current_password.clone(),
        })
    }
}

#[get("/settings/tokens")]
async fn list(db: &State<Db>, user: User) -> Result<Reply, Error> {
    let form = TokenForm::blank();
    Ok(page(TEMPLATE, &values(db, &user, &form, None).await?))
}

/// The response itself contains the new token. A redirect would have to carry the secret in a URL
/// or a cookie.
#[post("/settings/tokens", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    form: Form<TokenForm>,
) -> Result<Reply, Error> {
    let made = match form.0.parse() {
        Ok(new) => service::create(db, auth, &user, new, &client).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => {
            let form = TokenForm::blank();
            let values = values(db, &user, &form, Some(made)).await?;
            Ok(page(TEMPLATE, &values))
        }
        Err(error) => {
            let values = values(db, &user, &form.0, None).await?;
            rejected(TEMPLATE, &values, error)
        }
    }
}

#[post("/settings/tokens/<id>/revoke")]
async fn revoke(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    client: Client,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    service::revoke(db, &user.id, &id.0, &client).await?;
    cookies.flash_success(message!("done-token-revoked"));
    Ok(see_other(PAGE))
}

async fn values<'a>(
    db: &Db,
    user: &User,
    form: &'a TokenForm,
    made: Option<ApiToken>,
) -> Result<TokensPage<'a>, Error> {
    let permission = |scope: &Scope| Permission {
        scope: *scope,
        label: label(*scope),
    };
    Ok(TokensPage {
        tokens: service::list(db, &user.id).await?,
        made,
        form,
        permissions: Scope::ALL.iter().map(permission).collect(),
    })
}

/// Returns the message with a scope in words.
fn label(scope: Scope) -> &'static str {
    match scope {
        Scope::TasksRead => key!("token-scope-tasks-read"),
        Scope::TasksWrite => key!("token-scope-tasks-write"),
        Scope::ProjectsRead => key!("token-scope-projects-read"),
        Scope::ProjectsWrite => key!("token-scope-projects-write"),
        Scope::LabelsRead => key!("token-scope-labels-read"),
        Scope::LabelsWrite => key!("token-scope-labels-write"),
        Scope::FiltersRead => key!("token-scope-filters-read"),
        Scope::FiltersWrite => key!("token-scope-filters-write"),
        Scope::Account => key!("token-scope-account"),
    }
}
