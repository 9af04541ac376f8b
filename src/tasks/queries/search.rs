//! Search for tasks whose title and description contain words. The program matches rather than
//! the database, for linear time with any text and the same result on each engine. It reads in
//! steps, so that other requests can use the database in between.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::list::Listing;
use super::order::{Sortable, compare, place, place_of};
use super::page;
use super::scan::Scan;
use super::texts::Passage;
use crate::access::visible_to;
use crate::db::{
    FIRST_ROWS, FromColumns, Pool, SCAN_TIME, Sql, Timestamp, Words, next_rows, push_search_key,
    row, search_key,
};
use crate::error::Error;
use crate::items::TaskRow;
use crate::tasks::cursor::Cursor;
use crate::tasks::{Sort, Task, TaskPage};

/// Maximum size of the matched text of a page, in bytes.
pub(super) const PAGE_BYTES: usize = 1 << 20;

/// Number of tasks from which a search no longer reads in the order of the list. If these do not fill
/// the page, all tasks are read as they are stored, which takes less time for each.
const MOST_IN_ORDER: usize = 256;

/// A task read by a step: its position in the list and the search key of its text.
struct Candidate {
    cursor: Cursor,
    text: String,
}

/// The matches so far.
struct Found {
    limit: usize,
    ids: Vec<String>,
    seen: HashSet<String>,
    bytes: usize,
    /// The position of the last match.
    last: Option<Cursor>,
}

/// Returns a page of the tasks that contain all words of `text`. A page can be shorter than its limit, or
/// empty, even if another page follows.
///
/// # Errors
/// [`Error::Busy`] if another search of the user is in progress.
pub(super) async fn search(
    pool: &Pool,
    listing: Listing<'_>,
    text: &str,
) -> Result<TaskPage, Error> {
    let words = Words::of(text);
    let _scan = pool.begin_scan(listing.user_id).await?;
    let begun = Instant::now();
    let mut found = Found::new(listing.limit);
    let mut rows = FIRST_ROWS;
    let mut listing = listing;
    let (mut total, mut is_scanned) = (0, false);
    let next = loop {
        let step = read(pool, &listing, rows).await?;
        let (count, bytes) = (step.len(), step.iter().map(Candidate::bytes).sum());
        let Some(last) = found.add_matches(&words, step) else {
            break found.last.take();
        };
        if count < rows {
            break None;
        }
        if begun.elapsed() > SCAN_TIME {
            break last;
        }
        listing.after = last;
        rows = next_rows(count, bytes);
        total += count;
        if total < MOST_IN_ORDER {
            rows = rows.min(MOST_IN_ORDER);
        } else if !is_scanned {
            is_scanned = true;
            if let Some(others) = others(pool, &listing, &words, begun).await? {
                break found.add_others(others);
            }
        }
    };
    let tasks = of_ids(pool, listing.user_id, &found.ids).await?;
    let (items, more) = page::cut(tasks, listing.limit);
    let next = match items.last() {
        Some(last) if more => Some(place_of(listing.sort, last)),
        _ => next,
    };
    Ok(TaskPage {
        items,
        next_cursor: next.map(|cursor| cursor.encode()).transpose()?,
    })
}

/// A match that was not read in the order of the list.
struct Other {
    cursor: Cursor,
    bytes: usize,
}

/// Returns all matches after the position of a listing, in its order. `None` if there is no time to
/// read all tasks.
async fn others(
    pool: &Pool,
    listing: &Listing<'_>,
    words: &Words,
    begun: Instant,
) -> Result<Option<Vec<Other>>, Error> {
    let sort = listing.sort;
    let by_creation = Listing {
        sort: Sort::CreatedAtDescending,
        after: None,
        ..listing.of_filter(listing.filter)
    };
    let scan = Scan::new(pool, &by_creation, sort).await?;
    let (mut others, mut key) = (Vec::new(), String::new());
    let mut part = None;
    loop {
        let add = |passages: &[Passage<'_>]| {
            for passage in passages {
                key.clear();
                push_search_key(&mut key, passage.title);
                key.push('\n');
                push_search_key(&mut key, passage.description);
                if !words.are_in(&key) {
                    continue;
                }
                let cursor = passage.place(sort);
                let after = listing.after.as_ref();
                if after.is_none_or(|after| compare(sort, &cursor, after).is_gt()) {
                    let bytes = key.len();
                    others.push(Other { cursor, bytes });
                }
            }
        };
        part = scan.part(part.as_ref(), add).await?;
        if part.is_none() {
            break;
        }
        if begun.elapsed() > SCAN_TIME {
            return Ok(None);
        }
    }
    others.sort_unstable_by(|one, other| compare(sort, &one.cursor, &other.cursor));
    Ok(Some(others))
}

