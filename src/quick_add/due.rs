//! Words that are a due date and nothing else.

use super::{EnglishRepeats, parse};
use crate::when::Due;
use crate::when::words::Reader;

/// A title before the words: words that would leave no title have no other meaning.
const TITLE: &str = "x";

/// Parses words such as `next friday 9am`. `None` if a part of them is no due date.
pub fn parse_due(words: &str, reader: &Reader) -> Option<Due> {
    let parsed = parse(
        &format!("{TITLE} {}", words.trim()),
        reader,
        &EnglishRepeats,
    );
    let is_alone = parsed.title == TITLE
        && parsed.recurrence.is_none()
        && parsed
            .spans
            .iter()
            .all(|span| span.kind == super::SpanKind::Due);
    parsed.due.filter(|_| is_alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;
    use crate::when::Preferences;

    #[test]
    fn words_are_a_due_date_as_a_whole() {
        // 2026-11-27, a Friday, 12:00 UTC.
        let noon = Timestamp(1_795_780_800_000_000);
        let reader = Reader::of(&Preferences::default(), noon);
        for (words, due) in [
            ("today", "2026-11-27"),
            (" tomorrow ", "2026-11-28"),
            ("tom 9am", "2026-11-28T09:00"),
            ("mon", "2026-11-30"),
            ("2026-12-24", "2026-12-24"),
            ("in 5 days", "2026-12-02"),
        ] {
            let found = parse_due(words, &reader).map(|due| due.to_columns().0);
            assert_eq!(found.as_deref(), Some(due), "{words}");
        }
        for words in ["", "soon", "call tomorrow", "tomorrow p1", "every day", "x"] {
            assert_eq!(parse_due(words, &reader), None, "{words}");
        }
    }
}
