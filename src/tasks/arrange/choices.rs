//! The choices of a menu: those of a query, those that a place keeps, and those of a form that
//! changes them.

use serde::{Deserialize, Deserializer, Serialize};

use super::Offer;
use crate::items::{Grouping, Sort};
use crate::projects::View as Layout;
use crate::tasks::Status;

/// An arrangement of a list. `None` is the usual value of the place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// The groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Grouping>,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
    /// The state of the tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// The form of a menu. `None` is a field without a choice, and the empty order is the usual one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct MenuForm {
    /// The layout.
    pub layout: Option<Layout>,
    /// The groups.
    pub group: Option<Grouping>,
    /// The order.
    #[serde(default, deserialize_with = "usual_or")]
    pub sort: Option<Option<Sort>>,
    /// The state of the tasks.
    pub status: Option<Status>,
}

fn usual_or<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Sort>>, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name.is_empty() {
        return Ok(Some(None));
    }
    let unknown = |_| serde::de::Error::unknown_variant(&name, &[]);
    Sort::parse(&name)
        .map(|sort| Some(Some(sort)))
        .map_err(unknown)
}

impl Choices {
    /// Returns these choices, and those that are kept in place of missing ones.
    #[must_use]
    pub fn or(self, kept: Choices) -> Choices {
        Choices {
            layout: self.layout.or(kept.layout),
            group: self.group.or(kept.group),
            sort: self.sort.or(kept.sort),
            status: self.status.or(kept.status),
        }
    }

    /// Returns the choices that a menu offers.
    #[must_use]
    pub fn of(self, offer: &Offer) -> Choices {
        Choices {
            layout: self.layout.filter(|one| offer.layouts.contains(one)),
            group: self.group.filter(|one| offer.groups.contains(one)),
            sort: self.sort.filter(|one| offer.sorts.contains(one)),
            status: self.status.filter(|one| offer.statuses.contains(one)),
        }
    }

    /// Returns these choices with the changes of a form.
    #[must_use]
    pub fn with(self, changes: &MenuForm) -> Choices {
        Choices {
            layout: changes.layout.or(self.layout),
            group: changes.group.or(self.group),
            sort: changes.sort.unwrap_or(self.sort),
            status: changes.status.or(self.status),
        }
    }
}

impl MenuForm {
    /// Returns the fields that change something. A menu sends all of its fields: those that nobody
    /// has touched are as the place keeps them, or as it shows them.
    #[must_use]
    pub fn changes(self, kept: Choices, shown: Choices) -> MenuForm {
        let known = [kept, shown];
        MenuForm {
            layout: self
                .layout
                .filter(|one| known.iter().all(|all| all.layout != Some(*one))),
            group: self
                .group
                .filter(|one| known.iter().all(|all| all.group != Some(*one))),
            sort: self
                .sort
                .filter(|one| known.iter().all(|all| all.sort != *one)),
            status: self
                .status
                .filter(|one| known.iter().all(|all| all.status != Some(*one))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_changes_only_fields_that_differ() {
        let form: MenuForm =
            crate::http::urlencoded("layout=board&group=date&sort=&status=open").expect("a form");
        assert_eq!(form.sort, Some(None));
        let kept = Choices {
            sort: Some(Sort::Title),
            ..Choices::default()
        };
        let shown = Choices {
            layout: Some(Layout::List),
            group: Some(Grouping::Date),
            status: Some(Status::Open),
            ..kept
        };
        let changes = form.changes(kept, shown);
        let expected = MenuForm {
            layout: Some(Layout::Board),
            sort: Some(None),
            ..MenuForm::default()
        };
        assert_eq!(changes, expected);
        let board = Choices {
            layout: Some(Layout::Board),
            ..Choices::default()
        };
        assert_eq!(kept.with(&changes), board);
        // The form of a page that is out of date may still have the groups that are kept.
        let stale = MenuForm {
            group: Some(Grouping::Label),
            ..MenuForm::default()
        };
        let kept = Choices {
            group: Some(Grouping::Label),
            ..kept
        };
        assert_eq!(stale.changes(kept, shown), MenuForm::default());
    }

    #[test]
    fn a_query_comes_before_what_is_kept() {
        let query = Choices {
            sort: Some(Sort::Title),
            ..Choices::default()
        };
        let kept = Choices {
            sort: Some(Sort::Due),
            group: Some(Grouping::Label),
            ..Choices::default()
        };
        let chosen = query.or(kept);
        assert_eq!((chosen.sort, chosen.group), (query.sort, kept.group));
    }
}
