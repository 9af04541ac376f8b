//! The form that changes the view of a project, and keeps it for the next time.

use rocket::{Route, State, post, routes};
use serde::Serialize;

use super::page::{Chosen, kept};
use super::path_of;
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id};
use crate::items::Sort;
use crate::projects::commands::UpdateProject;
use crate::projects::{MemberRole, ProjectPatch, queries};
use crate::tasks::Status;
use crate::tasks::arrange::{Arrangement, Choices, MenuForm};
use crate::ui::{Reply, lead_to, see_other};
use crate::work::{Executor, Expected};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = routes![arrange];
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to("/projects", &["/projects/<_>/view"]));
    routes
}

/// The parts of a view that a project does not keep.
#[derive(Serialize)]
struct Rest {
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<Sort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

#[post("/projects/<id>/view", data = "<form>")]
async fn arrange(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    id: Id,
    form: Form<MenuForm>,
) -> Result<Reply, Error> {
    let project = queries::read(db, &user.id, &id.0).await?;
    let shown = Chosen::of(&project, Choices::default()).choices();
    let changes = form.0.changes(kept(&project), shown);
    let status = form.0.status.filter(|status| *status != Status::Open);
    let (arrangement, sort) = match project.role {
        MemberRole::Owner => {
            let patch = ProjectPatch {
                view: changes.layout,
                group_by: changes.group.map(Some),
                sort_by: changes.sort,
                ..ProjectPatch::default()
            };
            let command = UpdateProject::new(&id.0, patch, Expected::Any);
            executor.submit(&user, command).await?;
            (Arrangement::default(), None)
        }
        // The view of a project is that of all members. Others see theirs once.
        MemberRole::Editor | MemberRole::Viewer => {
            let arrangement = Arrangement {
                layout: changes.layout,
                group: changes.group,
            };
            (arrangement, changes.sort.flatten())
        }
    };
    let rest = Rest { sort, status };
    Ok(see_other(&arrangement.url(&path_of(&id.0), &rest)?))
}
