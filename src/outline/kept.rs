//! The form of a section that is preserved while the user signs in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::path_of;
use crate::ui::{KeptForm, KeptForms};

/// The submitted name of a section.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptSection {
    /// The section's id. Empty for a new one.
    pub id: String,
    /// The id of its project.
    pub project_id: String,
    /// The name.
    pub name: String,
}

/// Registers the form.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptSection>()
}

impl KeptForm for KeptSection {
    const NAME: &'static str = "section";
    const TEMPLATE: &'static str = "projects/unsaved_section";

    fn page(&self) -> String {
        path_of(&self.project_id)
    }

    /// The ids become parts of URLs.
    fn is_valid(&self) -> bool {
        let is_id = |id: &str| Uuid::try_parse(id).is_ok();
        is_id(&self.project_id) && (self.id.is_empty() || is_id(&self.id))
    }
}
