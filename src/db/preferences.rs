//! Columns of a user's preferences.

use super::{Kind, Scalar, Value};
use crate::appearance::{Density, LanguageChoice, Suggestions, Theme};
use crate::when::words::Style;
use crate::when::{Clock, DateOrder, WeekStart, Zone};

/// Stores a type as its name. An unknown name is the default: a user must not be locked out by a
/// zone that an update of the time zone database has removed.
macro_rules! named {
    ($($type:ty),+) => {
        $(impl Scalar for $type {
            const KIND: Kind = Kind::Text;

            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }

            fn of_value(value: Value) -> Option<$type> {
                String::of_value(value).map(|name| <$type>::parse(&name).unwrap_or_default())
            }
        })+
    };
}

named!(
    Zone,
    WeekStart,
    DateOrder,
    Clock,
    Style,
    Theme,
    Density,
    Suggestions,
    LanguageChoice
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written_and_an_unknown_one_is_the_default() {
        let berlin = Zone::parse("Europe/Berlin").expect("a zone");
        assert_eq!(Zone::of_value(berlin.to_value()), Some(berlin));
        assert_eq!(
            Clock::of_value(Clock::TwelveHours.to_value()),
            Some(Clock::TwelveHours)
        );
        assert_eq!(
            Zone::of_value(Value::Text("Mars/Olympus".into())),
            Some(Zone::UTC)
        );
        assert_eq!(Zone::of_value(Value::Integer(1)), None);
    }
}
