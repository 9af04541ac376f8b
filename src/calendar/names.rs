//! The names of days, weeks and months.

use super::span::{Span, WEEK};
use crate::when::{Date, month, weekday};

/// Returns the name of a span with these first and last days.
pub(super) fn name_of(span: Span, first: Date, last: Date) -> String {
    match span {
        Span::Month(year, _) => format!("{} {year}", month(span.first().unwrap_or(first))),
        Span::Week(_) if last.days_since(first) < WEEK - 1 => words(first),
        Span::Week(_) if first.month() == last.month() => {
            format!(
                "{}–{} {} {}",
                first.day(),
                last.day(),
                month(last),
                last.year()
            )
        }
        Span::Week(_) if first.year() == last.year() => format!(
            "{} {} – {} {} {}",
            first.day(),
            month(first),
            last.day(),
            month(last),
            last.year()
        ),
        Span::Week(_) => format!("{} – {}", words(first), words(last)),
    }
}

/// Returns a day in words, such as `Friday 27 November 2026`.
pub(super) fn words(day: Date) -> String {
    let (weekday, month) = (weekday(day), month(day));
    format!("{weekday} {} {month} {}", day.day(), day.year())
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
            assert_eq!(name_of(span, first, last), name);
        }
    }
}
