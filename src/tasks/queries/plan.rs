//! The segments of a list. Each has the order of an index, so that a page reads little more than
//! its own tasks, however many the projects have.

use crate::db::Engine;
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::{SortColumn, Status, TaskFilter};

/// The priority of tasks without one.
const NO_PRIORITY: i64 = 4;

/// Tasks that an index has in the order of the list, project by project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The index on SQLite. `None` for the primary key.
    pub index: Option<&'static str>,
    /// The index on MySQL.
    pub mysql_index: &'static str,
    /// The condition on its tasks, each term preceded by AND.
    pub condition: &'static str,
    /// The column that is sorted by before the id. `None` if there is none.
    pub key: Option<&'static str>,
    /// True if the key is a number.
    pub is_number: bool,
}

/// Consecutive tasks of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// The tasks of one part, or of two that are merged.
    Indexed(&'static [Part]),
    /// Tasks that no index has in this order.
    Sorted,
}

use Segment::{Indexed, Sorted};

const ALL: Part = Part {
    index: None,
    mysql_index: "PRIMARY",
    condition: "",
    key: None,
    is_number: false,
};
const DONE: Part = Part {
    condition: " AND completed_at IS NOT NULL",
    ..ALL
};
const OPEN: Part = Part {
    index: Some("tasks_open"),
    mysql_index: "tasks_open",
    condition: " AND completed_at IS NULL",
    ..ALL
};
const COMPLETED: Part = Part {
    index: Some("tasks_completed"),
    mysql_index: "tasks_open",
    key: Some("completed_at"),
    is_number: true,
    ..DONE
};
const OPEN_CHANGED: Part = Part {
    index: Some("tasks_open_by_version"),
    key: Some("version"),
    is_number: true,
    ..OPEN
};
const DONE_CHANGED: Part = Part {
    index: Some("tasks_done_by_version"),
    key: Some("version"),
    is_number: true,
    ..DONE
};
const CHANGED: Part = Part {
    mysql_index: "tasks_by_version",
    key: Some("version"),
    is_number: true,
    ..ALL
};
const UNMOVED: Part = Part {
    mysql_index: "tasks_moved",
    condition: " AND completed_at IS NULL AND position IS NULL",
    key: Some("id"),
    ..OPEN
};
const MOVED: Part = Part {
    index: Some("tasks_moved"),
    mysql_index: "tasks_moved",
    condition: " AND completed_at IS NULL AND position IS NOT NULL",
    key: Some("position"),
    ..OPEN
};
const DUE: Part = Part {
    index: Some("tasks_due"),
    mysql_index: "tasks_due",
    condition: " AND completed_at IS NULL AND due IS NOT NULL",
    key: Some("due"),
    ..OPEN
};
const NOT_DUE: Part = Part {
    mysql_index: "tasks_due",
    condition: " AND completed_at IS NULL AND due IS NULL",
    ..OPEN
};
const DEADLINE: Part = Part {
    index: Some("tasks_deadline"),
    condition: " AND completed_at IS NULL AND deadline IS NOT NULL",
    key: Some("deadline"),
    ..OPEN
};
const NO_DEADLINE: Part = Part {
    condition: " AND completed_at IS NULL AND deadline IS NULL",
    ..OPEN
};
const OF_PRIORITY: Part = Part {
    index: Some("tasks_priority"),
    condition: " AND completed_at IS NULL AND priority < 4",
    ..OPEN
};
const FIRST: Part = Part {
    condition: " AND completed_at IS NULL AND priority < 4 AND priority = 1",
    ..OF_PRIORITY
};
const SECOND: Part = Part {
    condition: " AND completed_at IS NULL AND priority < 4 AND priority = 2",
    ..OF_PRIORITY
};
const THIRD: Part = Part {
    condition: " AND completed_at IS NULL AND priority < 4 AND priority = 3",
    ..OF_PRIORITY
};
const ORDINARY: Part = Part {
    condition: " AND completed_at IS NULL AND priority = 4",
    ..OPEN
};

/// Returns the segments of a list, in order.
pub(super) fn segments(
    engine: Engine,
    filter: &TaskFilter,
    status: Status,
    (column, descending): (SortColumn, bool),
) -> &'static [Segment] {
    let is_due = filter.due_from.is_some() || filter.due_before.is_some();
    if is_due && (column, status) == (SortColumn::Due, Status::Open) && !is_of_items(filter) {
        return &[Indexed(&[DUE])];
    }
    if is_narrow(filter) {
        return &[Sorted];
    }
    let has_index = engine != Engine::Mysql;
    let has_priority = filter.priority.is_some_and(|number| number < NO_PRIORITY);
    match (column, status) {
        (SortColumn::CreatedAt, Status::Open) if has_index && has_priority => {
            &[Indexed(&[OF_PRIORITY])]
        }
        (SortColumn::CreatedAt | SortColumn::CompletedAt, Status::Open) => &[Indexed(&[OPEN])],
        (SortColumn::CreatedAt, Status::Done) => &[Indexed(&[DONE])],
        (SortColumn::CreatedAt, Status::All) => &[Indexed(&[ALL])],
        (SortColumn::CompletedAt, Status::Done) => &[Indexed(&[COMPLETED])],
        (SortColumn::CompletedAt, Status::All) => &[Indexed(&[COMPLETED]), Indexed(&[OPEN])],
        (SortColumn::UpdatedAt, Status::Open) if has_index => &[Indexed(&[OPEN_CHANGED])],
        (SortColumn::UpdatedAt, Status::Done) if has_index => &[Indexed(&[DONE_CHANGED])],
        (SortColumn::UpdatedAt, Status::All) if has_index => {
            &[Indexed(&[OPEN_CHANGED, DONE_CHANGED])]
        }
        (SortColumn::UpdatedAt, Status::All) => &[Indexed(&[CHANGED])],
        (SortColumn::Position, Status::Open) if has_index || filter.project.is_some() => {
            &[Indexed(&[UNMOVED, MOVED])]
        }
        (SortColumn::Due, Status::Open) => &[Indexed(&[DUE]), Indexed(&[NOT_DUE])],
        (SortColumn::Deadline, Status::Open) if has_index => {
            &[Indexed(&[DEADLINE]), Indexed(&[NO_DEADLINE])]
        }
        (SortColumn::Priority, Status::Open) if has_index && descending => &[
            Indexed(&[ORDINARY]),
            Indexed(&[THIRD]),
            Indexed(&[SECOND]),
            Indexed(&[FIRST]),
        ],
        (SortColumn::Priority, Status::Open) if has_index => &[
            Indexed(&[FIRST]),
            Indexed(&[SECOND]),
            Indexed(&[THIRD]),
            Indexed(&[ORDINARY]),
        ],
        _ => &[Sorted],
    }
}

