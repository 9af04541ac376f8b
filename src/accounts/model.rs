//! Account types: JSON representations and validated input.

use garde::Validate;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use crate::appearance::{Appearance, Density, LanguageChoice, Suggestions, Theme};
use crate::auth::User;
use crate::db::{Timestamp, row};
use crate::error::{Code, Violation, check_length, check_no_controls};
use crate::http::input::{nullable, present};
use crate::locale::message;
use crate::when::words::Style;
use crate::when::{Clock, DateOrder, Preferences, WeekStart, Zone};

/// Maximum length of an e-mail address (RFC 5321, section 4.5.3.1.3).
const EMAIL_CHARACTERS: usize = 254;
/// Maximum length in bytes before composition: a character has at most 4 bytes and is composed of
/// at most 4 characters.
const EMAIL_BYTES: usize = 16 * EMAIL_CHARACTERS;
const NAME_CHARACTERS: usize = 100;

row! {
    /// The account of the signed-in user.
    #[derive(Serialize, ToSchema)]
    #[schema(as = User)]
    pub struct Account {
        /// UUID version 7.
        id: String,
        /// E-mail address used to sign in.
        #[schema(example = "ada@example.org")]
        email: String,
        /// Display name; may be empty.
        #[schema(example = "Ada")]
        display_name: String,
        /// IANA name of the time zone in which days begin and end.
        #[schema(value_type = String, example = "Europe/Berlin", max_length = 64)]
        time_zone: Zone,
        /// First day of the week.
        week_start: WeekStart,
        /// Order of year, month and day on pages.
        date_order: DateOrder,
        /// Form of times on pages.
        clock: Clock,
        /// Style of the signs and dates of quick add.
        quick_add_style: Style,
        /// Colours of pages.
        theme: Theme,
        /// Height of the rows of lists on pages.
        density: Density,
        /// First steps that pages suggest.
        suggestions: Suggestions,
        /// Language of pages and messages.
        language: LanguageChoice,
        /// Time of registration.
        #[schema(value_type = String, format = DateTime)]
        created_at: Timestamp,
        /// Time of the last change to the profile.
        #[schema(value_type = String, format = DateTime)]
        updated_at: Timestamp,
    }
}

impl From<User> for Account {
    fn from(user: User) -> Account {
        Account {
            id: user.id,
            email: user.email,
            display_name: user.display_name,
            time_zone: user.preferences.time_zone,
            week_start: user.preferences.week_start,
            date_order: user.preferences.date_order,
            clock: user.preferences.clock,
            quick_add_style: user.preferences.quick_add_style,
            theme: user.appearance.theme,
            density: user.appearance.density,
            suggestions: user.appearance.suggestions,
            language: user.appearance.language,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl Account {
    /// Returns the preferences for dates and times.
    pub fn preferences(&self) -> Preferences {
        Preferences {
            time_zone: self.time_zone,
            week_start: self.week_start,
            date_order: self.date_order,
            clock: self.clock,
            quick_add_style: self.quick_add_style,
            ..Preferences::default()
        }
    }

    /// Returns the preferences for the look of pages.
    pub fn appearance(&self) -> Appearance {
        Appearance {
            theme: self.theme,
            density: self.density,
            suggestions: self.suggestions,
            language: self.language,
        }
    }
}

/// A successful sign-in (RFC 6749, section 5.1), with the signed-in user.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// JWT to send as `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schema(example = 900)]
    pub expires_in: u32,
    /// Opaque token for `POST /api/v1/auth/refresh`; valid once.
    pub refresh_token: String,
    /// The signed-in user.
    pub user: Account,
}

/// A new account.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// E-mail address used to sign in.
    #[garde(custom(check_email))]
    #[schema(format = Email, example = "ada@example.org", max_length = 254)]
    pub email: String,
    /// 8 to 128 characters, not easy to guess.
    #[garde(custom(check_password))]
    #[schema(example = "tandem walrus 7 lanterns", min_length = 8, max_length = 128)]
    pub password: String,
    /// Display name.
    #[garde(custom(check_display_name))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "Ada", max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub display_name: Option<String>,
    /// IANA name of the time zone in which days begin and end. The default is UTC.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin", max_length = 64)]
    pub time_zone: Option<Zone>,
    /// First day of the week. The default is Monday.
    #[garde(skip)]
    #[serde(default)]
    pub week_start: Option<WeekStart>,
    /// Order of year, month and day on pages. The default is `ymd`.
    #[garde(skip)]
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// Form of times on pages. The default is `24h`.
    #[garde(skip)]
    #[serde(default)]
    pub clock: Option<Clock>,
}

/// Credentials to sign in with.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// E-mail address of the account.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// Password of the account.
    #[schema(example = "tandem walrus 7 lanterns")]
    pub password: String,
}

