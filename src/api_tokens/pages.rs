//! API tokens as a page and plain HTML forms.

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{EXPIRY_RULE, usual_days};
use super::{NewApiToken, service};
use crate::auth::{Auth, Client, SameOrigin, Scope, User};
use crate::db::Db;
use crate::error::{Code, Error};
use crate::web::{Cookies, Form, Id, Reply, lead_to, page, rejected, see_other};

const PAGE: &str = "/settings/tokens";
const TEMPLATE: &str = "api_tokens/list";

/// The routes, to be mounted at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![list, create, revoke];
    // The address of a form's answer stays in the browser, which may ask for it again.
    routes.extend(lead_to(PAGE, &["/settings/tokens/<_>/revoke"]));
    routes
}

/// The form of a new token. The name, the scopes and the expiry come back when it is rejected.
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
    /// The form as it is at first.
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

/// The new token is in the answer itself: nothing that lasts, such as an address or a cookie, may
/// carry it to another page.
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
