//! The page of labels and its forms.

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use super::commands::{CreateLabel, DeleteLabel, MergeLabel, UpdateLabel};
use super::kept::{KeptFields, KeptLabel};
use super::{Label, LabelMerge, LabelPatch, NewLabel, Tags, queries};
use crate::auth::{SameOrigin, Sender, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id};
use crate::items::Colour;
use crate::locale::{Message, message};
use crate::ui::{Cookies, Kept, Reply, lead_to, page, rejected, see_other};
use crate::work::Executor;

const LABELS: &str = "/labels";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![list, create, update, merge, remove];
    // The browser may request the URL of a form's response with GET, for example on reload.
    let forms = ["/labels/<_>/merge", "/labels/<_>/delete"];
    routes.extend(lead_to(LABELS, &forms));
    routes
}

/// The form of a label.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LabelForm {
    name: String,
    colour: String,
    favourite: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MergeForm {
    into: String,
}

/// The values of the page.
#[derive(Serialize)]
struct LabelsPage<'a> {
    labels: Vec<Label>,
    /// The rejected form.
    form: &'a LabelForm,
    /// The id of the label whose form was rejected, or `new`. Empty if none was.
    rejected: &'a str,
}

#[get("/labels")]
async fn list(db: &State<Db>, user: User) -> Result<Reply, Error> {
    let values = LabelsPage {
        labels: queries::list(db, &user.id).await?.items,
        form: &LabelForm::default(),
        rejected: "",
    };
    Ok(page("labels/list", &values))
}

#[post("/labels", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    form: Form<LabelForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead("", form, error),
    };
    let new = NewLabel {
        name: form.name.clone(),
        colour: Some(Colour::of_name(&form.colour)),
        favourite: Some(form.favourite),
        position: None,
    };
    let command = CreateLabel::new(&user.id, new);
    match executor.submit(&user, command).await {
        Ok(executed) => Ok(done(
            &cookies,
            message!("done-label-added"),
            executed.change_id,
        )),
        Err(error) => again(db, &user, "new", &form, error).await,
    }
}

#[post("/labels/<id>", data = "<form>")]
async fn update(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<LabelForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead(&id.0, form, error),
    };
    let name = name_of(db, &user, &id).await?;
    let patch = LabelPatch {
        name: Some(form.name.clone()),
        colour: Some(Colour::of_name(&form.colour)),
        favourite: Some(form.favourite),
        position: None,
    };
    let command = UpdateLabel::new(&user.id, &name, patch, Tags::default());
    match executor.submit(&user, command).await {
        Ok(executed) => Ok(done(&cookies, message!("done-saved"), executed.change_id)),
        Err(error) => again(db, &user, &id.0, &form, error).await,
    }
}

#[post("/labels/<id>/merge", data = "<form>")]
async fn merge(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<MergeForm>,
) -> Result<Reply, Error> {
    let name = name_of(db, &user, &id).await?;
    let merge = LabelMerge { into: form.0.into };
    let command = MergeLabel::new(&user.id, &name, &merge, Tags::default());
    let merged = executor.submit(&user, command).await;
    cookies.flash_outcome(message!("done-labels-merged"), merged)?;
    Ok(see_other(LABELS))
}

#[post("/labels/<id>/delete")]
async fn remove(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    let name = name_of(db, &user, &id).await?;
    let command = DeleteLabel::new(&user.id, &name, Tags::default());
    let deleted = executor.run(&user, command, None).await;
    cookies.flash_outcome(message!("done-deleted", name = name), deleted)?;
    Ok(see_other(LABELS))
}

/// Responds with the preserved form if the user is not signed in.
fn instead(id: &str, form: LabelForm, error: Error) -> Result<Reply, Error> {
    let form = KeptLabel {
        id: id.to_owned(),
        fields: KeptFields(form),
    };
    Kept::of(&form)?.instead(error)
}

fn done(cookies: &Cookies<'_>, message: Message, change_id: Option<String>) -> Reply {
    cookies.flash_change(message, change_id.as_deref());
    see_other(LABELS)
}

/// Renders the page with the rejected form filled in.
async fn again(
    db: &Db,
    user: &User,
    id: &str,
    form: &LabelForm,
    error: Error,
) -> Result<Reply, Error> {
    let values = LabelsPage {
        labels: queries::list(db, &user.id).await?.items,
        form,
        rejected: id,
    };
    rejected("labels/list", &values, error)
}

/// Returns the name of a label. Paths have its id, because a name may contain a slash.
async fn name_of(db: &Db, user: &User, id: &Id) -> Result<String, Error> {
    let labels = queries::list(db, &user.id).await?.items;
    let label = labels.into_iter().find(|label| label.id == id.0);
    Ok(label.ok_or(Error::NotFound)?.name)
}
