//! Statements that read tasks of a list.

use super::list::Listing;
use super::order::{Order, POSITION};
use super::plan::{Part, index_of};
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
        let (column, descending) = self.listing.sort.column();
        match parts {
            [part] => self.of_part(part, self.columns),
            _ => {
                let key = match column {
                    SortColumn::Position => POSITION,
                    _ => "version",
                };
                let mut union = Sql::default();
                for (number, part) in parts.iter().enumerate() {
                    union = union
                        .push(if number == 0 { "" } else { " UNION ALL " })
                        .push("SELECT * FROM (")
                        .append(self.of_part(part, "tasks.*"))
                        .push(if number == 0 {
                            ") AS one"
                        } else {
                            ") AS other"
                        });
                }
                Sql::new("SELECT ")
                    .push(self.columns)
                    .push(" FROM (")
                    .append(union)
                    .push(") AS tasks")
                    .append(Order::by(Some(key), descending).clause())
                    .limit(self.rows)
            }
        }
    }

    fn of_part(&self, part: &Part, columns: &'static str) -> Sql {
        let (_, descending) = self.listing.sort.column();
        let order = Order::by(part.key, descending);
        if let Some(project_id) = &self.listing.filter.project {
            return Sql::new("SELECT ")
                .push(columns)
                .push(" FROM tasks")
                .append(self.hint(part))
                .push(" WHERE ")
                .append(visible_project(self.listing.user_id, project_id))
                .append(self.conditions(part.condition, &order))
                .append(order.clause())
                .limit(self.rows);
        }
        match self.engine {
            // SQLite reads the tasks of each project in the order of the index, until they come
            // after those that it has.
            Engine::Sqlite => Sql::new("SELECT ")
                .push(columns)
                .push(" FROM tasks")
                .append(self.hint(part))
                .push(" WHERE ")
                .append(in_use_by(self.engine, self.listing.user_id))
                .append(self.conditions(part.condition, &order))
                .append(order.clause())
                .limit(self.rows),
            Engine::Postgres => self.of_each_project(part, &order, columns),
            Engine::Mysql => {
                let conditions = self.conditions(part.condition, &order);
                self.by_keys(part.mysql_index, conditions, &order)
            }
        }
    }

    /// Returns the statement as a union of the next tasks of each project. PostgreSQL would
    /// otherwise sort all tasks of all projects.
    ///
    /// With the first tasks of each project, a page may be full. Its last task is then a bound, so
    /// that of most projects no task is read.
    fn of_each_project(&self, part: &Part, order: &Order, columns: &'static str) -> Sql {
        let (_, descending) = self.listing.sort.column();
        let key = part.key.unwrap_or("id");
        let conditions = self.conditions(part.condition, order);
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
            // Ids, dates and positions are ASCII.
            (false, false) => (" <= bound.last", ", '~'"),
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

    /// Returns true if a page is read in two steps: first the projects that it can have tasks of.
    /// MySQL can limit the tasks of each project only if they are named.
    pub fn is_in_two_steps(&self) -> bool {
        self.engine == Engine::Mysql && self.listing.filter.project.is_none()
    }

    /// Returns the statement for the projects whose first tasks come first.
    pub fn first_projects(&self, part: &Part) -> Sql {
        let (_, descending) = self.listing.sort.column();
        let order = Order::by(part.key, descending);
        let head = match part.key {
            Some(key) => Sql::new("CONCAT(").push(key).push(", ' ', id)"),
            None => Sql::new("id"),
        };
        Sql::new("SELECT visible_id AS id, (SELECT ")
            .append(head)
            .push(" FROM tasks")
            .append(self.hint(part))
            .push(" WHERE project_id = visible_id")
            .append(self.conditions(part.condition, &order))
            .append(order.clause())
            .limit(1)
            .push(") AS head FROM ")
            .append(self.projects())
            .push(" HAVING head IS NOT NULL ORDER BY head")
            .push(if descending { " DESC" } else { " ASC" })
            .limit(self.rows)
    }

    /// Returns the statement for the tasks of these projects.
    pub fn of_projects(&self, part: &Part, ids: impl ExactSizeIterator<Item = String>) -> Sql {
        let (_, descending) = self.listing.sort.column();
        let order = Order::by(part.key, descending);
        // There are few sizes, so that each statement is prepared once. No project has an empty id.
        let size = ids.len().next_power_of_two();
        let ids = ids.chain(std::iter::repeat(String::new())).take(size);
        let mut union = Sql::default();
        for (number, id) in ids.enumerate() {
            union = union
                .push(if number == 0 { "" } else { " UNION ALL " })
                .push("(SELECT project_id AS key_project, id AS key_id FROM tasks")
                .append(self.hint(part))
                .push(" WHERE ")
                .append(visible_project(self.listing.user_id, &id))
                .append(self.conditions(part.condition, &order))
                .append(order.clause())
                .limit(self.rows)
                .push(")");
        }
        self.of_keys(union, &order).limit(self.rows)
    }

    /// Returns the statement for MySQL, which sorts the keys of all tasks that meet the conditions.
    /// Whole rows would be sorted on disk.
    fn by_keys(&self, index: &'static str, conditions: Sql, order: &Order) -> Sql {
        let keys = Sql::new("SELECT tasks.project_id AS key_project, tasks.id AS key_id FROM ")
            .append(self.projects())
            .push(" STRAIGHT_JOIN tasks")
            .append(self.engine.force_index(index))
            .push(" ON tasks.project_id = visible_id WHERE TRUE")
            .append(conditions)
            .append(order.clause())
            .limit(self.rows);
        self.of_keys(keys, order)
    }

    /// Returns the statement for the tasks whose keys a query yields as `key_project` and `key_id`.
    fn of_keys(&self, keys: Sql, order: &Order) -> Sql {
        self.joined(keys).append(order.clause())
    }

    /// Returns the statement of [`Statement::of_keys`] without its order.
    fn joined(&self, keys: Sql) -> Sql {
        Sql::new("SELECT ")
            .push(self.columns)
            .push(" FROM (")
            .append(keys)
            .push(") AS found")
            .push(self.engine.ordered_join())
            .push("tasks ON tasks.project_id = key_project AND tasks.id = key_id")
    }

    /// Returns the statement for tasks that no index has in the order of the list.
    pub fn sorted(&self) -> Sql {
        let filter = self.listing.filter;
        let order = Order::of(self.listing.sort);
        let is_restricted = self.listing.is_restricted();
        let part = index_of(filter, self.listing.status).filter(|_| !is_restricted);
        let conditions = self.conditions(self.state(), &order);
        let is_of_items = filter.section.is_some() || filter.parent.is_some();
        let conditions = match &filter.label {
            Some(name) if is_of_items => conditions.append(has_label(name)),
            Some(name) => return self.labelled(name, &order),
            None => conditions,
        };
        let is_whole = filter.project.is_none() && !is_of_items && !is_restricted;
        if self.engine == Engine::Mysql && is_whole {
            let index = part.map_or("PRIMARY", |part| part.mysql_index);
            return self.by_keys(index, conditions, &order);
        }
        Sql::new("SELECT ")
            .push(self.columns)
            .push(" FROM tasks")
            .append(part.map_or_else(Sql::default, |part| self.hint(&part)))
            .push(" WHERE ")
            .append(self.access())
            .append(conditions)
            .append(order.clause())
            .limit(self.rows)
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
            return self.of_keys(keys.limit(self.rows), order);
        }
        self.joined(keys)
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
    fn projects(&self) -> Sql {
        visible_projects(self.listing.user_id, Hidden::No)
    }

    /// Clause that names the index of a part.
    fn hint(&self, part: &Part) -> Sql {
        match (self.engine, part.index) {
            (Engine::Mysql, _) => self.engine.force_index(part.mysql_index),
            (_, Some(index)) => self.engine.indexed_by(index),
            (_, None) => Sql::default(),
        }
    }

    /// The condition on the state of the tasks.
    fn state(&self) -> &'static str {
        match self.listing.status {
            Status::Open => " AND completed_at IS NULL",
            Status::Done => " AND completed_at IS NOT NULL",
            Status::All => "",
        }
    }

    /// All conditions on the tasks, each preceded by AND.
    fn conditions(&self, state: &'static str, order: &Order) -> Sql {
        Sql::new(state)
            .append(self.listing.conditions())
            .append(self.behind(order))
    }

    /// The condition that tasks come after the position, preceded by AND.
    fn behind(&self, order: &Order) -> Sql {
        match self.after {
            Some(cursor) if self.engine == Engine::Mysql => Sql::new(" AND ")
                .append(order.after(cursor))
                .append(order.from(cursor)),
            Some(cursor) => Sql::new(" AND ").append(order.after(cursor)),
            None => Sql::default(),
        }
    }
}

/// Condition that a task has a label, preceded by AND.
fn has_label(name: &str) -> Sql {
    Sql::new(" AND EXISTS (SELECT 1 FROM task_labels")
        .push(" WHERE task_labels.project_id = tasks.project_id AND label = ")
        .bind(label_key(name))
        .push(" AND completed IN (0, 1) AND task_id = tasks.id)")
}
