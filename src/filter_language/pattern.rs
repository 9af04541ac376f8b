//! Names and texts with wildcards.

use crate::db::fold;

/// Texts that a wildcard separates. Case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<String>);

impl Pattern {
    /// Returns the pattern of parts with a wildcard between each two.
    pub fn of<'t>(parts: impl IntoIterator<Item = &'t str>) -> Pattern {
        // Titles are compared without control characters.
        let blank = |letter: char| {
            if letter.is_control() { ' ' } else { letter }
        };
        let folded = |part: &str| fold(&part.chars().map(blank).collect::<String>());
        let mut parts: Vec<String> = parts.into_iter().map(folded).collect();
        // Names and titles have no blanks at their ends, which MySQL would ignore.
        if let Some(first) = parts.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(last) = parts.last_mut() {
            *last = last.trim_end().to_owned();
        }
        Pattern(parts)
    }

    /// Returns the pattern of the texts that contain this one.
    pub fn within(mut self) -> Pattern {
        let end = String::new();
        self.0.insert(0, end.clone());
        self.0.push(end);
        self
    }

    /// Returns the only text that matches. `None` if there is a wildcard.
    pub fn exact(&self) -> Option<&str> {
        match self.0.as_slice() {
            [text] => Some(text),
            _ => None,
        }
    }

    /// Returns true if every text matches.
    pub fn is_any(&self) -> bool {
        self.0.len() > 1 && self.0.iter().all(String::is_empty)
    }

    /// Returns true if a folded text matches. The time is that of a search for each part.
    pub fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.exact() == Some(text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }

    /// Returns the pattern of LIKE, with `!` as the escape character.
    pub fn like(&self) -> String {
        let escape = |part: &String| {
            let mut text = String::new();
            for letter in part.chars() {
                if matches!(letter, '!' | '%' | '_') {
                    text.push('!');
                }
                text.push(letter);
            }
            text
        };
        self.0.iter().map(escape).collect::<Vec<_>>().join("%")
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_wildcard_stands_for_any_text() {
        for (parts, text, matches) in [
            (vec!["Home"], "home", true),
            (vec!["Home"], "homes", false),
            (vec!["ho", ""], "home", true),
            (vec!["", "me"], "home", true),
            (vec!["ho", "me"], "home", true),
            (vec!["hom", "ome"], "home", false),
            (vec!["", "o", "e", ""], "home", true),
            (vec!["", "e", "o", ""], "home", false),
            (vec!["", ""], "", true),
            (vec![""], "home", false),
        ] {
            let pattern = Pattern::of(parts.iter().copied());
            assert_eq!(pattern.matches(text), matches, "{parts:?} {text}");
        }
        assert!(Pattern::of(["", ""]).is_any());
        assert!(!Pattern::of([""]).is_any());
        assert!(Pattern::of(["port"]).within().matches("a report"));
    }

    #[test]
    fn characters_of_like_are_literal() {
        assert_eq!(Pattern::of(["50%_!", "x"]).like(), "50!%!_!!%x");
    }
}
