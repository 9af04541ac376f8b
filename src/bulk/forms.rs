//! The form of the changes of several tasks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::changes::{Beside, Change, Edit, Place};
use crate::error::{Code, Error, Violation};
use crate::http::input::check_uuid;
use crate::items::label_key;
use crate::locale::message;
use crate::quick_add::{EnglishRepeats, parse_date};
use crate::when::words::Reader;

/// Maximum number of tasks that a form changes.
const MOST_TASKS: usize = 500;

/// The form. An empty field is no change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BulkForm {
    /// The ids of the tasks.
    pub id: Vec<String>,
    /// The button: `complete`, `reopen`, `delete`, `undue`, `unlabel` or `choose`. Another one, or
    /// none, applies the fields.
    pub action: String,
    /// The due date in words.
    pub due: String,
    /// The button of a day, in place of the due date.
    pub day: String,
    pub priority: String,
    /// The id of a project, or of a section after a slash, or both.
    pub place: String,
    /// The ids of the tasks between which these are put.
    pub after: String,
    pub before: String,
    /// Names of labels, separated by commas.
    pub labels: String,
    /// Names of labels to remove.
    pub old_labels: String,
    /// True if the tasks lose all labels that they have.
    pub no_labels: bool,
    /// The page to return to.
    pub next: String,
}

impl BulkForm {
    /// Returns the ids of the tasks, each once.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are none or too many, or [`Error::NotFound`].
    pub fn ids(&self) -> Result<Vec<String>, Error> {
        let mut seen = BTreeSet::new();
        let ids = self.id.iter().filter(|id| seen.insert(*id));
        let ids: Vec<String> = ids.cloned().collect();
        if ids.is_empty() {
            let message = message!("bulk-none-selected");
            return Err(Error::invalid("id", Code::Required, message));
        }
        if ids.len() > MOST_TASKS {
            let message = message!("bulk-too-many", most = MOST_TASKS);
            let violation = Violation::bounded(Code::TooMany, MOST_TASKS, message);
            return Err(Error::Invalid(vec![violation.of("id")]));
        }
        match ids.iter().all(|id| check_uuid(id, &()).is_ok()) {
            true => Ok(ids),
            false => Err(Error::NotFound),
        }
    }

    /// Returns the change. `None` if it is still to be chosen.
    ///
    /// # Errors
    /// [`Error::Invalid`] with each field that cannot be read.
    pub fn change(&self, reader: &Reader) -> Result<Option<Change>, Error> {
        let edit = match self.action.as_str() {
            "choose" => return Ok(None),
            "complete" => return Ok(Some(Change::Completion(true))),
            "reopen" => return Ok(Some(Change::Completion(false))),
            "delete" => return Ok(Some(Change::Deletion)),
            "undue" => Edit {
                due: Some(None),
                ..Edit::default()
            },
            "unlabel" => Edit {
                removed_labels: self.label_names()?,
                ..Edit::default()
            },
            _ => self.edit(reader)?,
        };
        Ok((edit != Edit::default()).then_some(Change::Edit(edit)))
    }

    fn edit(&self, reader: &Reader) -> Result<Edit, Error> {
        let mut errors = Vec::new();
        let mut edit = Edit::default();
        let words = match self.day.as_str() {
            "" => self.due.trim(),
            day => day,
        };
        if !words.is_empty() {
            let parsed = parse_date(words, reader, &EnglishRepeats);
            // A series belongs to one task.
            let parsed = parsed.filter(|parsed| parsed.recurrence.is_none());
            edit.due = parsed.map(|parsed| parsed.due);
            if edit.due.is_none() {
                let message = message!("bulk-date");
                errors.push(Violation::new(Code::Invalid, message).of("due"));
            }
        }
        if !self.priority.is_empty() {
            edit.priority = self.priority.parse().ok();
            if !edit
                .priority
                .is_some_and(|priority| (1..=4).contains(&priority))
            {
                let message = message!("task-priority-range");
                errors.push(Violation::new(Code::OutOfRange, message).of("priority"));
            }
        }
        edit.place = (!self.place.is_empty()).then(|| Place::parse(&self.place));
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let beside = Beside {
            after: id(&self.after),
            before: id(&self.before),
        };
        edit.beside = (beside != Beside::default()).then_some(beside);
        edit.added_labels = names(&self.labels);
        edit.removed_labels = names(&self.old_labels);
        edit.clears_labels = self.no_labels;
        match errors.is_empty() {
            true => Ok(edit),
            false => Err(Error::Invalid(errors)),
        }
    }

    /// Returns the labels that the button is about.
    fn label_names(&self) -> Result<Vec<String>, Error> {
        let names = names(&self.labels);
        if names.is_empty() {
            let message = message!("bulk-label-required");
            return Err(Error::invalid("labels", Code::Required, message));
        }
        Ok(names)
    }
}

/// Splits the names of labels. The sign of labels before a name is left out.
fn names(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = text
        .split(',')
        .map(|name| name.trim().trim_start_matches('@'));
    let names = names.filter(|name| !name.is_empty() && seen.insert(label_key(name)));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;
    use crate::when::Preferences;

    fn reader() -> Reader {
        Preferences::default().reader(Timestamp(1_795_780_800_000_000))
    }

    #[test]
    fn tasks_are_one_to_five_hundred_with_ids() {
        let of = |id: Vec<String>| BulkForm {
            id,
            ..BulkForm::default()
        };
        let id = |number: usize| format!("0192f0c1-2345-7000-8000-{number:012}");
        assert_eq!(of(vec![id(1), id(2), id(1)]).ids().expect("ids").len(), 2);
        assert_eq!(
            of((0..500).map(id).collect()).ids().expect("ids").len(),
            500
        );
        for ids in [Vec::new(), (0..501).map(id).collect()] {
            let error = of(ids).ids().expect_err("a wrong number");
            assert_eq!(error.fields()[0].field, "id");
        }
        assert!(matches!(of(vec!["x".into()]).ids(), Err(Error::NotFound)));
    }

    #[test]
    fn a_button_is_a_change_and_fields_are_one_without_it() {
        let fields = BulkForm {
            due: "tomorrow".into(),
            priority: "2".into(),
            place: "p/s".into(),
            labels: " @home, , Home ".into(),
            ..BulkForm::default()
        };
        let change = fields.change(&reader()).expect("a change");
        let Some(Change::Edit(edit)) = change else {
            panic!("{change:?}");
        };
        assert_eq!(edit.added_labels, ["home"]);
        assert_eq!(edit.priority, Some(2));
        for (action, expected) in [
            ("choose", None),
            ("complete", Some(Change::Completion(true))),
            ("delete", Some(Change::Deletion)),
        ] {
            let form = BulkForm {
                action: action.into(),
                ..fields.clone()
            };
            assert_eq!(form.change(&reader()).expect("a change"), expected);
        }
        assert_eq!(BulkForm::default().change(&reader()).expect("none"), None);
        let wrong = BulkForm {
            due: "soon".into(),
            priority: "5".into(),
            ..BulkForm::default()
        };
        let error = wrong.change(&reader()).expect_err("wrong fields");
        let fields: Vec<_> = error.fields().iter().map(|each| &*each.field).collect();
        assert_eq!(fields, ["due", "priority"]);
    }
}
