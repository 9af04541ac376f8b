//! The form of a label that is preserved while the user signs in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pages::LabelForm;
use crate::ui::{KeptForm, KeptForms};

/// The submitted form of a label.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptLabel {
    /// The label's id. Empty for a new one.
    pub id: String,
    /// The fields.
    pub fields: KeptFields,
}

/// The fields of a label.
#[derive(Default, Serialize, Deserialize)]
pub struct KeptFields(pub(super) LabelForm);

/// Registers the form.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptLabel>()
}

impl KeptForm for KeptLabel {
    const NAME: &'static str = "label";
    const TEMPLATE: &'static str = "labels/unsaved";

    fn page(&self) -> String {
        "/labels".to_owned()
    }

    /// The id becomes part of the form's URL.
    fn is_valid(&self) -> bool {
        self.id.is_empty() || Uuid::try_parse(&self.id).is_ok()
    }
}
