//! HTML forms of accounts.

use serde::{Deserialize, Serialize};

use super::kept::KeptProfile;
use super::{NewAccount, ProfilePatch};
use crate::appearance::{Appearance, Density, LanguageChoice, Suggestions, Theme};
use crate::auth::User;
use crate::error::{Error, FieldError, Violation};
use crate::when::words::Style;
use crate::when::{Clock, DateOrder, WeekStart, Zone};

/// The form of the sign-in page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct LoginForm {
    pub email: String,
    pub password: String,
    pub next: String,
    pub kept: String,
}

/// The form of a new account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RegisterForm {
    pub email: String,
    pub display_name: String,
    pub time_zone: String,
    /// Suggested by the browser, as the two below.
    pub week_start: String,
    pub date_order: String,
    pub clock: String,
    pub password: String,
}

/// The form of the profile. An empty choice, as of a form without it, is no change.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProfileForm {
    pub display_name: String,
    pub email: String,
    pub time_zone: String,
    pub week_start: String,
    pub date_order: String,
    pub clock: String,
    pub quick_add_style: String,
    pub current_password: String,
}

/// The form of the look of pages. An empty choice, as of a form without it, is no change.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct AppearanceForm {
    pub theme: String,
    pub density: String,
    pub suggestions: String,
    pub language: String,
}

/// The form of a new password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PasswordForm {
    pub current_password: String,
    pub new_password: String,
}

/// The form that deletes an account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct DeletionForm {
    pub password: String,
}

impl RegisterForm {
    /// Returns the account. A browser may know zones that Docket does not, and that is no reason to
    /// refuse its user.
    pub fn into_account(self) -> NewAccount {
        NewAccount {
            email: self.email,
            password: self.password,
            display_name: Some(self.display_name),
            time_zone: Zone::parse(&self.time_zone).ok(),
            week_start: WeekStart::parse(&self.week_start).ok(),
            date_order: DateOrder::parse(&self.date_order).ok(),
            clock: Clock::parse(&self.clock).ok(),
        }
    }
}

impl ProfileForm {
    /// Returns the changes. The form sends all fields, of which others may have changed since it was
    /// shown, so an unchanged value is not a change.
    ///
    /// # Errors
    /// [`Error::Invalid`] for each choice that does not exist.
    pub fn patch(&self, user: &User) -> Result<ProfilePatch, Error> {
        let mut errors = Vec::new();
        let preferences = user.preferences;
        let patch = ProfilePatch {
            display_name: Some(self.display_name.clone()).filter(|name| *name != user.display_name),
            email: Some(self.email.clone()).filter(|email| *email != user.email),
            time_zone: chosen("time_zone", &self.time_zone, Zone::parse, &mut errors)
                .filter(|zone| *zone != preferences.time_zone),
            week_start: chosen(
                "week_start",
                &self.week_start,
                WeekStart::parse,
                &mut errors,
            )
            .filter(|start| *start != preferences.week_start),
            date_order: chosen(
                "date_order",
                &self.date_order,
                DateOrder::parse,
                &mut errors,
            )
            .filter(|order| *order != preferences.date_order),
            clock: chosen("clock", &self.clock, Clock::parse, &mut errors)
                .filter(|clock| *clock != preferences.clock),
            quick_add_style: chosen(
                "quick_add_style",
                &self.quick_add_style,
                Style::parse,
                &mut errors,
            )
            .filter(|style| *style != preferences.quick_add_style),
            current_password: Some(self.current_password.clone()),
            ..ProfilePatch::default()
        };
        match errors.is_empty() {
            true => Ok(patch),
            false => Err(Error::Invalid(errors)),
        }
    }

    /// Returns the fields that survive a sign-in.
    pub fn into_kept(self) -> KeptProfile {
        KeptProfile {
            display_name: self.display_name,
            email: self.email,
            time_zone: self.time_zone,
            week_start: self.week_start,
            date_order: self.date_order,
            clock: self.clock,
            quick_add_style: self.quick_add_style,
        }
    }
}

impl AppearanceForm {
    /// Returns the form as it is before any change.
    pub fn of(appearance: Appearance) -> AppearanceForm {
        AppearanceForm {
            theme: appearance.theme.as_str().to_owned(),
            density: appearance.density.as_str().to_owned(),
            suggestions: appearance.suggestions.as_str().to_owned(),
            language: appearance.language.as_str().to_owned(),
        }
    }

    /// Returns the changes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for each choice that does not exist.
    pub fn patch(&self) -> Result<ProfilePatch, Error> {
        let mut errors = Vec::new();
        let patch = ProfilePatch {
            theme: chosen("theme", &self.theme, Theme::parse, &mut errors),
            density: chosen("density", &self.density, Density::parse, &mut errors),
            suggestions: chosen(
                "suggestions",
                &self.suggestions,
                Suggestions::parse,
                &mut errors,
            ),
            language: chosen(
                "language",
                &self.language,
                LanguageChoice::parse,
                &mut errors,
            ),
            ..ProfilePatch::default()
        };
        match errors.is_empty() {
            true => Ok(patch),
            false => Err(Error::Invalid(errors)),
        }
    }
}

fn chosen<T>(
    field: &str,
    name: &str,
    parse: fn(&str) -> Result<T, Violation>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    if name.is_empty() {
        return None;
    }
    parse(name)
        .map_err(|violation| errors.push(violation.of(field)))
        .ok()
}
