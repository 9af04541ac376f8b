//! Searches whose best matches come first. All tasks are read, in parts of a bounded size, because
//! the best match may be the last task. The matches of a part precede those of the next one.

use std::time::Instant;

use uuid::Uuid;

use super::list::Listing;
use super::page;
use super::search::{BUDGET, FIRST_ROWS, PAGE_BYTES, next_rows, of_ids};
use super::words::Words;
use crate::db::{FromColumns, Pool, Timestamp, row, search_key};
use crate::error::Error;
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::{Sort, TaskPage};

/// Maximum size of the text of a part, in bytes, and number of its tasks. Few accounts have more
/// than one part.
const PART_BYTES: usize = 64 << 20;
const PART_TASKS: usize = 100_000;

row! {
    struct Text {
        id: String,
        title: String,
        description: String,
        completed_at: Option<Timestamp>,
    }
}

/// A task that contains the words.
struct Match {
    /// 0 for the best matches.
    class: u8,
    id: String,
    bytes: usize,
}

/// The start of a page.
#[derive(Debug, Default, PartialEq)]
struct Place {
    /// The task before the part. `None` for the first part.
    part: Option<String>,
    /// The class and the id of the last match of the previous page, if it is in this part.
    last: Option<(u8, String)>,
}

impl Place {
    fn of(cursor: &Cursor) -> Option<Place> {
        let Cursor(_, Some(Key::Text(text)), id) = cursor else {
            return None;
        };
        let (class, part) = text.split_at_checked(1)?;
        let is_id = |text: &str| Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text);
        let last = match class {
            "-" => None,
            class => Some((class.parse().ok().filter(|class| *class < 8)?, id.clone())),
        };
        let part = (!part.is_empty()).then(|| part.to_owned());
        let is_sound = part.as_deref().is_none_or(is_id) && (last.is_some() || part.is_some());
        is_sound.then_some(Place { part, last })
    }

    fn cursor(self) -> Cursor {
        let part = self.part.unwrap_or_default();
        match self.last {
            Some((class, id)) => Cursor(
                Sort::Relevance,
                Some(Key::Text(format!("{class}{part}"))),
                id,
            ),
            None => Cursor(Sort::Relevance, Some(Key::Text(format!("-{part}"))), part),
        }
    }
}

/// Returns true if a cursor is one of a search by relevance.
pub fn is_place(cursor: &Cursor) -> bool {
    Place::of(cursor).is_some()
}

/// Returns a page of the tasks that contain all words of `text`, best matches first.
///
/// # Errors
/// [`Error::Busy`] if another search of the user is in progress.
pub(super) async fn best_first(
    pool: &Pool,
    mut listing: Listing<'_>,
    text: &str,
) -> Result<TaskPage, Error> {
    let words = Words::of(text);
    let _scan = pool.begin_scan(listing.user_id).await?;
    let begun = Instant::now();
    let start = listing.after.take();
    let mut place = start.as_ref().and_then(Place::of).unwrap_or_default();
    listing.sort = Sort::CreatedAtDescending;
    loop {
        let (mut matches, end) = part(pool, &mut listing, &words, place.part.clone()).await?;
        if let Some(last) = &place.last {
            matches.retain(|found| is_after(found, last));
        }
        if matches.is_empty()
            && let Some(end) = &end
            && begun.elapsed() < BUDGET
        {
            place = Place {
                part: Some(end.clone()),
                last: None,
            };
            continue;
        }
        return page(pool, &listing, matches, (place.part, end)).await;
    }
}

fn is_after(found: &Match, (class, id): &(u8, String)) -> bool {
    (found.class, std::cmp::Reverse(&found.id)) > (*class, std::cmp::Reverse(id))
}

