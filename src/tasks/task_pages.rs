//! The page of a task, which is also the pane beside a list, and its forms.

use rocket::http::Status as HttpStatus;
use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use super::commands::UpdateTask;
use super::detail::{Detail, Edit};
use super::fields::When;
use super::forms::TaskForm;
use super::kept::{KeptNewTask, LIST};
use super::{Task, queries};
use crate::auth::{SameOrigin, Sender, User};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::{Form, Id, Query};
use crate::locale::{Language, Message, key, message};
use crate::ui::{Announced, Cookies, Delivery, Htmx, Kept, Reply, fragment, page, see_other};
use crate::when::weekday;
use crate::work::{Executed, Executor, Expected};

const GONE: &str = key!("task-gone");

const CHANGED: &str = key!("task-changed-elsewhere");

const NOT_TICKED: &str = key!("task-not-ticked");

/// Maximum number of attempts at a change of a task that others change at the same time.
const MOST_ATTEMPTS: usize = 5;

/// Returns the routes to mount at the root.
pub(super) fn routes() -> Vec<Route> {
    routes![show, update, dates]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailQuery {
    edit: Option<Edit>,
}

#[get("/tasks/<id>")]
async fn show(
    db: &State<Db>,
    user: User,
    htmx: Htmx,
    id: Id,
    query: Query<DetailQuery>,
) -> Result<Reply, Error> {
    let task = queries::read(db, &user.id, &id.0).await?;
    let detail = Detail::of(db, &user, task, query.0.edit).await?;
    Ok(shown(&detail, &htmx))
}

fn shown(detail: &Detail, htmx: &Htmx) -> Reply {
    match htmx.0 {
        true => fragment("tasks/_detail", detail),
        false => page("tasks/show", detail),
    }
}

/// A task after a change in place.
#[derive(Serialize)]
struct Changed {
    #[serde(flatten)]
    detail: Detail,
    #[serde(flatten)]
    announced: Announced,
}

/// Responds to a change in place with the new state of the task.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn changed_in_place(
    db: &Db,
    user: &User,
    task: Task,
    message: Message,
    change_id: Option<String>,
) -> Result<Reply, Error> {
    let announced = Announced {
        message: user.language().say(&message),
        undo: change_id,
        next: Some(format!("{LIST}/{}", task.id)),
    };
    let detail = Detail::of(db, user, task, None).await?;
    Ok(fragment("tasks/_changed", &Changed { detail, announced }))
}

#[expect(clippy::too_many_arguments, reason = "each guard is an argument")]
#[post("/tasks/<id>", data = "<form>")]
async fn update(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    htmx: Htmx,
    delivery: Delivery,
    id: Id,
    form: Form<TaskForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) if htmx.0 => return Err(error),
        Err(error) => return instead(form, &id, error, Language::default()),
    };
    let error = match change(db, executor, &user, delivery, &id, &form).await {
        Ok(Executed {
            outcome, change_id, ..
        }) if htmx.0 => {
            return changed_in_place(db, &user, outcome, message!("done-saved"), change_id).await;
        }
        Ok(executed) => {
            cookies.flash_change(message!("done-saved"), executed.change_id.as_deref());
            return Ok(see_other(&format!("{LIST}/{}", id.0)));
        }
        Err(error) => error,
    };
    let language = user.language();
    let is_about_fields = matches!(error, Error::Stale) || !error.fields().is_empty();
    if htmx.0 && !is_about_fields {
        return Err(error);
    }
    let saved = match is_about_fields {
        true => queries::read(db, &user.id, &id.0).await.ok(),
        false => None,
    };
    match (saved, error) {
        (None, error) => instead(form, &id, error, language),
        (Some(task), Error::Stale) if form.version.is_some() => {
            stale_as_a_whole(form, task, user.language())
        }
        (Some(_), error) if form.version.is_some() => instead(form, &id, error, language),
        (Some(task), error) => {
            let detail = Detail::of(db, &user, task, None).await?;
            let detail = detail.with_form(&form);
            Ok(not_saved(detail, &form, &htmx, &error, user.language()))
        }
    }
}

