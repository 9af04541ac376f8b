//! The arrangement of the page of a view, which each user's account keeps, and the menu that changes
//! it.

use rocket::{Route, State, post, routes};

use super::definition::{DEFINITIONS, Grouping as Usual, View};
use crate::accounts::service::{change_view, view_settings};
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::Form;
use crate::items::{Grouping, Sort};
use crate::locale::key;
use crate::projects::View as Layout;
use crate::tasks;
use crate::tasks::arrange::{Choices, MenuForm, Offer, STATUSES};
use crate::ui::{Reply, lead_to, see_other};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = routes![arrange];
    // The browser may request the URL of a form's response with GET, for example on reload.
    for view in DEFINITIONS.iter().map(|definition| definition.view) {
        routes.extend(lead_to(view.path(), &[&action(view)]));
    }
    routes
}

/// Returns the path that the form is sent to.
pub(super) fn action(view: View) -> String {
    format!("/views/{view}")
}

#[post("/views/<view>", data = "<form>")]
async fn arrange(
    _origin: SameOrigin,
    db: &State<Db>,
    user: User,
    view: View,
    form: Form<MenuForm>,
) -> Result<Reply, Error> {
    if view == View::All {
        return Err(Error::NotFound);
    }
    let change = |settings| {
        let kept = choices(view, settings);
        let changes = form.0.changes(kept, shown(view, kept));
        serde_json::json!(kept.with(&changes))
    };
    change_view(db, &user.id, view.definition().name, change).await?;
    Ok(see_other(view.path()))
}

/// Returns the choices that a user's view keeps.
pub(super) fn kept(user: &User, view: View) -> Choices {
    let text = user.view_settings.as_deref();
    choices(view, view_settings(text, view.definition().name))
}

/// Returns the choices of settings. Those that the menu does not offer are left out.
fn choices(view: View, settings: serde_json::Value) -> Choices {
    let choices: Choices = serde_json::from_value(settings).unwrap_or_default();
    choices.of(&offer(view))
}

/// Returns all values of the menu of a view with these choices.
fn shown(view: View, choices: Choices) -> Choices {
    let (layout, group) = arrangement(view, choices);
    Choices {
        layout: Some(layout),
        group: Some(group),
        sort: choices.sort,
        status: choices.status.or(Some(view.definition().status)),
    }
}

/// Returns the layout and the groups of a view.
pub(super) fn arrangement(view: View, chosen: Choices) -> (Layout, Grouping) {
    let layout = chosen.layout.unwrap_or_default();
    let usual = match view.definition().grouping {
        Usual::None if layout == Layout::List => Grouping::None,
        Usual::None | Usual::Overdue | Usual::Day | Usual::CompletionDay => Grouping::Date,
    };
    let group = chosen.group.unwrap_or(usual);
    match layout {
        Layout::List => (layout, group),
        _ if group == Grouping::None => (layout, Grouping::Date),
        _ => (layout, group),
    }
}

/// The choices of a list across projects, without a state: most views have tasks of one.
const OFFER: Offer = Offer {
    sorts: &[
        Sort::Priority,
        Sort::CreatedAtDescending,
        Sort::CreatedAt,
        Sort::UpdatedAtDescending,
        Sort::Title,
    ],
    statuses: &[],
    ..tasks::OFFER
};

/// Returns the choices of the menu of a view.
pub(super) fn offer(view: View) -> Offer {
    match view {
        View::Inbox => Offer {
            sorts: &[
                Sort::CreatedAtDescending,
                Sort::CreatedAt,
                Sort::Due,
                Sort::Priority,
                Sort::UpdatedAtDescending,
                Sort::Title,
            ],
            statuses: STATUSES,
            section: key!("field-section"),
            ..OFFER
        },
        View::Completed => Offer {
            layouts: &[],
            sorts: &[Sort::CompletedAt, Sort::Priority, Sort::Title],
            ..OFFER
        },
        View::Today | View::Upcoming | View::All => OFFER,
    }
}
