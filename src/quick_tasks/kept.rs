//! The text of quick add that is preserved while the user signs in.

use serde::{Deserialize, Serialize};

use crate::ui::{KeptForm, KeptForms};

/// The submitted text.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptText {
    /// The lines.
    pub text: String,
    /// The id of the project. Empty for the Inbox.
    pub project_id: String,
    /// The id of the section. Empty if there is none.
    pub section_id: String,
    /// The id of the task of which the lines become subtasks. Empty if there is none.
    pub parent_id: String,
    /// The name of a label. Empty if there is none.
    pub label: String,
    /// The due date of the lines that name none. Empty if there is none.
    pub due_date: String,
}

/// Registers the form.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptText>()
}

impl KeptForm for KeptText {
    const NAME: &'static str = "quick_add";
    const TEMPLATE: &'static str = "quick_add/unsaved";

    fn page(&self) -> String {
        super::pages::PAGE.to_owned()
    }
}
