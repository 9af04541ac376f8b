//! Preferences for the look of pages.

use crate::choice::choice;

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

/// The preferences of a user for the look of pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appearance {
    /// Colours.
    pub theme: Theme,
    /// Height of rows.
    pub density: Density,
    /// First steps.
    pub suggestions: Suggestions,
}
