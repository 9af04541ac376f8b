//! Tasks that repeat.

use super::*;
use crate::when::recurrence::RecurrenceInput;
use crate::when::{Due, Zone};

const STEP: u32 = 11;

fn number(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

fn instant(text: &str) -> Timestamp {
    let zoned = format!("{text}:00Z");
    serde_json::from_value(zoned.into()).expect("an instant")
}

/// Returns a task that is due at a time and repeats by a rule, `!` for one from the completion.
fn repeating(due: &str, rule: &str) -> TaskRow {
    let anchor = if rule.starts_with('!') {
        "completion"
    } else {
        "due"
    };
    let mut task = stored();
    task.set_due(Due::from_columns(due, None).as_ref());
    task.recurrence = Some(format!("{anchor}\n{}", rule.trim_start_matches('!')));
    assert!(task.recurrence().is_some(), "{rule}");
    task
}

fn child(id: u32, parent: &str) -> TaskRow {
    TaskRow {
        id: number(id),
        parent_id: Some(parent.into()),
        ..stored()
    }
}

/// Decides a command of Ada in Berlin at a time in UTC, and applies its changes.
fn at<C: Command>(world: &mut World, now: &str, command: &C) -> Result<C::Outcome, Error> {
    let context = Context {
        zone: Zone::parse("Europe/Berlin").expect("a zone"),
        now: instant(now),
        ..at_now(ADA)
    };
    world.run(&context, command).map(|(outcome, _)| outcome)
}

fn row(world: &World, id: &str) -> TaskRow {
    world.read(ADA, id).expect("a task")
}

/// Returns the tasks that the commands have created.
fn records(world: &World, known: &[&str]) -> Vec<TaskRow> {
    let mut all: Vec<TaskRow> = world.items_of(ADA).expect("tasks");
    all.retain(|task| !known.contains(&&*task.id));
    all
}

fn complete() -> SetCompletion {
    SetCompletion::new(TASK, true, Expected::Any)
}

#[test]
fn a_task_moves_on_to_the_next_date_and_leaves_a_record() {
    for (due, rule, now, next) in [
        (
            "2026-03-11",
            "FREQ=DAILY;INTERVAL=3",
            "2026-03-19T11:00",
            "2026-03-20",
        ),
        (
            "2026-01-31",
            "!FREQ=MONTHLY",
            "2026-01-31T11:00",
            "2026-02-28",
        ),
        (
            "2026-09-14T08:00",
            "FREQ=WEEKLY;BYDAY=MO",
            "2026-09-30T08:00",
            "2026-10-05T08:00",
        ),
        // 2026-03-12 in Berlin already.
        (
            "2026-03-11",
            "!FREQ=DAILY",
            "2026-03-11T23:30",
            "2026-03-13",
        ),
    ] {
        let task = TaskRow {
            start_date: Some("2025-12-31".into()),
            deadline: Some("2027-01-01".into()),
            labels: Some("[\"home\"]".into()),
            ..repeating(due, rule)
        };
        let mut world = world_with(&task);
        let outcome = at(&mut world, now, &complete()).expect("completed");
        let after = row(&world, TASK);
        assert_eq!(after.due.as_deref(), Some(next), "{due} {rule}");
        assert_eq!((after.completed_at, outcome.completed), (None, false));
        assert_eq!(after.recurrence.is_some(), outcome.recurrence.is_some());
        let days = |text: &str| crate::when::Date::parse(&text[..10]).expect("a date");
        let moved = days(after.start_date.as_deref().expect("a start"));
        let distance = days(next).days_since(days(due));
        assert_eq!(
            moved.days_since(days("2025-12-31")),
            distance,
            "the distance is kept"
        );
        assert_eq!(after.deadline, task.deadline);

        let records = records(&world, &[TASK]);
        let [record] = records.as_slice() else {
            panic!("{records:?}");
        };
        let expected = TaskRow {
            id: record.id.clone(),
            position: Some(TASK.into()),
            recurrence: None,
            completed_at: Some(instant(now)),
            change_id: Some(NEW.into()),
            created_at: instant(now),
            updated_at: instant(now),
            version: record.version,
            ..task
        };
        assert_eq!(*record, expected);
        assert_eq!(world.tally(ADA), (0, 1), "one more, which is not open");
    }
}

#[test]
fn the_intended_day_and_the_rest_of_a_count_are_remembered() {
    let rule = "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;COUNT=3";
    let mut world = world_with(&repeating("2026-01-31", rule));
    for next in ["2026-02-28", "2026-03-31"] {
        let task = at(&mut world, "2026-01-31T11:00", &complete()).expect("completed");
        assert_eq!(
            task.due.map(|due| due.date().to_string()),
            Some(next.into())
        );
        assert!(!task.completed);
    }
    let last = at(&mut world, "2026-03-31T11:00", &complete()).expect("completed");
    assert!(last.completed, "the series has ended");
    assert_eq!(
        last.due.map(|due| due.date().to_string()),
        Some("2026-03-31".into())
    );
    assert_eq!(records(&world, &[TASK]).len(), 2);
    // It can be reopened and completed again.
    let reopen = SetCompletion::new(TASK, false, Expected::Any);
    assert!(
        !at(&mut world, "2026-04-01T11:00", &reopen)
            .expect("open")
            .completed
    );
    assert!(
        at(&mut world, "2026-04-01T11:00", &complete())
            .expect("done")
            .completed
    );
}

#[test]
fn subtasks_start_again_except_for_those_with_dates_of_their_own() {
    let mut world = world_with(&repeating("2026-03-11", "FREQ=WEEKLY"));
    let mut done = child(STEP, TASK);
    done.completed_at = Some(BEFORE);
    done.set_due(Due::from_columns("2026-03-10T09:00", None).as_ref());
    let own = TaskRow {
        id: number(12),
        parent_id: Some(TASK.into()),
        ..repeating("2026-03-10", "FREQ=DAILY")
    };
    let below = TaskRow {
        completed_at: Some(BEFORE),
        ..child(13, &number(12))
    };
    for task in [&done, &own, &below] {
        world.with_item(task);
    }
    at(&mut world, "2026-03-11T11:00", &complete()).expect("completed");
    let reset = row(&world, &number(STEP));
    assert_eq!(
        (reset.completed_at, reset.due.as_deref()),
        (None, Some("2026-03-17T09:00"))
    );
    assert_eq!(row(&world, &number(12)), own);
    assert_eq!(row(&world, &number(13)), below);
    // The record belongs to no task, so it does not come back with the series.
    let known = [TASK, &number(STEP), &number(12), &number(13)];
    assert_eq!(records(&world, &known)[0].parent_id, None);
}

#[test]
fn a_subtask_that_repeats_ends_with_its_parent() {
    let mut world = world_with(&stored());
    let own = TaskRow {
        id: number(STEP),
        parent_id: Some(TASK.into()),
        ..repeating("2026-03-10", "FREQ=DAILY")
    };
    world.with_item(&own);
    at(&mut world, "2026-03-11T11:00", &complete()).expect("completed");
    let after = row(&world, &number(STEP));
    assert!(after.completed_at.is_some());
    assert_eq!((&after.due, &after.recurrence), (&own.due, &own.recurrence));
    assert!(records(&world, &[TASK, &number(STEP)]).is_empty());
}

#[test]
fn a_completion_of_one_date_is_the_same_however_often_it_is_sent() {
    let mut world = world_with(&repeating("2026-03-11", "FREQ=DAILY"));
    let tick = complete().of_date(Some("2026-03-11".into()));
    for _ in 0..2 {
        let task = at(&mut world, "2026-03-11T11:00", &tick).expect("completed");
        assert_eq!(
            task.due.map(|due| due.date().to_string()),
            Some("2026-03-12".into())
        );
    }
    assert_eq!(records(&world, &[TASK]).len(), 1);
    // A series that has ended stays so.
    let mut world = world_with(&repeating("2026-03-11", "FREQ=DAILY;COUNT=1"));
    for _ in 0..2 {
        assert!(
            at(&mut world, "2026-03-11T11:00", &tick)
                .expect("completed")
                .completed
        );
    }
    let late = complete().of_date(Some("2026-03-10".into()));
    assert!(
        at(&mut world, "2026-03-11T11:00", &late)
            .expect("completed")
            .completed
    );
}

#[test]
fn a_date_is_skipped_without_a_record() {
    let skip = SkipDate::new(TASK, Expected::Any);
    for (due, rule, next) in [
        ("2026-03-11", "FREQ=DAILY", "2026-03-12"),
        ("2026-03-20", "FREQ=DAILY", "2026-03-21"),
        // A date that is to come counts as the completion.
        ("2026-03-20", "!FREQ=DAILY;INTERVAL=3", "2026-03-23"),
        (
            "2026-03-20T09:00",
            "!FREQ=HOURLY;INTERVAL=5",
            "2026-03-20T14:00",
        ),
        ("2026-03-01", "!FREQ=DAILY;INTERVAL=3", "2026-03-14"),
    ] {
        let mut world = world_with(&repeating(due, rule));
        let task = at(&mut world, "2026-03-11T11:00", &skip).expect("skipped");
        assert_eq!(
            task.due.map(|due| due.to_columns().0),
            Some(next.into()),
            "{due} {rule}"
        );
        assert!(records(&world, &[TASK]).is_empty());
    }
    let done = TaskRow {
        completed_at: Some(BEFORE),
        ..repeating("2026-03-11", "FREQ=DAILY")
    };
    for refused in [
        stored(),
        done,
        repeating("2026-03-11", "FREQ=DAILY;COUNT=1"),
    ] {
        let error = at(&mut world_with(&refused), "2026-03-11T11:00", &skip).expect_err("refused");
        assert_eq!(error.fields()[0].field, "recurrence");
    }
}

#[test]
fn every_way_to_complete_a_task_moves_it_on() {
    let patch = |patch: TaskPatch| UpdateTask::new(ADA, TASK, patch, Expected::Any).expect("valid");
    let completed = TaskPatch {
        completed: Some(true),
        ..TaskPatch::default()
    };
    let series = RecurrenceInput {
        text: Some("every day".into()),
        ..RecurrenceInput::default()
    };
    let due = Due::from_columns("2026-03-11", None).expect("a date");
    let whole = NewTask {
        completed: Some(true),
        due: Some(due.into()),
        recurrence: Some(series),
        ..titled("Whole")
    };
    let replace = UpdateTask::replace(ADA, TASK, whole, Expected::Any).expect("valid");
    let toggle = ToggleTask::new(TASK, Expected::Any);
    let now = "2026-03-11T11:00";
    type Way<'w> = &'w dyn Fn(&mut World) -> Result<Task, Error>;
    let ways: [Way<'_>; 4] = [
        &|world| at(world, now, &complete()),
        &|world| at(world, now, &toggle),
        &|world| at(world, now, &patch(completed.clone())),
        &|world| at(world, now, &replace),
    ];
    for way in ways {
        let mut world = world_with(&repeating("2026-03-11", "FREQ=DAILY"));
        let task = way(&mut world).expect("completed");
        assert_eq!(
            task.due.map(|due| due.date().to_string()),
            Some("2026-03-12".into())
        );
        assert_eq!(records(&world, &[TASK]).len(), 1);
    }
    // The record counts as a task of the account.
    let mut world = world_with(&repeating("2026-03-11", "FREQ=DAILY"));
    for _ in 0..testing::QUOTAS.tasks {
        at(&mut world, now, &complete()).expect("completed");
    }
    let error = at(&mut world, now, &complete()).expect_err("too many");
    assert_eq!(error.fields()[0].code, Code::TooMany);
}
