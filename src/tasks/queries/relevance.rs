//! Searches whose best matches come first. All tasks are read, project by project and in parts of a
//! bounded size, because the best match may be the last task. The matches of a part precede those of
//! the next one.

use std::time::Instant;

use rocket::futures::future::join;
use uuid::Uuid;

use super::list::Listing;
use super::page;
use super::search::{PAGE_BYTES, of_ids};
use crate::access::{Hidden, visible_projects};
use crate::db::{
    FIRST_ROWS, FromColumns, Pool, SCAN_TIME, Sql, Timestamp, Words, next_rows, row, search_key,
};
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

row! {
    /// A project to search.
    struct Space {
        visible_id: String,
    }
}

/// A task by its project and its id. The project is empty in a search that does not go by projects.
type Last = (String, String);

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
    let spaces = spaces(pool, &listing).await?;
    loop {
        let scan = Scan {
            pool,
            words: &words,
            spaces: &spaces,
        };
        let (mut matches, end) = scan.part(&listing, place.part.clone()).await?;
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

/// Returns the projects to search, in order. An index finds the tasks of a place or with a label,
/// and the candidates of a filter; the project is then empty.
async fn spaces(pool: &Pool, listing: &Listing<'_>) -> Result<Vec<String>, Error> {
    let is_indexed = !listing.is_across_projects()
        || listing.filter.label.is_some()
        || listing.candidates().is_some();
    if is_indexed {
        return Ok(vec![String::new()]);
    }
    let query = Sql::select::<Space>()
        .push(" FROM ")
        .append(visible_projects(listing.user_id, Hidden::No))
        .push(" ORDER BY visible_id DESC");
    let spaces: Vec<Space> = pool.fetch(query).await?;
    Ok(spaces.into_iter().map(|space| space.visible_id).collect())
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

/// Reads parts of the tasks.
struct Scan<'s> {
    pool: &'s Pool,
    words: &'s Words,
    spaces: &'s [String],
}

/// The matches of a part, and its size so far.
#[derive(Default)]
struct Part {
    matches: Vec<Match>,
    tasks: usize,
    bytes: usize,
}

impl Scan<'_> {
    /// Reads a part. Returns its matches, best first, and its last task if there are others behind
    /// it.
    async fn part(
        &self,
        listing: &Listing<'_>,
        start: Option<Last>,
    ) -> Result<(Vec<Match>, Option<Last>), Error> {
        let mut part = Part::default();
        let (first, mut after) = start.unzip();
        let mut end = None;
        for space in self.spaces {
            if first.as_ref().is_some_and(|first| space > first) {
                continue;
            }
            // The project of the start can be gone.
            let after = after.take().filter(|_| first.as_ref() == Some(space));
            end = self.read(listing, space, after, &mut part).await?;
            if end.is_some() {
                break;
            }
        }
        let Part { mut matches, .. } = part;
        matches.sort_unstable_by(|one, other| (one.class, &other.id).cmp(&(other.class, &one.id)));
        Ok((matches, end))
    }

    /// Reads the tasks of a project into a part. Returns the last one if the part is full.
    async fn read(
        &self,
        listing: &Listing<'_>,
        space: &str,
        after: Option<String>,
        part: &mut Part,
    ) -> Result<Option<Last>, Error> {
        let mut filter = listing.filter.clone();
        if !space.is_empty() {
            filter.project = Some(space.to_owned());
        }
        let at = |id: String| Cursor(Sort::CreatedAtDescending, None, id);
        let mut listing = listing.of_filter(&filter);
        listing.after = after.map(at);
        let mut rows = FIRST_ROWS;
        let mut step: Vec<Text> = listing.rows(self.pool, Text::COLUMNS, rows).await?;
        loop {
            let length = |text: &Text| text.title.len() + text.description.len();
            let (count, bytes) = (step.len(), step.iter().map(length).sum());
            part.tasks += count;
            part.bytes += bytes;
            let last = step.last().filter(|_| count == rows);
            let Some(last) = last.map(|text| text.id.clone()) else {
                part.add(self.words, &step);
                return Ok(None);
            };
            if part.bytes >= PART_BYTES || part.tasks >= PART_TASKS {
                part.add(self.words, &step);
                return Ok(Some((space.to_owned(), last)));
            }
            listing.after = Some(at(last));
            rows = next_rows(count, bytes);
            // The database reads the next step while this one is matched.
            let next = listing.rows(self.pool, Text::COLUMNS, rows);
            let (next, ()) = join(next, async { part.add(self.words, &step) }).await;
            step = next?;
        }
    }
}

impl Part {
    fn add(&mut self, words: &Words, step: &[Text]) {
        let found = step.iter().filter_map(|text| found(words, text));
        self.matches.extend(found);
    }
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
