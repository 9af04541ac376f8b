//! The longest phrase that begins at each token of a line.

use super::RepeatReader;
use super::token::{Kind, Token};
use crate::when::words::{DateKind, Found, Reader, Sense, Strength, Style, Word, near};
use crate::when::{Date, Due, Time};

/// The most words of a phrase for repetition.
const MOST_WORDS: usize = 24;
pub(super) const MINUTES_PER_DAY: u32 = 24 * 60;

/// Tokens with a meaning.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    /// The number of tokens.
    pub tokens: usize,
    pub meaning: Meaning,
}

#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Due(Stated),
    /// The text of a phrase for repetition.
    Repeat(String),
    Duration(u32),
    /// The time at which the task ends.
    Until(Time),
    Reminder(Stated),
    /// A reminder so many minutes before the task is due.
    Before(u32),
    Deadline(Date),
    /// A name or a priority, as the token says.
    Marked,
    /// Words of the title that would mean something otherwise.
    Text,
}

/// A date, a time or both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stated {
    pub date: Option<Due>,
    pub time: Option<Time>,
    /// True if the date is a weekday, which comes again in a week.
    pub is_weekday: bool,
    /// True if a word such as `for` before it belongs to it.
    pub takes_for: bool,
}

pub(super) struct Finder<'find, 'line> {
    tokens: &'find [Token<'line>],
    pub words: Vec<Word<'line>>,
    pub reader: &'find Reader,
    repeats: &'find dyn RepeatReader,
    pub phrases: Vec<Option<Phrase>>,
}

/// Returns the phrase that begins at each token.
pub(super) fn phrases(
    tokens: &[Token],
    reader: &Reader,
    repeats: &dyn RepeatReader,
) -> Vec<Option<Phrase>> {
    let words = tokens.iter().map(|token| match &token.kind {
        Kind::Word(word) => word.clone(),
        _ => Word {
            text: "".into(),
            end: "",
            sense: None,
        },
    });
    let phrases = vec![None; tokens.len()];
    let mut finder = Finder {
        tokens,
        words: words.collect(),
        reader,
        repeats,
        phrases,
    };
    for place in (0..finder.tokens.len()).rev() {
        finder.phrases[place] = finder.phrase(place);
    }
    finder.phrases
}

impl Finder<'_, '_> {
    fn phrase(&self, place: usize) -> Option<Phrase> {
        match &self.tokens[place].kind {
            Kind::Literal(_) => None,
            Kind::Priority(_)
            | Kind::Label(_)
            | Kind::Project(_)
            | Kind::Section(_)
            | Kind::Assignee(_) => Some(Phrase {
                tokens: 1,
                meaning: Meaning::Marked,
            }),
            Kind::Braces(text) => self.deadline(text),
            Kind::Reminder => self.reminder(place),
            Kind::Word(word) => self.range_end(place).or_else(|| match word.sense? {
                Sense::Every | Sense::Adverb => self.repeat(place),
                Sense::For => self.duration(place).or_else(|| self.extended(place)),
                Sense::On | Sense::Article | Sense::Link => {
                    self.extended(place).or_else(|| self.due(place))
                }
                _ => self.due(place),
            }),
        }
    }

    fn deadline(&self, text: &str) -> Option<Phrase> {
        let words: Vec<_> = text
            .split_whitespace()
            .map(|word| self.reader.lexicon.word(word))
            .collect();
        let found = self.reader.date(&words)?;
        let meaning = Meaning::Deadline(found.value.date());
        (found.words == words.len()).then_some(Phrase { tokens: 1, meaning })
    }

    fn reminder(&self, place: usize) -> Option<Phrase> {
        let words = &self.words[place + 1..];
        if let Some(length) = self.reader.minutes(words) {
            let is_before = words.get(length.words).is_some_and(|word| {
                word.text == self.reader.lexicon.language.before
                    && words[length.words - 1].end.is_empty()
            });
            if is_before {
                let meaning = Meaning::Before(length.value);
                return Some(Phrase {
                    tokens: length.words + 2,
                    meaning,
                });
            }
        }
        if let Some(Some(Phrase { tokens, meaning })) = self.phrases.get(place + 1)
            && matches!(meaning, Meaning::Repeat(_))
        {
            // Reminders do not repeat, and the task does not either.
            return Some(Phrase {
                tokens: tokens + 1,
                meaning: Meaning::Text,
            });
        }
        let (words, stated, _) = self.stated(place + 1)?;
        Some(Phrase {
            tokens: words + 1,
            meaning: Meaning::Reminder(stated),
        })
    }

