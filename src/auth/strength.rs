//! The strength of a password, by zxcvbn.

use zxcvbn::{Score, zxcvbn};

/// The words of the program itself; `docs/security.md` lists them too.
const PRODUCT_WORDS: [&str; 6] = ["docket", "task", "tasks", "todo", "taskmanager", "password"];

/// Shorter words are part of any password.
const LEAST_WORD: usize = 3;

/// The longest text that is scored. The time that zxcvbn takes grows with the square of it.
const MOST_SCORED: usize = 64;

/// The most that is scored of a text with many substitutes: the square of its length, times the
/// number of combinations. This and [`MOST_SCORED`] keep the score of any text to a few
/// milliseconds; without them, 100 chosen characters take two seconds.
const MOST_COST: usize = 1 << 15;

/// The characters that zxcvbn takes for each letter: it tries every combination of those that a text
/// has.
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

/// True if 10⁶ guesses find the password. `hints` are texts whose words are guessed first, such as
/// the e-mail address.
pub(super) fn is_guessable(password: &str, hints: &[String]) -> bool {
    let scored = scored(password);
    // A hint that is cut as the password is still equals it.
    let hints: Vec<_> = hints
        .iter()
        .flat_map(|hint| [hint.clone(), cut(hint)])
        .collect();
    zxcvbn(&scored, &context_words(&hints)).score() < Score::Two
}

/// The part of a password that is scored: its beginning, and of a text that is repeated the text.
/// Neither is harder to guess than the whole.
fn scored(password: &str) -> String {
    let characters: Vec<_> = password.chars().collect();
    // A cut through a repetition would leave a rest that looks random.
    let period = (1..=characters.len() / 2).find(|period| {
        characters
            .iter()
            .zip(&characters[*period..])
            .all(|(a, b)| a == b)
    });
    let end = period.unwrap_or(characters.len());
    cut(&characters[..end].iter().collect::<String>())
}

/// The longest beginning of a text that can be scored quickly.
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

/// An upper bound of the combinations that zxcvbn tries for a text with these characters.
fn combinations(characters: &str) -> usize {
    let of_letter = |(letter, substitutes): &(char, &str)| {
        let there = substitutes
            .chars()
            .filter(|each| characters.contains(*each));
        // Those of `l` are also those of `i` and `t`, and are tried with and without.
        let each = if *letter == 'l' { 2 } else { 1 };
        (there.count() * each).max(1)
    };
    SUBSTITUTES.iter().map(of_letter).product()
}

/// The words that an attacker would try here first: those of the product, then the texts about the
/// account, whole and word by word.
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

    /// A text again and again, to the length of the longest password.
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
