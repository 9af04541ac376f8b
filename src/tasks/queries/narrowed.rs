//! Statements that find the tasks of a filter among its candidates. The conditions are tested where
//! an index finds the candidates, so that only the rows of the page are read.

use super::list::Listing;
use super::order::Order;
use super::parts::{deadline_of_open, due_of_open, state};
use super::statement::{Statement, has_label, label_keys};
use crate::access::{Hidden, in_use_by, visible_projects, visible_to};
use crate::db::{Engine, Pool, Sql, row};
use crate::error::Error;
use crate::filter_language::{Candidate, Candidates, Source};

/// Columns of a query for keys, before those of its order.
const KEYS: &str = "SELECT tasks.project_id AS key_project, tasks.id AS key_id";

row! {
    /// A project.
    struct Project {
        visible_id: String,
    }
}

/// Returns the ids of the projects that the user has access to, if the statement for a range of an
/// index names them: MySQL cannot join projects to a range.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn named_projects(
    pool: &Pool,
    user_id: &str,
    most: Hidden,
) -> Result<Vec<String>, Error> {
    if pool.engine() != Engine::Mysql {
        return Ok(Vec::new());
    }
    let query = Sql::select::<Project>()
        .push(" FROM ")
        .append(visible_projects(user_id, most));
    let projects: Vec<Project> = pool.fetch(query).await?;
    Ok(projects.into_iter().map(|it| it.visible_id).collect())
}

/// Table expression for the rows of a table in the visible projects on MySQL, up to WHERE and a
/// condition. `named` has these projects if a range of the index is small. `hint` names an index.
pub(super) fn of_named(table: &'static str, hint: Sql, projects: Sql, named: &[String]) -> Sql {
    let join = Engine::Mysql.ordered_join();
    if named.is_empty() {
        return projects
            .push(join)
            .push(table)
            .append(hint)
            .push(" ON project_id = visible_id WHERE TRUE");
    }
    let mut sql = Sql::new(table)
        .append(hint)
        .push(join)
        .append(projects)
        .push(" ON visible_id = ")
        .push(table)
        .push(".project_id WHERE ")
        .push(table)
        .push(".project_id IN (");
    // There are few sizes, so that each statement is prepared once. No project has an empty id.
    let size = named.len().next_power_of_two();
    let ids = named.iter().map(String::as_str);
    for (place, id) in ids.chain(std::iter::repeat("")).take(size).enumerate() {
        sql = sql.push(if place > 0 { ", " } else { "" }).bind(id);
    }
    sql.push(")")
}

impl Listing<'_> {
    /// Returns the projects that statements for the candidates name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn named(&self, pool: &Pool) -> Result<Vec<String>, Error> {
        let is_dated = |each: &Candidate| !matches!(each.source, Source::Label(_));
        match self.candidates() {
            Some(candidates) if candidates.each.iter().any(is_dated) => {
                named_projects(pool, self.user_id, self.hidden()).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the most hidden projects whose tasks are listed.
    fn hidden(&self) -> Hidden {
        match self.is_across_projects() {
            true => Hidden::No,
            false => Hidden::Archived,
        }
    }
}

impl Statement<'_> {
    /// Returns the statement for those of the candidates that meet the conditions.
    pub fn narrowed(&self, candidates: &Candidates, order: &Order) -> Sql {
        let operator = match candidates.are_disjoint {
            true => " UNION ALL ",
            false => " UNION ",
        };
        let mut keys = Sql::new("SELECT * FROM (");
        for (place, each) in candidates.each.iter().enumerate() {
            keys = keys
                .push(if place == 0 { "" } else { operator })
                .append(self.keys_among(each, order));
        }
        let keys = keys
            .push(") AS candidates")
            .append(order.clause_of_keys())
            .limit(self.rows);
        self.joined(keys, self.columns).append(order.clause())
    }

    fn keys_among(&self, candidate: &Candidate, order: &Order) -> Sql {
        let part = match &candidate.source {
            Source::Due => due_of_open(),
            Source::Deadline => deadline_of_open(),
            Source::Label(key) => return self.keys_labelled(key, candidate, order),
        };
        let select = Sql::new(KEYS)
            .append(order.columns_of_keys())
            .push(" FROM ");
        let projects = visible_projects(self.listing.user_id, self.listing.hidden());
        let conditions = self.tested(&part.conditions(self.engine), candidate, order);
        match self.engine {
            Engine::Sqlite => select
                .append(projects)
                .push(" CROSS JOIN tasks")
                .append(self.hint(&part))
                .push(" ON tasks.project_id = visible_id WHERE TRUE")
                .append(conditions),
            // PostgreSQL would read the tasks of everybody in the range.
            Engine::Postgres => Sql::new("SELECT found.* FROM ")
                .append(projects)
                .push(" CROSS JOIN LATERAL (")
                .append(select)
                .push("tasks WHERE project_id = visible_id")
                .append(conditions)
                .push(" OFFSET 0) AS found"),
            Engine::Mysql => select
                .append(of_named("tasks", self.hint(&part), projects, self.named))
                .append(conditions),
        }
    }

    fn keys_labelled(&self, key: &str, candidate: &Candidate, order: &Order) -> Sql {
        let user_id = self.listing.user_id;
        let access = match self.listing.is_across_projects() {
            true => in_use_by(self.engine, user_id),
            false => visible_to(self.engine, user_id),
        };
        Sql::new(KEYS)
            .append(order.columns_of_keys())
            .push(" FROM (")
            .append(label_keys(access, key))
            .push(" AND completed = 0) AS labelled")
            .push(self.engine.ordered_join())
            .push("tasks ON tasks.project_id = key_project AND tasks.id = key_id WHERE TRUE")
            .append(self.tested(&[state(self.listing.status)], candidate, order))
    }

    /// All conditions on candidates, each preceded by AND.
    fn tested(&self, of_part: &[&'static str], candidate: &Candidate, order: &Order) -> Sql {
        let listing = self.listing;
        let of_part = of_part.iter();
        let mut sql = of_part
            .fold(Sql::default(), |sql, condition| sql.push(condition))
            .push(" AND ")
            .append(candidate.condition.clone())
            .append(listing.conditions_of_filter())
            .append(self.behind(order));
        if let Some(name) = listing.filter.label.as_deref() {
            sql = sql.append(has_label(name));
        }
        match listing.is_across_projects() {
            true => sql,
            false => sql.push(" AND ").append(self.access()),
        }
    }
}