    fn duration(&self, place: usize) -> Option<Phrase> {
        let found = self.reader.minutes(&self.words[place + 1..])?;
        let is_allowed = (1..=MINUTES_PER_DAY).contains(&found.value);
        let meaning = Meaning::Duration(found.value);
        is_allowed.then_some(Phrase {
            tokens: found.words + 1,
            meaning,
        })
    }

    /// Returns the phrase that follows, if this word belongs to it, as in `on friday`.
    fn extended(&self, place: usize) -> Option<Phrase> {
        let word = &self.words[place];
        let Some(Some(Phrase { tokens, meaning })) = self.phrases.get(place + 1) else {
            return None;
        };
        let Meaning::Due(stated) = meaning else {
            return None;
        };
        let is_vikunja = self.reader.style == Style::Vikunja;
        let belongs = match word.sense? {
            Sense::For => stated.takes_for && !is_vikunja,
            // Vikunja leaves it in the title.
            Sense::On => !(is_vikunja && word.text == "due"),
            Sense::Article => self.follows_on(place) && word.text == "the",
            Sense::Link => self.begins_range(word, stated, place + 1 + tokens),
            _ => false,
        };
        let belongs = belongs && word.end.is_empty();
        belongs.then_some(Phrase {
            tokens: tokens + 1,
            meaning: meaning.clone(),
        })
    }

    fn due(&self, place: usize) -> Option<Phrase> {
        // The rest of a word that begins with another sign.
        let is_rest = place > 0
            && matches!(self.tokens[place - 1].kind, Kind::Reminder)
            && self.tokens[place - 1].end == self.tokens[place].start;
        if is_rest {
            return None;
        }
        self.certain(place).map(|(tokens, stated)| Phrase {
            tokens,
            meaning: Meaning::Due(stated),
        })
    }

    /// Returns the date and the time at a place, unless they are words of the title.
    fn certain(&self, place: usize) -> Option<(usize, Stated)> {
        let (words, stated, strength) = self.stated(place)?;
        if strength == Strength::Strong || self.is_closed(place, place + words) {
            return Some((words, stated));
        }
        None
    }

    /// Returns the date and the time at a place, and how sure they are: `Strong` or not.
    fn stated(&self, place: usize) -> Option<(usize, Stated, Strength)> {
        let words = &self.words[place..];
        if let Some(date) = self
            .reader
            .date(words)
            .filter(|date| self.is_date(place, date))
        {
            let strength = self.strength(place, &date);
            let mut stated = Stated {
                date: Some(date.value),
                time: None,
                is_weekday: date.kind == DateKind::Weekday,
                takes_for: date.strength >= Strength::Medium && date.kind != DateKind::Figures,
            };
            let is_open = matches!(words[date.words - 1].end, "" | ",");
            let is_part = date.kind == DateKind::PartOfDay;
            let has_time =
                matches!(date.value, Due::Local(..)) && self.reader.style == Style::Todoist;
            let time = self.reader.time(&words[date.words..], true);
            let Some(time) = time.filter(|_| is_open && (is_part || !has_time)) else {
                return Some((date.words, stated, strength));
            };
            stated.time = Some(match date.value {
                Due::Local(_, part) if is_part => near(time.value, part),
                _ => time.value,
            });
            let strength = match time.strength {
                Strength::Suffix => strength,
                _ => Strength::Strong,
            };
            return Some((date.words + time.words, stated, strength));
        }
        let time = self.reader.time(words, false)?;
        let mut stated = Stated {
            time: Some(time.value),
            ..Stated::default()
        };
        let after = place + time.words;
        let is_open = matches!(words[time.words - 1].end, "" | ",");
        let on = self
            .words
            .get(after)
            .is_some_and(|word| word.sense == Some(Sense::On));
        let date_place = after + usize::from(on);
        let date = is_open
            .then(|| self.reader.date(self.words.get(date_place..)?))
            .flatten()
            .filter(|date| {
                // Another time follows: the date belongs to it.
                let rest = &self.words[date_place + date.words..];
                let is_day = matches!(date.value, Due::Day(_));
                date.kind != DateKind::Length
                    && (is_day || date.kind == DateKind::PartOfDay)
                    && self.reader.time(rest, true).is_none()
            });
        let Some(date) = date else {
            return Some((time.words, stated, time.strength));
        };
        stated.date = Some(date.value);
        if let Due::Local(_, part) = date.value {
            stated.time = Some(near(time.value, part));
        }
        stated.is_weekday = date.kind == DateKind::Weekday;
        let strength = date.strength.max(time.strength);
        let strength = if on && date.strength == Strength::Medium {
            Strength::Strong
        } else {
            strength
        };
        Some((date_place - place + date.words, stated, strength))
    }

