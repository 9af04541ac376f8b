//! The palette of projects and labels. Style sheets define each colour for light and dark pages.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::http::input::named;

/// The colour of new projects and labels.
pub const DEFAULT_COLOUR: Colour = Colour::Grey;

/// Declares [`Colour`] from one list of names.
macro_rules! colours {
    ($($name:ident $text:literal,)+) => {
        /// A colour of the palette.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "lowercase")]
        #[allow(missing_docs)]
        pub enum Colour {
            $($name,)+
        }

        impl Colour {
            /// The palette, in the order of a colour wheel.
            pub const ALL: &[Colour] = &[$(Colour::$name),+];

            const NAMES: &[&str] = &[$($text),+];

            /// Returns the name in the API and in the database.
            pub fn name(self) -> &'static str {
                match self {
                    $(Colour::$name => $text,)+
                }
            }
        }
    };
}

colours! {
    Grey "grey",
    Red "red",
    Orange "orange",
    Amber "amber",
    Yellow "yellow",
    Lime "lime",
    Green "green",
    Teal "teal",
    Cyan "cyan",
    Blue "blue",
    Indigo "indigo",
    Violet "violet",
    Purple "purple",
    Pink "pink",
    Rose "rose",
    Brown "brown",
}

impl Default for Colour {
    fn default() -> Colour {
        DEFAULT_COLOUR
    }
}

impl Colour {
    /// Returns the colour with this name, or grey if there is none.
    pub fn of_name(name: &str) -> Colour {
        Colour::parse(name).unwrap_or_default()
    }

    fn parse(name: &str) -> Option<Colour> {
        let mut all = Colour::ALL.iter().copied();
        all.find(|colour| colour.name() == name)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Colour, D::Error> {
        named(deserializer, Colour::NAMES, Colour::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_the_same_names_everywhere() {
        for colour in Colour::ALL {
            let json = serde_json::to_string(colour).expect("JSON");
            assert_eq!(json, format!("\"{}\"", colour.name()));
            assert_eq!(Colour::of_name(colour.name()), *colour);
        }
        assert_eq!(Colour::of_name("beige"), Colour::Grey);
    }
}
