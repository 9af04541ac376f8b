//! The words of a search.

use memchr::memmem::Finder;

use super::search_key;

/// Words that a text must contain, in any order.
pub struct Words(Vec<Finder<'static>>);

impl Words {
    /// Returns the words of a search. A word that is part of another one is left out.
    pub fn of(text: &str) -> Words {
        let mut keys: Vec<String> = text.split_whitespace().map(search_key).collect();
        // A long word is rarely contained, so the others are rarely looked for.
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        let mut words: Vec<String> = Vec::new();
        for key in keys {
            if !words.iter().any(|word| word.contains(&key)) {
                words.push(key);
            }
        }
        let finders = words.iter().map(|word| Finder::new(word).into_owned());
        Words(finders.collect())
    }

    /// Returns true if the search key of a text contains all words.
    pub fn are_in(&self, key: &str) -> bool {
        let mut words = self.0.iter();
        words.all(|word| word.find(key.as_bytes()).is_some())
    }

    /// Returns true if each word occurs in the search key of a text without letters or digits
    /// around it.
    pub fn are_whole_in(&self, key: &str) -> bool {
        let is_whole = |word: &Finder<'_>| {
            let mut places = word.find_iter(key.as_bytes());
            places.any(|start| {
                let end = start + word.needle().len();
                let before = key.get(..start).and_then(|text| text.chars().next_back());
                let after = key.get(end..).and_then(|text| text.chars().next());
                let is_outside = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
                is_outside(before) && is_outside(after)
            })
        };
        self.0.iter().all(is_whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_are_found_in_any_order() {
        let text = search_key("Pay the R\u{e9}nt\nin the Stra\u{df}e");
        for (words, found) in [
            ("pay", true),
            ("RENT pay", true),
            ("strasse rent", true),
            ("STRA\u{df}E in", true),
            ("ren strass a", true),
            (" ", true),
            ("pay never", false),
            ("payrent", false),
            ("pay,", false),
        ] {
            assert_eq!(Words::of(words).are_in(&text), found, "{words}");
        }
        assert_eq!(Words::of("pay PAY a ay day").0.len(), 2);
    }
}
