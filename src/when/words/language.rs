//! The form in which a language states its words for dates and times.

use jiff::civil::Weekday;

/// The words of a language, and the patterns that they form.
pub struct Language {
    /// Words that have a sense of their own, in lower case.
    pub words: &'static [(&'static str, Sense)],
    /// Words that are understood only in lower case, because they are also names.
    pub lower_case: &'static [&'static str],
    /// Ends of ordinal numbers, such as `th`.
    pub ordinal_ends: &'static [&'static str],
    /// Ends of amounts of time and their minutes, such as `h`.
    pub amount_ends: &'static [(&'static str, u32)],
    /// Ends of times of day, such as `pm`. `true` is the second half of the day.
    pub halves: &'static [(&'static str, bool)],
    /// The word before a length of time from now, such as `in`.
    pub within: &'static str,
    /// The word between a length of time and what it precedes, such as `before`.
    pub before: &'static str,
    /// The word before the first time of a range, such as `from`.
    pub range_start: &'static str,
    /// The words and signs before the second one, such as `to`.
    pub range_links: &'static [&'static str],
    /// Patterns of dates.
    pub dates: &'static [Pattern],
    /// Patterns of times of day.
    pub times: &'static [Pattern],
}

/// The sense of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// `5`, `five`
    Number(u16),
    /// `+5`
    Plus(u16),
    /// `5th`
    Ordinal(i8),
    /// `2027-01-27`, `27/1`
    Numeric(Numeric),
    /// `16:00` or `4pm`, in minutes since midnight.
    Clock {
        /// The minutes.
        minutes: i16,
        /// True for `4pm`.
        has_half: bool,
    },
    /// `am` or `pm`
    Half(bool),
    /// `1h30m`, in minutes.
    Amount(u32),
    /// `week`
    Unit(Unit),
    /// `friday`
    Weekday(Weekday),
    /// `january`
    Month(i8),
    /// A day by its distance from today: `tomorrow`.
    Day(i64),
    /// A part of the day by its hour: `morning`.
    Part(i8),
    /// The word before a time of day: `at`.
    At,
    /// A word before a date that goes with it: `on`.
    On,
    /// A word before a length of time: `for`.
    For,
    /// A word after which a date is part of a title: `the`. `a` also counts as one.
    Article,
    /// A word that can continue a title after a date: `with`.
    Link,
    /// A noun that numbers follow: `version`.
    Noun,
    /// A word that makes a name of the weekday after it: `black`.
    Epithet,
    /// The beginning of a phrase for repetition: `every`.
    Every,
    /// A word that is a phrase for repetition by itself: `daily`.
    Adverb,
    /// A word that occurs in phrases only.
    Other,
}

/// A date in figures, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numeric {
    /// The figures. The last one is missing from `27/1`.
    pub figures: [Option<u16>; 3],
    /// `-`, `/` or `.`.
    pub separator: u8,
    /// True if the year comes first.
    pub year_first: bool,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Unit {
    Minute,
    Hour,
    Day,
    /// A day from Monday to Friday.
    Workday,
    Week,
    Month,
    Year,
}

/// A place in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// This word.
    Is(&'static str),
    /// A number.
    Number,
    /// A number or `a`.
    Count,
    /// A number after a plus sign.
    Plus,
    /// An amount of time in one word.
    Amount,
    /// A unit of time.
    Unit,
    /// A day by its distance from today.
    Day,
    /// A day of the week.
    Weekday,
    /// A month.
    Month,
    /// An ordinal number from 1 to 31.
    Ordinal,
    /// A number from 1 to 31, ordinal or not.
    DayOfMonth,
    /// A year of four digits.
    Year,
    /// A date in figures.
    Numeric,
    /// A part of the day.
    Part,
    /// The word before a time of day.
    At,
    /// A number from 0 to 24, or one of four digits such as 1900.
    Hour,
    /// A number of four digits such as 1900.
    FourDigits,
    /// A time with a colon.
    Clock,
    /// A time with its half of the day in one word.
    ClockWithHalf,
    /// The half of the day.
    Half,
}

/// The meaning of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Meaning {
    Day,
    /// Tonight.
    Night,
    /// A part of today.
    PartOfToday,
    /// So much time from now.
    In,
    /// So much time ago.
    Ago,
    /// So much time before the date that follows.
    Before,
    /// So much time after the date that follows.
    After,
    /// The next such day, which can be today.
    Weekday,
    /// The one after it.
    NextWeekday,
    /// The one before today.
    LastWeekday,
    /// A day of the week that begins next.
    OfNextWeek,
    /// The first day from Monday to Friday after today.
    NextWorkday,
    Weekend,
    NextWeekend,
    NextWeek,
    NextMonth,
    NextYear,
    LaterThisWeek,
    LaterNextWeek,
    EndOfMonth,
    EndOfNextMonth,
    DayOfNextMonth,
    EndOfYear,
    MiddleOfMonth,
    /// A day of a month, with or without a year.
    Date,
    /// The next such day of a month.
    DayOfMonth,
    /// A month and a day.
    Holiday(i8, i8),
    Numeric,
    /// A time of day.
    Time,
}

/// Certainty that words are a date and not part of a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A time only directly after a date.
    Suffix,
    /// A date only where no word of the title follows.
    Weak,
    /// The same, except after a word such as `on`, where it is certain.
    Medium,
    /// A date anywhere.
    Strong,
}

/// Words that mean a date or a time.
pub struct Pattern {
    /// The words.
    pub slots: &'static [Slot],
    /// Their meaning.
    pub meaning: Meaning,
    /// Their strength.
    pub strength: Strength,
    /// True if Vikunja does not understand it.
    pub only_todoist: bool,
}

impl Pattern {
    /// A pattern that is a date anywhere.
    pub const fn strong(slots: &'static [Slot], meaning: Meaning) -> Pattern {
        Pattern {
            slots,
            meaning,
            strength: Strength::Strong,
            only_todoist: false,
        }
    }

    /// The same pattern with another strength.
    pub const fn but(self, strength: Strength) -> Pattern {
        Pattern { strength, ..self }
    }

    /// The same pattern, not understood in Vikunja's style.
    pub const fn only_todoist(self) -> Pattern {
        Pattern {
            only_todoist: true,
            ..self
        }
    }
}