impl Passage<'_> {
    /// Returns the position of the task in a list. The passage has the key of the order.
    fn place(&self, sort: Sort) -> Cursor {
        let text = Some(self.key).filter(|key| !key.is_empty());
        let number = self.key.parse().ok();
        let sortable = Sortable {
            id: self.id,
            title: self.title,
            position: text.unwrap_or(self.id),
            priority: number.unwrap_or_default(),
            due: text,
            deadline: text,
            version: number.unwrap_or_default(),
            completed_at: number.map(Timestamp),
        };
        place(sort, &sortable)
    }
}

impl Candidate {
    fn bytes(&self) -> usize {
        self.text.len()
    }
}

impl Found {
    fn new(limit: usize) -> Found {
        Found {
            limit,
            ids: Vec::new(),
            seen: HashSet::new(),
            bytes: 0,
            last: None,
        }
    }

    /// Adds the matches of a step and returns the position of its last task. Returns `None` if the
    /// page is full and another task matches.
    fn add_matches(&mut self, words: &Words, step: Vec<Candidate>) -> Option<Option<Cursor>> {
        let mut last = None;
        for Candidate { cursor, text } in step {
            // A task that was changed between steps can appear twice.
            if words.are_in(&text) && self.seen.insert(cursor.2.clone()) {
                if self.is_full() {
                    return None;
                }
                self.bytes += text.len();
                self.ids.push(cursor.2.clone());
                self.last = Some(cursor.clone());
            }
            last = Some(cursor);
        }
        Some(last)
    }

    /// Adds the matches after the last step, in order. Returns the position of the last task of the
    /// page if another one matches.
    fn add_others(&mut self, others: Vec<Other>) -> Option<Cursor> {
        for Other { cursor, bytes } in others {
            if self.seen.insert(cursor.2.clone()) {
                if self.is_full() {
                    return self.last.take();
                }
                self.bytes += bytes;
                self.ids.push(cursor.2.clone());
                self.last = Some(cursor);
            }
        }
        None
    }

    fn is_full(&self) -> bool {
        self.ids.len() >= self.limit || self.bytes >= PAGE_BYTES
    }
}

row! {
    struct Searched {
        id: String,
        title: String,
        description: String,
        position: Option<String>,
        priority: i64,
        due: Option<String>,
        deadline: Option<String>,
        completed_at: Option<Timestamp>,
        version: i64,
    }
}

async fn read(pool: &Pool, listing: &Listing<'_>, rows: usize) -> Result<Vec<Candidate>, Error> {
    let rows: Vec<Searched> = listing.rows(pool, Searched::COLUMNS, rows).await?;
    let candidates = rows.into_iter().map(|row| {
        let sortable = Sortable {
            id: &row.id,
            title: &row.title,
            position: row.position.as_deref().unwrap_or(&row.id),
            priority: row.priority,
            due: row.due.as_deref(),
            deadline: row.deadline.as_deref(),
            version: row.version,
            completed_at: row.completed_at,
        };
        Candidate {
            cursor: place(listing.sort, &sortable),
            text: search_key(&format!("{}\n{}", row.title, row.description)),
        }
    });
    Ok(candidates.collect())
}

/// Returns the tasks with these ids, in this order. Deleted tasks are omitted.
pub(super) async fn of_ids(pool: &Pool, user_id: &str, ids: &[String]) -> Result<Vec<Task>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = Sql::select::<TaskRow>()
        .push(" FROM tasks WHERE ")
        .append(visible_to(pool.engine(), user_id))
        .push(" AND id ")
        .append(pool.engine().one_of(ids));
    let rows: Vec<TaskRow> = pool.fetch(sql).await?;
    let tasks = rows.into_iter().map(Task::from);
    let mut tasks: HashMap<_, _> = tasks.map(|task| (task.id.clone(), task)).collect();
    Ok(ids.iter().filter_map(|id| tasks.remove(id)).collect())
}
