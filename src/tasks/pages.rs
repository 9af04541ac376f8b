//! Task pages, plain HTML forms, and fragments for in-place updates.

use rocket::http::Status as HttpStatus;
use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use super::arrange::Arranged;
use super::commands::{CreateTask, DeleteTask, SetCompletion};
use super::forms::NewTaskForm;
use super::kept::KeptNewTask;
pub use super::kept::LIST;
use super::list_page::{FormValues, Row, list_selection, list_values, sorted_by};
use super::task_pages::{self, changed_in_place};
use super::{Format, NewTask, Task, TaskFilter, place_pages, series_pages};
use crate::auth::{SameOrigin, Sender, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id, ReturnTo, local_path};
use crate::locale::{Message, key, message};
use crate::rendered::RenderedCache;
use crate::ui::{
    Announced, Cookies, Delivery, Frame, Htmx, Kept, Part, Reply, fragment, gone, lead_to,
    rejected, see_other, with_sidebar,
};
use crate::work::{Executed, Executor, Expected};

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![create, complete, remove];
    routes.extend(task_pages::routes());
    routes.extend(place_pages::routes());
    routes.extend(series_pages::routes());
    let mut routes = with_sidebar(routes);
    routes.extend(routes![list]);
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to(
        LIST,
        &[
            "/tasks/<_>/completion",
            "/tasks/<_>/delete",
            "/tasks/<_>/move",
            "/tasks/<_>/duplicate",
            "/tasks/<_>/skip",
            "/tasks/<_>/end-series",
        ],
    ));
    routes
}

/// The requested state, rather than a toggle, so that a submission from an outdated page has the
/// intended result.
#[derive(Deserialize, Serialize)]
struct CompletionForm {
    completed: bool,
    #[serde(default)]
    next: String,
    /// The due date of a task that repeats, as the page showed it. Another submission may have
    /// moved the task on.
    due: Option<String>,
    /// True if the form is that of the page of the task rather than of a row.
    #[serde(default)]
    is_detail: bool,
}

/// A task that a form in place created, and that form, empty.
#[derive(Serialize)]
struct Created {
    task: Part<Row>,
    #[serde(flatten)]
    new_task: FormValues,
    #[serde(flatten)]
    announced: Announced,
}

/// The row of a task whose state changed in place.
#[derive(Serialize)]
struct Toggled {
    task: Part<Row>,
    #[serde(flatten)]
    announced: Announced,
}

/// The message about a task that is gone.
#[derive(Serialize)]
struct Gone {
    detail: String,
}

#[get("/tasks")]
async fn list(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Arranged<TaskFilter>,
) -> Result<Reply, Error> {
    let (filter, query) = query.split();
    let (_, group) = query.chosen.across_projects();
    let selection = list_selection(&user, sorted_by(group, filter))?;
    let name = format!("{:?} {}", query.chosen, selection.name(Format::Html));
    let values = list_values(db, &user, &selection, &query);
    frame
        .cached(lists, &user, &name, "tasks/list", values)
        .await
}

#[post("/tasks", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    htmx: Htmx,
    form: Form<NewTaskForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) if htmx.0 => return Err(error),
        Err(error) => return Kept::of(&form.into_kept())?.instead(error),
    };
    let new = form.parse();
    let command = CreateTask::new(&user.id, new.clone());
    match executor.submit(&user, command).await {
        Ok(executed) if htmx.0 => {
            let message = message!("done-added", title = &executed.outcome.title);
            let values = Created {
                announced: Announced {
                    message: user.language().say(&message),
                    undo: None,
                    next: None,
                },
                task: Part(Row::of(&user, executed.outcome)),
                new_task: FormValues::default(),
            };
            Ok(fragment("tasks/_created", &values))
        }
        Ok(executed) => {
            cookies.flash_change(message!("done-task-added"), executed.change_id.as_deref());
            Ok(see_other(local_path(&form.next).unwrap_or(LIST)))
        }
        Err(error) if htmx.0 => not_created_in_place(&user, new, error),
        Err(error) => not_created(db, &user, &form, new, error).await,
    }
}

