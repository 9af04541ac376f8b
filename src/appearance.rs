//! Preferences for the look of pages.

use crate::choice::choice;
use crate::locale::Language;

choice! {
    /// Colours of pages.
    pub enum Theme {
        /// As the browser prefers.
        #[default]
        System = "system",
        /// Dark text on a light ground.
        Light = "light",
        /// Light text on a dark ground.
        Dark = "dark",
    }
}

choice! {
    /// Height of the rows of lists.
    pub enum Density {
        /// High enough for fingers.
        #[default]
        Comfortable = "comfortable",
        /// More rows on a screen.
        Compact = "compact",
    }
}

choice! {
    /// First steps that pages suggest.
    pub enum Suggestions {
        /// Shown until each is done.
        #[default]
        Shown = "shown",
        /// Not shown.
        Hidden = "hidden",
    }
}

choice! {
    /// Language of pages and messages.
    pub enum LanguageChoice {
        /// As the browser prefers.
        #[default]
        Browser = "browser",
        /// English.
        English = "en",
        /// German.
        German = "de",
    }
}

impl LanguageChoice {
    /// Returns the language, unless the browser chooses it.
    pub fn language(self) -> Option<Language> {
        match self {
            LanguageChoice::Browser => None,
            LanguageChoice::English => Some(Language::English),
            LanguageChoice::German => Some(Language::German),
        }
    }
}

/// The preferences of a user for the look of pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appearance {
    /// Colours.
    pub theme: Theme,
    /// Height of rows.
    pub density: Density,
    /// First steps.
    pub suggestions: Suggestions,
    /// Language.
    pub language: LanguageChoice,
}
