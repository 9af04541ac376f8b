//! The form of an account that survives a sign-in.

use serde::{Deserialize, Serialize};

use super::settings::PROFILE;
use crate::auth::User;
use crate::ui::{KeptForm, KeptForms};

/// A change of the profile, as it was sent, without the password.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptProfile {
    /// The name.
    pub display_name: String,
    /// The e-mail address.
    pub email: String,
    /// The name of the time zone.
    pub time_zone: String,
    /// The first day of the week.
    pub week_start: String,
    /// The order of year, month and day.
    pub date_order: String,
    /// The form of times.
    pub clock: String,
    /// The style of quick add. Empty in a form of an earlier version.
    #[serde(default)]
    pub quick_add_style: String,
}

impl KeptProfile {
    /// Returns the form as it is before any change.
    pub fn of(user: &User) -> KeptProfile {
        let preferences = user.preferences;
        KeptProfile {
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            time_zone: preferences.time_zone.as_str().to_owned(),
            week_start: preferences.week_start.as_str().to_owned(),
            date_order: preferences.date_order.as_str().to_owned(),
            clock: preferences.clock.as_str().to_owned(),
            quick_add_style: preferences.quick_add_style.as_str().to_owned(),
        }
    }
}

/// Adds the form of the profile.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptProfile>()
}

impl KeptForm for KeptProfile {
    const NAME: &'static str = "profile";
    const TEMPLATE: &'static str = "accounts/unsaved_profile";

    fn page(&self) -> String {
        PROFILE.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Kept;

    #[test]
    fn no_password_is_kept() {
        let forms = register(KeptForms::default());
        let profile = KeptProfile {
            display_name: "A".into(),
            email: "b".into(),
            time_zone: "UTC".into(),
            week_start: "monday".into(),
            date_order: "ymd".into(),
            clock: "24h".into(),
            quick_add_style: "todoist".into(),
        };
        let kept = Kept::of(&profile).expect("a form").write();
        assert!(forms.read(&kept).is_some());
        let with_password = kept.replacen('{', r#"{"current_password":"c","#, 1);
        for other in [r#"{"form":"password","new_password":"x"}"#, &with_password] {
            assert_eq!(forms.read(other), None, "{other}");
        }
    }
}
