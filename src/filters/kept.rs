//! The form of a filter that is preserved while the user signs in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pages::FilterForm;
use crate::ui::{KeptForm, KeptForms};

/// The submitted form of a filter.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFilter {
    /// The filter's id. Empty for a new one.
    pub id: String,
    /// The fields.
    pub fields: KeptFields,
}

/// The fields of a filter.
#[derive(Default, Serialize, Deserialize)]
pub struct KeptFields(pub(super) FilterForm);

/// Registers the form.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptFilter>()
}

impl KeptForm for KeptFilter {
    const NAME: &'static str = "filter";
    const TEMPLATE: &'static str = "filters/unsaved";

    fn page(&self) -> String {
        match self.id.as_str() {
            "" => "/filters".to_owned(),
            id => format!("/filters/{id}"),
        }
    }

    /// The id becomes part of the form's URL.
    fn is_valid(&self) -> bool {
        self.id.is_empty() || Uuid::try_parse(&self.id).is_ok()
    }
}