/// Renders the form with its errors if the input can be corrected. The script shows other errors
/// beside the form and keeps its content.
fn not_created_in_place(user: &User, new: NewTask, error: Error) -> Result<Reply, Error> {
    if error.fields().is_empty() {
        return Err(error);
    }
    let values = FormValues {
        form: NewTaskForm {
            title: new.title,
            ..NewTaskForm::default()
        },
        errors: error.messages(user.language()),
        ..FormValues::default()
    };
    Ok(fragment("tasks/_form", &values).with_status(HttpStatus::new(error.status())))
}

async fn not_created(
    db: &Db,
    user: &User,
    form: &NewTaskForm,
    new: NewTask,
    error: Error,
) -> Result<Reply, Error> {
    let NewTask {
        title, description, ..
    } = new;
    let description = description.unwrap_or_default();
    let listed = match list_selection(user, form.list()) {
        Ok(selection) => list_values(db, user, &selection, &Arranged::default()).await,
        Err(error) => Err(error),
    };
    match listed {
        // The form above the list has no field for the description and the due date.
        Ok(mut values) if description.is_empty() && form.due_date.is_empty() => {
            values.new_task.form = form.clone();
            rejected("tasks/list", &values, error)
        }
        _ => {
            let kept = KeptNewTask {
                title,
                description,
                ..form.clone().into_kept()
            };
            Kept::of(&kept)?.instead(error)
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "each guard is an argument")]
#[post("/tasks/<id>/completion", data = "<form>")]
async fn complete(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    delivery: Delivery,
    id: Id,
    form: Form<CompletionForm>,
) -> Result<Reply, Error> {
    let key = delivery.key("completion", &id.0, &form.0)?;
    let CompletionForm {
        completed,
        next,
        due,
        is_detail,
    } = form.0;
    let next = local_path(&next);
    let command = SetCompletion::new(&id.0, completed, Expected::Any).of_date(due);
    let Executed {
        outcome: task,
        change_id,
        ..
    } = match executor.run(&user, command, key).await {
        Ok(executed) => executed,
        Err(error) if is_detail => return Err(error),
        Err(error) => return gone_in_place(&htmx, &user, error),
    };
    let moved_on = completed && !task.completed;
    let message = match (moved_on, task.completed) {
        (true, _) => moved_on_message(&user, &task, change_id.is_some()),
        (false, true) => message!("done-completed", title = &task.title),
        (false, false) => message!("done-reopened", title = &task.title),
    };
    if htmx.0 && is_detail {
        return changed_in_place(db, &user, task, message, change_id).await;
    }
    if htmx.0 {
        let values = Toggled {
            task: Part(Row::of(&user, task)),
            announced: Announced {
                message: user.language().say(&message),
                undo: change_id,
                next: next.map(str::to_owned),
            },
        };
        return Ok(fragment("tasks/_toggled", &values));
    }
    cookies.flash_change(message, change_id.as_deref());
    Ok(see_other(next.unwrap_or(LIST)))
}

/// Returns the message about a task that has moved on to its next date, by this submission or before
/// it.
fn moved_on_message(user: &User, task: &Task, is_now: bool) -> Message {
    let next = task.due.map(|due| user.preferences.format(&due));
    let (title, next) = (&task.title, next.unwrap_or_default());
    match is_now {
        true => message!("done-moved-on", title = title, next = next),
        false => message!("done-moved-on-before", title = title, next = next),
    }
}

#[post("/tasks/<id>/delete", data = "<form>")]
async fn remove(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    id: Id,
    form: Form<ReturnTo>,
) -> Result<Reply, Error> {
    let command = DeleteTask::new(&id.0, Expected::Any);
    let executed = match executor.run(&user, command, None).await {
        Ok(executed) => executed,
        Err(error) => return gone_in_place(&htmx, &user, error),
    };
    let message = message!("done-deleted", name = &executed.outcome.title);
    if htmx.0 {
        let values = Announced {
            message: user.language().say(&message),
            undo: executed.change_id,
            next: form.0.path().map(str::to_owned),
        };
        return Ok(fragment("tasks/_deleted", &values));
    }
    cookies.flash_change(message, executed.change_id.as_deref());
    Ok(see_other(form.0.or(LIST)))
}

/// Removes the row of a deleted task from the list.
fn gone_in_place(htmx: &Htmx, user: &User, error: Error) -> Result<Reply, Error> {
    match error {
        Error::NotFound if htmx.0 => {
            let detail = user.language().text(key!("done-gone"));
            Ok(gone("tasks/_gone", &Gone { detail }))
        }
        error => Err(error),
    }
}
