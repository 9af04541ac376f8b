//! The menu of the arrangement of a list.

use serde::Serialize;

use crate::items::{Grouping, Sort};
use crate::projects::View as Layout;
use crate::tasks::Status;

/// The orders of most lists.
pub const SORTS: &[Sort] = &[
    Sort::CreatedAtDescending,
    Sort::CreatedAt,
    Sort::Due,
    Sort::Deadline,
    Sort::Priority,
    Sort::Position,
    Sort::UpdatedAtDescending,
    Sort::UpdatedAt,
    Sort::Title,
    Sort::TitleDescending,
];

/// The states of most lists.
pub const STATUSES: &[Status] = &[Status::Open, Status::Done, Status::All];

/// The choices of a menu. One without alternatives is left out.
pub struct Offer {
    /// The layouts.
    pub layouts: &'static [Layout],
    /// The groups.
    pub groups: &'static [Grouping],
    /// The orders.
    pub sorts: &'static [Sort],
    /// The states of the tasks.
    pub statuses: &'static [Status],
    /// True if the first choice is the usual order of the list, which depends on its groups.
    pub has_usual_order: bool,
    /// The name of groups by section.
    pub section: &'static str,
}

/// A menu: a form whose fields are parameters of the page.
#[derive(Serialize)]
pub struct ViewMenu {
    /// The path that the form is sent to.
    pub action: String,
    /// `get`, or `post` if the arrangement is kept.
    pub method: &'static str,
    /// Hidden fields.
    pub hidden: Vec<[String; 2]>,
    layouts: Vec<Choice>,
    groups: Vec<Choice>,
    sorts: Vec<Choice>,
    statuses: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    name: &'static str,
    is_chosen: bool,
}

impl Offer {
    /// Returns the menu with these values chosen.
    pub fn menu(
        &self,
        action: &str,
        hidden: Vec<[String; 2]>,
        (layout, group): (Layout, Grouping),
        (sort, status): (Option<Sort>, Status),
    ) -> ViewMenu {
        let group_name = |group| match group {
            Grouping::Section => self.section,
            Grouping::None => "None",
            Grouping::Date => "Date",
            Grouping::Priority => "Priority",
            Grouping::Label => "Label",
        };
        ViewMenu {
            action: action.to_owned(),
            method: "get",
            hidden,
            layouts: choices(self.layouts, layout, Layout::name, layout_name),
            groups: choices(self.groups, group, Grouping::as_str, group_name),
            sorts: self.orders(sort),
            statuses: choices(self.statuses, status, status_value, status_name),
        }
    }
}

impl Offer {
    /// Returns the orders. `None` is the usual one, unless the place has one that it keeps.
    fn orders(&self, chosen: Option<Sort>) -> Vec<Choice> {
        let usual = Choice {
            value: "",
            name: "Default",
            is_chosen: chosen.is_none(),
        };
        let named = |sort: &Sort| Choice {
            value: sort.as_str(),
            name: sort_name(*sort),
            is_chosen: chosen == Some(*sort),
        };
        let usual = Some(usual).filter(|_| self.has_usual_order && !self.sorts.is_empty());
        usual
            .into_iter()
            .chain(self.sorts.iter().map(named))
            .collect()
    }
}

impl ViewMenu {
    /// Returns the menu of an arrangement that is kept.
    pub fn that_is_kept(self) -> ViewMenu {
        let method = "post";
        ViewMenu { method, ..self }
    }
}

fn choices<T: Copy + PartialEq>(
    offered: &[T],
    chosen: T,
    value: impl Fn(T) -> &'static str,
    name: impl Fn(T) -> &'static str,
) -> Vec<Choice> {
    let choice = |one: T| Choice {
        value: value(one),
        name: name(one),
        is_chosen: one == chosen,
    };
    match offered {
        [] | [_] => Vec::new(),
        _ => offered.iter().map(|one| choice(*one)).collect(),
    }
}

fn layout_name(layout: Layout) -> &'static str {
    match layout {
        Layout::List => "List",
        Layout::Board => "Board",
        Layout::Calendar => "Calendar",
    }
}

fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Relevance => "Best match first",
        Sort::CreatedAtDescending => "Newest first",
        Sort::CreatedAt => "Oldest first",
        Sort::UpdatedAtDescending => "Last changed first",
        Sort::UpdatedAt => "Longest unchanged first",
        Sort::CompletedAtDescending => "Last completed first",
        Sort::CompletedAt => "First completed first",
        Sort::Title => "Title, A to Z",
        Sort::TitleDescending => "Title, Z to A",
        Sort::Position => "Manual order",
        Sort::PositionDescending => "Manual order, reversed",
        Sort::Priority => "Priority",
        Sort::PriorityDescending => "Lowest priority first",
        Sort::Due => "Due date",
        Sort::DueDescending => "Due last first",
        Sort::Deadline => "Deadline",
        Sort::DeadlineDescending => "Last deadline first",
    }
}

fn status_value(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Done => "done",
        Status::All => "all",
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Open => "Open",
        Status::Done => "Completed",
        Status::All => "All",
    }
}
