//! Case folding in the program, so that comparisons have the same result on each engine.

use std::sync::LazyLock;

use caseless::{Caseless, default_case_fold_str};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

/// The first character after the Latin letters whose keys are in [`LATIN`].
const AFTER_LATIN: u32 = 0x250;

/// The search keys of the characters before [`AFTER_LATIN`], for speed.
static LATIN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let letters = (0..AFTER_LATIN).filter_map(char::from_u32);
    letters.map(key_of).collect()
});

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

/// Returns the text by which searches compare: without case and accents. Other scripts keep their
/// marks.
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    push_search_key(&mut key, text);
    key
}

/// Appends the search key of a text.
pub fn push_search_key(key: &mut String, text: &str) {
    let start = key.len();
    let mut rest = text;
    // ASCII is copied in runs: most texts have little else.
    while !rest.is_ascii() {
        let ascii = rest.bytes().take_while(u8::is_ascii).count();
        let (ascii, others) = rest.split_at(ascii);
        key.push_str(ascii);
        let mut others = others.chars();
        if let Some(letter) = others.next() {
            match LATIN.get(letter as usize) {
                Some(known) => key.push_str(known),
                None => key.push_str(&key_of(letter)),
            }
        }
        rest = others.as_str();
    }
    key.push_str(rest);
    key[start..].make_ascii_lowercase();
}

fn key_of(letter: char) -> String {
    let mut key = String::new();
    decompose_canonical(letter, |part| {
        for folded in std::iter::once(part).default_case_fold() {
            match folded {
                // Accents of Latin, Greek and Cyrillic letters.
                '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' => {}
                // Letters that Unicode does not decompose.
                '\u{e6}' => key.push_str("ae"),
                '\u{f0}' | '\u{111}' => key.push('d'),
                '\u{f8}' => key.push('o'),
                '\u{fe}' => key.push_str("th"),
                '\u{127}' => key.push('h'),
                '\u{131}' => key.push('i'),
                '\u{142}' => key.push('l'),
                '\u{153}' => key.push_str("oe"),
                '\u{167}' => key.push('t'),
                other => key.push(other),
            }
        }
    });
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_oneof};
    use proptest::{collection, prop_assert_eq, proptest};

    use super::{fold, key_of, push_search_key, search_key, sort_key};

    proptest! {
        #[test]
        fn runs_of_ascii_have_the_keys_of_their_letters(
            before in "[a-z]{0,3}",
            letters in collection::vec(
                prop_oneof![
                    3 => proptest::char::range('\0', '\x7f'),
                    1 => proptest::char::range('\u{80}', '\u{24f}'),
                    1 => any::<char>(),
                ],
                0..200,
            ),
        ) {
            let text: String = letters.iter().collect();
            let slow: String = letters.into_iter().map(key_of).collect();
            let mut key = before.clone();
            push_search_key(&mut key, &text);
            prop_assert_eq!(key, before + &slow);
        }
    }

    #[test]
    fn searches_ignore_case_and_accents() {
        for (text, key) in [
            ("R\u{e9}sum\u{e9}", "resume"),
            ("re\u{301}SUME\u{301}", "resume"),
            ("STRA\u{df}E \u{1e9e}", "strasse ss"),
            ("\u{c5}ngstr\u{f6}m", "angstrom"),
            ("\u{d8}re \u{c6}ble \u{141}\u{f3}d\u{17a}", "ore aeble lodz"),
            ("\u{130}zmir \u{131}\u{15f}\u{131}k", "izmir isik"),
            ("Vi\u{1ec7}t Nam", "viet nam"),
            (
                "\u{394}\u{3af}\u{3c0}\u{3bb}\u{3b1}\u{3c2}",
                "\u{3b4}\u{3b9}\u{3c0}\u{3bb}\u{3b1}\u{3c3}",
            ),
            (
                "\u{41c}\u{41e}\u{421}\u{41a}\u{412}\u{410}",
                "\u{43c}\u{43e}\u{441}\u{43a}\u{432}\u{430}",
            ),
            (
                "\u{6771}\u{4eac} \u{1f345}\t%_",
                "\u{6771}\u{4eac} \u{1f345}\t%_",
            ),
            // A mark that tells letters apart stays.
            ("\u{304c}", "\u{304b}\u{3099}"),
        ] {
            assert_eq!(search_key(text), key, "{text}");
        }
        for letter in '\0'..='\u{ffff}' {
            let (alone, folded) = (letter.to_string(), fold(&letter.to_string()));
            assert_eq!(search_key(&alone), search_key(&folded), "{letter:?}");
        }
    }

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
