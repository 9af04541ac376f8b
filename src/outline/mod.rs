//! The page of a project: its sections with their first tasks, as a list or as a board, and the
//! forms of sections.

mod forms;
mod kept;
mod page;
mod view_form;

pub use kept::register;

use rocket::Route;

use crate::ui::with_sidebar;

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = forms::routes();
    routes.extend(view_form::routes());
    let mut routes = with_sidebar(routes);
    routes.extend(page::routes());
    routes
}

/// Returns the path of the page of a project.
fn path_of(project_id: &str) -> String {
    format!("/projects/{project_id}")
}
