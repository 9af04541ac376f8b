//! Days in phrases: "monday, friday", "1st and 15th", "last workday", "14 jan, 14 apr".

use jiff::civil::Weekday;

use super::Word;
use super::grammar::Grammar;
use crate::when::Date;
use crate::when::recurrence::parse::sort_weekdays;
use crate::when::recurrence::rule::WEEKDAYS;
use crate::when::recurrence::set::MAX_RULES;
use crate::when::recurrence::{Frequency, Rule, WeekdayRule};

/// An item of a list of days.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// A day of the week, of every week or by its number in the month.
    Weekday(WeekdayRule),
    /// A day of the month.
    MonthDay(i16),
    /// A day of the month, or else the last day of a shorter month.
    MonthDayOrLast(i16),
    /// A working day of the month.
    Workday(i16),
    /// A day of a month of the year.
    YearDay(i16, i16),
    /// 29 February, or else the last day of February.
    YearDayOrLast(i16, i16),
    /// A day of the week of a month of the year.
    YearWeekday(i16, WeekdayRule),
}

impl Grammar {
    /// Reads a list of days, which must repeat by `frequency` if there is one.
    pub(super) fn days(&mut self, number: u32, frequency: Option<Frequency>) -> Option<Vec<Rule>> {
        let items = self.items()?;
        let natural = match items.first()? {
            Item::Weekday(day) if day.ordinal == 0 => Frequency::Weekly,
            Item::Weekday(_) | Item::MonthDay(_) | Item::MonthDayOrLast(_) | Item::Workday(_) => {
                Frequency::Monthly
            }
            Item::YearDay(..) | Item::YearDayOrLast(..) | Item::YearWeekday(..) => {
                Frequency::Yearly
            }
        };
        if frequency.is_some_and(|frequency| frequency != natural) {
            return None;
        }
        let mut rules: Vec<Rule> = Vec::new();
        for item in items {
            let mut rule = Rule::every(number, natural);
            item.add_to(&mut rule);
            // Days of one month are a rule, and months with the same days are one too.
            match rules.iter_mut().find(|other| other.months == rule.months) {
                Some(other) => item.add_to(other),
                None => rules.push(rule),
            }
        }
        let mut merged: Vec<Rule> = Vec::new();
        for mut rule in rules {
            rule.month_days.sort_by_key(|day| (*day < 0, *day));
            rule.month_days.dedup();
            rule.positions.sort_by_key(|place| (*place < 0, *place));
            rule.positions.dedup();
            sort_weekdays(&mut rule.weekdays);
            let months = std::mem::take(&mut rule.months);
            let same = merged.iter_mut().find(|other| {
                let days = (&other.month_days, &other.weekdays, &other.positions);
                days == (&rule.month_days, &rule.weekdays, &rule.positions)
            });
            match same {
                Some(other) => other.months.extend(months),
                None => merged.push(Rule { months, ..rule }),
            }
        }
        for rule in &mut merged {
            rule.months.sort_unstable();
        }
        (merged.len() <= MAX_RULES).then_some(merged)
    }

    /// Reads a list of days of the same kind.
    pub(super) fn items(&mut self) -> Option<Vec<Item>> {
        let mut items = self.attempt(|grammar| grammar.item(false))?;
        let kind = items.first()?.kind();
        let another = |grammar: &mut Grammar| {
            let comma = grammar.take(Word::Comma);
            if !grammar.take(Word::And) && !comma {
                return None;
            }
            let items = grammar.item(true)?;
            (items.first()?.kind() == kind).then_some(items)
        };
        loop {
            if let Some(Item::Weekday(WeekdayRule {
                ordinal: 0,
                weekday,
            })) = items.last().copied()
                && let Some(last) = self.attempt(Grammar::last_of_range)
            {
                let mut days = weekday;
                while days != last {
                    days = days.next();
                    items.push(Item::Weekday(each(days)));
                }
                continue;
            }
            match self.attempt(another) {
                Some(more) => items.extend(more),
                None => return Some(items),
            }
        }
    }

