//! Chooses between the phrases of a line.

use super::phrases::{MINUTES_PER_DAY, Meaning, Phrase, Stated, phrases};
use super::title::{Title, bullet};
use super::token::{Kind, Token, quoted, tokens};
use super::{Parsed, Reminder, RepeatReader, Span, SpanKind, Start};
use crate::when::words::{Reader, Style};
use crate::when::{Date, Due, Time};

/// Parses a line. Of two dates the last one counts, of two projects or priorities the first one; the
/// other one stays in the title. A line that would have no title is a title as a whole.
pub fn parse(line: &str, reader: &Reader, repeats: &dyn RepeatReader) -> Parsed {
    parse_keeping(line, &[], reader, repeats)
}

/// Parses a line as [`parse`] does, but parts of these kinds remain in the title, too.
pub fn parse_keeping(
    line: &str,
    kept: &[SpanKind],
    reader: &Reader,
    repeats: &dyn RepeatReader,
) -> Parsed {
    let start = bullet(line);
    if let Some(title) = quoted(line[start..].trim()) {
        let title = title.trim().to_owned();
        return Parsed {
            title,
            ..Parsed::default()
        };
    }
    let parsed = parts(line, start, kept, reader, repeats);
    if parsed.title.is_empty() && !line[start..].trim().is_empty() {
        let title = line.trim().to_owned();
        return Parsed {
            title,
            ..Parsed::default()
        };
    }
    parsed
}

/// Parses a text that is only a date, with a time or a repetition if it names one: `next fri 9am`.
/// `None` if a part of it means something else.
pub fn parse_date(text: &str, reader: &Reader, repeats: &dyn RepeatReader) -> Option<Parsed> {
    let parsed = parts(text, 0, &[], reader, repeats);
    let is_date = |span: &Span| matches!(span.kind, SpanKind::Due | SpanKind::Recurrence);
    let is_only_a_date = parsed.title.is_empty() && parsed.spans.iter().all(is_date);
    Some(parsed).filter(|parsed| is_only_a_date && parsed.due.is_some())
}

/// Returns the meaning of a line from the byte `start`. Its title is empty if every word has another
/// meaning.
fn parts(
    line: &str,
    start: usize,
    kept: &[SpanKind],
    reader: &Reader,
    repeats: &dyn RepeatReader,
) -> Parsed {
    let tokens = tokens(line, start, reader.lexicon, reader.style);
    let phrases = phrases(&tokens, reader, repeats);
    let mut chosen = Chosen::of(&phrases);
    let mut parsed = Parsed::default();
    let mut kinds = vec![None; tokens.len()];
    chosen.fill(&mut parsed, &phrases, reader, repeats);
    let begins = match parsed.due {
        Some(Due::Local(_, time)) => Some(time),
        _ => None,
    };
    let mut place = 0;
    while place < tokens.len() {
        let token = &tokens[place];
        let Some(phrase) = &phrases[place] else {
            place += 1;
            continue;
        };
        let kind = match &phrase.meaning {
            Meaning::Due(_) => chosen.is_due(place).then_some(SpanKind::Due),
            Meaning::Repeat(_) => (chosen.repeat == Some(place)).then_some(SpanKind::Recurrence),
            Meaning::Duration(_) | Meaning::Until(_) => {
                let minutes = begins.filter(|_| chosen.duration == Some(place));
                let minutes = minutes.and_then(|begins| duration(&phrase.meaning, begins));
                parsed.duration_minutes = minutes.or(parsed.duration_minutes);
                minutes.map(|_| SpanKind::Duration)
            }
            Meaning::Reminder(stated) => {
                let due = parsed.due.map(|due| due.date());
                reminder(stated, due, reader).map(|reminder| {
                    parsed.reminders.push(reminder);
                    SpanKind::Reminder
                })
            }
            Meaning::Before(minutes) => {
                parsed.reminders.push(Reminder::Before(*minutes));
                Some(SpanKind::Reminder)
            }
            Meaning::Deadline(date) => (chosen.deadline == Some(place)).then(|| {
                parsed.deadline = Some(*date);
                SpanKind::Deadline
            }),
            Meaning::Marked => mark(&mut parsed, token),
            Meaning::Text => None,
        };
        let end = place + phrase.tokens;
        if let Some(kind) = kind {
            kinds[place..end].fill(Some((kind, place)));
        }
        place = end;
    }
    // Vikunja leaves people in the title.
    let kept = |kind| {
        kept.contains(&kind) || (kind == SpanKind::Assignee && reader.style == Style::Vikunja)
    };
    finish(line, &tokens, &kinds, parsed, kept)
}