    /// Returns false for a date that is part of a name, as in `The 5th Wave` or `version 1.5`.
    fn is_date(&self, place: usize, date: &Found<Due>) -> bool {
        let before = place.checked_sub(1).map(|before| &self.words[before]);
        let sense = before
            .filter(|before| before.end.is_empty())
            .and_then(|before| before.sense);
        // "The Today Show".
        let is_name = date.kind == DateKind::Day && sense == Some(Sense::Article);
        date.strength == Strength::Strong && !is_name
            || match sense {
                Some(Sense::Article) => place >= 2 && self.follows_on(place - 1),
                Some(Sense::Noun) => date.kind != DateKind::Figures,
                Some(Sense::Epithet) => date.kind != DateKind::Weekday,
                Some(Sense::For | Sense::Every) => date.kind != DateKind::Length,
                _ => true,
            }
    }

    fn strength(&self, place: usize, date: &Found<Due>) -> Strength {
        let is_first = place == 0 && date.kind == DateKind::Figures;
        match date.strength {
            Strength::Medium if self.follows_on(place) => Strength::Strong,
            Strength::Medium if is_first && self.reader.style == Style::Vikunja => Strength::Strong,
            strength => strength,
        }
    }

    fn follows_on(&self, place: usize) -> bool {
        let before = place.checked_sub(1).map(|before| &self.words[before]);
        before.is_some_and(|before| before.sense == Some(Sense::On) && before.end.is_empty())
    }

    /// Returns true if no word of the title follows directly.
    pub(super) fn is_closed(&self, start: usize, end: usize) -> bool {
        let Some(next) = self.tokens.get(end) else {
            return true;
        };
        let is_dash = |place: usize| {
            matches!(
                &*self.words[place].text,
                "-" | "\u{2013}" | "\u{2014}" | "|"
            )
        };
        let is_range = || {
            let after = self.words.get(end + 1).and_then(|word| word.sense);
            matches!(after, Some(Sense::Weekday(_) | Sense::Clock { .. }))
        };
        !self.words[end - 1].end.is_empty()
            || self.phrases[end].is_some()
            || matches!(next.kind, Kind::Reminder)
            || (is_dash(end) && !is_range())
            || match self.words[end].sense {
                Some(Sense::Link) => start > 0,
                Some(Sense::At | Sense::For) => true,
                _ => false,
            }
    }

    fn repeat(&self, place: usize) -> Option<Phrase> {
        let (text, ends) = self.text_from(place);
        let length = self.repeats.length(&text, self.reader)?;
        let words = ends.iter().take_while(|end| **end <= length).count();
        let last = words.checked_sub(1)?;
        let is_adverb = self.words[place].sense == Some(Sense::Adverb) && words == 1;
        if is_adverb && !self.is_closed(place, place + words) {
            return None;
        }
        let meaning = Meaning::Repeat(text[..ends[last]].to_owned());
        Some(Phrase {
            tokens: words,
            meaning,
        })
    }

    /// Returns the words from a place on, up to those of another meaning, and the end of each in the
    /// text.
    fn text_from(&self, place: usize) -> (String, Vec<usize>) {
        let mut text = String::new();
        let mut ends = Vec::new();
        let mut has_time = false;
        let mut follows_of = true;
        let tokens = self
            .tokens
            .iter()
            .zip(&self.words)
            .skip(place)
            .take(MOST_WORDS);
        for (token, word) in tokens {
            let is_start = matches!(word.sense, Some(Sense::Every | Sense::Adverb));
            has_time |= matches!(
                word.sense,
                Some(Sense::At | Sense::Clock { .. } | Sense::Part(_))
            );
            // After a time, it is the length of the task and not of the series.
            let is_duration = has_time && self.is_duration(place + ends.len());
            let is_other = !matches!(token.kind, Kind::Word(_)) || is_duration;
            if is_other || (is_start && !follows_of) {
                break;
            }
            // "Every 15th of every month".
            follows_of = word.sense == Some(Sense::Article);
            if !ends.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.text);
            ends.push(text.len());
            match word.end {
                "" => {}
                "," => text.push(','),
                _ => break,
            }
        }
        (text, ends)
    }
}
