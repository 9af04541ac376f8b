//! The segments of a list. Each has the order of an index, so that a page reads little more than
//! its own tasks, however many the projects have.

use super::order::title_key;
use crate::db::Engine;
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::{SortColumn, Status, TaskFilter};

/// The priority of tasks without one.
const NO_PRIORITY: i64 = 4;

/// Tasks that an index has in the order of the list, project by project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    status: Status,
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

/// Consecutive tasks of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// The tasks of one part, or of several that are merged.
    Indexed(Vec<Part>),
    /// Tasks that no index has in this order. They are found by these parts, or by the other
    /// conditions if there is none.
    Sorted(Vec<Part>),
}

use Segment::{Indexed, Sorted};

/// A value by which indexes have the tasks that have one: one index of open and one of completed
/// tasks. That of MySQL has both states and all tasks.
#[derive(Clone, Copy)]
struct Value {
    open_index: &'static str,
    done_index: &'static str,
    mysql_index: &'static str,
    condition: &'static str,
    key: Option<&'static str>,
    is_number: bool,
}

const VERSION: Value = Value {
    open_index: "tasks_open_by_version",
    done_index: "tasks_done_by_version",
    mysql_index: "tasks_by_version",
    condition: "",
    key: Some("version"),
    is_number: true,
};
const POSITION: Value = Value {
    open_index: "tasks_moved",
    done_index: "tasks_done_moved",
    mysql_index: "tasks_moved",
    condition: " AND position IS NOT NULL",
    key: Some("position"),
    is_number: false,
};
const DUE: Value = Value {
    open_index: "tasks_due",
    done_index: "tasks_done_due",
    mysql_index: "tasks_due",
    condition: " AND due IS NOT NULL",
    key: Some("due"),
    is_number: false,
};
const DEADLINE: Value = Value {
    open_index: "tasks_deadline",
    done_index: "tasks_done_deadline",
    mysql_index: "tasks_deadline",
    condition: " AND deadline IS NOT NULL",
    key: Some("deadline"),
    is_number: false,
};
const PRIORITY: Value = Value {
    open_index: "tasks_priority",
    done_index: "tasks_done_priority",
    mysql_index: "tasks_priority",
    condition: " AND priority < 4",
    key: None,
    is_number: true,
};
const TITLE: Value = Value {
    open_index: "tasks_title",
    done_index: "tasks_done_title",
    mysql_index: "tasks_title",
    condition: "",
    key: None,
    is_number: false,
};
const PARENT: Value = Value {
    open_index: "tasks_by_parent",
    done_index: "tasks_done_by_parent",
    mysql_index: "tasks_by_parent",
    condition: " AND parent_id IS NOT NULL",
    key: None,
    is_number: false,
};
const SECTION: Value = Value {
    open_index: "tasks_by_section",
    done_index: "tasks_done_by_section",
    mysql_index: "tasks_by_section",
    condition: " AND section_id IS NOT NULL",
    key: None,
    is_number: false,
};
const COMPLETED: Part = Part {
    status: Status::Done,
    condition: "",
    index: Some("tasks_completed"),
    mysql_index: "tasks_open",
    key: Some("completed_at"),
    is_number: true,
};

impl Value {
    /// Returns the tasks in these states: two parts for all.
    fn parts(self, status: Status) -> Vec<Part> {
        let part = |status, index| Part {
            status,
            condition: self.condition,
            index: Some(index),
            mysql_index: self.mysql_index,
            key: self.key,
            is_number: self.is_number,
        };
        let open = part(Status::Open, self.open_index);
        let done = part(Status::Done, self.done_index);
        match status {
            Status::Open => vec![open],
            Status::Done => vec![done],
            Status::All => vec![open, done],
        }
    }

