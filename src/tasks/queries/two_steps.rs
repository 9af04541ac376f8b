//! Lists across projects on MySQL, which can limit the tasks of each project only if the projects
//! are named: one statement finds the projects whose first tasks come first, another one reads the
//! tasks of these.

use super::order::Order;
use super::parts::Part;
use super::statement::Statement;
use crate::access::visible_project;
use crate::db::{Engine, Sql, row};

/// Character that separates a key from the id. It sorts before those of keys.
const SEPARATOR: char = '\u{1}';

row! {
    /// A project and its first task of a part.
    pub(super) struct First {
        project_id: String,
        /// The key, if the part has one, and the id.
        head: String,
    }
}

/// The projects of a part that a page can have tasks of.
pub(super) struct Named<'p> {
    pub part: &'p Part,
    pub project_ids: Vec<String>,
}

/// The projects that a page can have tasks of.
pub(super) struct Firsts<'p> {
    pub named: Vec<Named<'p>>,
    /// The key that no task of the page comes after.
    bound: Option<String>,
}

impl<'p> Firsts<'p> {
    /// Returns the projects of a page of this many tasks. There is one list for each part.
    pub fn new(
        parts: &'p [Part],
        lists: Vec<Vec<First>>,
        rows: usize,
        descending: bool,
    ) -> Firsts<'p> {
        let lists = lists.into_iter().enumerate();
        let mut firsts: Vec<(String, usize, String)> = lists
            .flat_map(|(place, list)| {
                list.into_iter()
                    .map(move |first| (first.head, place, first.project_id))
            })
            .collect();
        firsts.sort_unstable();
        if descending {
            firsts.reverse();
        }
        firsts.truncate(rows);
        let last = firsts.last().filter(|_| firsts.len() == rows);
        let bound = last.map(|(head, ..)| match head.split_once(SEPARATOR) {
            Some((key, _)) => key.to_owned(),
            None => head.clone(),
        });
        let named = parts.iter().enumerate().map(|(place, part)| {
            let of_part = firsts.iter().filter(|(_, other, _)| *other == place);
            Named {
                part,
                project_ids: of_part.map(|(.., id)| id.clone()).collect(),
            }
        });
        Firsts {
            named: named
                .filter(|named| !named.project_ids.is_empty())
                .collect(),
            bound,
        }
    }
}

impl Statement<'_> {
    /// Returns true if a page is read in two steps.
    pub fn is_in_two_steps(&self) -> bool {
        self.engine == Engine::Mysql && self.listing.is_across_projects()
    }

    /// Returns the statement for the projects whose first tasks of a part come first.
    pub fn first_projects(&self, part: &Part) -> Sql {
        let (_, descending) = self.listing.sort.column();
        let order = self.order_within(part);
        let head = match part.key {
            Some(key) => Sql::new("CONCAT(").push(key).push(", CHAR(1), id)"),
            None => Sql::new("id"),
        };
        Sql::new("SELECT visible_id AS project_id, (SELECT ")
            .append(head)
            .push(" FROM tasks")
            .append(self.hint(part))
            .push(" WHERE project_id = visible_id")
            .append(self.conditions(part, &order))
            .append(order.clause())
            .limit(1)
            .push(") AS head FROM ")
            .append(self.projects())
            .push(" HAVING head IS NOT NULL ORDER BY head")
            .push(if descending { " DESC" } else { " ASC" })
            .limit(self.rows)
    }

    /// Returns the statement for the tasks of these projects.
    pub fn of_projects(&self, firsts: &Firsts<'_>, order: &Order) -> Sql {
        let mut union = Sql::default();
        let mut operator = "";
        for Named { part, project_ids } in &firsts.named {
            let within = self.order_within(part);
            let conditions = self
                .conditions(part, &within)
                .append(self.up_to(part, firsts.bound.as_deref()));
            // There are few sizes, so that each statement is prepared once. No project has an
            // empty id.
            let size = project_ids.len().next_power_of_two();
            let ids = project_ids.iter().map(String::as_str);
            for id in ids.chain(std::iter::repeat("")).take(size) {
                union = union
                    .push(operator)
                    .push("(SELECT project_id AS key_project, id AS key_id FROM tasks")
                    .append(self.hint(part))
                    .push(" WHERE ")
                    .append(visible_project(self.listing.user_id, id))
                    .append(conditions.clone())
                    .append(within.clause())
                    .limit(self.rows)
                    .push(")");
                operator = " UNION ALL ";
            }
        }
        self.joined(union, self.columns)
            .append(order.clause())
            .limit(self.rows)
    }

    /// Condition that tasks of a part do not come after a key, preceded by AND.
    fn up_to(&self, part: &Part, bound: Option<&str>) -> Sql {
        let (_, descending) = self.listing.sort.column();
        let Some(bound) = bound else {
            return Sql::default();
        };
        let sql = Sql::new(" AND ")
            .push(part.key.unwrap_or("id"))
            .push(if descending { " >= " } else { " <= " });
        match bound.parse::<i64>() {
            Ok(number) if part.is_number => sql.bind(number),
            _ => sql.bind(bound.to_owned()),
        }
    }

    /// Returns the statement that sorts the keys of all tasks that meet the conditions. MySQL would
    /// sort whole rows on disk. `hint` names an index.
    pub fn by_keys(&self, hint: Sql, conditions: Sql, order: &Order, columns: &'static str) -> Sql {
        let keys = Sql::new("SELECT tasks.project_id AS key_project, tasks.id AS key_id FROM ")
            .append(self.projects())
            .push(self.engine.ordered_join())
            .push("tasks")
            .append(hint)
            .push(" ON tasks.project_id = visible_id WHERE TRUE")
            .append(conditions)
            .append(order.clause())
            .limit(self.rows);
        self.joined(keys, columns).append(order.clause())
    }

    /// Returns the statement for the tasks whose keys a query yields as `key_project` and `key_id`,
    /// without an order.
    pub fn joined(&self, keys: Sql, columns: &'static str) -> Sql {
        Sql::new("SELECT ")
            .push(columns)
            .push(" FROM (")
            .append(keys)
            .push(") AS found")
            .push(self.engine.ordered_join())
            .push("tasks ON tasks.project_id = key_project AND tasks.id = key_id")
    }
}
