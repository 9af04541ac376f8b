//! Statements that read tasks of a list.

use super::list::Listing;
use super::order::{Order, POSITION};
use super::plan::{Part, state};
use crate::access::{Hidden, found_visible_to, in_use_by, visible_project, visible_projects};
use crate::db::{Engine, Sql};
use crate::items::label_key;
use crate::tasks::cursor::Cursor;
use crate::tasks::{SortColumn, Status};

/// Number of tasks of each project from which PostgreSQL estimates the last task of a page.
const HEAD: usize = 4;

/// The tasks that a statement reads: the first `rows` of a listing after a position.
pub(super) struct Statement<'s> {
    pub listing: &'s Listing<'s>,
    pub engine: Engine,
    pub columns: &'static str,
    pub after: Option<&'s Cursor>,
    pub rows: usize,
}

impl Statement<'_> {
    /// Returns the statement for tasks that indexes have in the order of the list.
    pub fn of_parts(&self, parts: &[Part]) -> Sql {
        match parts {
            [part] => self.of_part(part, self.columns),
            _ => {
                let each = |part: &Part| self.of_part(part, "tasks.*");
                self.merged(parts.iter().map(each), &self.order_of(parts))
            }
        }
    }

    /// Returns the order of the tasks of these parts.
    pub(super) fn order_of(&self, parts: &[Part]) -> Order {
        let (column, descending) = self.listing.sort.column();
        let key = match (column, parts) {
            (SortColumn::Position, _) => Some(POSITION),
            (_, [part, ..]) => part.key,
            (_, []) => None,
        };
        Order::by(key, descending)
    }

    /// Returns the statement for the first tasks of these queries, which yield all columns.
    fn merged(&self, queries: impl Iterator<Item = Sql>, order: &Order) -> Sql {
        let mut union = Sql::default();
        for (number, query) in queries.enumerate() {
            union = union
                .push(if number == 0 { "" } else { " UNION ALL " })
                .push("SELECT * FROM (")
                .append(query)
                .push(") AS each_part");
        }
        Sql::new("SELECT ")
            .push(self.columns)
            .push(" FROM (")
            .append(union)
            .push(") AS tasks")
            .append(order.clause())
            .limit(self.rows)
    }

    fn of_part(&self, part: &Part, columns: &'static str) -> Sql {
        let order = self.order_within(part);
        let access = match &self.listing.filter.project {
            Some(project_id) => visible_project(self.listing.user_id, project_id),
            None if self.engine == Engine::Postgres => {
                return self.of_each_project(part, &order, columns);
            }
            // SQLite reads the tasks of each project in the order of the index, until they come
            // after those that it has.
            None => in_use_by(self.engine, self.listing.user_id),
        };
        Sql::new("SELECT ")
            .push(columns)
            .push(" FROM tasks")
            .append(self.hint(part))
            .push(" WHERE ")
            .append(access)
            .append(self.conditions(part, &order))
            .append(order.clause())
            .limit(self.rows)
    }

    /// Returns the order of the tasks of a part.
    pub(super) fn order_within(&self, part: &Part) -> Order {
        let (_, descending) = self.listing.sort.column();
        Order::by(part.key, descending)
    }

    /// Returns the statement as a union of the next tasks of each project. PostgreSQL would
    /// otherwise sort all tasks of all projects.
    ///
    /// With the first tasks of each project, a page may be full. Its last task is then a bound, so
    /// that of most projects no task is read.
    fn of_each_project(&self, part: &Part, order: &Order, columns: &'static str) -> Sql {
        let (_, descending) = self.listing.sort.column();
        let key = part.key.unwrap_or("id");
        let conditions = self.conditions(part, order);
        let next = |columns: &'static str| {
            Sql::new("SELECT ")
                .push(columns)
                .push(" FROM tasks WHERE project_id = visible_id")
                .append(conditions.clone())
        };
        let heads = Sql::new("SELECT ")
            .push(key)
            .push(" AS last FROM ")
            .append(self.projects())
            .push(" CROSS JOIN LATERAL (")
            .append(next(key).append(order.clause()).limit(HEAD))
            .push(") AS heads ORDER BY last")
            .push(if descending { " DESC" } else { " ASC" })
            .limit(1)
            .offset(self.rows.saturating_sub(1));
        let (compared, end) = match (part.is_number, descending) {
            (true, true) => (" >= bound.last", ", -9223372036854775808"),
            (true, false) => (" <= bound.last", ", 9223372036854775807"),
            (false, true) => (" >= bound.last", ", ''"),
            // No title is greater.
            (false, false) => (" <= bound.last", ", REPEAT(CHR(1114111), 100)"),
        };
        Sql::new("SELECT ")
            .push(columns)
            .push(" FROM (SELECT tasks.* FROM (SELECT COALESCE(CASE WHEN (SELECT COUNT(*) FROM ")
            .append(self.projects())
            // With fewer projects, the bound costs more than the tasks that it leaves out.
            .push(") > 12 THEN (")
            .append(heads)
            .push(") END")
            .push(end)
            // PostgreSQL would otherwise compute the bound for each project.
            .push(") AS last OFFSET 0) AS bound CROSS JOIN ")
            .append(self.projects())
            .push(" CROSS JOIN LATERAL (")
            .append(
                next("*")
                    .push(" AND ")
                    .push(key)
                    .push(compared)
                    .append(order.clause())
                    .limit(self.rows),
            )
            .push(") AS tasks) AS tasks")
            .append(order.clause())
            .limit(self.rows)
    }

    /// Returns the statement for tasks that no index has in the order of the list.
    pub fn sorted(&self, parts: &[Part]) -> Sql {
        let filter = self.listing.filter;
        let order = Order::of(self.engine, self.listing.sort);
        let is_of_items = filter.section.is_some() || filter.parent.is_some();
        let label = match &filter.label {
            Some(name) if !is_of_items => return self.labelled(name, &order),
            Some(name) => has_label(name),
            None => Sql::default(),
        };
        let is_whole = filter.project.is_none() && !is_of_items && !self.listing.is_restricted();
        let of_part = |part: Option<&Part>, columns| {
            let conditions = match part {
                Some(part) => self.conditions(part, &order),
                None => self.conditions_of(&[state(self.listing.status)], &order),
            };
            let conditions = conditions.append(label.clone());
            if self.engine == Engine::Mysql && is_whole {
                let index = part.map_or("PRIMARY", |part| part.mysql_index);
                return self.by_keys(index, conditions, &order, columns);
            }
            Sql::new("SELECT ")
                .push(columns)
                .push(" FROM tasks")
                .append(part.map_or_else(Sql::default, |part| self.hint(part)))
                .push(" WHERE ")
                .append(self.access())
                .append(conditions)
                .append(order.clause())
                .limit(self.rows)
        };
        match parts {
            [] => of_part(None, self.columns),
            [part] => of_part(Some(part), self.columns),
            _ => {
                let each = |part| of_part(Some(part), "tasks.*");
                self.merged(parts.iter().map(each), &order)
            }
        }
    }

    /// Returns the statement for the tasks with a label.
    fn labelled(&self, name: &str, order: &Order) -> Sql {
        let labels = Sql::new(" FROM task_labels WHERE ")
            .append(self.access())
            .push(" AND label = ")
            .bind(label_key(name))
            .push(match self.listing.status {
                Status::Open => " AND completed = 0",
                Status::Done => " AND completed = 1",
                Status::All => "",
            });
        let conditions = self.listing.conditions();
        let keys = Sql::new("SELECT project_id AS key_project, task_id AS key_id").append(labels);
        if self.listing.sort.column().0 == SortColumn::CreatedAt && conditions.is_empty() {
            let (_, descending) = self.listing.sort.column();
            let keys = match self.after {
                Some(Cursor(_, _, id)) => keys
                    .push(" AND task_id")
                    .push(if descending { " < " } else { " > " })
                    .bind(id.clone()),
                None => keys,
            };
            let direction = if descending { " DESC" } else { " ASC" };
            let keys = keys.push(" ORDER BY task_id").push(direction);
            let keys = keys.limit(self.rows);
            return self.joined(keys, self.columns).append(order.clause());
        }
        self.joined(keys, self.columns)
            .push(" WHERE TRUE")
            .append(conditions)
            .append(self.behind(order))
            .append(order.clause())
            .limit(self.rows)
    }

    /// The access rule, and the condition on the project.
    fn access(&self) -> Sql {
        let filter = self.listing.filter;
        let user_id = self.listing.user_id;
        match &filter.project {
            Some(project_id) => visible_project(user_id, project_id),
            // The index of the section or of the parent finds the tasks.
            None if filter.section.is_some() || filter.parent.is_some() => {
                found_visible_to(self.engine, user_id)
            }
            None => in_use_by(self.engine, user_id),
        }
    }

    /// The projects of a list across projects. It leaves out those that are archived.
    pub(super) fn projects(&self) -> Sql {
        visible_projects(self.listing.user_id, Hidden::No)
    }

    /// Clause that names the index of a part.
    pub(super) fn hint(&self, part: &Part) -> Sql {
        match (self.engine, part.index) {
            (Engine::Mysql, _) => self.engine.force_index(part.mysql_index),
            (_, Some(index)) => self.engine.indexed_by(index),
            (_, None) => Sql::default(),
        }
    }

    /// All conditions on the tasks of a part, each preceded by AND.
    pub(super) fn conditions(&self, part: &Part, order: &Order) -> Sql {
        self.conditions_of(&part.conditions(self.engine), order)
    }

    fn conditions_of(&self, conditions: &[&'static str], order: &Order) -> Sql {
        let conditions = conditions.iter();
        conditions
            .fold(Sql::default(), |sql, condition| sql.push(condition))
            .append(self.listing.conditions())
            .append(self.behind(order))
    }

    /// The condition that tasks come after the position, preceded by AND.
    fn behind(&self, order: &Order) -> Sql {
        let Some(cursor) = self.after else {
            return Sql::default();
        };
        let has_expression = self.listing.sort.column().0 == SortColumn::Title;
        let from = match self.engine {
            Engine::Mysql => order.from(cursor),
            Engine::Sqlite if has_expression => order.from(cursor),
            Engine::Sqlite | Engine::Postgres => Sql::default(),
        };
        Sql::new(" AND ").append(order.after(cursor)).append(from)
    }
}

/// Condition that a task has a label, preceded by AND.
fn has_label(name: &str) -> Sql {
    Sql::new(" AND EXISTS (SELECT 1 FROM task_labels")
        .push(" WHERE task_labels.project_id = tasks.project_id AND label = ")
        .bind(label_key(name))
        .push(" AND completed IN (0, 1) AND task_id = tasks.id)")
}
