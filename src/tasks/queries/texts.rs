//! The texts that searches read. Those of a task are one value, because most of the time of a search
//! would otherwise be that of conversions.

use std::str::FromStr;

use super::list::Listing;
use super::plan::{Segment, segments};
use super::statement::Statement;
use crate::db::{Engine, Pool};
use crate::error::Error;
use crate::tasks::SortColumn;

/// Writes the expression for ids, state, key, lengths and texts of a task, separated by blanks.
macro_rules! texts {
    ($key:literal) => {
        concat!(
            "CONCAT_WS(' ', project_id, id, CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END, ",
            $key,
            ", OCTET_LENGTH(title), OCTET_LENGTH(description), title, description) AS texts"
        )
    };
}

/// Writes the same expression for PostgreSQL, which takes longer for the function.
macro_rules! joined_texts {
    ($key:literal) => {
        concat!(
            "project_id || ' ' || id || CASE WHEN completed_at IS NULL THEN ' 0 ' ELSE ' 1 ' END || ",
            $key,
            " || ' ' || OCTET_LENGTH(title) || ' ' || OCTET_LENGTH(description) || ' ' || title \
             || ' ' || description AS texts"
        )
    };
}

/// Returns the expression for the texts of a task and the key that a list by a column has. The key
/// is empty if the task has none, and if it follows from the ids and the texts.
fn texts_with(engine: Engine, column: SortColumn) -> &'static str {
    macro_rules! with {
        ($key:literal) => {
            match engine {
                Engine::Sqlite | Engine::Mysql => texts!($key),
                Engine::Postgres => joined_texts!($key),
            }
        };
    }
    match column {
        SortColumn::CreatedAt | SortColumn::Title => with!("''"),
        SortColumn::UpdatedAt => with!("version"),
        SortColumn::CompletedAt => with!("CONCAT_WS('', completed_at)"),
        SortColumn::Position => with!("CONCAT_WS('', position)"),
        SortColumn::Priority => with!("priority"),
        SortColumn::Due => with!("CONCAT_WS('', due)"),
        SortColumn::Deadline => with!("CONCAT_WS('', deadline)"),
    }
}

/// The texts of some tasks: each has values of [`texts_with`], one after another.
pub(super) struct Texts(Vec<String>);

/// The texts of a task.
#[derive(Debug, PartialEq)]
pub(super) struct Passage<'t> {
    pub project_id: &'t str,
    pub id: &'t str,
    pub is_completed: bool,
    /// The key that was asked for.
    pub key: &'t str,
    pub title: &'t str,
    pub description: &'t str,
}

impl Texts {
    /// Returns the texts of each task, in order.
    ///
    /// # Errors
    /// [`Error::Internal`] if the value of the database has another form.
    pub fn passages(&self) -> Result<Vec<Passage<'_>>, Error> {
        let mut passages = Vec::new();
        for joined in &self.0 {
            let mut rest = joined.as_str();
            while !rest.is_empty() {
                let (passage, others) = first_of(rest).ok_or_else(|| {
                    Error::Internal("the texts of a search cannot be read".into())
                })?;
                passages.push(passage);
                rest = others;
            }
        }
        Ok(passages)
    }
}

impl Passage<'_> {
    /// Returns the size of the texts in bytes.
    pub fn bytes(&self) -> usize {
        self.title.len() + self.description.len()
    }
}

/// Splits the first task off.
fn first_of(texts: &str) -> Option<(Passage<'_>, &str)> {
    fn number<T: FromStr>(text: &str) -> Option<T> {
        text.parse().ok()
    }
    let (project_id, rest) = texts.split_once(' ')?;
    let (id, rest) = rest.split_once(' ')?;
    let (state, rest) = rest.split_once(' ')?;
    let (key, rest) = rest.split_once(' ')?;
    let (title_length, rest) = rest.split_once(' ')?;
    let (description_length, rest) = rest.split_once(' ')?;
    let (title, rest) = rest.split_at_checked(number(title_length)?)?;
    let rest = rest.strip_prefix(' ')?;
    let (description, rest) = rest.split_at_checked(number(description_length)?)?;
    let passage = Passage {
        project_id,
        id,
        is_completed: number::<u8>(state)? == 1,
        key,
        title,
        description,
    };
    Some((passage, rest))
}

impl Listing<'_> {
    /// Returns true if the tasks of several projects can be read one project after another, by
    /// one statement.
    pub(super) fn is_by_project(&self, engine: Engine) -> bool {
        // MySQL would sort the tasks of all projects.
        engine != Engine::Mysql
            && matches!(self.only_segment(engine), Segment::Indexed(parts) if parts.len() == 1)
    }

    /// Reads the texts of the next tasks, the newest first. In a list across projects, they are
    /// those of the project `first` and then those of projects with lesser ids. Each has the key of
    /// a list by `column`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn texts(
        &self,
        pool: &Pool,
        first: Option<&str>,
        count: usize,
        column: SortColumn,
    ) -> Result<Texts, Error> {
        let engine = pool.engine();
        let named = self.named(pool).await?;
        let statement = Statement {
            listing: self,
            engine,
            columns: texts_with(engine, column),
            after: self.after.as_ref(),
            rows: count,
            named: &named,
        };
        let sql = match self.only_segment(engine) {
            Segment::Indexed(parts) => match (first, parts.as_slice()) {
                (Some(first), [part]) => statement.by_project(part, first),
                (_, parts) => statement.of_parts(parts),
            },
            Segment::Sorted(parts) => statement.sorted(&parts),
        };
        Ok(Texts(pool.fetch_texts("texts", sql).await?))
    }

    /// Returns the only segment of a list by creation.
    fn only_segment(&self, engine: Engine) -> Segment {
        let segments = match self.candidates() {
            Some(_) => Vec::new(),
            None => segments(engine, self.filter, self.status, self.sort.column()),
        };
        let first = segments.into_iter().next();
        first.unwrap_or(Segment::Sorted(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::{prop_assert_eq, proptest};

    use super::{Passage, Texts};

    proptest! {
        /// The form is that of the statement.
        #[test]
        fn joined_texts_are_taken_apart(
            texts in vec(("[ -~\n\u{e9}\u{1f345}]{0,20}", "[ 0-9\n\u{e9}]{0,40}", 0..2u8), 0..5),
        ) {
            let joined = texts.iter().map(|(title, description, state)| {
                let lengths = format!("{} {}", title.len(), description.len());
                format!("project id {state}  {lengths} {title} {description}")
            });
            let passages = texts.iter().map(|(title, description, state)| Passage {
                project_id: "project",
                id: "id",
                is_completed: *state == 1,
                key: "",
                title,
                description,
            });
            let half = texts.len() / 2;
            let rows = [joined.clone().take(half).collect(), joined.skip(half).collect()];
            let texts = Texts(rows.into());
            prop_assert_eq!(texts.passages().expect("texts"), passages.collect::<Vec<_>>());
        }
    }

    #[test]
    fn other_forms_are_an_error() {
        for texts in [
            "project",
            "project id 0 key 1 1 a",
            "project id 0 key 1 2 a b",
            "project id 0 key 1 1 ab",
            "project id 0 key x 1 a b",
            "project id 0 key 1 1 \u{e9} b",
            "project id 0 key 1 1 a b more",
        ] {
            let texts = Texts(vec![texts.to_owned()]);
            assert!(texts.passages().is_err());
        }
    }
}