/// The places of the phrases that count.
#[derive(Default)]
struct Chosen {
    date: Option<usize>,
    time: Option<usize>,
    repeat: Option<usize>,
    duration: Option<usize>,
    deadline: Option<usize>,
}

impl Chosen {
    /// Chooses the last phrase of each kind.
    fn of(phrases: &[Option<Phrase>]) -> Chosen {
        let mut chosen = Chosen::default();
        let mut place = 0;
        while place < phrases.len() {
            let Some(phrase) = &phrases[place] else {
                place += 1;
                continue;
            };
            match &phrase.meaning {
                Meaning::Due(Stated {
                    date: Some(_),
                    time,
                    ..
                }) => {
                    chosen.date = Some(place);
                    if time.is_some() {
                        chosen.time = Some(place);
                    } else if chosen.time.is_some_and(|time| is_dated(phrases, time)) {
                        chosen.time = None;
                    }
                }
                // A time beside a date that has one is part of the title.
                Meaning::Due(_) if chosen.time.is_some() && chosen.time == chosen.date => {}
                Meaning::Due(_) => chosen.time = Some(place),
                Meaning::Repeat(_) => chosen.repeat = Some(place),
                Meaning::Duration(_) | Meaning::Until(_) => chosen.duration = Some(place),
                Meaning::Deadline(_) => chosen.deadline = Some(place),
                Meaning::Reminder(_) | Meaning::Before(_) | Meaning::Marked | Meaning::Text => {}
            }
            place += phrase.tokens;
        }
        chosen
    }

    fn is_due(&self, place: usize) -> bool {
        self.date == Some(place) || self.time == Some(place)
    }

    fn fill(
        &mut self,
        parsed: &mut Parsed,
        phrases: &[Option<Phrase>],
        reader: &Reader,
        repeats: &dyn RepeatReader,
    ) {
        let stated = |place: Option<usize>| match &phrases[place?].as_ref()?.meaning {
            Meaning::Due(stated) => Some(*stated),
            _ => None,
        };
        let date = stated(self.date);
        let time = stated(self.time).and_then(|stated| stated.time);
        parsed.due = match date {
            Some(date) => due(&Stated { time, ..date }, reader),
            None => time.map(|time| of_time(time, reader)),
        };
        let phrase = self.repeat.and_then(|place| phrases[place].as_ref());
        let Some(Meaning::Repeat(text)) = phrase.map(|phrase| &phrase.meaning) else {
            return;
        };
        let start = Start {
            date: date.and_then(|date| date.date).map(|date| date.date()),
            time: match parsed.due {
                Some(Due::Local(_, time)) => Some(time),
                _ => None,
            },
        };
        let Some(repeat) = repeats.read(text, start, reader) else {
            self.repeat = None;
            return;
        };
        let is_alone = parsed.due.is_none();
        let leaves_due = is_alone && reader.style == Style::Vikunja && !repeat.names_first;
        parsed.due = (!leaves_due).then_some(repeat.first);
        parsed.recurrence = Some(repeat);
    }
}

/// Returns the duration of a task in minutes. A range that ends before it begins ends on the next day.
fn duration(meaning: &Meaning, begins: Time) -> Option<u32> {
    match meaning {
        Meaning::Duration(minutes) => Some(*minutes),
        Meaning::Until(ends) => {
            let minutes =
                (ends.minutes() - begins.minutes()).rem_euclid(i64::from(MINUTES_PER_DAY));
            u32::try_from(minutes).ok().filter(|minutes| *minutes > 0)
        }
        _ => None,
    }
}

fn is_dated(phrases: &[Option<Phrase>], place: usize) -> bool {
    let meaning = phrases[place].as_ref().map(|phrase| &phrase.meaning);
    matches!(meaning, Some(Meaning::Due(Stated { date: Some(_), .. })))
}

