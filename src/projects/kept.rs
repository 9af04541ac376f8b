//! The form of a project that is preserved while the user signs in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::forms::ProjectForm;
use crate::ui::{KeptForm, KeptForms};

/// The submitted form of a project.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptProject {
    /// The project's id. Empty for a new one.
    pub id: String,
    /// The fields.
    pub fields: KeptFields,
}

/// The fields of a project.
#[derive(Default, Serialize, Deserialize)]
pub struct KeptFields(pub(super) ProjectForm);

/// Registers the form.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptProject>()
}

impl KeptForm for KeptProject {
    const NAME: &'static str = "project";
    const TEMPLATE: &'static str = "projects/unsaved";

    fn page(&self) -> String {
        match self.id.as_str() {
            "" => "/projects".to_owned(),
            id => format!("/projects/{id}/edit"),
        }
    }

    /// The ids become parts of URLs.
    fn is_valid(&self) -> bool {
        let is_id = |id: &str| id.is_empty() || Uuid::try_parse(id).is_ok();
        is_id(&self.id) && is_id(&self.fields.0.parent_id)
    }
}
