//! The page of the calendar of all projects.

use rocket::{Route, State, get, routes};
use serde::Serialize;

use super::{Asked, Calendar, CalendarQuery, calendar};
use crate::auth::User;
use crate::db::Db;
use crate::error::Error;
use crate::http::Query;
use crate::rendered::RenderedCache;
use crate::tasks::arrange::Arrangement;
use crate::ui::{Frame, Reply};

const PATH: &str = "/calendar";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    routes![show]
}

/// The template values of the page.
#[derive(Serialize)]
struct Values {
    calendar: Calendar,
}

#[get("/calendar")]
async fn show(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Query<CalendarQuery>,
) -> Result<Reply, Error> {
    let name = format!("calendar {:?}", query.0);
    let values = async {
        let asked = Asked {
            path: PATH,
            arrangement: Arrangement::default(),
            query: &query.0,
            project: None,
        };
        let calendar = calendar(db, &user, &asked).await?;
        Ok(Values { calendar })
    };
    frame
        .cached(lists, &user, &name, "calendar/show", values)
        .await
}
