use super::*;
use crate::access::Role;
use crate::error::Code;
use crate::items::SectionRow;
use crate::tasks::{NewTask, Task, TaskMove};
use crate::work::{Command, testing};

mod repeating;
mod trees;

const ADA: &str = "0192f0c1-0000-7000-8000-00000000ada0";
const BOB: &str = "0192f0c1-0000-7000-8000-00000000b0b0";
const VIEWED: &str = "0192f0c1-0000-7000-8000-0000000000f9";
const TASK: &str = "0192f0c1-0000-7000-8000-000000000001";
const NEW: &str = "0192f0c1-0000-7000-8000-000000000002";

/// The version of the project. It exceeds the clock.
const VERSION: i64 = 2_000;
const NOW: Timestamp = Timestamp(1_000);
const BEFORE: Timestamp = Timestamp(900);

fn at_now(user_id: &str) -> Context<'_> {
    testing::context(user_id, NEW, NOW.0)
}

fn stored() -> TaskRow {
    TaskRow {
        created_at: BEFORE,
        updated_at: BEFORE,
        version: VERSION,
        ..TaskRow::example(ADA, TASK)
    }
}

/// Returns Ada's Inbox with a task.
fn world_with(task: &TaskRow) -> World {
    let mut world = World::default();
    world.with_project(ADA, ADA, Role::Owner, VERSION);
    world.with_item(task);
    world
}

/// Decides a command of Ada, applies its changes, and returns the outcome.
fn run<C: Command>(world: &mut World, command: &C) -> Result<C::Outcome, Error> {
    world.run(&at_now(ADA), command).map(|(outcome, _)| outcome)
}

fn titled(title: &str) -> NewTask {
    NewTask {
        title: title.into(),
        ..NewTask::default()
    }
}

fn patch(title: &str) -> TaskPatch {
    TaskPatch {
        title: Some(title.into()),
        ..TaskPatch::default()
    }
}

#[test]
fn a_new_task_has_the_id_and_the_time_of_its_command() {
    let mut world = world_with(&stored());
    let new = NewTask {
        title: " Book the train ".into(),
        completed: Some(true),
        ..NewTask::default()
    };
    let command = CreateTask::new(ADA, new).expect("valid");
    let task = run(&mut world, &command).expect("created");
    assert_eq!(
        (task.id.as_str(), task.title.as_str()),
        (NEW, "Book the train")
    );
    assert_eq!((task.created_at, task.completed_at), (NOW, Some(NOW)));
    assert_eq!(task.version, VERSION + 1);
    let found: TaskRow = world.item(ADA, NEW).expect("the task");
    assert_eq!(Task::from(found), task);
}

#[test]
fn invalid_input_makes_no_command() {
    let error = CreateTask::new(ADA, NewTask::default()).err();
    let error = error.expect("no title");
    assert_eq!(error.fields()[0].code, Code::Required);
    let error = UpdateTask::new(ADA, TASK, patch(" "), Expected::Any).err();
    assert_eq!(error.expect("no title").fields()[0].field, "title");
}

#[test]
fn an_update_replaces_what_the_patch_has() {
    let mut world = world_with(&stored());
    let command = UpdateTask::new(
        ADA,
        TASK,
        patch(" Feed the cat "),
        Expected::OneOf(vec![VERSION]),
    );
    let task = run(&mut world, &command.expect("valid")).expect("updated");
    assert_eq!(task.title, "Feed the cat");
    assert_eq!(task.description, "Twice");
    assert_eq!((task.created_at, task.updated_at), (BEFORE, NOW));
    assert_eq!(task.version, VERSION + 1);
}

#[test]
fn a_completed_task_keeps_the_time_of_its_completion() {
    let done = TaskRow {
        completed_at: Some(BEFORE),
        ..stored()
    };
    let mut world = world_with(&done);
    let still_done = TaskPatch {
        completed: Some(true),
        ..patch("Renamed")
    };
    let command = UpdateTask::new(ADA, TASK, still_done, Expected::Any).expect("valid");
    let task = run(&mut world, &command).expect("updated");
    assert_eq!(task.completed_at, Some(BEFORE));
}

#[test]
fn a_completion_that_is_there_changes_nothing() {
    let world = world_with(&stored());
    let command = SetCompletion::new(TASK, false, Expected::Any);
    let decision = command.decide(&world, &at_now(ADA)).expect("decided");
    assert!(decision.changes.is_empty());
    assert_eq!(decision.outcome, stored().into());
}

#[test]
fn commands_of_a_batch_see_what_those_before_have_changed() {
    let mut world = world_with(&stored());
    let toggle = ToggleTask::new(TASK, Expected::Any);
    let done = run(&mut world, &toggle).expect("toggled");
    let open = run(&mut world, &toggle).expect("toggled");
    assert_eq!((done.completed_at, open.completed_at), (Some(NOW), None));
    assert_eq!((done.version, open.version), (VERSION + 1, VERSION + 2));
    let stale = ToggleTask::new(TASK, Expected::OneOf(vec![VERSION]));
    assert!(matches!(run(&mut world, &stale), Err(Error::Stale)));

    let deleted = run(&mut world, &DeleteTask::new(TASK, Expected::Any));
    assert_eq!(deleted.expect("deleted"), open);
    assert!(matches!(run(&mut world, &toggle), Err(Error::NotFound)));
}

#[test]
fn a_stranger_finds_nothing() {
    let mut world = world_with(&stored());
    world.with_project(BOB, BOB, Role::Owner, VERSION);
    world.with_project(BOB, VIEWED, Role::Viewer, VERSION);
    for (project, status) in [(ADA, 422), (VIEWED, 403)] {
        let new = NewTask {
            project_id: Some(project.into()),
            ..titled("Theirs")
        };
        let create = CreateTask::new(BOB, new).expect("valid");
        let error = create.decide(&world, &at_now(BOB)).err();
        assert_eq!(error.map(|error| error.status()), Some(status), "{project}");
    }
    let toggle = ToggleTask::new(TASK, Expected::Any);
    let decided = toggle.decide(&world, &at_now(BOB));
    assert!(matches!(decided, Err(Error::NotFound)));
}
