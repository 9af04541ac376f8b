//! The grammar of phrases.
//!
//! A phrase is the unit of repetition or its days, followed by the time, the start and the end in
//! any order. Each function reads as much as it understands and otherwise leaves the place.

use jiff::civil::Weekday;

use super::days::{Item, each};
use super::ends::after;
use super::lexer::{Token, tokens};
use super::{Language, Phrase, Word, interval};
use crate::when::recurrence::rule::WEEKDAYS;
use crate::when::recurrence::set::MAX_RULES;
use crate::when::recurrence::{
    Anchor, End, Frequency, Moment, Recurrence, Rule, Rules, WeekdayRule,
};
use crate::when::{Date, Time};

/// A text with the place up to which it has been read, and what has been found so far.
pub(super) struct Grammar {
    pub(super) tokens: Vec<Token>,
    /// True if every word of the text has a meaning.
    is_whole: bool,
    pub(super) place: usize,
    pub(super) today: Date,
    anchor: Anchor,
    pub(super) time: Option<Time>,
    pub(super) from: Option<Date>,
    pub(super) end: Option<End>,
    /// Length of the series, as so many periods of a frequency.
    pub(super) length: Option<(u32, Frequency)>,
}

impl Grammar {
    pub(super) fn new(text: &str, language: Language, today: Date) -> Grammar {
        let (tokens, is_whole) = tokens(text, language);
        Grammar {
            tokens,
            is_whole,
            place: 0,
            today,
            anchor: Anchor::Due,
            time: None,
            from: None,
            end: None,
            length: None,
        }
    }

    /// Reads a phrase and returns it with its length in bytes.
    pub(super) fn phrase(mut self) -> Option<(Phrase, usize)> {
        let rules = self.attempt(Grammar::series)?;
        while self.attempt(Grammar::suffix).is_some() {}
        let mut rules = self.with_times(rules);
        while self.attempt(Grammar::suffix).is_some() {}
        let length = self
            .place
            .checked_sub(1)
            .map(|last| self.tokens[last].end)?;
        let start = self.from.unwrap_or(self.today);
        let end = match self.length {
            Some((number, frequency)) => {
                Some(End::Until(Moment::Day(after(start, number, frequency)?)))
            }
            None => self.end,
        };
        let end = end.unwrap_or_default();
        if matches!(end, End::Count(_)) && rules.len() > 1 {
            return None;
        }
        for rule in &mut rules {
            rule.end = end;
        }
        let rules = Rules {
            rules,
            ..Rules::default()
        };
        let recurrence = Recurrence {
            rules,
            anchor: self.anchor,
        };
        let phrase = Phrase {
            recurrence,
            time: self.time,
            from: self.from,
        };
        Some((phrase, length))
    }

    /// Reads the unit or the days.
    fn series(&mut self) -> Option<Vec<Rule>> {
        match self.next()? {
            Word::Each(frequency, periods) => Some(self.of_unit(periods, frequency)),
            Word::After => {
                self.anchor = Anchor::Completion;
                let (number, frequency) = self.attempt(Grammar::amount)?;
                Some(vec![Rule::every(number, frequency)])
            }
            Word::Every => {
                if self.take(Word::Bang) {
                    self.anchor = Anchor::Completion;
                }
                self.take(Word::The);
                let units = self.attempt(Grammar::units);
                units
                    .or_else(|| self.attempt(Grammar::times))
                    .or_else(|| self.listed())
            }
            _ => None,
        }
    }

