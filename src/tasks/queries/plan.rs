//! The segments of a list. Each has the order of an index, so that a page reads little more than
//! its own tasks, however many the projects have.

use super::order::title_key;
use super::parts::{
    COMPLETED, DEADLINE, DUE, PARENT, POSITION, Part, SECTION, TITLE, VERSION, Value, by_id,
    of_priority,
};
use crate::db::Engine;
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::{SortColumn, Status, TaskFilter};

/// The priority of tasks without one.
const NO_PRIORITY: i64 = 4;

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
            let title = TITLE.with_key(title_key(engine));
            vec![Indexed(title.parts(status))]
        }
        SortColumn::Position => {
            let mut unmoved = POSITION.others(status, " AND position IS NULL");
            unmoved.key = Some("id");
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
}