    /// Reads the end of "Monday to Friday".
    fn last_of_range(&mut self) -> Option<Weekday> {
        match (self.take(Word::To), self.next()?) {
            (true, Word::Weekday(weekday)) => Some(weekday),
            _ => None,
        }
    }

    /// Reads the numbers of one day of the week: "2nd and 4th Monday".
    fn numbered(&mut self) -> Option<Vec<Item>> {
        let mut numbers = Vec::new();
        loop {
            numbers.push(match self.next()? {
                Word::Ordinal(number @ 1..=5) => number,
                Word::Last => -1,
                _ => return None,
            });
            let comma = self.take(Word::Comma);
            if !self.take(Word::And) && !comma {
                break;
            }
        }
        let Word::Weekday(weekday) = self.next()? else {
            return None;
        };
        self.attempt(Grammar::of_each_month);
        let day = |ordinal| Item::Weekday(WeekdayRule { ordinal, weekday });
        (numbers.len() > 1).then(|| numbers.into_iter().map(day).collect())
    }

    /// Reads a day. A bare number is one only in a list or at the end.
    fn item(&mut self, in_list: bool) -> Option<Vec<Item>> {
        let has_article = self.take(Word::The);
        if let Some(items) = self.attempt(Grammar::numbered) {
            return Some(items);
        }
        match self.next()? {
            Word::Weekday(weekday) => Some(vec![Item::Weekday(each(weekday))]),
            Word::Weekend => Some(vec![Item::Weekday(each(Weekday::Saturday))]),
            Word::Workday => {
                let days = WEEKDAYS[..5].iter();
                Some(
                    days.map(|(weekday, _)| Item::Weekday(each(*weekday)))
                        .collect(),
                )
            }
            Word::Month(month) => {
                let day = self.attempt(|grammar| match grammar.next()? {
                    Word::Ordinal(day) => Some(day),
                    Word::Number(day) => i16::try_from(day).ok(),
                    _ => None,
                });
                let day = day.unwrap_or(1);
                let or_last = self.attempt(Grammar::or_last).is_some();
                is_day(day, month).then(|| match or_last {
                    true => vec![Item::YearDayOrLast(month, day)],
                    false => vec![Item::YearDay(month, day)],
                })
            }
            Word::Number(day) => {
                let day = i16::try_from(day).ok()?;
                if let Some(Word::Month(month)) = self.peek() {
                    self.next();
                    return is_day(day, month).then(|| vec![Item::YearDay(month, day)]);
                }
                let continues = matches!(self.peek(), Some(Word::Comma | Word::And));
                let has_figures = self.tokens[self.place - 1].has_figures;
                let is_alone = has_figures && self.can_end();
                let is_item = in_list || has_article || continues || is_alone;
                let is_item = is_item && (1..=31).contains(&day);
                is_item.then(|| vec![Item::MonthDay(day)])
            }
            Word::Ordinal(number) => {
                let number = if self.take(Word::Last) {
                    -number
                } else {
                    number
                };
                self.nth(number).map(|item| vec![item])
            }
            Word::Last => self.nth(-1).map(|item| vec![item]),
            // "End of month".
            Word::Until => {
                self.of_each_month()?;
                Some(vec![Item::MonthDay(-1)])
            }
            Word::Holiday(month, day) => {
                self.take(Word::Unit(Frequency::Daily, 1));
                Some(vec![Item::YearDay(month, day)])
            }
            Word::New => match (self.next()?, self.next()?) {
                (Word::Unit(Frequency::Yearly, 1), Word::Eve) => Some(vec![Item::YearDay(12, 31)]),
                (Word::Unit(Frequency::Yearly, 1), Word::Unit(Frequency::Daily, 1)) => {
                    Some(vec![Item::YearDay(1, 1)])
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Reads the rest of "3rd Friday", "last day of March" and the like.
    fn nth(&mut self, number: i16) -> Option<Item> {
        let is_weekday = |number: i16| (1..=5).contains(&number.abs());
        if let Some(Word::Weekday(weekday)) = self.peek() {
            self.next();
            let day = WeekdayRule {
                ordinal: number,
                weekday,
            };
            return is_weekday(number).then(|| match self.attempt(Grammar::of_month) {
                Some(month) => Item::YearWeekday(month, day),
                None => {
                    self.attempt(Grammar::of_each_month);
                    Item::Weekday(day)
                }
            });
        }
        if self.take(Word::Workday) {
            self.attempt(Grammar::of_each_month);
            return (1..=23)
                .contains(&number.abs())
                .then_some(Item::Workday(number));
        }
        let has_day = self.take(Word::Unit(Frequency::Daily, 1));
        if !has_day && number < 0 || !(1..=31).contains(&number.abs()) {
            return None;
        }
        if let Some(month) = self.attempt(Grammar::of_month) {
            return is_day(number.abs(), month).then_some(Item::YearDay(month, number));
        }
        self.attempt(Grammar::of_each_month);
        Some(match self.attempt(Grammar::or_last) {
            Some(()) => Item::MonthDayOrLast(number),
            None => Item::MonthDay(number),
        })
    }

    /// Reads "of the month" and the like, which add nothing.
    fn of_each_month(&mut self) -> Option<()> {
        let of = self.take(Word::Of);
        self.take(Word::The);
        let every = self.take(Word::Every);
        let month = self.take(Word::Unit(Frequency::Monthly, 1));
        ((of || every) && month).then_some(())
    }

    /// Reads a month, with or without "of".
    pub(super) fn of_month(&mut self) -> Option<i16> {
        self.take(Word::Of);
        match self.next()? {
            Word::Month(month) => Some(month),
            _ => None,
        }
    }

    fn or_last(&mut self) -> Option<()> {
        let is_or = self.take(Word::Or);
        self.take(Word::The);
        let is_last = self.take(Word::Last) && self.take(Word::Unit(Frequency::Daily, 1));
        (is_or && is_last).then_some(())
    }
}

impl Item {
    /// A list has days of one kind.
    fn kind(&self) -> (u8, bool) {
        match self {
            Item::Weekday(day) => (0, day.ordinal != 0),
            Item::MonthDay(_) => (1, false),
            Item::MonthDayOrLast(_) => (2, false),
            Item::Workday(_) => (3, false),
            Item::YearDay(..) => (4, false),
            Item::YearDayOrLast(..) => (5, false),
            Item::YearWeekday(..) => (6, false),
        }
    }

    fn add_to(self, rule: &mut Rule) {
        match self {
            Item::Weekday(day) => rule.weekdays.push(day),
            Item::MonthDay(day) => rule.month_days.push(day),
            Item::MonthDayOrLast(day) => {
                rule.month_days.extend(28..=day);
                rule.positions = vec![-1];
            }
            Item::Workday(place) => {
                rule.weekdays = WEEKDAYS[..5].iter().map(|(day, _)| each(*day)).collect();
                rule.positions.push(place);
            }
            Item::YearDay(month, day) => {
                rule.months = vec![month];
                rule.month_days.push(day);
            }
            Item::YearDayOrLast(month, day) => {
                rule.months = vec![month];
                rule.month_days.extend(28..=day);
                rule.positions = vec![-1];
            }
            Item::YearWeekday(month, day) => {
                rule.months = vec![month];
                rule.weekdays.push(day);
            }
        }
    }
}

/// Returns each of a day of the week.
pub(super) fn each(weekday: Weekday) -> WeekdayRule {
    WeekdayRule {
        ordinal: 0,
        weekday,
    }
}

/// Returns true if the month has the day in some year.
fn is_day(day: i16, month: i16) -> bool {
    let (day, month) = (i8::try_from(day), i8::try_from(month));
    matches!((day, month), (Ok(day), Ok(month)) if Date::new(2024, month, day).is_some())
}
