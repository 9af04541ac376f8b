//! The form of an account that survives a sign-in.

use serde::{Deserialize, Serialize};

use crate::ui::{KeptForm, KeptForms};

/// A change of the profile, as it was sent, without the password.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptProfile {
    /// The name.
    pub display_name: String,
    /// The e-mail address.
    pub email: String,
}

/// Adds the form of the profile.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptProfile>()
}

impl KeptForm for KeptProfile {
    const NAME: &'static str = "profile";
    const TEMPLATE: &'static str = "accounts/unsaved_profile";

    fn page(&self) -> String {
        "/settings".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_kept() {
        let forms = register(KeptForms::default());
        let kept = r#"{"form":"profile","display_name":"A","email":"b"}"#;
        assert!(forms.read(kept).is_some());
        for other in [
            r#"{"form":"password","new_password":"x"}"#,
            r#"{"form":"profile","display_name":"A","email":"b","current_password":"c"}"#,
        ] {
            assert_eq!(forms.read(other), None, "{other}");
        }
    }
}
