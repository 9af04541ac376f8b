//! Page and HTML forms of API tokens.

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{EXPIRY_RULE, usual_days};
use super::{NewApiToken, service};
use crate::auth::{Auth, SameOrigin, Scope, User};
use crate::db::Db;
use crate::error::{Code, Error};
use crate::http::{Client, Form, Id};
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
                let message = "Choose from the permissions that are listed.";
                Error::invalid("scopes", Code::UnknownValue, message)
            })?,
            expires_in_days,
            current_password: self.current_password.clone(),
        })
    }
}

#[get("/settings/tokens")]
async fn list(db: &State<Db>, user: User) -> Result<Reply, Error> {
    Ok(page(
        TEMPLATE,
        values(db, &user, &TokenForm::blank()).await?,
    ))
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
            let mut values = values(db, &user, &TokenForm::blank()).await?;
            values["made"] = json!(made);
            Ok(page(TEMPLATE, values))
        }
        Err(error) => {
            let values = values(db, &user, &form.0).await?;
            rejected(TEMPLATE, values, "errors", error)
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
    cookies.flash_success("Token revoked");
    Ok(see_other(PAGE))
}

async fn values(db: &Db, user: &User, form: &TokenForm) -> Result<Value, Error> {
    let tokens = service::list(db, &user.id).await?;
    Ok(json!({ "tokens": tokens, "form": form, "made": null, "errors": {} }))
}