    /// Returns the tasks without the value, by id.
    fn others(self, status: Status, condition: &'static str) -> Part {
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
fn by_id(status: Status, condition: &'static str) -> Part {
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
fn of_priority(status: Status, priority: i64) -> Vec<Part> {
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

/// Returns the segments of a list, in order.
pub(super) fn segments(
    engine: Engine,
    filter: &TaskFilter,
    status: Status,
    (column, descending): (SortColumn, bool),
) -> Vec<Segment> {
    if is_narrow(filter) {
        let parts = candidates(filter, status);
        return match column {
            SortColumn::CreatedAt if place(filter).is_some() && filter.label.is_none() => {
                vec![Indexed(parts)]
            }
            SortColumn::Due | SortColumn::Deadline | SortColumn::CompletedAt
                if parts.iter().all(|part| part.key == column_key(column)) && !parts.is_empty() =>
            {
                vec![Indexed(parts)]
            }
            _ => vec![Sorted(parts)],
        };
    }
    match column {
        SortColumn::CreatedAt => match filter.priority {
            Some(priority) if priority < NO_PRIORITY => {
                vec![Indexed(of_priority(status, priority))]
            }
            _ => vec![Indexed(vec![by_id(status, "")])],
        },
        SortColumn::CompletedAt => {
            let done = Indexed(vec![COMPLETED]);
            let open = Indexed(vec![by_id(Status::Open, "")]);
            match status {
                Status::Open => vec![open],
                Status::Done => vec![done],
                Status::All => vec![done, open],
            }
        }
        SortColumn::UpdatedAt => vec![Indexed(VERSION.parts(status))],
        SortColumn::Title => {
            let title = Value {
                key: Some(title_key(engine)),
                ..TITLE
            };
            vec![Indexed(title.parts(status))]
        }
        SortColumn::Position => {
            let unmoved = Part {
                key: Some("id"),
                ..POSITION.others(status, " AND position IS NULL")
            };
            let mut parts = POSITION.parts(status);
            parts.push(unmoved);
            vec![Indexed(parts)]
        }
        SortColumn::Due => vec![
            Indexed(DUE.parts(status)),
            Indexed(vec![DUE.others(status, " AND due IS NULL")]),
        ],
        SortColumn::Deadline => vec![
            Indexed(DEADLINE.parts(status)),
            Indexed(vec![DEADLINE.others(status, " AND deadline IS NULL")]),
        ],
        SortColumn::Priority => {
            let each = (1..=NO_PRIORITY).map(|priority| Indexed(of_priority(status, priority)));
            if descending {
                each.rev().collect()
            } else {
                each.collect()
            }
        }
    }
}

/// Returns the index of the segment that contains the position of a cursor.
pub(super) fn segment_of(segments: &[Segment], cursor: &Cursor) -> usize {
    let Cursor(sort, key, _) = cursor;
    let holds = |segment: &Segment| match (segment, key, sort.column()) {
        (Indexed(parts), Some(Key::Instant(number)), (SortColumn::Priority, _)) => {
            let first = parts.first();
            first.is_some_and(|part| of_priority(part.status, *number).contains(part))
        }
        (Indexed(parts), _, _) => parts.iter().all(|part| part.key.is_some() == key.is_some()),
        (Sorted(_), _, _) => true,
    };
    segments.iter().position(holds).unwrap_or_default()
}

/// Returns true if the filter selects the tasks of a section, of a parent or of a label.
fn is_of_items(filter: &TaskFilter) -> bool {
    place(filter).is_some() || filter.label.is_some()
}

/// Returns the date that the filter selects a range of, if no index of items has fewer tasks.
fn ranged(filter: &TaskFilter) -> Option<Value> {
    if is_of_items(filter) {
        None
    } else if filter.due_from.is_some() || filter.due_before.is_some() {
        Some(DUE)
    } else if filter.deadline_from.is_some() || filter.deadline_before.is_some() {
        Some(DEADLINE)
    } else {
        None
    }
}

/// Returns true if the filter selects a small part of the projects.
fn is_narrow(filter: &TaskFilter) -> bool {
    is_of_items(filter) || ranged(filter).is_some() || has_completion(filter, Status::All)
}

/// Returns true if the filter selects a range of the time of completion, which open tasks lack.
fn has_completion(filter: &TaskFilter, status: Status) -> bool {
    let is_ranged = filter.completed_from.is_some() || filter.completed_before.is_some();
    is_ranged && status != Status::Open
}

/// Returns the parent or the section that the filter selects the tasks of.
fn place(filter: &TaskFilter) -> Option<Value> {
    match (&filter.parent, &filter.section) {
        (Some(_), _) => Some(PARENT),
        (None, Some(_)) => Some(SECTION),
        (None, None) => None,
    }
}

/// Returns the column of a value that most tasks lack.
fn column_key(column: SortColumn) -> Option<&'static str> {
    match column {
        SortColumn::Due => DUE.key,
        SortColumn::Deadline => DEADLINE.key,
        SortColumn::CompletedAt => COMPLETED.key,
        _ => None,
    }
}

/// Returns the parts that have all tasks of a narrow filter. None if the labels find them.
fn candidates(filter: &TaskFilter, status: Status) -> Vec<Part> {
    match (place(filter), ranged(filter)) {
        (Some(value), _) | (None, Some(value)) => value.parts(status),
        (None, None) if filter.label.is_some() => Vec::new(),
        (None, None) if has_completion(filter, status) => vec![COMPLETED],
        (None, None) => vec![by_id(status, "")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Sort;

    fn of(filter: &TaskFilter, sort: Sort, status: Status) -> Vec<Segment> {
        segments(Engine::Sqlite, filter, status, sort.column())
    }

    #[test]
    fn a_cursor_is_in_the_segment_of_its_key() {
        let of = |sort, status| of(&TaskFilter::default(), sort, status);
        let cursor = |sort, key| Cursor(sort, key, "id".into());
        let number = |number| Some(Key::Instant(number));
        let text = || Some(Key::Text("2026-11-27".into()));
        for status in [Status::Open, Status::Done, Status::All] {
            for sort in [Sort::Due, Sort::DeadlineDescending] {
                let segments = of(sort, status);
                assert_eq!(segment_of(&segments, &cursor(sort, text())), 0);
                assert_eq!(segment_of(&segments, &cursor(sort, None)), 1);
            }
            for (sort, places) in [
                (Sort::Priority, [0, 1, 2, 3]),
                (Sort::PriorityDescending, [3, 2, 1, 0]),
            ] {
                let segments = of(sort, status);
                for (priority, place) in (1..).zip(places) {
                    let cursor = cursor(sort, number(priority));
                    assert_eq!(segment_of(&segments, &cursor), place);
                }
            }
            for sort in [Sort::UpdatedAt, Sort::Title, Sort::Position] {
                assert_eq!(of(sort, status).len(), 1);
            }
        }
        let completed = of(Sort::CompletedAt, Status::All);
        let cursor = |key| cursor(Sort::CompletedAt, key);
        assert_eq!(segment_of(&completed, &cursor(number(3))), 0);
        assert_eq!(segment_of(&completed, &cursor(None)), 1);
    }

    #[test]
    fn filters_for_few_tasks_use_their_own_index() {
        let date = crate::when::Date::parse("2026-11-27").ok();
        let due = TaskFilter {
            due_from: date,
            ..TaskFilter::default()
        };
        for status in [Status::Open, Status::Done, Status::All] {
            let parts = DUE.parts(status);
            assert_eq!(of(&due, Sort::Due, status), [Indexed(parts.clone())]);
            assert_eq!(of(&due, Sort::Title, status), [Sorted(parts)]);
        }
        let completed = TaskFilter {
            completed_from: Some(crate::db::Timestamp(1)),
            ..TaskFilter::default()
        };
        let of = |sort, status| of(&completed, sort, status);
        for status in [Status::Done, Status::All] {
            let parts = vec![COMPLETED];
            assert_eq!(of(Sort::CompletedAt, status), [Indexed(parts.clone())]);
            assert_eq!(of(Sort::Due, status), [Sorted(parts)]);
        }
        let place = TaskFilter {
            section: Some("id".into()),
            due_from: date,
            ..TaskFilter::default()
        };
        for status in [Status::Open, Status::Done, Status::All] {
            let parts = SECTION.parts(status);
            let segments = |sort: Sort| segments(Engine::Sqlite, &place, status, sort.column());
            assert_eq!(segments(Sort::CreatedAt), [Indexed(parts.clone())]);
            assert_eq!(segments(Sort::Due), [Sorted(parts)]);
        }
        // No open task has a time of completion.
        let open = vec![by_id(Status::Open, "")];
        assert_eq!(of(Sort::Due, Status::Open), [Sorted(open)]);
    }

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
