//! Tasks as pages, plain HTML forms, and fragments for changes in place.

use rocket::http::Status as HttpStatus;
use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::service::{self, NewTasks, Toggles};
use super::{Face, Lists, NewTask, Sort, Status, Task, TaskFilter, TaskPage, TaskPatch};
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::web::{
    Cookies, Form, Frame, Htmx, Id, Precondition, Query, Reply, fragment, local_path, page,
    rejected, see_other,
};

const LIST: &str = "/tasks";

/// The routes, to be mounted at the root.
pub fn routes() -> Vec<Route> {
    routes![list, create, show, update, toggle, remove]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewTaskForm {
    title: String,
    description: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TaskForm {
    title: String,
    description: String,
    completed: String,
    version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReturnForm {
    next: String,
}

#[get("/tasks")]
async fn list(
    db: &State<Db>,
    lists: &State<Lists>,
    user: User,
    frame: Frame<'_>,
    filter: Query<TaskFilter>,
) -> Result<Reply, Error> {
    let values = list_values(db, &user, filter.0.clone());
    if frame.has_flash() {
        return Ok(page("tasks/list", json!(values.await?)));
    }
    let written = async {
        let html = frame.around("tasks/list", &values.await?)?;
        Ok(html.into_bytes())
    };
    let html = lists.get(&user, &filter.0, Face::Html, written).await?;
    Ok(Reply::Written(html))
}

#[post("/tasks", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    waiting: &State<NewTasks>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    form: Form<NewTaskForm>,
) -> Result<Reply, Error> {
    let NewTaskForm { title, description } = form.0;
    let new = NewTask {
        title,
        description: Some(description),
        completed: None,
    };
    let error = match service::create(db, waiting, &user.id, &new, None).await {
        Ok(written) if htmx.0 => {
            let values = json!({ "task": written.task, "form": {}, "errors": {} });
            return Ok(fragment("tasks/_created", values));
        }
        Ok(_) => {
            cookies.flash_success("The task is added.");
            return Ok(see_other(LIST));
        }
        Err(error) => error,
    };
    let form = json!({ "title": new.title, "description": new.description });
    if htmx.0 && error.is_about_input() {
        return Ok(Reply::Fragment {
            template: "tasks/_form",
            values: json!({ "form": form, "errors": error.messages() }),
            status: error.status(),
        });
    }
    let mut values = list_values(db, &user, TaskFilter::default()).await?;
    values.form = form;
    rejected("tasks/list", json!(values), "errors", error)
}

#[get("/tasks/<id>")]
async fn show(db: &State<Db>, user: User, id: Id) -> Result<Reply, Error> {
    let task = service::read(db, &user.id, &id.0).await?;
    let form = json!({
        "title": task.title,
        "description": task.description,
        "completed": task.completed,
        "version": task.version,
    });
    let values = json!({ "task": task, "form": form, "errors": {} });
    Ok(page("tasks/show", values))
}

#[post("/tasks/<id>", data = "<form>")]
async fn update(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<TaskForm>,
) -> Result<Reply, Error> {
    let completed = form.0.completed == "true";
    let patch = TaskPatch {
        title: Some(form.0.title.clone()),
        // A browser sends each line break as CR LF, which is no part of what was written.
        description: Some(form.0.description.replace("\r\n", "\n")),
        completed: Some(completed),
    };
    let version = form
        .0
        .version
        .parse()
        .map_err(|_| Error::invalid("version", "must be a whole number"))?;
    let precondition = Precondition::only(&Task::etag_of(&id.0, version));
    let error = match service::update(db, &user.id, &id.0, &patch, &precondition).await {
        Ok(_) => {
            cookies.flash_success("The task is saved.");
            return Ok(see_other(&format!("{LIST}/{}", id.0)));
        }
        Err(error) => error,
    };
    let task = service::read(db, &user.id, &id.0).await?;
    let mut form = json!({
        "title": form.0.title,
        "description": form.0.description,
        "completed": completed,
        "version": version,
    });
    if !matches!(error, Error::Stale) {
        return rejected(
            "tasks/show",
            json!({ "task": task, "form": form }),
            "errors",
            error,
        );
    }
    // Who saves again has seen what is saved now.
    form["version"] = json!(task.version);
    let message = "The task has been changed elsewhere since you opened it. Your text is below; \
                   saving again replaces what is saved now.";
    Ok(Reply::Page {
        template: "tasks/show",
        values: json!({ "task": task, "form": form, "errors": { "form": message } }),
        status: HttpStatus::Conflict,
    })
}

#[post("/tasks/<id>/toggle", data = "<form>")]
async fn toggle(
    _origin: SameOrigin,
    db: &State<Db>,
    waiting: &State<Toggles>,
    user: User,
    htmx: Htmx,
    id: Id,
    form: Form<ReturnForm>,
) -> Result<Reply, Error> {
    let written =
        service::toggle(db, waiting, &user.id, &id.0, &Precondition::none(), None).await?;
    let task = written.task;
    if htmx.0 {
        let state = if task.completed { "Done" } else { "Open again" };
        let values = json!({
            "message": format!("{state}: {}", task.title),
            "next": local_path(&form.0.next),
            "task": task,
        });
        return Ok(fragment("tasks/_toggled", values));
    }
    Ok(see_other(local_path(&form.0.next).unwrap_or(LIST)))
}

#[post("/tasks/<id>/delete")]
async fn remove(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    id: Id,
) -> Result<Reply, Error> {
    let task = service::delete(db, &user.id, &id.0, &Precondition::none()).await?;
    let message = format!("Deleted: {}", task.title);
    if htmx.0 {
        return Ok(fragment("tasks/_deleted", json!({ "message": message })));
    }
    cookies.flash_success(&message);
    Ok(see_other(LIST))
}

/// The values of the list's page.
#[derive(Serialize)]
struct ListValues {
    tasks: Vec<Task>,
    filter: Value,
    next_url: Option<String>,
    form: Value,
    errors: Value,
}

/// Reads the list, of open tasks unless it asks for others.
async fn list_values(db: &Db, user: &User, mut filter: TaskFilter) -> Result<ListValues, Error> {
    let status = *filter.status.get_or_insert(Status::Open);
    let TaskPage { items, next_cursor } = service::list(db, &user.id, &filter).await?;
    let next_url = next_cursor
        .map(|cursor| list_url(status, filter.q.as_deref(), filter.sort, &cursor))
        .transpose()?;
    Ok(ListValues {
        tasks: items,
        filter: json!({ "status": status, "q": filter.q.unwrap_or_default(), "sort": filter.sort }),
        next_url,
        form: json!({}),
        errors: json!({}),
    })
}

fn list_url(status: Status, q: Option<&str>, sort: Sort, cursor: &str) -> Result<String, Error> {
    #[derive(serde::Serialize)]
    struct Parameters<'a> {
        status: Status,
        q: Option<&'a str>,
        sort: Sort,
        cursor: &'a str,
    }
    let parameters = Parameters {
        status,
        q: q.filter(|text| !text.is_empty()),
        sort,
        cursor,
    };
    serde_html_form::to_string(parameters)
        .map(|query| format!("{LIST}?{query}"))
        .map_err(|error| Error::Internal(format!("a link cannot be written: {error}")))
}
