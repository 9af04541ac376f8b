//! Statements that read tasks of a list.

use super::list::Listing;
use super::order::{Order, POSITION};
use super::parts::{Part, state};
use crate::access::{
    Hidden, found_visible_to, in_use_by, in_use_up_to, visible_project, visible_projects,
};
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
    /// The projects of the user, if the statement names them.
    pub named: &'s [String],
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
        Sql::new("SELECT ")
            .push(self.columns)
            .push(" FROM (")
            .append(union(queries))
            .push(") AS tasks")
            .append(order.clause())
            .limit(self.rows)
    }

    fn of_part(&self, part: &Part, columns: &'static str) -> Sql {
        let order = self.order_within(part);
        // SQLite reads the tasks of each project in the order of the index, until they come after
        // those that it has.
        if self.engine == Engine::Postgres && self.listing.is_across_projects() {
            return self.of_each_project(part, &order, columns);
        }
        let sql = Sql::new("SELECT ")
            .push(columns)
            .push(" FROM tasks")
            .append(self.hint(part))
            .push(" WHERE ")
            .append(self.access())
            .append(self.conditions(part, &order));
        self.first_rows(sql.append(order.clause()))
    }

    /// Appends the LIMIT clause to a query of tasks that an index has in its order. If PostgreSQL
    /// expects fewer tasks in the project, it reads and sorts all of them.
    fn first_rows(&self, query: Sql) -> Sql {
        match self.engine {
            Engine::Postgres => query.unknown_limit(self.rows),
            Engine::Sqlite | Engine::Mysql => query.limit(self.rows),
        }
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
        let next = |column: Sql| {
            Sql::new("SELECT ")
                .append(column)
                .push(" FROM tasks WHERE project_id = visible_id")
                .append(conditions.clone())
        };
        let last = Sql::new(key).push(" AS last");
        let heads = Sql::new("SELECT last FROM ")
            .append(self.projects())
            .push(" CROSS JOIN LATERAL (")
            .append(next(last).append(order.clause()).limit(HEAD))
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
            .append({
                // PostgreSQL expects a third of the tasks on one side of the bound.
                let bounded = next(Sql::new("*")).push(" AND ").push(key).push(compared);
                self.first_rows(bounded.append(order.clause()))
            })
            .push(") AS tasks) AS tasks")
            .append(order.clause())
            .limit(self.rows)
    }

    /// Returns the statement for the tasks of the project `first` and of those with lesser ids,
    /// project by project, each with the newest first.
    pub fn by_project(&self, part: &Part, first: &str) -> Sql {
        let order = self.order_within(part);
        let conditions = self.conditions(part, &order);
        let select = Sql::new("SELECT ").push(self.columns).push(" FROM ");
        if self.engine == Engine::Postgres {
            // The tasks of each project follow each other in the order of the projects.
            let next = Sql::new("SELECT * FROM tasks WHERE project_id = visible_id")
                .append(conditions)
                .append(order.clause());
            let sql = select
                .push("(SELECT visible_id FROM ")
                .append(self.projects())
                .push(" WHERE visible_id <= ")
                .bind(first)
                .push(" ORDER BY visible_id DESC) AS visible CROSS JOIN LATERAL (")
                .append(self.first_rows(next))
                .push(") AS tasks");
            return self.first_rows(sql);
        }
        select
            .push("tasks")
            .append(self.hint(part))
            .push(" WHERE ")
            .append(in_use_up_to(self.engine, self.listing.user_id, first))
            .append(conditions)
            .push(" ORDER BY project_id DESC, id DESC")
            .limit(self.rows)
    }

    /// Returns the statement for tasks that no index has in the order of the list.
    pub fn sorted(&self, parts: &[Part]) -> Sql {
        let filter = self.listing.filter;
        let order = Order::of(self.engine, self.listing.sort);
        if let Some(candidates) = self.listing.candidates() {
            return self.narrowed(candidates, &order);
        }
        let label = match &filter.label {
            Some(name) if self.listing.is_across_projects() => return self.labelled(name, &order),
            Some(name) if filter.project.is_some() && !self.listing.is_of_place() => {
                return self.labelled(name, &order);
            }
            Some(name) => has_label(name),
            None => Sql::default(),
        };
        // SQLite and MySQL sort the keys, which the index has, rather than whole rows.
        let by_keys = self.engine != Engine::Postgres && self.listing.is_across_projects();
        let of_part = |part: Option<&Part>, columns| {
            let conditions = match part {
                Some(part) => self.conditions(part, &order),
                None => self.conditions_of(&[state(self.listing.status)], &order),
            };
            let conditions = conditions.append(label.clone());
            if by_keys {
                let hint = part.map_or_else(Sql::default, |part| self.hint(part));
                return self.by_keys(hint, conditions, &order, columns);
            }
            let found = Sql::new(" FROM tasks")
                .append(part.map_or_else(Sql::default, |part| self.hint(part)))
                .push(" WHERE ")
                .append(self.access())
                .append(conditions);
            let found = match self.engine {
                // PostgreSQL would otherwise read the tasks of everybody in the order of an index,
                // to stop early.
                Engine::Postgres => Sql::new(" FROM (SELECT *")
                    .append(found)
                    .push(" OFFSET 0) AS tasks"),
                Engine::Sqlite | Engine::Mysql => found,
            };
            Sql::new("SELECT ")
                .push(columns)
                .append(found)
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
        let keys =
            |completed: &'static str| label_keys(self.access(), &label_key(name)).push(completed);
        let states: &[&'static str] = match self.listing.status {
            Status::Open => &[" AND completed = 0"],
            Status::Done => &[" AND completed = 1"],
            Status::All => &[" AND completed = 0", " AND completed = 1"],
        };
        let conditions = self.listing.conditions();
        let (column, descending) = self.listing.sort.column();
        let is_by_id = column == SortColumn::CreatedAt && conditions.is_empty();
        let each = states.iter().map(|completed| match &self.after {
            _ if !is_by_id => keys(completed),
            Some(Cursor(_, _, id)) => keys(completed)
                .push(" AND task_id")
                .push(if descending { " < " } else { " > " })
                .bind(id.clone()),
            None => keys(completed),
        });
        let each = each.map(|keys| match is_by_id {
            true => keys
                .push(" ORDER BY task_id")
                .push(if descending { " DESC" } else { " ASC" })
                .limit(self.rows),
            false => keys,
        });
        self.joined(union(each), self.columns)
            .push(" WHERE TRUE")
            .append(conditions)
            .append(self.behind(order))
            .append(order.clause())
            .limit(self.rows)
    }

    /// The access rule, and the condition on the project.
    pub(super) fn access(&self) -> Sql {
        let filter = self.listing.filter;
        let user_id = self.listing.user_id;
        match &filter.project {
            Some(project_id) => visible_project(user_id, project_id),
            // The index of the section or of the parent finds the tasks.
            None if self.listing.is_of_place() => found_visible_to(self.engine, user_id),
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
    pub(super) fn behind(&self, order: &Order) -> Sql {
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

/// Returns the query for the rows of all of these.
fn union(queries: impl Iterator<Item = Sql>) -> Sql {
    let mut union = Sql::default();
    for (number, query) in queries.enumerate() {
        union = union
            .push(if number == 0 { "" } else { " UNION ALL " })
            .push("SELECT * FROM (")
            .append(query)
            .push(") AS each_part");
    }
    union
}

/// Returns the query for the keys of the tasks with a label that the user has access to.
pub(super) fn label_keys(access: Sql, label: &str) -> Sql {
    Sql::new("SELECT project_id AS key_project, task_id AS key_id FROM task_labels WHERE ")
        .append(access)
        .push(" AND label = ")
        .bind(label.to_owned())
}

/// Condition that a task has a label, preceded by AND.
pub(super) fn has_label(name: &str) -> Sql {
    Sql::new(" AND EXISTS (SELECT 1 FROM task_labels")
        .push(" WHERE task_labels.project_id = tasks.project_id AND label = ")
        .bind(label_key(name))
        .push(" AND completed IN (0, 1) AND task_id = tasks.id)")
}
