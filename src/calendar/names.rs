//! The names of days, weeks and months.

use super::span::{Span, WEEK};
use crate::locale::{Language, message};
use crate::when::{Date, month, weekday};

/// Returns the name of a span with these first and last days.
pub(super) fn name_of(span: Span, first: Date, last: Date, language: Language) -> String {
    let message = match span {
        Span::Month(year, _) => message!(
            "calendar-name-month",
            month = month(span.first().unwrap_or(first), language),
            year = year.to_string()
        ),
        Span::Week(_) if last.days_since(first) < WEEK - 1 => return words(first, language),
        Span::Week(_) if first.month() == last.month() => message!(
            "calendar-name-week",
            first = first.day(),
            last = last.day(),
            month = month(last, language),
            year = last.year().to_string()
        ),
        Span::Week(_) if first.year() == last.year() => message!(
            "calendar-name-week-of-months",
            first = first.day(),
            first_month = month(first, language),
            last = last.day(),
            last_month = month(last, language),
            year = last.year().to_string()
        ),
        Span::Week(_) => return format!("{} – {}", words(first, language), words(last, language)),
    };
    language.say(&message)
}

/// Returns a day in words, such as `Friday 27 November 2026`.
pub(super) fn words(day: Date, language: Language) -> String {
    language.say(&message!(
        "date-in-words",
        weekday = weekday(day, language),
        day = day.day(),
        month = month(day, language),
        year = day.year().to_string()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when::WeekStart;

    #[test]
    fn spans_have_names() {
        for (span, name) in [
            (Span::parse_month("2026-11"), "November 2026"),
            (Span::parse_week("2026-W48"), "23–29 November 2026"),
            (
                Span::parse_week("2026-W49"),
                "30 November – 6 December 2026",
            ),
            (
                Span::parse_week("2026-W53"),
                "Monday 28 December 2026 – Sunday 3 January 2027",
            ),
        ] {
            let span = span.expect(name);
            let weeks = span.weeks(WeekStart::Monday);
            let (first, last) = (weeks[0][0], weeks[weeks.len() - 1][6]);
            assert_eq!(name_of(span, first, last, Language::English), name);
        }
    }
}
