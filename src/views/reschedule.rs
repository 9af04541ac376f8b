//! The form that moves overdue tasks to today.

use rocket::{Route, State, post, routes};

use super::pages::HOME;
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::db::{Pool, Timestamp};
use crate::error::Error;
use crate::locale::message;
use crate::tasks::commands::RescheduleTasks;
use crate::tasks::queries::{self, Agenda};
use crate::ui::{Cookies, Reply, lead_to, see_other};
use crate::when::{Date, Zone, today};
use crate::work::Executor;

/// Number of tasks that are read at once.
const STEP: usize = 200;

/// Maximum number of tasks that one form moves.
const MOST: usize = 1_000;

pub(super) fn routes() -> Vec<Route> {
    let mut routes = routes![reschedule];
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to(HOME, &["/today/reschedule"]));
    routes
}

#[post("/today/reschedule")]
async fn reschedule(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
) -> Result<Reply, Error> {
    let zone = user.preferences.time_zone;
    let today = today(Timestamp::now(), zone);
    let ids = overdue(db, &user.id, zone, today).await?;
    let command = RescheduleTasks::new(ids, today, zone);
    let executed = executor.run(&user, command, None).await?;
    let message = match executed.outcome {
        0 => message!("done-nothing-overdue"),
        count => message!("done-rescheduled", count = count),
    };
    cookies.flash_change(message, executed.change_id.as_deref());
    Ok(see_other(HOME))
}

/// Returns the ids of the tasks of the days before today.
async fn overdue(
    pool: &Pool,
    user_id: &str,
    zone: Zone,
    today: Date,
) -> Result<Vec<String>, Error> {
    let mut agenda = Agenda {
        zone,
        from: None,
        before: Some(today),
        started_by: Some(today),
        limit: STEP,
        after: None,
    };
    let mut ids = Vec::new();
    while ids.len() < MOST {
        let tasks = queries::agenda(pool, user_id, &agenda).await?;
        agenda.after = tasks
            .items
            .last()
            .and_then(|last| queries::day_place_of(last, zone));
        ids.extend(tasks.items.into_iter().map(|task| task.id));
        if tasks.next_cursor.is_none() {
            break;
        }
    }
    Ok(ids)
}
