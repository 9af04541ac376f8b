//! The menu of the arrangement of a list.

use serde::Serialize;

use crate::items::{Grouping, Sort};
use crate::locale::key;
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
    /// The message with the name of groups by section.
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
    /// The message with the name.
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
            Grouping::None => key!("none"),
            Grouping::Date => key!("view-group-date"),
            Grouping::Priority => key!("field-priority"),
            Grouping::Label => key!("field-label"),
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
            name: key!("view-order-default"),
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
        Layout::List => key!("project-list"),
        Layout::Board => key!("project-board"),
        Layout::Calendar => key!("nav-calendar"),
    }
}

fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Relevance => key!("view-order-relevance"),
        Sort::CreatedAtDescending => key!("view-order-newest"),
        Sort::CreatedAt => key!("view-order-oldest"),
        Sort::UpdatedAtDescending => key!("view-order-changed"),
        Sort::UpdatedAt => key!("view-order-unchanged"),
        Sort::CompletedAtDescending => key!("view-order-completed"),
        Sort::CompletedAt => key!("view-order-first-completed"),
        Sort::Title => key!("view-order-title"),
        Sort::TitleDescending => key!("view-order-title-reversed"),
        Sort::Position => key!("view-order-manual"),
        Sort::PositionDescending => key!("view-order-manual-reversed"),
        Sort::Priority => key!("field-priority"),
        Sort::PriorityDescending => key!("view-order-priority-reversed"),
        Sort::Due => key!("view-order-due"),
        Sort::DueDescending => key!("view-order-due-reversed"),
        Sort::Deadline => key!("field-deadline"),
        Sort::DeadlineDescending => key!("view-order-deadline-reversed"),
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
        Status::Open => key!("view-status-open"),
        Status::Done => key!("view-status-completed"),
        Status::All => key!("view-status-all"),
    }
}
