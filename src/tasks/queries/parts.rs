//! Parts of the tasks, each with an index that has the order of a list, project by project.

use crate::db::Engine;
use crate::tasks::Status;

/// Tasks that an index has in the order of the list, project by project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub status: Status,
    /// A condition besides that on the state, preceded by AND.
    condition: &'static str,
    /// The index on SQLite and PostgreSQL. `None` for the primary key.
    pub index: Option<&'static str>,
    /// The index on MySQL.
    pub mysql_index: &'static str,
    /// The expression that is sorted by before the id. `None` if there is none.
    pub key: Option<&'static str>,
    /// True if the key is a number.
    pub is_number: bool,
}

/// A value by which indexes have the tasks that have one: one index of open and one of completed
/// tasks. That of MySQL has both states and all tasks.
#[derive(Clone, Copy)]
pub(super) struct Value {
    open_index: &'static str,
    done_index: &'static str,
    mysql_index: &'static str,
    condition: &'static str,
    pub key: Option<&'static str>,
    is_number: bool,
}

pub(super) const VERSION: Value = Value {
    open_index: "tasks_open_by_version",
    done_index: "tasks_done_by_version",
    mysql_index: "tasks_by_version",
    condition: "",
    key: Some("version"),
    is_number: true,
};
pub(super) const POSITION: Value = Value {
    open_index: "tasks_moved",
    done_index: "tasks_done_moved",
    mysql_index: "tasks_moved",
    condition: " AND position IS NOT NULL",
    key: Some("position"),
    is_number: false,
};
pub(super) const DUE: Value = Value {
    open_index: "tasks_due",
    done_index: "tasks_done_due",
    mysql_index: "tasks_due",
    condition: " AND due IS NOT NULL",
    key: Some("due"),
    is_number: false,
};
pub(super) const DEADLINE: Value = Value {
    open_index: "tasks_deadline",
    done_index: "tasks_done_deadline",
    mysql_index: "tasks_deadline",
    condition: " AND deadline IS NOT NULL",
    key: Some("deadline"),
    is_number: false,
};
pub(super) const PRIORITY: Value = Value {
    open_index: "tasks_priority",
    done_index: "tasks_done_priority",
    mysql_index: "tasks_priority",
    condition: " AND priority < 4",
    key: None,
    is_number: false,
};
pub(super) const TITLE: Value = Value {
    open_index: "tasks_title",
    done_index: "tasks_done_title",
    mysql_index: "tasks_title",
    condition: "",
    key: None,
    is_number: false,
};
pub(super) const PARENT: Value = Value {
    open_index: "tasks_by_parent",
    done_index: "tasks_done_by_parent",
    mysql_index: "tasks_by_parent",
    condition: " AND parent_id IS NOT NULL",
    key: None,
    is_number: false,
};
pub(super) const SECTION: Value = Value {
    open_index: "tasks_by_section",
    done_index: "tasks_done_by_section",
    mysql_index: "tasks_by_section",
    condition: " AND section_id IS NOT NULL",
    key: None,
    is_number: false,
};
pub(super) const COMPLETED: Part = Part {
    status: Status::Done,
    condition: "",
    index: Some("tasks_completed"),
    mysql_index: "tasks_open",
    key: Some("completed_at"),
    is_number: true,
};

impl Value {
    fn part(self, status: Status, index: &'static str) -> Part {
        Part {
            status,
            condition: self.condition,
            index: Some(index),
            mysql_index: self.mysql_index,
            key: self.key,
            is_number: self.is_number,
        }
    }

    /// Returns the tasks in these states: two parts for all.
    pub fn parts(self, status: Status) -> Vec<Part> {
        let open = self.part(Status::Open, self.open_index);
        let done = self.part(Status::Done, self.done_index);
        match status {
            Status::Open => vec![open],
            Status::Done => vec![done],
            Status::All => vec![open, done],
        }
    }

    /// Returns the value with another key.
    pub fn with_key(self, key: &'static str) -> Value {
        Value {
            key: Some(key),
            ..self
        }
    }

    /// Returns the tasks without the value, by id.
    pub fn others(self, status: Status, condition: &'static str) -> Part {
        let part = by_id(status, condition);
        Part {
            mysql_index: match status {
                Status::All => part.mysql_index,
                Status::Open | Status::Done => self.mysql_index,
            },
            ..part
        }
    }
}

impl Part {
    /// Returns the condition on its tasks, each term preceded by AND.
    pub fn conditions(&self, engine: Engine) -> [&'static str; 2] {
        // The other indexes of MySQL begin with the project and the generated column.
        let by_state =
            engine == Engine::Mysql && !["PRIMARY", "tasks_open"].contains(&self.mysql_index);
        let state = match self.status {
            Status::Open if by_state => " AND done = 0",
            Status::Done if by_state => " AND done = 1",
            status => state(status),
        };
        [state, self.condition]
    }
}

/// Returns the condition on the state of the tasks.
pub(super) fn state(status: Status) -> &'static str {
    match status {
        Status::Open => " AND completed_at IS NULL",
        Status::Done => " AND completed_at IS NOT NULL",
        Status::All => "",
    }
}

/// Returns tasks by id.
pub(super) fn by_id(status: Status, condition: &'static str) -> Part {
    let is_open = status == Status::Open;
    Part {
        status,
        condition,
        index: is_open.then_some("tasks_open"),
        mysql_index: if is_open { "tasks_open" } else { "PRIMARY" },
        key: None,
        is_number: false,
    }
}

/// Returns the tasks of a priority, by id.
pub(super) fn of_priority(status: Status, priority: i64) -> Vec<Part> {
    // The indexes are known to have these tasks by the first term.
    let condition = match priority {
        1 => " AND priority < 4 AND priority = 1",
        2 => " AND priority < 4 AND priority = 2",
        3 => " AND priority < 4 AND priority = 3",
        _ => return vec![PRIORITY.others(status, " AND priority = 4")],
    };
    Value {
        condition,
        ..PRIORITY
    }
    .parts(status)
}

/// The open tasks with a due date.
pub(super) fn due_of_open() -> Part {
    DUE.part(Status::Open, DUE.open_index)
}

/// The open tasks with a deadline.
pub(super) fn deadline_of_open() -> Part {
    DEADLINE.part(Status::Open, DEADLINE.open_index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mysql_finds_states_by_the_generated_column() {
        let conditions = |part: &Part, engine| part.conditions(engine).concat();
        let [open, done] = VERSION.parts(Status::All)[..] else {
            panic!("two parts");
        };
        assert_eq!(conditions(&open, Engine::Mysql), " AND done = 0");
        assert_eq!(conditions(&done, Engine::Mysql), " AND done = 1");
        assert_eq!(
            conditions(&open, Engine::Sqlite),
            " AND completed_at IS NULL"
        );
        let completed = " AND completed_at IS NOT NULL";
        assert_eq!(conditions(&COMPLETED, Engine::Mysql), completed);
    }
}
