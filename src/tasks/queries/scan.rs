//! Reads of all tasks of a search, in steps.

use rocket::futures::future::join;

use super::list::Listing;
use super::texts::{Passage, Texts};
use crate::access::{Hidden, visible_projects};
use crate::db::{FIRST_ROWS, Pool, Sql, next_rows, row};
use crate::error::Error;
use crate::tasks::Sort;
use crate::tasks::cursor::Cursor;

/// Maximum size of the text of a part, in bytes, and number of its tasks. Few accounts have more
/// than one part.
const PART_BYTES: usize = 64 << 20;
const PART_TASKS: usize = 100_000;

row! {
    /// A project to search.
    struct Space {
        visible_id: String,
    }
}

/// A task by its project and its id. The project is empty in a search that does not go by projects.
pub(super) type Last = (String, String);

/// A search of the tasks of a listing, by creation in each project.
pub(super) struct Scan<'s> {
    pool: &'s Pool,
    listing: &'s Listing<'s>,
    /// The order whose keys are read.
    keys: Sort,
    /// The projects to search, in descending order of their ids. An index finds the tasks of a place
    /// or with a label, and the candidates of a filter; there is then one project, without an id.
    spaces: Vec<String>,
    /// True if a step can read several projects.
    is_by_project: bool,
}

/// The place at which a step begins: a project, and the task before the first one if it is in the
/// same project. A step that begins in the middle of a project ends with it.
struct Start {
    space: usize,
    after: Option<String>,
}

impl<'s> Scan<'s> {
    /// Begins a search of a listing, which is by creation. Tasks are read with their keys of the
    /// order `keys`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn new(
        pool: &'s Pool,
        listing: &'s Listing<'s>,
        keys: Sort,
    ) -> Result<Scan<'s>, Error> {
        let is_indexed = !listing.is_across_projects()
            || listing.filter.label.is_some()
            || listing.candidates().is_some();
        let spaces = if is_indexed {
            vec![String::new()]
        } else {
            let query = Sql::select::<Space>()
                .push(" FROM ")
                .append(visible_projects(listing.user_id, Hidden::No))
                .push(" ORDER BY visible_id DESC");
            let spaces: Vec<Space> = pool.fetch(query).await?;
            spaces.into_iter().map(|space| space.visible_id).collect()
        };
        Ok(Scan {
            pool,
            listing,
            keys,
            spaces,
            is_by_project: !is_indexed && listing.is_by_project(pool.engine()),
        })
    }

    /// Reads a part: the tasks after `start`, which `add` gets. Returns the last one if there are
    /// others behind it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn part(
        &self,
        start: Option<&Last>,
        mut add: impl FnMut(&[Passage<'_>]),
    ) -> Result<Option<Last>, Error> {
        let Some(mut start) = self.start(start) else {
            return Ok(None);
        };
        let (mut tasks, mut bytes, mut rows) = (0, 0, FIRST_ROWS);
        let mut step = self.read(&start, rows).await?;
        loop {
            let passages = step.passages()?;
            let size = passages.iter().map(Passage::bytes).sum();
            tasks += passages.len();
            bytes += size;
            let last = passages.last();
            let Some(next) = self.next(&start, last.filter(|_| passages.len() == rows)) else {
                add(&passages);
                return Ok(None);
            };
            if let Some(last) = last {
                if bytes >= PART_BYTES || tasks >= PART_TASKS {
                    add(&passages);
                    return Ok(Some(self.key(&start, last)));
                }
                rows = next_rows(passages.len(), size);
            }
            // The database reads the next step while this one is matched.
            let read = self.read(&next, rows);
            let (read, ()) = join(read, async { add(&passages) }).await;
            step = read?;
            start = next;
        }
    }

    /// Returns the place behind a task.
    fn start(&self, last: Option<&Last>) -> Option<Start> {
        let Some((project_id, id)) = last else {
            return (!self.spaces.is_empty()).then_some(Start {
                space: 0,
                after: None,
            });
        };
        // The project can be gone.
        let is_next = |space: &String| space <= project_id;
        let space = self.spaces.iter().position(is_next)?;
        let is_same = self.spaces.get(space) == Some(project_id);
        Some(Start {
            space,
            after: is_same.then(|| id.clone()),
        })
    }

    /// Returns the start of the step after one that began at `start`. `last` is its last task if
    /// others may follow in the same project.
    fn next(&self, start: &Start, last: Option<&Passage<'_>>) -> Option<Start> {
        if let Some(last) = last {
            return self.start(Some(&self.key(start, last)));
        }
        let is_over = self.is_by_project && start.after.is_none();
        let space = start.space + 1;
        (!is_over && space < self.spaces.len()).then_some(Start { space, after: None })
    }

    /// Returns the project and the id of a task of a step.
    fn key(&self, start: &Start, task: &Passage<'_>) -> Last {
        let project_id = match self.is_by_project {
            true => task.project_id.to_owned(),
            false => self.spaces[start.space].clone(),
        };
        (project_id, task.id.to_owned())
    }

    async fn read(&self, start: &Start, rows: usize) -> Result<Texts, Error> {
        let space = &self.spaces[start.space];
        let (column, _) = self.keys.column();
        if self.is_by_project && start.after.is_none() {
            let first = Some(space.as_str());
            return self.listing.texts(self.pool, first, rows, column).await;
        }
        let mut filter = self.listing.filter.clone();
        if !space.is_empty() {
            filter.project = Some(space.clone());
        }
        let at = |id: String| Cursor(Sort::CreatedAtDescending, None, id);
        let mut listing = self.listing.of_filter(&filter);
        listing.after = start.after.clone().map(at);
        listing.texts(self.pool, None, rows, column).await
    }
}
