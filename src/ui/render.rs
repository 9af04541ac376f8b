//! Rendering of templates for a request, with the values shared by all pages.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use rocket::Request;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Response};
use serde::Serialize;
use serde_json::Value;
use tera::Context;
use tokio::join;

use super::Templates;
use super::flash::{SaidFlash, has_flash, take_flash};
use super::offline::{OWNER, mark_of, owner_of};
use super::sidebar::{first_steps_of, load, load_first_steps, sidebar_of};
use crate::appearance::{Density, Theme};
use crate::auth::{Auth, current, is_unknown};
use crate::error::Error;
use crate::http::{BodyForms, language_of, request_id, set_language, whole_body};
use crate::locale::message;
use crate::log;

/// The path that those of all pages about the account begin with.
const SETTINGS: &str = "/settings";

/// Returns true if htmx sent the request and inserts the response into the page.
pub(super) fn is_htmx(request: &Request<'_>) -> bool {
    request.headers().get_one("HX-Request") == Some("true")
}

/// True if the response is inserted into an existing page.
pub struct Htmx(pub bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Htmx {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Htmx, ()> {
        Outcome::Success(Htmx(is_htmx(request)))
    }
}

/// A template with its values, and the status of the response.
pub struct Filled {
    /// Its name, without `.html.tera`.
    template: &'static str,
    values: Result<Context, Error>,
    status: Status,
}

impl Filled {
    /// Fills in a template. An error of the values is the outcome of rendering it.
    pub(super) fn new(template: &'static str, values: &impl Serialize) -> Filled {
        Filled {
            template,
            values: context_of(values),
            status: Status::Ok,
        }
    }

    pub(super) fn with_status(mut self, status: Status) -> Filled {
        self.status = status;
        self
    }

    /// Adds the messages of a rejected form, by field.
    pub(super) fn with_errors(mut self, errors: &BTreeMap<String, String>) -> Filled {
        if let Ok(values) = &mut self.values {
            values.insert("errors", errors);
        }
        self
    }
}

/// Renders whole pages for a request, with the shared layout.
pub struct Frame<'r>(&'r Request<'r>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Frame<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Frame<'r>, ()> {
        Outcome::Success(Frame(request))
    }
}

impl Frame<'_> {
    /// Returns true if the page will show more than the data of the user: a flash message, or first
    /// steps. Such a page must not be cached.
    pub(super) async fn is_passing(&self) -> bool {
        load_first_steps(self.0).await;
        has_flash(self.0) || first_steps_of(self.0).is_some()
    }

    /// Renders a template with the shared values. The sidebar is read at the same time as `values`.
    ///
    /// # Errors
    /// Errors of `values`, or [`Error::Internal`] if the template fails to render.
    pub(super) async fn around<T: Serialize>(
        &self,
        template: &str,
        values: impl Future<Output = Result<T, Error>>,
    ) -> Result<String, Error> {
        let (values, ()) = join!(values, load(self.0));
        let shared = shared(self.0, Status::Ok);
        html_of(self.0, template, Some(shared), context_of(&values?)?)
    }
}

/// Renders a whole page.
pub(super) fn page_of(request: &Request<'_>, page: Filled) -> response::Result<'static> {
    let shared = shared(request, page.status);
    render(request, Some(shared), page)
}

/// The values shared by all pages.
#[derive(Serialize)]
struct Shared<'r> {
    user: Option<SharedUser<'r>>,
    /// The messages of the form of the page, by field: none, unless it was rejected.
    errors: BTreeMap<String, String>,
    /// Tells the user from others in what a browser keeps.
    owner: Option<String>,
    /// True if the user could not be determined, so the page shows neither the links of a visitor nor
    /// those of a user.
    unknown: bool,
    flash: Option<SaidFlash>,
    path: &'r str,
    /// The path with its query.
    here: String,
    /// True if anyone can register.
    registration: bool,
    /// The rendered sidebar.
    sidebar: Option<String>,
    first_steps: Option<&'r Value>,
    theme: Theme,
    density: Density,
    /// The tag of the language.
    language: &'static str,
    /// The direction of its text.
    direction: &'static str,
    version: &'static str,
    /// The version of the user's work, if the page shows it. The page then waits for changes, and
    /// reads itself again. A form that came back would be lost.
    work_version: Option<i64>,
}