/// A request to refresh the tokens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshGrant {
    /// The current refresh token.
    pub refresh_token: String,
}

/// A JSON merge patch (RFC 7396) of the profile.
#[derive(Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilePatch {
    /// Display name; null removes it.
    #[garde(custom(check_display_name))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "Ada Lovelace", max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub display_name: Option<String>,
    /// IANA name of the time zone in which days begin and end; null is UTC.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "Europe/Berlin", max_length = 64)]
    pub time_zone: Option<Zone>,
    /// First day of the week; null is Monday.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub week_start: Option<WeekStart>,
    /// Order of year, month and day on pages; null is `ymd`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub date_order: Option<DateOrder>,
    /// Form of times on pages; null is `24h`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub clock: Option<Clock>,
    /// Style of the signs and dates of quick add; null is `todoist`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub quick_add_style: Option<Style>,
    /// Colours of pages; null is `system`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub theme: Option<Theme>,
    /// Height of the rows of lists on pages; null is `comfortable`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub density: Option<Density>,
    /// First steps that pages suggest; null is `shown`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub suggestions: Option<Suggestions>,
    /// Language of pages and messages; null is `browser`, which is that of `Accept-Language`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    pub language: Option<LanguageChoice>,
    /// New e-mail address; requires the current password.
    #[garde(inner(custom(check_email)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, format = Email,
        example = "ada@example.org", max_length = 254)]
    pub email: Option<String>,
    /// Current password, required to change the e-mail address.
    #[garde(skip)]
    #[serde(default)]
    pub current_password: Option<String>,
}

/// A password change.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// Current password.
    #[garde(skip)]
    pub current_password: String,
    /// 8 to 128 characters, not easy to guess.
    #[garde(custom(check_password))]
    #[schema(example = "copper ferry 12 violins", min_length = 8, max_length = 128)]
    pub new_password: String,
}

/// Confirmation of an account deletion.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountDeletion {
    /// Current password.
    pub password: String,
}

impl ProfilePatch {
    /// Returns the preferences after the change.
    pub fn apply_to(&self, preferences: Preferences) -> Preferences {
        Preferences {
            time_zone: self.time_zone.unwrap_or(preferences.time_zone),
            week_start: self.week_start.unwrap_or(preferences.week_start),
            date_order: self.date_order.unwrap_or(preferences.date_order),
            clock: self.clock.unwrap_or(preferences.clock),
            quick_add_style: self.quick_add_style.unwrap_or(preferences.quick_add_style),
            ..preferences
        }
    }

    /// Returns the look of pages after the change.
    pub fn restyle(&self, appearance: Appearance) -> Appearance {
        Appearance {
            theme: self.theme.unwrap_or(appearance.theme),
            density: self.density.unwrap_or(appearance.density),
            suggestions: self.suggestions.unwrap_or(appearance.suggestions),
            language: self.language.unwrap_or(appearance.language),
        }
    }
}

/// Normalizes an e-mail address for storage: trims and composes it (NFC).
pub fn normal_email(text: &str) -> String {
    text.trim().nfc().collect()
}

/// Returns true if the text is too long for an e-mail address. Called before expensive operations
/// such as case folding and composition.
pub(super) fn is_long_email(text: &str) -> bool {
    text.len() > EMAIL_BYTES
}

fn check_email(text: &str, _: &()) -> garde::Result {
    use email_address::{EmailAddress, Options};

    let options = Options::default()
        .without_display_text()
        .without_domain_literal();
    if is_long_email(text) {
        return Err(long_email().into());
    }
    let text = normal_email(text);
    if text.chars().count() > EMAIL_CHARACTERS {
        return Err(long_email().into());
    }
    let valid = !text.chars().any(char::is_control)
        && EmailAddress::parse_with_options(&text, options).is_ok();
    if valid {
        return Ok(());
    }
    let (code, message) = match text.is_empty() {
        true => (Code::Required, message!("email-required")),
        false => (Code::InvalidEmail, message!("email-invalid")),
    };
    Err(Violation::new(code, message).into())
}

/// Omits the actual length: before composition, characters are not counted.
fn long_email() -> Violation {
    let message = message!("email-too-long", most = EMAIL_CHARACTERS);
    Violation::bounded(Code::TooLong, EMAIL_CHARACTERS, message)
}

fn check_password(text: &str, _: &()) -> garde::Result {
    Ok(crate::auth::password_length(text)?)
}

fn check_display_name(text: &Option<String>, _: &()) -> garde::Result {
    let text = text.as_deref().unwrap_or_default();
    check_length(text.trim(), NAME_CHARACTERS, message!("thing-name"))?;
    Ok(check_no_controls(text, message!("thing-name"))?)
}
