//! A small reader of phrases for repetition, enough for the cases. It tries one day after another.

use jiff::civil::Weekday;

use crate::quick_add::{Repeat, RepeatReader, Start};
use crate::when::words::{Reader, Sense, Style, Unit, Word};
use crate::when::{Date, Due, Time};

pub struct Repeats;

#[derive(Default)]
struct Rule {
    frequency: &'static str,
    interval: u16,
    weekdays: Vec<(Option<i8>, Weekday)>,
    days: Vec<i8>,
    month: Option<i8>,
}

impl RepeatReader for Repeats {
    fn read(&self, text: &str, start: Start, reader: &Reader) -> Option<(Repeat, usize)> {
        let blanks = text.match_indices(' ').map(|(place, _)| place);
        let mut ends: Vec<_> = blanks.chain([text.len()]).collect();
        ends.reverse();
        ends.into_iter().find_map(|end| {
            let end = text[..end].trim_end_matches(',').len();
            Some((whole(&text[..end], start, reader)?, end))
        })
    }
}

fn whole(phrase: &str, start: Start, reader: &Reader) -> Option<Repeat> {
    let mut parser = Parser {
        words: phrase
            .split(' ')
            .map(|word| reader.lexicon.word(word))
            .collect(),
        place: 0,
        reader,
        start: start.date,
        time: start.time,
        until: None,
        names_first: false,
    };
    let rules = parser.rules()?;
    let first = parser.first(&rules)?;
    let until = parser
        .until
        .map(|date| format!(";UNTIL={}", date.to_string().replace('-', "")));
    let until = until.unwrap_or_default();
    let rules: Vec<_> = rules.iter().map(|rule| rule.text() + &until).collect();
    Some(Repeat {
        text: phrase.to_owned(),
        rules: rules.join("\n"),
        from_completion: phrase.contains('!') || phrase.starts_with("after"),
        first,
        names_first: parser.names_first,
    })
}

struct Parser<'read> {
    words: Vec<Word<'read>>,
    place: usize,
    reader: &'read Reader,
    start: Option<Date>,
    time: Option<Time>,
    until: Option<Date>,
    names_first: bool,
}

