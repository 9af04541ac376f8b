//! The page of quick add, its form, and the meaning of a text while it is typed.

use std::collections::BTreeMap;

use rocket::http::Status;
use rocket::{Route, State, get, post, routes};
use serde::Serialize;

use super::command::QuickAdd;
use super::forms::{QuickForm, QuickQuery};
use super::input::QuickInput;
use super::preview::Preview;
use crate::auth::{SameOrigin, Sender, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Query, local_path};
use crate::locale::message;
use crate::tasks::{Row, Task, rows};
use crate::ui::{
    Announced, Cookies, Delivery, Htmx, Kept, Part, Reply, fragment, lead_to, page, rejected,
    see_other,
};
use crate::when::words::Style;
use crate::work::{Executed, Executor};
use crate::{projects, sections, tasks};

/// The path of the page.
pub(super) const PAGE: &str = "/tasks/new";

const TEMPLATE: &str = "quick_add/new";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![new, create, preview];
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to(PAGE, &["/tasks/quick", "/tasks/quick/preview"]));
    routes
}

/// The values of the form, on its page and in place.
#[derive(Default, Serialize)]
struct FormValues {
    form: QuickForm,
    /// The messages of a form that was rejected in place.
    errors: BTreeMap<String, String>,
    /// The place of the tasks, if the page names it.
    place: Place,
    /// The meaning of the text. `None` if it cannot be read.
    preview: Option<Preview>,
    /// The names of what does not exist, in words.
    missing: Option<String>,
    style: Style,
}

/// The names of the place of the tasks.
#[derive(Default, Serialize)]
struct Place {
    project: Option<String>,
    section: Option<String>,
    parent: Option<String>,
    label: Option<String>,
}

/// The rows of tasks that a form in place created, and that form, empty.
#[derive(Serialize)]
struct Created {
    tasks: Vec<Part<Row>>,
    #[serde(flatten)]
    form: FormValues,
    #[serde(flatten)]
    announced: Announced,
    /// Moves the focus into the form.
    created: bool,
}

#[get("/tasks/new")]
async fn new(db: &State<Db>, user: User, query: Query<QuickQuery>) -> Result<Reply, Error> {
    let form = QuickForm::from(query.0).normal();
    let place = place_of(db, &user, &form).await?;
    let values = FormValues {
        place,
        ..values_of(db, &user, form).await?
    };
    Ok(page(TEMPLATE, &values))
}

#[post("/tasks/quick/preview", data = "<form>")]
async fn preview(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    htmx: Htmx,
    form: Form<QuickForm>,
) -> Result<Reply, Error> {
    let mut values = values_of(db, &user, form.0.normal()).await?;
    if htmx.0 {
        return Ok(fragment("quick_add/_preview", &values));
    }
    values.place = place_or_none(db, &user, &values.form).await;
    Ok(page(TEMPLATE, &values))
}

#[expect(clippy::too_many_arguments, reason = "each guard is an argument")]
#[post("/tasks/quick", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    htmx: Htmx,
    delivery: Delivery,
    form: Form<QuickForm>,
) -> Result<Reply, Error> {
    let form = form.0.normal();
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) if htmx.0 => return Err(error),
        Err(error) => return Kept::of(&form.into_kept())?.instead(error),
    };
    let input = QuickInput {
        written_at: Some(delivery.written_at()),
        ..form.input()
    };
    let command = QuickAdd::new(&user.id, &user.preferences, &input, form.defaults());
    let key = delivery.key("quick_add", &user.id, &form)?;
    match executor.submit_once(&user, command, key).await {
        Ok(executed) if htmx.0 => Ok(created_in_place(&user, executed)),
        Ok(executed) => {
            let message = message!("done-added-tasks", count = executed.outcome.len());
            cookies.flash_change(message, executed.change_id.as_deref());
            Ok(see_other(
                local_path(&form.next).unwrap_or(tasks::kept::LIST),
            ))
        }
        Err(error) => not_created(db, &user, &htmx, form, error).await,
    }
}

/// Renders an empty form, and the rows of the tasks with the last one first, as in the list.
fn created_in_place(user: &User, executed: Executed<Vec<Task>>) -> Reply {
    let mut tasks = executed.outcome;
    let message = match &tasks[..] {
        [task] => message!("done-added", title = &task.title),
        tasks => message!("done-added-tasks", count = tasks.len()),
    };
    tasks.reverse();
    let values = Created {
        tasks: rows(user, tasks),
        form: FormValues::default(),
        announced: Announced {
            message: user.language().say(&message),
            undo: executed.change_id,
            next: None,
        },
        created: true,
    };
    fragment("quick_add/_created", &values)
}

/// Renders the form with its errors, its text and what can be created for it.
async fn not_created(
    db: &Db,
    user: &User,
    htmx: &Htmx,
    form: QuickForm,
    error: Error,
) -> Result<Reply, Error> {
    if htmx.0 && error.fields().is_empty() {
        return Err(error);
    }
    let Ok(mut values) = values_of(db, user, form.clone()).await else {
        return Kept::of(&form.into_kept())?.instead(error);
    };
    if htmx.0 {
        values.errors = error.messages(user.language());
        let status = Status::new(error.status());
        return Ok(fragment("tasks/_form", &values).with_status(status));
    }
    values.place = place_or_none(db, user, &form).await;
    rejected(TEMPLATE, &values, error)
}

/// Returns the values of the form, with the meaning of its text.
async fn values_of(db: &Db, user: &User, form: QuickForm) -> Result<FormValues, Error> {
    let preview = Preview::of(db, user, &form).await?;
    Ok(FormValues {
        form,
        missing: preview.as_ref().and_then(Preview::missing),
        preview,
        style: user.preferences.quick_add_style,
        ..FormValues::default()
    })
}

async fn place_or_none(db: &Db, user: &User, form: &QuickForm) -> Place {
    let place = place_of(db, user, form).await;
    place.unwrap_or_default()
}

/// Returns the names of the place of the tasks.
///
/// # Errors
/// [`Error::NotFound`] if the user has no access to it.
async fn place_of(db: &Db, user: &User, form: &QuickForm) -> Result<Place, Error> {
    let mut place = Place::default();
    if !form.project_id.is_empty() {
        let project = projects::queries::read(db, &user.id, &form.project_id).await?;
        place.project = Some(project.in_language(user.language()).name);
    }
    if !form.section_id.is_empty() {
        let section = sections::queries::read(db, &user.id, &form.section_id).await?;
        place.section = Some(section.name);
    }
    if !form.parent_id.is_empty() {
        let parent = tasks::queries::read(db, &user.id, &form.parent_id).await?;
        place.parent = Some(parent.title);
    }
    if !form.label.is_empty() {
        place.label = Some(form.label.clone());
    }
    Ok(place)
}
