//! Password strength, estimated by zxcvbn.

use zxcvbn::{Score, zxcvbn};

/// Words of the product. `docs/security.md` lists them too.
const PRODUCT_WORDS: [&str; 6] = ["docket", "task", "tasks", "todo", "taskmanager", "password"];

/// Minimum length of a hint. Shorter words occur in any password.
const LEAST_WORD: usize = 3;

/// Maximum length of a scored text. The time of zxcvbn grows with its square.
const MOST_SCORED: usize = 64;

/// Maximum cost of scoring a text with many substitutes: the square of its length times the number
/// of combinations. With [`MOST_SCORED`], it bounds the scoring of any text to a few milliseconds;
/// without them, 100 chosen characters take two seconds.
const MOST_COST: usize = 1 << 15;

/// Characters that zxcvbn treats as substitutes of a letter. It tries every combination of those
/// present in a text.
const SUBSTITUTES: [(char, &str); 12] = [
    ('a', "4@"),
    ('b', "8"),
    ('c', "({[<"),
    ('e', "3"),
    ('g', "69"),
    ('i', "1!|"),
    ('l', "1|7"),
    ('o', "0"),
    ('s', "$5"),
    ('t', "+7"),
    ('x', "%"),
    ('z', "2"),
];

/// Returns true if 10⁶ guesses find the password. `hints` are texts whose words are guessed first,
/// such as the e-mail address.
pub(super) fn is_guessable(password: &str, hints: &[String]) -> bool {
    let scored = scored(password);
    // Hints are truncated as well, so that a truncated password still equals its hint.
    let hints: Vec<_> = hints
        .iter()
        .flat_map(|hint| [hint.clone(), cut(hint)])
        .collect();
    zxcvbn(&scored, &context_words(&hints)).score() < Score::Two
}

/// Returns the scored part of a password: its beginning, or the period of a repeated text. Neither
/// is harder to guess than the whole password.
fn scored(password: &str) -> String {
    let characters: Vec<_> = password.chars().collect();
    // Truncating a repetition would leave a remainder that looks random.
    let period = (1..=characters.len() / 2).find(|period| {
        characters
            .iter()
            .zip(&characters[*period..])
            .all(|(a, b)| a == b)
    });
    let end = period.unwrap_or(characters.len());
    cut(&characters[..end].iter().collect::<String>())
}

/// Returns the longest prefix of a text that can be scored quickly.
fn cut(text: &str) -> String {
    let mut length = 0;
    let mut seen = String::new();
    text.chars()
        .take(MOST_SCORED)
        .take_while(|character| {
            length += 1;
            if character.is_ascii() && !seen.contains(*character) {
                seen.push(*character);
            }
            length * length * combinations(&seen) <= MOST_COST
        })
        .collect()
}

/// Returns an upper bound of the combinations that zxcvbn tries for a text with these characters.
fn combinations(characters: &str) -> usize {
    let of_letter = |(letter, substitutes): &(char, &str)| {
        let there = substitutes
            .chars()
            .filter(|each| characters.contains(*each));
        // Substitutes of `l` are also substitutes of `i` and `t`. They are tried with and without.
        let each = if *letter == 'l' { 2 } else { 1 };
        (there.count() * each).max(1)
    };
    SUBSTITUTES.iter().map(of_letter).product()
}

/// Returns the words an attacker would try first: those of the product, then the hints, whole and
/// word by word.
fn context_words(hints: &[String]) -> Vec<&str> {
    let words = hints
        .iter()
        .flat_map(|hint| hint.split(|character: char| !character.is_alphanumeric()))
        .filter(|word| word.chars().count() >= LEAST_WORD);
    PRODUCT_WORDS
        .into_iter()
        .chain(hints.iter().map(String::as_str))
        .chain(words)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 128;

    /// Repeats a text up to the maximum length of a password.
    fn repeated(text: &str) -> String {
        text.chars().cycle().take(LONGEST).collect()
    }

    #[test]
    fn the_cost_of_a_score_is_bounded() {
        let substitutes = "4@8({[<369!1|70$5+%2";
        let mixed: String = substitutes.chars().flat_map(|each| [each, 'q']).collect();
        let printable: String = (' '..='~').rev().collect();
        for text in [
            substitutes,
            &mixed,
            &printable,
            "a",
            "1234567890",
            "x\u{1f98a}",
        ] {
            let text = cut(&repeated(text));
            let length = text.chars().count();
            assert!((11..=MOST_SCORED).contains(&length), "{text}");
            assert!(length * length * combinations(&text) <= MOST_COST, "{text}");
        }
        assert_eq!(
            cut("correct horse battery staple 1852!"),
            "correct horse battery staple 1852!"
        );
    }

    #[test]
    fn a_guessable_text_is_guessable_however_often_it_is_repeated() {
        for text in [
            "password",
            "123password",
            "docket",
            "P4$$w0rd",
            "1234567890",
            "qwertyuiop",
            "letmein1",
            "iloveyou!",
            "passw0rd!",
            "1qaz2wsx",
            "abc123!@#",
            "!@#$%^&*()",
            "monkey",
            "aab",
            "a",
        ] {
            assert!(is_guessable(text, &[]), "{text}");
            for length in [text.len() * 2, 30, 61, 100, LONGEST] {
                let long: String = repeated(text).chars().take(length.max(8)).collect();
                assert!(is_guessable(&long, &[]), "{long}");
            }
        }
    }

    #[test]
    fn a_long_hint_is_guessable_although_it_is_cut() {
        let address = "ada.augusta.king.countess.of.lovelace@analytical-engine.example.org";
        assert!(is_guessable(address, &[address.to_owned()]));
        assert!(!is_guessable(address, &[]));
    }
}