impl Parser<'_> {
    fn rules(&mut self) -> Option<Vec<Rule>> {
        let mut rules = vec![self.head()?];
        while self.place < self.words.len() {
            let rest = &self.words[self.place..];
            if let Some(time) = self.reader.time(rest, true) {
                (self.time, self.names_first) = (Some(time.value), true);
                self.place += time.words;
                continue;
            }
            match &*rest[0].text {
                "starting" | "from" => self.starting()?,
                "until" | "ending" => {
                    let date = self.reader.date(&rest[1..])?;
                    self.until = Some(date.value.date());
                    self.place += date.words + 1;
                }
                "for" => {
                    let count = rest.get(1).and_then(|word| number(word))?;
                    let Sense::Unit(unit) = rest.get(2)?.sense? else {
                        return None;
                    };
                    let days = match unit {
                        Unit::Day => 1,
                        Unit::Week => 7,
                        _ => return None,
                    };
                    let from = self.start.unwrap_or(self.reader.now.date);
                    self.until = Some(from.plus_days(days * i64::from(count)));
                    self.place += 3;
                }
                "except" => {
                    let rule = rules.last_mut()?;
                    if !matches!(&*rest.get(1)?.text, "weekend" | "weekends")
                        || rule.frequency != "DAILY"
                    {
                        return None;
                    }
                    *rule = workdays();
                    self.place += 2;
                }
                "on" => {
                    self.place += 1;
                    let rest = self.words.get(self.place..).unwrap_or_default();
                    self.place += usize::from(rest.first().is_some_and(|word| word.text == "the"));
                    let rule = rules.last_mut()?;
                    self.part(rule)?;
                }
                _ => {
                    // Without a comma, this is another phrase.
                    if self.words[self.place - 1].end != "," {
                        return None;
                    }
                    let mut next = Rule {
                        interval: 1,
                        ..Rule::default()
                    };
                    self.part(&mut next)?;
                    let rule = rules.last_mut()?;
                    if rule.frequency == next.frequency && rule.month == next.month {
                        rule.weekdays.extend(next.weekdays);
                        rule.days.extend(next.days);
                    } else {
                        rules.push(next);
                    }
                }
            }
        }
        Some(rules)
    }

    fn starting(&mut self) -> Option<()> {
        self.place += 1;
        let rest = self.words.get(self.place..)?;
        if let Some(date) = self.reader.date(rest) {
            self.start = Some(date.value.date());
            self.place += date.words;
        } else {
            let time = self.reader.time(rest, true)?;
            self.time = Some(time.value);
            self.place += time.words;
        }
        self.names_first = true;
        Some(())
    }

    fn head(&mut self) -> Option<Rule> {
        let first = self.words.first()?;
        self.place = 1;
        let mut rule = Rule {
            interval: 1,
            ..Rule::default()
        };
        if first.sense == Some(Sense::Adverb) {
            (rule.frequency, rule.interval) = match &*first.text {
                "hourly" => ("HOURLY", 1),
                "daily" => ("DAILY", 1),
                "weekly" => ("WEEKLY", 1),
                "monthly" => ("MONTHLY", 1),
                "quarterly" => ("MONTHLY", 3),
                "biannually" | "semiannually" => ("MONTHLY", 6),
                "yearly" | "annually" => ("YEARLY", 1),
                "biennially" => ("YEARLY", 2),
                _ => return None,
            };
            return Some(rule);
        }
        let second = self.words.get(1)?;
        let is_counted = matches!(
            self.words.get(2).map(|word| word.sense),
            Some(Some(Sense::Unit(_)))
        );
        if let Some(count) = number(second).filter(|_| is_counted) {
            rule.interval = count;
            self.place += 1;
        }
        self.part(&mut rule)?;
        Some(rule)
    }

    /// Reads `week`, `3rd friday`, `27`, `jan 27th` or `1st wed jan`.
    fn part(&mut self, rule: &mut Rule) -> Option<()> {
        let word = self.words.get(self.place)?;
        self.place += 1;
        let next = self.words.get(self.place);
        let month = |word: Option<&Word>| match word.and_then(|word| word.sense) {
            Some(Sense::Month(month)) => Some(month),
            _ => None,
        };
        let weekday = |word: Option<&Word>| match word.and_then(|word| word.sense) {
            Some(Sense::Weekday(weekday)) => Some(weekday),
            _ => None,
        };
        let is_plain = rule.frequency.is_empty();
        let mut set = |frequency| {
            if is_plain {
                rule.frequency = frequency;
            }
        };
        match word.sense? {
            Sense::Unit(unit) if is_plain => match unit {
                Unit::Minute => return None,
                Unit::Hour => set("HOURLY"),
                Unit::Day => set("DAILY"),
                Unit::Workday => *rule = workdays(),
                Unit::Week => set("WEEKLY"),
                Unit::Month => set("MONTHLY"),
                Unit::Year => set("YEARLY"),
            },
            Sense::Other if word.text == "weekday" => *rule = workdays(),
            Sense::Other if word.text == "quarter" => {
                set("MONTHLY");
                rule.interval = 3;
            }
            Sense::Part(hour) => {
                set("DAILY");
                self.names_first = true;
                self.time = Time::parse(&format!("{hour:02}:00")).ok();
            }
            Sense::Weekday(weekday) => {
                set("WEEKLY");
                rule.weekdays.push((None, weekday));
            }
            Sense::Month(month) => {
                let Sense::Ordinal(day) = next?.sense.map(ordinal)? else {
                    return None;
                };
                self.place += 1;
                set("YEARLY");
                rule.month = Some(month);
                rule.days.push(day);
            }
            sense => {
                let Sense::Ordinal(day) = ordinal(sense_of(word, sense)) else {
                    return None;
                };
                if let Some(weekday) = weekday(next) {
                    self.place += 1;
                    set("MONTHLY");
                    rule.weekdays.push((Some(day), weekday));
                    if let Some(month) = month(self.words.get(self.place)) {
                        self.place += 1;
                        (rule.frequency, rule.month) = ("YEARLY", Some(month));
                    }
                } else {
                    set("MONTHLY");
                    rule.days.push(day);
                }
            }
        }
        self.names_first |= !rule.weekdays.is_empty() || !rule.days.is_empty();
        Some(())
    }

    fn first(&self, rules: &[Rule]) -> Option<Due> {
        let now = self.reader.now;
        let start = self.start.unwrap_or(now.date);
        if rules[0].frequency == "HOURLY" {
            if let Some(time) = self.time {
                return Some(Due::Local(start, time));
            }
            let instant = now.zone.instant(now.date, now.time);
            let seconds = 3600 * i64::from(rules[0].interval);
            let (date, time) = now.zone.local(instant.plus_seconds(seconds));
            return Some(Due::Local(date, time));
        }
        let may_pass = self.reader.style == Style::Vikunja;
        let has_passed = self
            .time
            .is_some_and(|time| (start, time) < (now.date, now.time));
        let from = i64::from(has_passed && !may_pass);
        let mut days = (from..4000).map(|days| start.plus_days(days));
        let day = days.find(|date| rules.iter().any(|rule| rule.matches(*date)))?;
        Some(match self.time {
            None => Due::Day(day),
            Some(time) => Due::Local(day, time),
        })
    }
}