    /// Reads "2 weeks", "other Friday" or "3 months on the first Friday".
    fn units(&mut self) -> Option<Vec<Rule>> {
        let number = match self.peek()? {
            Word::Other => {
                self.next();
                2
            }
            Word::Number(number) => {
                self.next();
                number
            }
            Word::Unit(..) => 1,
            // "Every second week". The second day is one of the month.
            Word::Ordinal(number) => {
                self.next();
                match self.peek()? {
                    Word::Unit(frequency, _) if frequency != Frequency::Daily => {
                        u32::try_from(number).ok()?
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        if let Some(Word::Unit(frequency, periods)) = self.peek() {
            self.next();
            return Some(self.of_unit(interval(number, periods)?, frequency));
        }
        // "Every 2 Fridays". Nothing counts working days.
        interval(number, 1)?;
        if self.peek() == Some(Word::Workday) && number > 1 {
            return None;
        }
        self.days(number, Some(Frequency::Weekly))
    }

    /// Reads the days of so many units, if there are any.
    fn of_unit(&mut self, number: u32, frequency: Frequency) -> Vec<Rule> {
        let listed = |grammar: &mut Grammar| {
            if !grammar.take(Word::On) && grammar.peek() != Some(Word::The) {
                return None;
            }
            grammar.days(number, Some(frequency))
        };
        let rules = self.attempt(listed).or_else(|| {
            let is_daily = (number, frequency) == (1, Frequency::Daily);
            let every_day = WEEKDAYS.map(|(weekday, _)| each(weekday));
            self.attempt(|grammar| grammar.except(&every_day).filter(|_| is_daily))
        });
        rules.unwrap_or_else(|| vec![Rule::every(number, frequency)])
    }

    /// Reads a time that stands for every day: "every morning", "every 5 pm".
    fn times(&mut self) -> Option<Vec<Rule>> {
        self.time = Some(self.time_of_day(false)?);
        Some(vec![Rule::every(1, Frequency::Daily)])
    }

    fn listed(&mut self) -> Option<Vec<Rule>> {
        let rules = self.days(1, None)?;
        let rest = match &*rules {
            [rule] if rule.frequency == Frequency::Weekly => {
                self.attempt(|grammar| grammar.except(&rule.weekdays))
            }
            _ => None,
        };
        Some(rest.unwrap_or(rules))
    }

    /// Reads the days that "every day except Monday" leaves out of some.
    fn except(&mut self, weekdays: &[WeekdayRule]) -> Option<Vec<Rule>> {
        if !self.take(Word::Except) {
            return None;
        }
        self.take(Word::On);
        let items = match self.take(Word::Weekend) {
            true => vec![
                Item::Weekday(each(Weekday::Saturday)),
                Item::Weekday(each(Weekday::Sunday)),
            ],
            false => self.items()?,
        };
        let is_left = |weekday: &&WeekdayRule| !items.contains(&Item::Weekday(**weekday));
        let are_weekdays = items.iter().all(|item| matches!(item, Item::Weekday(_)));
        let mut rule = Rule::every(1, Frequency::Weekly);
        rule.weekdays = weekdays.iter().filter(is_left).copied().collect();
        (are_weekdays && !rule.weekdays.is_empty()).then(|| vec![rule])
    }

    /// Reads further days with a time of their own: "monday at 8pm, tuesday at 9pm". Then each rule
    /// has its time.
    fn with_times(&mut self, rules: Vec<Rule>) -> Vec<Rule> {
        let (Some(time), [rule]) = (self.time, &*rules) else {
            return rules;
        };
        let interval = rule.interval;
        if rule.frequency != Frequency::Weekly || !rule.names_days() {
            return rules;
        }
        let another = |grammar: &mut Grammar| {
            let comma = grammar.take(Word::Comma);
            if !grammar.take(Word::And) && !comma {
                return None;
            }
            let rules = grammar.days(interval, Some(Frequency::Weekly))?;
            let follows_at = grammar.take(Word::At);
            let time = grammar.time_of_day(follows_at)?;
            (rules.len() == 1).then_some((rules, time))
        };
        let mut groups = vec![(rules, time)];
        while groups.len() < MAX_RULES
            && let Some(group) = self.attempt(another)
        {
            groups.push(group);
        }
        let has_one_time = groups.len() == 1;
        self.time = groups.iter().map(|(_, time)| *time).min();
        let mut all = Vec::new();
        for (mut rules, time) in groups {
            for rule in rules.iter_mut().filter(|_| !has_one_time) {
                rule.hours = vec![i16::from(time.hour())];
                rule.minutes = vec![i16::from(time.minute())];
            }
            all.extend(rules);
        }
        all
    }

    /// Returns true if the phrase can end here.
    pub(super) fn can_end(&mut self) -> bool {
        let mut is_suffix = false;
        self.attempt(|grammar| {
            is_suffix = grammar.suffix().is_some();
            None::<()>
        });
        is_suffix || (self.is_whole && self.place == self.tokens.len())
    }

    /// Reads with a function and, if it fails, returns to the place.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Grammar) -> Option<T>) -> Option<T> {
        let (place, time, from) = (self.place, self.time, self.from);
        let (end, length) = (self.end, self.length);
        let result = read(self);
        if result.is_none() {
            (self.place, self.time, self.from) = (place, time, from);
            (self.end, self.length) = (end, length);
        }
        result
    }

    pub(super) fn peek(&self) -> Option<Word> {
        self.tokens.get(self.place).map(|token| token.word)
    }

    pub(super) fn next(&mut self) -> Option<Word> {
        let word = self.peek()?;
        self.place += 1;
        Some(word)
    }

    pub(super) fn take(&mut self, word: Word) -> bool {
        let is_next = self.peek() == Some(word);
        self.place += usize::from(is_next);
        is_next
    }
}
