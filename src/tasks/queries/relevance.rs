//! Searches whose best matches come first. All tasks are read, in parts of a bounded size, because
//! the best match may be the last task. The matches of a part precede those of the next one.

use std::time::Instant;

use uuid::Uuid;

use super::list::Listing;
use super::page;
use super::scan::{Last, Scan};
use super::search::{PAGE_BYTES, of_ids};
use super::texts::Passage;
use crate::db::{Pool, SCAN_TIME, Words, push_search_key};
use crate::error::Error;
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::{Sort, TaskPage};

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
    part: Option<Last>,
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
        let part = match part.split_once(' ') {
            Some((project, task)) if is_id(task) && (project.is_empty() || is_id(project)) => {
                Some((project.to_owned(), task.to_owned()))
            }
            None if part.is_empty() && last.is_some() => None,
            _ => return None,
        };
        Some(Place { part, last })
    }

    fn cursor(self) -> Cursor {
        let part = self.part.map(|(project, task)| format!("{project} {task}"));
        let part = part.unwrap_or_default();
        let (_, task) = part.split_once(' ').unwrap_or_default();
        let (class, id) = match self.last {
            Some((class, id)) => (class.to_string(), id),
            None => ("-".to_owned(), task.to_owned()),
        };
        let key = Key::Text(format!("{class}{part}"));
        Cursor(Sort::Relevance, Some(key), id)
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
    let scan = Scan::new(pool, &listing, listing.sort).await?;
    let mut key = String::new();
    loop {
        let mut matches = Vec::new();
        let add = |passages: &[Passage<'_>]| {
            let found = passages
                .iter()
                .filter_map(|task| found(&words, task, &mut key));
            matches.extend(found);
        };
        let end = scan.part(place.part.as_ref(), add).await?;
        matches.sort_unstable_by(|one: &Match, other| {
            (one.class, &other.id).cmp(&(other.class, &one.id))
        });
        if let Some(last) = &place.last {
            matches.retain(|found| is_after(found, last));
        }
        if matches.is_empty()
            && let Some(end) = &end
            && begun.elapsed() < SCAN_TIME
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
    (part, end): (Option<Last>, Option<Last>),
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

/// Returns the match of a task: first those with all words in the title, then those with whole
/// words, then open tasks. `key` is overwritten.
fn found(words: &Words, task: &Passage<'_>, key: &mut String) -> Option<Match> {
    key.clear();
    push_search_key(key, task.title);
    let end = key.len();
    key.push('\n');
    push_search_key(key, task.description);
    if !words.are_in(key) {
        return None;
    }
    let title = &key[..end];
    let in_title = words.are_in(title);
    let is_whole = words.are_whole_in(if in_title { title } else { key });
    let class = [!in_title, !is_whole, task.is_completed];
    Some(Match {
        class: class
            .iter()
            .fold(0, |class, bit| 2 * class + u8::from(*bit)),
        id: task.id.to_owned(),
        bytes: key.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_precedes_a_description_and_a_word_a_part_of_one() {
        let class = |title: &str, description: &str, done: bool| {
            let task = Passage {
                project_id: "project",
                id: "id",
                is_completed: done,
                key: "",
                title,
                description,
            };
            let found = found(&Words::of("rent pay"), &task, &mut "rent".to_owned());
            found.map(|found| found.class)
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
                part: Some((id(), id())),
                last: Some((7, id())),
            },
            Place {
                part: Some((String::new(), id())),
                last: None,
            },
        ] {
            let text = format!("{place:?}");
            let part = place.part.clone();
            let read = Place::of(&place.cursor()).expect(&text);
            assert_eq!((format!("{read:?}"), read.part), (text, part));
        }
        for wrong in ["", "-", "8", "x", "0x", "0 x", "- ", "\u{e9}"] {
            let cursor = Cursor(Sort::Relevance, Some(Key::Text(wrong.into())), id());
            assert!(!is_place(&cursor), "{wrong}");
        }
    }
}