/// The user as all pages show them.
#[derive(Serialize)]
pub(super) struct SharedUser<'r> {
    pub display_name: &'r str,
    pub email: &'r str,
}

fn shared<'r>(request: &'r Request<'_>, status: Status) -> Shared<'r> {
    let auth = request.rocket().state::<Auth>();
    let user = current(request);
    let appearance = user.map(|user| user.appearance).unwrap_or_default();
    let language = language_of(request);
    Shared {
        user: user.map(|user| SharedUser {
            display_name: &user.display_name,
            email: &user.email,
        }),
        errors: BTreeMap::new(),
        owner: user.map(|user| mark_of(&user.id)),
        unknown: is_unknown(request),
        flash: take_flash(request),
        path: request.uri().path().as_str(),
        here: request.uri().to_string(),
        registration: auth.is_some_and(|auth| auth.registration),
        sidebar: sidebar_of(request),
        first_steps: first_steps_of(request),
        theme: appearance.theme,
        density: appearance.density,
        language: language.tag(),
        direction: language.direction(),
        version: env!("CARGO_PKG_VERSION"),
        work_version: user
            .filter(|_| status == Status::Ok && shows_work(request))
            .map(|user| user.work_version),
    }
}

/// Returns true if the page of a request can be read again, and is none of those about the account.
fn shows_work(request: &Request<'_>) -> bool {
    request.method() == Method::Get && !request.uri().path().starts_with(SETTINGS)
}

/// Renders a fragment of a page.
pub(super) fn fragment_of(request: &Request<'_>, part: Filled) -> response::Result<'static> {
    render(request, None, part)
}

fn html_of(
    request: &Request<'_>,
    template: &str,
    shared: Option<Shared<'_>>,
    values: Context,
) -> Result<String, Error> {
    let shared = shared.as_ref().map(context_of).transpose()?;
    let mut context = shared.unwrap_or_default();
    context.extend(values);
    request
        .rocket()
        .state::<Templates>()
        .ok_or_else(|| Error::Internal("there are no templates".into()))?
        .render(template, &context, language_of(request))
}

fn context_of(values: &impl Serialize) -> Result<Context, Error> {
    Context::from_serialize(values)
        .map_err(|error| Error::Internal(format!("the values of a page: {error}")))
}

/// Creates the response of a rendered page or fragment.
pub(super) fn html_response(
    request: &Request<'_>,
    html: impl Into<BodyForms>,
    status: Status,
) -> Response<'static> {
    let mut response = Response::build();
    response.status(status).header(ContentType::HTML);
    if let Some(owner) = owner_of(request) {
        response.header(Header::new(OWNER, owner));
    }
    let mut response = whole_body(request, &mut response, html).finalize();
    set_language(request, &mut response);
    response
}

fn render(
    request: &Request<'_>,
    shared: Option<Shared<'_>>,
    filled: Filled,
) -> response::Result<'static> {
    let Filled {
        template,
        values,
        status,
    } = filled;
    match values.and_then(|values| html_of(request, template, shared, values)) {
        Ok(html) => Ok(html_response(request, Bytes::from(html), status)),
        Err(error) => {
            log::report(&error);
            // The error page is a template itself, so this response uses none.
            let id = request_id(request);
            let message = message!("error-page-fault", id = id);
            let text = format!("{}\n", language_of(request).say(&message));
            Ok(Response::build()
                .status(Status::InternalServerError)
                .header(ContentType::Plain)
                .sized_body(text.len(), std::io::Cursor::new(text))
                .finalize())
        }
    }
}
