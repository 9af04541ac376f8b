//! Case folding in the program, so that comparisons have the same result on each engine.

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization;

/// Returns the folded text. Two texts have the same folded form if they differ only in case or
/// composition (Unicode default caseless matching, then NFC).
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    default_case_fold_str(&text.nfd().collect::<String>())
        .nfc()
        .collect()
}

/// Returns the sort key of a text: the folded text without control characters and trailing blanks,
/// because MySQL's collations compare texts as if padded with blanks.
pub fn sort_key(text: &str) -> String {
    let blank = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    fold(text)
        .chars()
        .map(blank)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{fold, sort_key};

    #[test]
    fn case_and_composition_do_not_matter() {
        assert_eq!(fold("\u{c9}DITH"), fold("e\u{301}dith"));
        assert_eq!(fold("STRASSE"), fold("stra\u{df}e"));
        assert_ne!(fold("edith"), fold("\u{e9}dith"));
    }

    #[test]
    fn ascii_is_folded_like_the_rest() {
        for character in '\0'..='\x7f' {
            let (alone, among) = (format!("A{character}B"), format!("A{character}B\u{e9}"));
            assert_eq!(fold(&alone) + "\u{e9}", fold(&among));
        }
    }

    #[test]
    fn no_character_sorts_before_a_blank() {
        assert_eq!(sort_key("A\tb\u{1}"), "a b");
    }
}
