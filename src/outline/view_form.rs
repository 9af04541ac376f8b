//! The form that changes the view of a project, and keeps it for the next time.

use rocket::{Route, State, post, routes};
use serde::{Deserialize, Serialize};

use super::path_of;
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id};
use crate::items::{Grouping, Sort};
use crate::projects::commands::UpdateProject;
use crate::projects::{MemberRole, Project, ProjectPatch, View as Layout, queries};
use crate::tasks::Status;
use crate::tasks::arrange::Arrangement;
use crate::ui::{Reply, lead_to, see_other};
use crate::work::{Executor, Expected};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = routes![arrange];
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to("/projects", &["/projects/<_>/view"]));
    routes
}

/// The chosen view.
#[derive(Deserialize)]
struct ViewForm {
    layout: Option<Layout>,
    group: Option<Grouping>,
    sort: Option<Sort>,
    status: Option<Status>,
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
    form: Form<ViewForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let project = queries::read(db, &user.id, &id.0).await?;
    let changed = Changed::of(&project, &form);
    let status = form.status.filter(|status| *status != Status::Open);
    let (arrangement, sort) = match project.role {
        MemberRole::Owner => {
            if changed.any() {
                let patch = changed.patch();
                let command = UpdateProject::new(&id.0, patch, Expected::Any);
                executor.submit(&user, command).await?;
            }
            (Arrangement::default(), None)
        }
        // The view of a project is that of all members. Others see theirs once.
        MemberRole::Editor | MemberRole::Viewer => {
            let arrangement = Arrangement {
                layout: changed.layout,
                group: changed.group,
            };
            (arrangement, changed.sort)
        }
    };
    let rest = Rest { sort, status };
    Ok(see_other(&arrangement.url(&path_of(&id.0), &rest)?))
}

/// The parts of a form that differ from the view of a project.
struct Changed {
    layout: Option<Layout>,
    group: Option<Grouping>,
    sort: Option<Sort>,
}

impl Changed {
    fn of(project: &Project, form: &ViewForm) -> Changed {
        Changed {
            layout: form.layout.filter(|layout| *layout != project.view),
            group: form.group.filter(|group| *group != project.group_by),
            sort: form.sort.filter(|sort| *sort != project.sort_by),
        }
    }

    fn any(&self) -> bool {
        self.layout.is_some() || self.group.is_some() || self.sort.is_some()
    }

    fn patch(self) -> ProjectPatch {
        ProjectPatch {
            view: self.layout,
            group_by: self.group.map(Some),
            sort_by: self.sort.map(Some),
            ..ProjectPatch::default()
        }
    }
}