fn due(stated: &Stated, reader: &Reader) -> Option<Due> {
    let date = stated.date?;
    let now = reader.now;
    let time = match (stated.time, date) {
        (Some(time), _) | (None, Due::Local(_, time)) => time,
        _ => return Some(date),
    };
    let day = date.date();
    let has_passed = stated.is_weekday && (day, time) < (now.date, now.time);
    let day = match reader.style {
        Style::Todoist if has_passed => day.plus_days(7),
        _ => day,
    };
    Some(on_clock(day, time, reader))
}

/// Returns the next such time. In Vikunja's style it is today's.
fn of_time(time: Time, reader: &Reader) -> Due {
    let now = reader.now;
    let has_passed = time < now.time && reader.style == Style::Todoist;
    on_clock(now.date.plus_days(has_passed.into()), time, reader)
}

/// Moves a time that clocks skip on that day.
fn on_clock(date: Date, time: Time, reader: &Reader) -> Due {
    let zone = reader.now.zone;
    let (date, time) = zone.local(zone.instant(date, time));
    Due::Local(date, time)
}

fn reminder(stated: &Stated, due_date: Option<Date>, reader: &Reader) -> Option<Reminder> {
    let due = match (stated.date, stated.time, due_date) {
        (Some(_), _, _) => due(stated, reader)?,
        (None, Some(time), Some(date)) => on_clock(date, time, reader),
        (None, Some(time), None) => of_time(time, reader),
        (None, None, _) => return None,
    };
    Some(match due {
        Due::Day(date) | Due::Zoned(date, ..) => Reminder::At(date, reader.morning()),
        Due::Local(date, time) => Reminder::At(date, time),
    })
}

/// Adds a name or a priority. `None` if the task has another one.
fn mark(parsed: &mut Parsed, token: &Token) -> Option<SpanKind> {
    let once = |field: &mut Option<String>, name: &str, kind| {
        let is_first = field.is_none();
        is_first.then(|| {
            *field = Some(name.to_owned());
            kind
        })
    };
    let add = |field: &mut Vec<String>, name: &str, kind| {
        if !field.iter().any(|other| other == name) {
            field.push(name.to_owned());
        }
        Some(kind)
    };
    match token.kind {
        Kind::Priority(priority) if parsed.priority.is_none() => {
            parsed.priority = Some(priority);
            Some(SpanKind::Priority)
        }
        Kind::Label(name) => add(&mut parsed.labels, name, SpanKind::Label),
        Kind::Assignee(name) => add(&mut parsed.assignees, name, SpanKind::Assignee),
        Kind::Project(name) => once(&mut parsed.project, name, SpanKind::Project),
        Kind::Section(name) => once(&mut parsed.section, name, SpanKind::Section),
        _ => None,
    }
}

/// Adds the title and the spans.
fn finish(
    line: &str,
    tokens: &[Token],
    kinds: &[Option<(SpanKind, usize)>],
    mut parsed: Parsed,
    kept: impl Fn(SpanKind) -> bool,
) -> Parsed {
    let mut title = Title::default();
    let (mut bytes, mut characters) = (0, 0);
    let mut position = |place: usize| {
        characters += line[bytes..place].chars().count();
        bytes = place;
        characters
    };
    let mut last = None;
    for (place, (token, kind)) in tokens.iter().zip(kinds).enumerate() {
        match kind {
            Some((kind, _)) if kept(*kind) => title.keep(line, token),
            Some(_) => {
                let is_last = kinds.get(place + 1) != Some(kind);
                title.leave_out(
                    if is_last {
                        &line[token.core_end..token.end]
                    } else {
                        ""
                    },
                    token.end,
                );
            }
            None => title.keep(line, token),
        }
        let Some((kind, phrase)) = *kind else {
            last = None;
            continue;
        };
        let (start, end) = (position(token.start), position(token.core_end));
        match parsed.spans.last_mut().filter(|_| last == Some(phrase)) {
            Some(span) => span.end = end,
            None => parsed.spans.push(Span { start, end, kind }),
        }
        last = Some(phrase);
    }
    parsed.title = title.finish();
    parsed
}