impl Rule {
    fn matches(&self, date: Date) -> bool {
        let nth = (date.day() - 1) / 7 + 1;
        let is_weekday = |(number, weekday): &(Option<i8>, Weekday)| {
            date.weekday() == *weekday && number.is_none_or(|number| number == nth)
        };
        self.month.is_none_or(|month| month == date.month())
            && (self.days.is_empty() || self.days.contains(&date.day()))
            && (self.weekdays.is_empty() || self.weekdays.iter().any(is_weekday))
    }

    fn text(&self) -> String {
        let mut text = format!("FREQ={}", self.frequency);
        if self.interval != 1 {
            text += &format!(";INTERVAL={}", self.interval);
        }
        if let Some(month) = self.month {
            text += &format!(";BYMONTH={month}");
        }
        if !self.weekdays.is_empty() {
            let names = ["", "MO", "TU", "WE", "TH", "FR", "SA", "SU"];
            let weekdays = self.weekdays.iter().map(|(number, weekday)| {
                let number = number.map(|number| number.to_string()).unwrap_or_default();
                number + names[weekday.to_monday_one_offset() as usize]
            });
            text += &format!(";BYDAY={}", weekdays.collect::<Vec<_>>().join(","));
        }
        if !self.days.is_empty() {
            let days: Vec<_> = self.days.iter().map(i8::to_string).collect();
            text += &format!(";BYMONTHDAY={}", days.join(","));
        }
        text
    }
}

fn workdays() -> Rule {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let days = [Monday, Tuesday, Wednesday, Thursday, Friday];
    let weekdays = days.map(|day| (None, day)).to_vec();
    Rule {
        frequency: "WEEKLY",
        interval: 1,
        weekdays,
        ..Rule::default()
    }
}

fn number(word: &Word) -> Option<u16> {
    match word.sense? {
        Sense::Number(number @ 1..) => Some(number),
        _ if word.text == "other" => Some(2),
        _ => None,
    }
}

fn sense_of(word: &Word, sense: Sense) -> Sense {
    let words = ["first", "second", "third", "fourth"];
    let place = words.iter().position(|text| *text == word.text);
    place.map_or(sense, |place| Sense::Ordinal(place as i8 + 1))
}

/// A number as a day of the month.
fn ordinal(sense: Sense) -> Sense {
    match sense {
        Sense::Number(day @ 1..=31) => Sense::Ordinal(day as i8),
        sense => sense,
    }
}