/// Executes the command of a form. A change that depends on the present task is computed again if
/// the task changes meanwhile.
async fn change(
    db: &Db,
    executor: &Executor,
    user: &User,
    delivery: Delivery,
    id: &Id,
    form: &TaskForm,
) -> Result<Executed<Task>, Error> {
    let reader = user.preferences.reader(delivery.written_at());
    let is_repeated = delivery.is_repeated();
    let key = delivery.key("update_task", &id.0, form)?;
    // The form is compared with the present task, which has the change already, if it was made, and
    // perhaps later ones.
    if let Some(key) = key.as_ref().filter(|_| is_repeated)
        && let Some(executed) = executor.earlier(user, key).await?
    {
        return Ok(executed);
    }
    for _ in 0..MOST_ATTEMPTS {
        let task = queries::read(db, &user.id, &id.0).await?;
        if is_repeated && form.is_outdated(&task) {
            return Err(Error::Stale);
        }
        let patch = form.patch(&task, &reader)?;
        let expected = match &form.version {
            // Docket's pages send only valid versions, and no field could show an error.
            Some(version) => Expected::OneOf(vec![version.parse().map_err(|_| Error::Stale)?]),
            None if form.is_relative() => Expected::OneOf(vec![task.version]),
            None => Expected::Any,
        };
        let command = UpdateTask::new(&user.id, &id.0, patch, expected);
        match executor.submit_once(user, command, key.clone()).await {
            Err(Error::Stale) if form.version.is_none() => {}
            result => return result,
        }
    }
    Err(Error::Stale)
}

/// Renders the page with the submitted values beside the saved ones.
fn not_saved(
    mut detail: Detail,
    form: &TaskForm,
    htmx: &Htmx,
    error: &Error,
    language: Language,
) -> Reply {
    let mut status = HttpStatus::new(error.status());
    detail.errors = error.messages(language);
    if matches!(error, Error::Stale) {
        status = HttpStatus::Conflict;
        detail.is_stale = form.has_text();
        let message = if form.has_text() { CHANGED } else { NOT_TICKED };
        detail.errors = [("form".to_owned(), language.text(message))].into();
    }
    shown(&detail, htmx).with_status(status)
}

/// Renders a form with all of the task beside the task as it is saved.
fn stale_as_a_whole(form: TaskForm, task: Task, language: Language) -> Result<Reply, Error> {
    // The page shows the saved values, so the next submission may replace them.
    let form = TaskForm {
        version: Some(task.version.to_string()),
        ..form
    };
    let kept = Kept::of(&form.into_kept(&Id(task.id.clone())))?;
    Ok(kept.beside(&task, &language.text(CHANGED)))
}

/// Responds with the preserved form if the page of the task cannot be shown.
fn instead(form: TaskForm, id: &Id, error: Error, language: Language) -> Result<Reply, Error> {
    if matches!(error, Error::NotFound) && form.has_text() {
        let kept = KeptNewTask {
            title: form.title.unwrap_or_default(),
            description: form.description.unwrap_or_default(),
            ..KeptNewTask::default()
        };
        return Ok(Kept::of(&kept)?.gone(&language.text(GONE)));
    }
    Kept::of(&form.into_kept(id))?.instead(error)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(
        alias = "due_words",
        alias = "deadline_words",
        alias = "start_words",
        alias = "reminder_words"
    )]
    words: String,
}

/// The meaning of words for a date.
#[derive(Default, Serialize)]
struct Meaning {
    /// `None` if they are not a date.
    date: Option<String>,
    weekday: Option<String>,
    /// The series in words.
    series: Option<String>,
    /// True if there are no words.
    is_empty: bool,
}

/// Responds with the date that words mean, or with nothing.
#[get("/tasks/dates")]
fn dates(user: User, query: Query<Words>) -> Reply {
    let preferences = &user.preferences;
    let text = query.0.words;
    let meaning = match When::parse(text.trim(), &preferences.reader(Timestamp::now())) {
        Ok(When { due, recurrence }) => Meaning {
            date: Some(preferences.format(&due)),
            weekday: Some(weekday(due.date(), preferences.language)),
            series: recurrence.and_then(|series| series.text),
            is_empty: false,
        },
        Err(_) => Meaning {
            is_empty: text.trim().is_empty(),
            ..Meaning::default()
        },
    };
    fragment("tasks/_date", &meaning)
}
