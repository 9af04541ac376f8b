//! Searches in the trash: deleted items, and tasks of deleted projects. The program matches, as in
//! searches for tasks.

use std::borrow::Cow;
use std::time::Instant;

use serde::Deserialize;

use crate::access::{all_of, member_of, visible_project, visible_to};
use crate::db::{
    FIRST_ROWS, FromColumns, Pool, SCAN_TIME, Scan, Sql, Words, next_rows, row, search_key,
};
use crate::error::Error;

row! {
    /// A project with deleted items.
    struct Space {
        project_id: String,
    }
}

row! {
    /// A deleted project.
    struct Project {
        id: String,
        parent_id: Option<String>,
        change_id: Option<String>,
        title: String,
    }
}

row! {
    /// A deleted item. `item` is its row as a JSON object.
    struct Item {
        id: String,
        root_id: String,
        title: String,
        item: String,
    }
}

row! {
    /// A task of a deleted project.
    struct Task {
        id: String,
        title: String,
        description: String,
    }
}

/// The text of a deleted row besides its title.
#[derive(Deserialize)]
struct Text<'t> {
    #[serde(borrow, default)]
    description: Cow<'t, str>,
}

/// A search in progress.
struct Search<'s> {
    pool: &'s Pool,
    user_id: &'s str,
    words: Words,
    limit: usize,
    begun: Instant,
    found: Vec<String>,
    _scan: Scan,
}

/// Returns the ids of at most `limit` items and projects in the trash that contain all words of a
/// text, or were deleted with an item that does. A search ends after a second.
///
/// # Errors
/// [`Error::Busy`] if another search of the user is in progress, or [`Error::Database`].
pub(super) async fn search(
    pool: &Pool,
    user_id: &str,
    text: &str,
    limit: usize,
) -> Result<Vec<String>, Error> {
    let mut search = Search {
        pool,
        user_id,
        words: Words::of(text),
        limit,
        _scan: pool.begin_scan(user_id).await?,
        begun: Instant::now(),
        found: Vec::new(),
    };
    search.projects().await?;
    search.items().await?;
    Ok(search.found)
}

impl Search<'_> {
    fn is_over(&self) -> bool {
        self.found.len() >= self.limit || self.begun.elapsed() > SCAN_TIME
    }

    fn add(&mut self, root_id: &str, title: &str, text: &str) {
        let is_new = !self.found.iter().any(|id| id == root_id);
        if is_new && self.words.are_in(&search_key(&format!("{title}\n{text}"))) {
            self.found.push(root_id.to_owned());
        }
    }

    /// Finds deleted items.
    async fn items(&mut self) -> Result<(), Error> {
        let spaces = Sql::new("SELECT DISTINCT project_id FROM tombstones WHERE ")
            .append(visible_to(self.pool.engine(), self.user_id))
            .push(" AND root_id = id");
        let spaces: Vec<Space> = self.pool.fetch(spaces).await?;
        for space in spaces {
            let query = Sql::select::<Item>()
                .push(" FROM tombstones WHERE ")
                .append(visible_project(self.user_id, &space.project_id))
                .push(" AND root_id IS NOT NULL AND item IS NOT NULL");
            self.each(query, |search, item: &Item| {
                let text: Option<Text<'_>> = serde_json::from_str(&item.item).ok();
                let text = text.map(|text| text.description).unwrap_or_default();
                search.add(&item.root_id, &item.title, &text);
                (item.id.clone(), item.item.len())
            })
            .await?;
        }
        Ok(())
    }

    /// Finds deleted projects by their names and by their tasks.
    async fn projects(&mut self) -> Result<(), Error> {
        let engine = self.pool.engine();
        let query = Sql::new(
            "SELECT id, parent_id, change_id, name AS title FROM projects \
             WHERE deleted_at IS NOT NULL AND id ",
        );
        let query = query.append(engine.any_of(all_of(self.user_id)));
        let projects: Vec<Project> = self.pool.fetch(query).await?;
        for project in &projects {
            let root_id = root_of(&projects, project);
            self.add(root_id, &project.title, "");
            let tasks = Sql::select::<Task>()
                .push(" FROM tasks WHERE project_id = ")
                .bind(project.id.clone())
                .push(" AND ")
                .append(member_of(engine, self.user_id));
            self.each(tasks, |search, task: &Task| {
                search.add(root_id, &task.title, &task.description);
                (task.id.clone(), task.description.len())
            })
            .await?;
        }
        Ok(())
    }

    /// Reads the rows of a query in the order of their ids, in steps. `add` returns the id and the
    /// size of a row.
    async fn each<T: FromColumns>(
        &mut self,
        query: Sql,
        mut add: impl FnMut(&mut Self, &T) -> (String, usize),
    ) -> Result<(), Error> {
        let (mut after, mut rows) = (String::new(), FIRST_ROWS);
        while !self.is_over() {
            let step = query
                .clone()
                .push(" AND id > ")
                .bind(after.clone())
                .push(" ORDER BY id")
                .limit(rows);
            let step: Vec<T> = self.pool.fetch(step).await?;
            let mut bytes = 0;
            for row in &step {
                let (id, size) = add(self, row);
                after = id;
                bytes += size;
            }
            if step.len() < rows {
                break;
            }
            rows = next_rows(step.len(), bytes);
        }
        Ok(())
    }
}

/// Returns the project with which a project was deleted.
fn root_of<'p>(projects: &'p [Project], project: &'p Project) -> &'p str {
    let mut root = project;
    for _ in projects {
        let parent = projects.iter().find(|other| {
            root.parent_id.as_deref() == Some(&other.id) && other.change_id == root.change_id
        });
        match parent {
            Some(parent) => root = parent,
            None => break,
        }
    }
    &root.id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_restored_with_the_one_that_it_was_deleted_with() {
        let project = |id: &str, parent: Option<&str>, change: &str| Project {
            id: id.into(),
            parent_id: parent.map(str::to_owned),
            change_id: Some(change.into()),
            title: String::new(),
        };
        let projects = [
            project("a", None, "1"),
            project("b", Some("a"), "1"),
            project("c", Some("b"), "1"),
            project("d", Some("c"), "2"),
            // No cycle makes it run forever.
            project("e", Some("e"), "1"),
        ];
        let roots: Vec<_> = projects
            .iter()
            .map(|each| root_of(&projects, each))
            .collect();
        assert_eq!(roots, ["a", "a", "a", "d", "e"]);
    }
}
