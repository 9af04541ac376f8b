//! The route of changes of several tasks, and its page.

use rocket::{Route, State, post, routes};
use serde::Serialize;

use super::changes::Plan;
use super::forms::BulkForm;
use super::places::choices;
use crate::auth::{SameOrigin, User};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::{Form, local_path};
use crate::locale::{Language, Message, key, message};
use crate::tasks::Choice;
use crate::tasks::pages::LIST;
use crate::tasks::queries::{self, Chosen};
use crate::ui::{Cookies, Reply, lead_to, page, rejected, see_other};
use crate::work::Executor;

const TEMPLATE: &str = "bulk/change";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![change];
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to(LIST, &["/tasks/bulk"]));
    routes
}

/// The values of the page.
#[derive(Serialize)]
struct ChangePage<'a> {
    form: &'a BulkForm,
    tasks: Vec<ChangedTask<'a>>,
    places: Vec<Choice>,
    /// The page to return to.
    back: &'a str,
}

#[derive(Serialize)]
struct ChangedTask<'a> {
    id: &'a str,
    title: &'a str,
}

#[post("/tasks/bulk", data = "<form>")]
async fn change(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    form: Form<BulkForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let next = see_other(local_path(&form.next).unwrap_or(LIST));
    let ids = match form.ids() {
        Ok(ids) => ids,
        Err(error) => {
            cookies.flash_refusal(error)?;
            return Ok(next);
        }
    };
    let tasks = queries::chosen(db, &user.id, &ids).await?;
    if tasks.is_empty() {
        return Err(Error::NotFound);
    }
    if tasks.len() < ids.len() {
        cookies.flash_error(missing(ids.len() - tasks.len()));
        return Ok(next);
    }
    let reader = user.preferences.reader(Timestamp::now());
    let change = match form.change(&reader) {
        Ok(Some(change)) => change,
        Ok(None) => return Ok(page(TEMPLATE, &values(db, &user, &form, &tasks).await?)),
        Err(error) => return again(db, &user, &form, &tasks, error).await,
    };
    let plan = match Plan::new(&user.id, &user.preferences, &tasks, &change) {
        Ok(plan) => plan,
        Err(error) => return again(db, &user, &form, &tasks, error).await,
    };
    let (batch, of_steps) = plan.into_batch();
    match executor.run(&user, batch, None).await {
        Ok(executed) => {
            let message = change.message(&user.preferences, &tasks);
            cookies.flash_change(message, executed.change_id.as_deref());
            Ok(next)
        }
        Err(Error::InCommand(_, error)) if is_about_place(&error) => {
            again(db, &user, &form, &tasks, *error).await
        }
        Err(Error::InCommand(index, error)) => {
            let task = of_steps.get(index).copied();
            cookies.flash_error(refusal(task, &error, user.language()));
            Ok(next)
        }
        Err(error) => Err(error),
    }
}

/// Returns the message about tasks that other pages or people have deleted.
fn missing(count: usize) -> Message {
    message!("bulk-missing", count = count)
}

/// Returns the message about the task whose command was rejected.
fn refusal(task: Option<&Chosen>, error: &Error, language: Language) -> Message {
    let reason = match error {
        Error::NotFound => language.text(key!("bulk-gone")),
        error => error.detail(language),
    };
    let title = task.map(|task| task.title.as_str()).unwrap_or_default();
    message!("bulk-refused", title = title, reason = reason)
}

/// Returns true if the place that the form names is what a command was rejected for.
fn is_about_place(error: &Error) -> bool {
    error.fields().iter().any(|error| is_of_place(&error.field))
}

fn is_of_place(field: &str) -> bool {
    matches!(field, "project_id" | "section_id")
}

/// Shows the form again, with its errors beside its fields.
async fn again(
    db: &Db,
    user: &User,
    form: &BulkForm,
    tasks: &[Chosen],
    mut error: Error,
) -> Result<Reply, Error> {
    if let Error::Invalid(fields) = &mut error {
        for error in fields.iter_mut().filter(|error| is_of_place(&error.field)) {
            "place".clone_into(&mut error.field);
        }
    }
    rejected(TEMPLATE, &values(db, user, form, tasks).await?, error)
}

async fn values<'a>(
    db: &Db,
    user: &User,
    form: &'a BulkForm,
    tasks: &'a [Chosen],
) -> Result<ChangePage<'a>, Error> {
    let tasks = tasks.iter().map(|task| ChangedTask {
        id: &task.id,
        title: &task.title,
    });
    Ok(ChangePage {
        form,
        tasks: tasks.collect(),
        places: choices(db, user).await?,
        back: local_path(&form.next).unwrap_or(LIST),
    })
}
