//! The pages of saved filters and their forms.

use std::collections::BTreeMap;

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use super::commands::{CreateFilter, DeleteFilter, MoveFilter, UpdateFilter};
use super::kept::{KeptFields, KeptFilter};
use super::{Counting, Filter, FilterMove, FilterPatch, NewFilter, queries, show};
use crate::auth::{SameOrigin, Sender, User};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::{Form, Id, Query};
use crate::items::Colour;
use crate::locale::message;
use crate::ui::{Cookies, Kept, Reply, lead_to, page, rejected, see_other, with_sidebar};
use crate::work::{Executor, Expected};

const FILTERS: &str = "/filters";

/// The template of the page with the form of a filter.
const EDIT: &str = "filters/edit";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let own = routes![list, add, create, edit, update, move_filter, remove];
    let mut routes = with_sidebar(own);
    routes.extend(show::routes());
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to(
        FILTERS,
        &["/filters/<_>/move", "/filters/<_>/delete"],
    ));
    routes
}

/// The form of a filter.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FilterForm {
    name: String,
    expression: String,
    colour: String,
    favourite: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MoveForm {
    after: Option<String>,
    before: Option<String>,
}

/// The search to save.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Prefilled {
    filter: String,
}

/// A filter in the list, with its neighbours.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    filter: Filter,
    open_tasks: Option<i64>,
    above: Option<String>,
    below: Option<String>,
}

/// The values of the page of all filters.
#[derive(Serialize)]
struct FiltersPage {
    filters: Vec<Row>,
}

/// The values of the page with the form of a filter.
#[derive(Serialize)]
struct FilterPage<'a> {
    /// The filter as it is saved. `None` for a new one.
    filter: Option<&'a Filter>,
    form: &'a FilterForm,
    /// The mistake in the expression of a rejected form.
    mark: Option<Mark>,
}

/// An expression, divided at the character with a mistake.
#[derive(Serialize)]
pub(super) struct Mark {
    before: String,
    at: String,
    after: String,
}

#[get("/filters")]
async fn list(db: &State<Db>, user: User) -> Result<Reply, Error> {
    let filters = queries::list(db, &user.id).await?;
    let counting = Counting::new(&user, &filters, Timestamp::now());
    let counts = counting.counts(db, &user).await?;
    let filters = rows(filters, &counts);
    Ok(page("filters/list", &FiltersPage { filters }))
}

#[get("/filters/new")]
async fn add(_user: User, prefilled: Query<Prefilled>) -> Reply {
    let form = FilterForm {
        expression: prefilled.0.filter,
        ..FilterForm::default()
    };
    page(EDIT, &FilterPage::new(None, &form))
}

#[post("/filters", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    form: Form<FilterForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead("", form, error),
    };
    let new = NewFilter {
        name: form.name.clone(),
        expression: form.expression.clone(),
        colour: Some(Colour::of_name(&form.colour)),
        favourite: Some(form.favourite),
        position: None,
    };
    match executor
        .submit(&user, CreateFilter::new(&user.id, new))
        .await
    {
        Ok(executed) => {
            cookies.flash_change(message!("done-filter-added"), executed.change_id.as_deref());
            Ok(see_other(&path_of(&executed.outcome.id)))
        }
        Err(error) => again(None, &form, error),
    }
}

#[get("/filters/<id>/edit")]
async fn edit(db: &State<Db>, user: User, id: Id) -> Result<Reply, Error> {
    let filter = queries::read(db, &user.id, &id.0).await?;
    let form = FilterForm {
        name: filter.name.clone(),
        expression: filter.expression.clone(),
        colour: filter.colour.name().to_owned(),
        favourite: filter.favourite,
    };
    Ok(page(EDIT, &FilterPage::new(Some(&filter), &form)))
}

