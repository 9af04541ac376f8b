//! Pages of views.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::definition::{Grouping, Order, View};
use super::groups::{Day, days_of};
use crate::api::resource::list_tag;
use crate::auth::User;
use crate::db::{Pool, Timestamp};
use crate::error::{Error, check_page_size};
use crate::http::input::present;
use crate::tasks::queries::{self, Agenda};
use crate::tasks::{DayCursor, Format, Selection, Sort, Status, Task, TaskFilter, TaskPage};
use crate::when::{Date, Zone, today};

/// Default number of tasks in a page.
const DEFAULT_LIMIT: u32 = 50;

const MOST_ITEMS: u32 = 200;

/// The part of a view to show.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// Maximum number of tasks in a page; 50 if omitted. A page has fewer tasks if they exceed 1
    /// MiB.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 200)]
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page of the same view.
    #[garde(skip)]
    #[param(required = false)]
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub cursor: Option<String>,
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ITEMS)?)
}

/// A page of a view on a day. Its text form tells apart pages with different tasks of the same data.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub view: View,
    pub today: Date,
    pub zone: Zone,
    /// The state of the tasks.
    pub status: Status,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    List(Box<Selection>),
    Agenda(Agenda),
}

/// A page of a view.
#[derive(Serialize, ToSchema)]
pub struct ViewPage {
    /// The tasks, in the order of the view.
    pub items: Vec<Task>,
    /// Cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
    /// Today in your time zone.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// The days of the items, in order; null for views that are not sorted by day.
    pub days: Option<Vec<Day>>,
}

impl Shown {
    /// Returns a page of a user's view at a time, in its own order.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the query breaks a rule.
    pub fn new(user: &User, view: View, query: ViewQuery, now: Timestamp) -> Result<Shown, Error> {
        Shown::sorted(user, view, query, now, (None, None))
    }

    /// Returns a page of a user's view at a time, in another order or with tasks in another state.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the query breaks a rule.
    pub fn sorted(
        user: &User,
        view: View,
        query: ViewQuery,
        now: Timestamp,
        (sort, status): (Option<Sort>, Option<Status>),
    ) -> Result<Shown, Error> {
        query.validate()?;
        let zone = user.preferences.time_zone;
        let today = today(now, zone);
        let definition = view.definition();
        let own = definition.order;
        let order = match (own, sort) {
            (Order::ByDay(_), Some(Sort::Due)) | (_, None) => own,
            (_, Some(sort)) => Order::By(sort),
        };
        let status = status.unwrap_or(definition.status);
        let source = match order {
            Order::By(sort) => {
                let condition = match own {
                    // No index selects the days in this order.
                    Order::ByDay(_) => Some(definition.filter),
                    Order::By(_) => definition.condition().filter(|_| status == Status::Open),
                };
                let filter = TaskFilter {
                    status: Some(status),
                    filter: condition.map(str::to_owned),
                    // The Inbox has the id of the account.
                    project: (view == View::Inbox).then(|| user.id.clone()),
                    sort,
                    limit: query.limit,
                    cursor: query.cursor.clone(),
                    ..TaskFilter::default()
                };
                Source::List(Box::new(Selection::new(user, filter, now)?))
            }
            Order::ByDay(days) => {
                let (from, before) = days.range(today);
                let cursor = query.cursor.as_deref();
                Source::Agenda(Agenda {
                    zone,
                    from,
                    before,
                    started_by: days.hides_unstarted().then_some(today),
                    limit: query.limit.unwrap_or(DEFAULT_LIMIT) as usize,
                    after: cursor.map(DayCursor::decode).transpose()?,
                })
            }
        };
        Ok(Shown {
            view,
            today,
            zone,
            status,
            source,
        })
    }

    /// Returns the entity tag of the page of a user.
    pub fn tag(&self, user: &User) -> String {
        list_tag(user, &[&format!("{self:?}")])
    }

    /// Returns the name of the page among the rendered texts of a user.
    pub fn name(&self, format: Format) -> String {
        format!("{self:?} {format:?}")
    }

    /// Reads the tasks.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the cursor belongs to another order, or [`Error::Database`].
    pub async fn read(&self, pool: &Pool, user_id: &str) -> Result<TaskPage, Error> {
        match &self.source {
            Source::List(selection) => queries::select(pool, user_id, selection).await,
            Source::Agenda(agenda) => queries::agenda(pool, user_id, agenda).await,
        }
    }

    /// Returns the day of a task by which it is in a group of the view.
    pub fn day(&self, task: &Task) -> Option<Date> {
        match self.view.definition().grouping {
            Grouping::None => None,
            Grouping::Overdue | Grouping::Day => queries::day_place_of(task, self.zone)?.day(),
            Grouping::CompletionDay => Some(today(task.completed_at?, self.zone)),
        }
    }

    /// Returns the form of a page in the API.
    pub fn page(&self, page: TaskPage) -> ViewPage {
        let is_grouped = self.view.definition().grouping != Grouping::None;
        let TaskPage { items, next_cursor } = page;
        let days = items.iter().filter_map(|task| self.day(task));
        ViewPage {
            days: is_grouped.then(|| days_of(days)),
            items,
            next_cursor,
            date: self.today,
        }
    }
}
