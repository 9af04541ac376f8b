//! The page of quick add, its form, and the meaning of a text while it is typed.

use rocket::http::Status;
use rocket::{Route, State, get, post, routes};
use serde_json::{Value, json};

use super::command::QuickAdd;
use super::forms::{QuickForm, QuickQuery};
use super::input::QuickInput;
use super::preview::Preview;
use crate::auth::{SameOrigin, Sender, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Query, local_path};
use crate::locale::message;
use crate::tasks::{Task, rows};
use crate::ui::{
    Cookies, Delivery, Htmx, Kept, Reply, fragment, lead_to, page, rejected, see_other,
};
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

#[get("/tasks/new")]
async fn new(db: &State<Db>, user: User, query: Query<QuickQuery>) -> Result<Reply, Error> {
    let form = QuickForm::from(query.0).normal();
    let mut values = values_of(db, &user, &form).await?;
    values["place"] = place_of(db, &user, &form).await?;
    Ok(page(TEMPLATE, values))
}

#[post("/tasks/quick/preview", data = "<form>")]
async fn preview(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    htmx: Htmx,
    form: Form<QuickForm>,
) -> Result<Reply, Error> {
    let form = form.0.normal();
    if htmx.0 {
        let preview = Preview::of(db, &user, &form).await?;
        let values = json!({ "preview": preview, "form": form.values() });
        return Ok(fragment("quick_add/_preview", values));
    }
    let mut values = values_of(db, &user, &form).await?;
    values["place"] = place_or_none(db, &user, &form).await;
    Ok(page(TEMPLATE, values))
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
        Err(error) => not_created(db, &user, &htmx, &form, error).await,
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
    let values = json!({
        "tasks": rows(user, tasks),
        "message": user.language().say(&message),
        "undo": executed.change_id,
        "form": {},
        "errors": {},
        "place": {},
        "created": true,
    });
    fragment("quick_add/_created", values)
}

/// Renders the form with its errors, its text and what can be created for it.
async fn not_created(
    db: &Db,
    user: &User,
    htmx: &Htmx,
    form: &QuickForm,
    error: Error,
) -> Result<Reply, Error> {
    if htmx.0 && error.fields().is_empty() {
        return Err(error);
    }
    let Ok(mut values) = values_of(db, user, form).await else {
        return Kept::of(&form.clone().into_kept())?.instead(error);
    };
    if htmx.0 {
        values["errors"] = json!(error.messages(user.language()));
        return Ok(Reply::Fragment {
            template: "tasks/_form",
            values,
            status: Status::new(error.status()),
        });
    }
    values["place"] = place_or_none(db, user, form).await;
    rejected(TEMPLATE, values, "errors", error)
}

/// Returns the values of the form, with the meaning of its text.
async fn values_of(db: &Db, user: &User, form: &QuickForm) -> Result<Value, Error> {
    let preview = Preview::of(db, user, form).await?;
    let missing = preview.as_ref().and_then(Preview::missing);
    Ok(json!({
        "form": form.values(),
        "errors": {},
        "place": {},
        "missing": missing,
        "preview": preview,
        "style": user.preferences.quick_add_style,
    }))
}

async fn place_or_none(db: &Db, user: &User, form: &QuickForm) -> Value {
    let place = place_of(db, user, form).await;
    place.unwrap_or_else(|_| json!({}))
}

/// Returns the names of the place of the tasks.
///
/// # Errors
/// [`Error::NotFound`] if the user has no access to it.
async fn place_of(db: &Db, user: &User, form: &QuickForm) -> Result<Value, Error> {
    let mut place = json!({});
    if !form.project_id.is_empty() {
        let project = projects::queries::read(db, &user.id, &form.project_id).await?;
        place["project"] = json!(project.in_language(user.language()).name);
    }
    if !form.section_id.is_empty() {
        let section = sections::queries::read(db, &user.id, &form.section_id).await?;
        place["section"] = json!(section.name);
    }
    if !form.parent_id.is_empty() {
        let parent = tasks::queries::read(db, &user.id, &form.parent_id).await?;
        place["parent"] = json!(parent.title);
    }
    if !form.label.is_empty() {
        place["label"] = json!(form.label);
    }
    Ok(place)
}
