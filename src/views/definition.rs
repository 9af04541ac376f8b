//! The definitions of all views.

use std::fmt;

use rocket::request::FromParam;

use crate::error::Error;
use crate::locale::key;
use crate::tasks::{Sort, Status};
use crate::when::Date;

/// A view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Tasks that are in no project yet.
    Inbox,
    /// Tasks of today and of the days before.
    Today,
    /// Tasks of the days after today.
    Upcoming,
    /// Completed tasks.
    Completed,
    /// All open tasks.
    All,
}

/// The definition of a view.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The view.
    pub view: View,
    /// The name in paths and in the API.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The filter, in the language of filters. It selects open tasks, unless the status says
    /// otherwise.
    pub filter: &'static str,
    /// The state of the tasks.
    pub status: Status,
    /// The order.
    pub order: Order,
    /// The headings between the tasks.
    pub grouping: Grouping,
}

/// The order of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// That of a list.
    By(Sort),
    /// By day, time, priority and manual order. The days are those that the filter selects.
    ByDay(Days),
}

/// The days of a view, of which the day of a task is the earlier one of its due date and its
/// deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Today and all days before.
    UpToToday,
    /// All days after today.
    AfterToday,
}

/// The groups of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// None.
    None,
    /// The days before today, then today.
    Overdue,
    /// One for each day.
    Day,
    /// One for each day of completion.
    CompletionDay,
}

/// All views, in the order in which people see them.
pub const DEFINITIONS: [Definition; 5] = [
    Definition {
        view: View::Inbox,
        name: "inbox",
        title: key!("nav-inbox"),
        // Of the project of that name, whatever it is called.
        filter: "!start after: today",
        status: Status::Open,
        order: Order::By(Sort::Position),
        grouping: Grouping::None,
    },
    Definition {
        view: View::Today,
        name: "today",
        title: key!("nav-today"),
        filter: "(date before: tomorrow | deadline before: tomorrow) & !start after: today",
        status: Status::Open,
        order: Order::ByDay(Days::UpToToday),
        grouping: Grouping::Overdue,
    },
    Definition {
        view: View::Upcoming,
        name: "upcoming",
        title: key!("nav-upcoming"),
        filter: "(date after: today | deadline after: today) \
                 & !date before: tomorrow & !deadline before: tomorrow",
        status: Status::Open,
        order: Order::ByDay(Days::AfterToday),
        grouping: Grouping::Day,
    },
    Definition {
        view: View::Completed,
        name: "completed",
        title: key!("nav-completed"),
        filter: "done = true",
        status: Status::Done,
        order: Order::By(Sort::CompletedAtDescending),
        grouping: Grouping::CompletionDay,
    },
    Definition {
        view: View::All,
        name: "all",
        title: key!("nav-all-tasks"),
        filter: "all",
        status: Status::Open,
        order: Order::By(Sort::CreatedAtDescending),
        grouping: Grouping::None,
    },
];

impl View {
    /// Returns the definition.
    pub fn definition(self) -> &'static Definition {
        let [inbox, today, upcoming, completed, all] = &DEFINITIONS;
        match self {
            View::Inbox => inbox,
            View::Today => today,
            View::Upcoming => upcoming,
            View::Completed => completed,
            View::All => all,
        }
    }

    /// Returns the path of the page.
    pub fn path(self) -> &'static str {
        match self {
            View::Inbox => "/inbox",
            View::Today => "/today",
            View::Upcoming => "/upcoming",
            View::Completed => "/completed",
            View::All => crate::tasks::pages::LIST,
        }
    }
}

impl Definition {
    /// Returns the filter that has to be tested. `None` if the status or the order selects the same
    /// tasks, which an index finds.
    pub fn condition(&self) -> Option<&'static str> {
        (self.view == View::Inbox).then_some(self.filter)
    }
}

impl Days {
    /// Returns the first day, and the one after the last.
    pub fn range(self, today: Date) -> (Option<Date>, Option<Date>) {
        let tomorrow = today.plus_days(1);
        match self {
            Days::UpToToday => (None, Some(tomorrow)),
            Days::AfterToday => (Some(tomorrow), None),
        }
    }

    /// Returns true if tasks are left out that start later.
    pub fn hides_unstarted(self) -> bool {
        self == Days::UpToToday
    }
}

impl fmt::Display for View {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.definition().name)
    }
}

/// A path with another name is a 404.
impl<'a> FromParam<'a> for View {
    type Error = Error;

    fn from_param(name: &'a str) -> Result<View, Error> {
        let found = DEFINITIONS.iter().find(|view| view.name == name);
        found.map(|found| found.view).ok_or(Error::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter_language::parse;

    #[test]
    fn each_view_has_its_definition_and_a_valid_filter() {
        for definition in &DEFINITIONS {
            assert_eq!(definition.view.definition().name, definition.name);
            let filter = parse(definition.filter).expect(definition.filter);
            let is_open = definition.status == Status::Open;
            assert_eq!(filter.is_of_open_tasks(), is_open, "{}", definition.name);
        }
    }

    #[test]
    fn every_day_is_of_one_view() {
        let today = Date::new(2026, 11, 27).expect("a date");
        let (from, before) = Days::UpToToday.range(today);
        assert_eq!((from, before), (None, Days::AfterToday.range(today).0));
        assert_eq!(Days::AfterToday.range(today).1, None);
    }
}
