//! Case folding in the program, so that comparison means the same on each engine.

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization;

/// The form in which two texts are equal if they differ in case or composition only (Unicode
/// default caseless matching, then NFC).
pub fn fold(text: &str) -> String {
    default_case_fold_str(&text.nfd().collect::<String>())
        .nfc()
        .collect()
}

/// A pattern for `LIKE ... ESCAPE '!'` that finds `text` anywhere, taken literally and folded.
pub fn like_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in fold(text).chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::{fold, like_pattern};

    #[test]
    fn case_and_composition_do_not_matter() {
        assert_eq!(fold("\u{c9}DITH"), fold("e\u{301}dith"));
        assert_eq!(fold("STRASSE"), fold("stra\u{df}e"));
        assert_ne!(fold("edith"), fold("\u{e9}dith"));
    }

    #[test]
    fn wildcards_are_literal() {
        assert_eq!(like_pattern("50%_!"), "%50!%!_!!%");
    }
}