/// Returns a page of the matches of a part, which begins and ends behind these tasks.
async fn page(
    pool: &Pool,
    listing: &Listing<'_>,
    matches: Vec<Match>,
    (part, end): (Option<String>, Option<String>),
) -> Result<TaskPage, Error> {
    let mut bytes = 0;
    let fitting = matches.iter().take(listing.limit).take_while(|found| {
        bytes += found.bytes;
        bytes <= PAGE_BYTES
    });
    let count = fitting.count().max(1);
    let ids: Vec<String> = matches
        .iter()
        .take(count)
        .map(|found| found.id.clone())
        .collect();
    let (items, cut) = page::cut(of_ids(pool, listing.user_id, &ids).await?, listing.limit);
    let last = match items.last() {
        Some(last) if cut => matches.iter().find(|found| found.id == last.id),
        _ if matches.len() > count => matches.get(count - 1),
        _ => None,
    };
    let next = match last {
        Some(last) => Some(Place {
            part,
            last: Some((last.class, last.id.clone())),
        }),
        None => end.map(|end| Place {
            part: Some(end),
            last: None,
        }),
    };
    Ok(TaskPage {
        items,
        next_cursor: next.map(|place| place.cursor().encode()).transpose()?,
    })
}

/// Reads a part. Returns its matches, best first, and its last task if there are others behind it.
async fn part(
    pool: &Pool,
    listing: &mut Listing<'_>,
    words: &Words,
    start: Option<String>,
) -> Result<(Vec<Match>, Option<String>), Error> {
    let at = |id: String| Cursor(Sort::CreatedAtDescending, None, id);
    let (mut matches, mut read, mut bytes) = (Vec::new(), 0, 0);
    let mut rows = FIRST_ROWS;
    listing.after = start.map(at);
    let end = loop {
        let step: Vec<Text> = listing.rows(pool, Text::COLUMNS, rows).await?;
        let count = step.len();
        let length = |text: &Text| text.title.len() + text.description.len();
        let step_bytes = step.iter().map(length).sum::<usize>();
        (read, bytes) = (read + count, bytes + step_bytes);
        let last = step.last().map(|text| text.id.clone());
        matches.extend(step.iter().filter_map(|text| found(words, text)));
        if count < rows {
            break None;
        }
        if bytes >= PART_BYTES || read >= PART_TASKS {
            break last;
        }
        listing.after = last.map(at);
        rows = next_rows(count, step_bytes);
    };
    matches.sort_unstable_by(|one, other| (one.class, &other.id).cmp(&(other.class, &one.id)));
    Ok((matches, end))
}

/// Returns the match of a task: first those with all words in the title, then those with whole
/// words, then open tasks.
fn found(words: &Words, text: &Text) -> Option<Match> {
    let title = search_key(&text.title);
    let all = format!("{title}\n{}", search_key(&text.description));
    if !words.are_in(&all) {
        return None;
    }
    let in_title = words.are_in(&title);
    let is_whole = words.are_whole_in(if in_title { &title } else { &all });
    let class = [!in_title, !is_whole, text.completed_at.is_some()];
    Some(Match {
        class: class
            .iter()
            .fold(0, |class, bit| 2 * class + u8::from(*bit)),
        id: text.id.clone(),
        bytes: all.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_precedes_a_description_and_a_word_a_part_of_one() {
        let class = |title: &str, description: &str, done: bool| {
            let text = Text {
                id: "id".into(),
                title: title.into(),
                description: description.into(),
                completed_at: done.then_some(Timestamp(1)),
            };
            found(&Words::of("rent pay"), &text).map(|found| found.class)
        };
        assert_eq!(class("Pay the rent", "", false), Some(0));
        assert_eq!(class("Pay the rent", "", true), Some(1));
        assert_eq!(class("Payments of rent", "", false), Some(2));
        assert_eq!(class("Pay", "The rent", false), Some(4));
        assert_eq!(class("Money", "Parents, paying", true), Some(7));
        assert_eq!(class("Pay", "", false), None);
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let id = || "0192f0c1-2345-7000-8000-000000000abc".to_owned();
        for place in [
            Place {
                part: None,
                last: Some((0, id())),
            },
            Place {
                part: Some(id()),
                last: Some((7, id())),
            },
            Place {
                part: Some(id()),
                last: None,
            },
        ] {
            let text = format!("{place:?}");
            let part = place.part.clone();
            let read = Place::of(&place.cursor()).expect(&text);
            assert_eq!((format!("{read:?}"), read.part), (text, part));
        }
        for wrong in ["", "-", "8", "x", "0x", "\u{e9}"] {
            let cursor = Cursor(Sort::Relevance, Some(Key::Text(wrong.into())), id());
            assert!(!is_place(&cursor), "{wrong}");
        }
    }
}