#[post("/filters/<id>", data = "<form>")]
async fn update(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<FilterForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead(&id.0, form, error),
    };
    let patch = FilterPatch {
        name: Some(form.name.clone()),
        expression: Some(form.expression.clone()),
        colour: Some(Colour::of_name(&form.colour)),
        favourite: Some(form.favourite),
        position: None,
    };
    let command = UpdateFilter::new(&id.0, patch, Expected::Any);
    match executor.submit(&user, command).await {
        Ok(executed) => {
            cookies.flash_change(message!("done-saved"), executed.change_id.as_deref());
            Ok(see_other(&path_of(&id.0)))
        }
        Err(error) => match queries::read(db, &user.id, &id.0).await {
            Ok(filter) => again(Some(&filter), &form, error),
            Err(Error::NotFound) => Err(Error::NotFound),
            Err(_) => instead(&id.0, form, error),
        },
    }
}

#[post("/filters/<id>/move", data = "<form>")]
async fn move_filter(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<MoveForm>,
) -> Result<Reply, Error> {
    let MoveForm { after, before } = form.0;
    let moved = FilterMove { after, before };
    let command = MoveFilter::new(&user.id, &id.0, moved, Expected::Any);
    let moved = executor.submit(&user, command).await;
    cookies.flash_outcome(message!("done-filter-moved"), moved)?;
    Ok(see_other(FILTERS))
}

#[post("/filters/<id>/delete")]
async fn remove(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    let command = DeleteFilter::new(&id.0, Expected::Any);
    let deleted = executor.run(&user, command, None).await;
    let name = deleted.as_ref().map(|executed| &*executed.outcome.name);
    let message = message!("done-deleted", name = name.unwrap_or_default());
    cookies.flash_outcome(message, deleted)?;
    Ok(see_other(FILTERS))
}

/// Returns the rows of the list.
fn rows(filters: Vec<Filter>, counts: &BTreeMap<String, i64>) -> Vec<Row> {
    let ids: Vec<String> = filters.iter().map(|filter| filter.id.clone()).collect();
    let rows = filters.into_iter().enumerate().map(|(place, filter)| Row {
        open_tasks: counts.get(&filter.id).copied(),
        above: place.checked_sub(1).map(|above| ids[above].clone()),
        below: ids.get(place + 1).cloned(),
        filter,
    });
    rows.collect()
}

/// Responds with the preserved form if its page cannot be shown.
fn instead(id: &str, form: FilterForm, error: Error) -> Result<Reply, Error> {
    let form = KeptFilter {
        id: id.to_owned(),
        fields: KeptFields(form),
    };
    Kept::of(&form)?.instead(error)
}

impl<'a> FilterPage<'a> {
    fn new(filter: Option<&'a Filter>, form: &'a FilterForm) -> FilterPage<'a> {
        FilterPage {
            filter,
            form,
            mark: None,
        }
    }
}

/// Renders the rejected form with the submitted values and the place of the mistake.
fn again(filter: Option<&Filter>, form: &FilterForm, error: Error) -> Result<Reply, Error> {
    let mistake = error.fields().iter().find_map(|field| field.position);
    let values = FilterPage {
        mark: mistake.map(|position| mark(&form.expression, position)),
        ..FilterPage::new(filter, form)
    };
    rejected(EDIT, &values, error)
}

/// Divides an expression at a character, counted from 1.
pub(super) fn mark(expression: &str, position: usize) -> Mark {
    let mut letters = expression.chars();
    Mark {
        before: letters.by_ref().take(position.saturating_sub(1)).collect(),
        at: letters.next().into_iter().collect(),
        after: letters.collect(),
    }
}

pub(super) fn path_of(id: &str) -> String {
    format!("{FILTERS}/{id}")
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn a_mistake_is_marked_by_character() {
        for (text, position, parts) in [
            ("p1 & é!", 6, ["p1 & ", "é", "!"]),
            ("p1 &", 5, ["p1 &", "", ""]),
            ("", 1, ["", "", ""]),
            ("x", 1, ["", "x", ""]),
        ] {
            let marked = mark(text, position);
            assert_eq!([marked.before, marked.at, marked.after], parts);
        }
    }
}