/// Returns the index of the segment that contains the position of a cursor.
pub(super) fn segment_of(segments: &[Segment], cursor: &Cursor) -> usize {
    let Cursor(sort, key, _) = cursor;
    let holds = |segment: &Segment| match (segment, key, sort.column()) {
        (Indexed([part]), Some(Key::Instant(number)), (SortColumn::Priority, _)) => {
            let parts = [FIRST, SECOND, THIRD, ORDINARY];
            let place = usize::try_from(number - 1).unwrap_or_default();
            parts.get(place) == Some(part)
        }
        (Indexed([part]), Some(_), _) => part.key.is_some(),
        (Indexed([part]), None, _) => part.key.is_none(),
        _ => true,
    };
    segments.iter().position(holds).unwrap_or_default()
}

/// Returns true if the filter selects the tasks of a section, of a parent or of a label.
fn is_of_items(filter: &TaskFilter) -> bool {
    filter.section.is_some() || filter.parent.is_some() || filter.label.is_some()
}

/// Returns true if the filter selects a small part of the projects.
fn is_narrow(filter: &TaskFilter) -> bool {
    let dates = [
        filter.due_from,
        filter.due_before,
        filter.deadline_from,
        filter.deadline_before,
    ];
    let completed = [filter.completed_from, filter.completed_before];
    is_of_items(filter)
        || dates.iter().any(Option::is_some)
        || completed.iter().any(Option::is_some)
}

/// Returns the index for SQLite, which has no statistics, and for MySQL, whose statistics do not
/// tell open tasks from completed ones. `None` leaves the choice to the engine.
pub(super) fn index_of(filter: &TaskFilter, status: Status) -> Option<Part> {
    let is_due = filter.due_from.is_some() || filter.due_before.is_some();
    let has_deadline = filter.deadline_from.is_some() || filter.deadline_before.is_some();
    if filter.parent.is_some() {
        return Some(Part {
            index: Some("tasks_by_parent"),
            mysql_index: "tasks_by_parent",
            ..ALL
        });
    }
    if filter.section.is_some() {
        return Some(Part {
            index: Some("tasks_by_section"),
            mysql_index: "tasks_by_section",
            ..ALL
        });
    }
    match status {
        _ if filter.label.is_some() => None,
        Status::Open if is_due => Some(DUE),
        Status::Open if has_deadline => Some(DEADLINE),
        Status::Open => Some(OPEN),
        Status::Done if filter.completed_from.is_some() => Some(COMPLETED),
        Status::Done if filter.completed_before.is_some() => Some(COMPLETED),
        Status::Done | Status::All => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Sort;

    fn of(sort: Sort, status: Status) -> &'static [Segment] {
        segments(
            Engine::Sqlite,
            &TaskFilter::default(),
            status,
            sort.column(),
        )
    }

    #[test]
    fn a_cursor_is_in_the_segment_of_its_key() {
        let cursor = |sort, key| Cursor(sort, key, "id".into());
        let number = |number| Some(Key::Instant(number));
        let due = of(Sort::Due, Status::Open);
        let date = Some(Key::Text("2026-11-27".into()));
        assert_eq!(segment_of(due, &cursor(Sort::Due, date)), 0);
        assert_eq!(segment_of(due, &cursor(Sort::Due, None)), 1);
        for (sort, places) in [
            (Sort::Priority, [0, 1, 2, 3]),
            (Sort::PriorityDescending, [3, 2, 1, 0]),
        ] {
            let segments = of(sort, Status::Open);
            for (priority, place) in (1..).zip(places) {
                assert_eq!(segment_of(segments, &cursor(sort, number(priority))), place);
            }
        }
        for status in [Status::Open, Status::Done, Status::All] {
            for sort in [Sort::UpdatedAt, Sort::Title, Sort::Position] {
                let segments = of(sort, status);
                assert_eq!(segment_of(segments, &cursor(sort, number(3))), 0);
            }
        }
    }

    #[test]
    fn filters_for_few_tasks_use_their_own_index() {
        let filter = TaskFilter {
            due_from: crate::when::Date::parse("2026-11-27").ok(),
            ..TaskFilter::default()
        };
        let segments = |sort: Sort| segments(Engine::Sqlite, &filter, Status::Open, sort.column());
        assert_eq!(segments(Sort::Due), [Indexed(&[DUE])]);
        assert_eq!(segments(Sort::Title), [Sorted]);
        assert_eq!(index_of(&filter, Status::Open), Some(DUE));
        assert_eq!(index_of(&filter, Status::Done), None);
    }
}
