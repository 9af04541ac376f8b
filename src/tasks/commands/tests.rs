use super::*;
use crate::access::Role;
use crate::error::Code;
use crate::items::SectionRow;
use crate::tasks::{NewTask, Task, TaskMove};
use crate::work::{Command, testing};

const ADA: &str = "0192f0c1-0000-7000-8000-00000000ada0";
const BOB: &str = "0192f0c1-0000-7000-8000-00000000b0b0";
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
    world.with_project(BOB, "viewed", Role::Viewer, VERSION);
    for (project, status) in [(ADA, 422), (OTHER, 422), ("viewed", 403)] {
        let new = NewTask {
            project_id: Some(project.into()),
            ..titled("Theirs")
        };
        let create = CreateTask::new(BOB, new);
        // The test's projects have short names.
        let error = match create {
            Ok(create) => create.decide(&world, &at_now(BOB)).err(),
            Err(_) => continue,
        };
        assert_eq!(error.map(|error| error.status()), Some(status), "{project}");
    }
    let toggle = ToggleTask::new(TASK, Expected::Any);
    let decided = toggle.decide(&world, &at_now(BOB));
    assert!(matches!(decided, Err(Error::NotFound)));
}

const OTHER: &str = "0192f0c1-0000-7000-8000-0000000000f0";
const SECTION: &str = "0192f0c1-0000-7000-8000-0000000000f1";

fn titled(title: &str) -> NewTask {
    NewTask {
        title: title.into(),
        ..NewTask::default()
    }
}

fn number(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

fn child(id: &str, parent: &str) -> TaskRow {
    TaskRow {
        id: id.into(),
        parent_id: Some(parent.into()),
        ..stored()
    }
}

/// Returns Ada's Inbox with a task, its subtask, and the subtask of that; another project of Ada
/// with a section; and a project of Bob.
fn family() -> World {
    let mut world = world_with(&stored());
    world.with_item(&child(&number(11), TASK));
    world.with_item(&child(&number(12), &number(11)));
    world.with_project(ADA, OTHER, Role::Owner, 10);
    world.with_item(&SectionRow {
        project_id: OTHER.into(),
        id: SECTION.into(),
        name: "Later".into(),
        position: None,
        archived_at: None,
        change_id: None,
        created_at: BEFORE,
        updated_at: BEFORE,
        version: 1,
    });
    world.with_project(BOB, BOB, Role::Owner, VERSION);
    world
}

fn row(world: &World, id: &str) -> TaskRow {
    world.read(ADA, id).expect("a task")
}

fn update(patch: TaskPatch) -> UpdateTask {
    UpdateTask::new(ADA, TASK, patch, Expected::Any).expect("valid")
}

fn field_of<T>(result: Result<T, Error>) -> String {
    let error = result.err().expect("an error");
    assert_eq!(error.status(), 422, "{error}");
    error.fields()[0].field.clone()
}

#[test]
fn completing_a_task_completes_its_open_subtasks() {
    let mut world = family();
    let done = SetCompletion::new(TASK, true, Expected::Any);
    run(&mut world, &done).expect("completed");
    for id in [TASK, &number(11), &number(12)] {
        assert_eq!(row(&world, id).completed_at, Some(NOW), "{id}");
    }
    let open = SetCompletion::new(TASK, false, Expected::Any);
    run(&mut world, &open).expect("reopened");
    assert_eq!(row(&world, TASK).completed_at, None);
    assert_eq!(row(&world, &number(11)).completed_at, Some(NOW));
}

#[test]
fn moving_and_deleting_a_task_take_its_subtasks_along() {
    let mut world = family();
    let moved = TaskPatch {
        section_id: Some(Some(SECTION.into())),
        project_id: Some(Some(OTHER.into())),
        ..TaskPatch::default()
    };
    run(&mut world, &update(moved)).expect("moved");
    for id in [TASK, &number(11), &number(12)] {
        let row = row(&world, id);
        assert_eq!(row.project_id, OTHER, "{id}");
        assert_eq!(row.section_id.as_deref(), Some(SECTION), "{id}");
        assert_eq!(row.version, NOW.0, "{id}");
    }
    assert_eq!(world.tally(OTHER), (3, 3));

    let delete = DeleteTask::new(TASK, Expected::Any);
    run(&mut world, &delete).expect("deleted");
    let trash = world.trash_of(ADA, TASK);
    let ids: Vec<_> = trash.iter().map(|each| each.id.as_str()).collect();
    assert_eq!(ids, [TASK, &number(11), &number(12)]);
    assert_eq!(world.tally(OTHER), (0, 3));
}

#[test]
fn a_task_becomes_a_subtask_and_back() {
    let mut world = family();
    world.with_item(&TaskRow {
        id: number(20),
        ..stored()
    });
    let under = |parent: Option<&str>| TaskPatch {
        parent_id: Some(parent.map(str::to_owned)),
        ..TaskPatch::default()
    };
    run(&mut world, &update(under(Some(&number(20))))).expect("moved");
    assert_eq!(row(&world, TASK).parent_id, Some(number(20)));
    assert_eq!(
        world
            .descendants::<TaskRow>(&number(20))
            .map(|all| all.len())
            .ok(),
        Some(3)
    );
    run(&mut world, &update(under(None))).expect("moved");
    assert_eq!(row(&world, TASK).parent_id, None);
    for parent in [TASK, &number(11), &number(12)] {
        let moved = run(&mut world, &update(under(Some(parent))));
        assert_eq!(field_of(moved), "parent_id");
    }
}

#[test]
fn there_are_at_most_five_levels_of_subtasks() {
    let mut world = family();
    for level in 13..16 {
        world.with_item(&child(&number(level), &number(level - 1)));
    }
    let below = |level: u32| NewTask {
        parent_id: Some(number(level)),
        ..titled("Deep")
    };
    let create = CreateTask::new(ADA, below(14)).expect("valid");
    assert!(create.decide(&world, &at_now(ADA)).is_ok());
    let create = CreateTask::new(ADA, below(15)).expect("valid");
    assert_eq!(field_of(create.decide(&world, &at_now(ADA))), "parent_id");

    world.with_item(&TaskRow {
        id: number(30),
        ..stored()
    });
    let patch = TaskPatch {
        parent_id: Some(Some(number(30))),
        ..TaskPatch::default()
    };
    assert_eq!(field_of(run(&mut world, &update(patch))), "parent_id");
}

#[test]
fn a_place_belongs_to_one_project() {
    let world = family();
    let decided = |place: TaskPatch| update(place).decide(&world, &at_now(ADA)).map(|_| ());
    let of = |project: Option<&str>, section: Option<&str>, parent: Option<&str>| TaskPatch {
        project_id: project.map(|id| Some(id.to_owned())),
        section_id: section.map(|id| Some(id.to_owned())),
        parent_id: parent.map(|id| Some(id.to_owned())),
        ..TaskPatch::default()
    };
    // A section of another project, a parent in another project, and places of somebody else.
    assert_eq!(
        field_of(decided(of(None, Some(SECTION), None))),
        "section_id"
    );
    assert_eq!(field_of(decided(of(Some(BOB), None, None))), "project_id");
    assert_eq!(
        field_of(decided(of(Some(ADA), Some(SECTION), None))),
        "section_id"
    );
    assert_eq!(
        field_of(decided(of(Some(OTHER), None, Some(&number(11))))),
        "parent_id"
    );
    assert_eq!(
        field_of(decided(of(None, None, Some(&number(99))))),
        "parent_id"
    );
    assert!(decided(of(Some(OTHER), Some(SECTION), None)).is_ok());
    assert!(decided(of(Some(OTHER), None, None)).is_ok());
}

#[test]
fn a_moved_task_is_between_its_neighbours() {
    let mut world = family();
    for other in 20..23 {
        world.with_item(&TaskRow {
            id: number(other),
            ..stored()
        });
    }
    let moved = |after: Option<u32>, before: Option<u32>| TaskMove {
        after: after.map(number),
        before: before.map(number),
        ..TaskMove::default()
    };
    let between = MoveTask::new(TASK, &moved(Some(20), Some(21)), Expected::Any).expect("valid");
    let position = run(&mut world, &between).expect("moved").position;
    assert!(number(20) < position && position < number(21), "{position}");
    let behind = MoveTask::new(TASK, &moved(Some(21), None), Expected::Any).expect("valid");
    let behind = behind.beside(Some(number(22)));
    let position = run(&mut world, &behind).expect("moved").position;
    assert!(number(21) < position && position < number(22), "{position}");
    let unknown = MoveTask::new(TASK, &moved(Some(99), None), Expected::Any).expect("valid");
    assert_eq!(field_of(run(&mut world, &unknown)), "after");
}

#[test]
fn a_copy_has_the_fields_and_the_subtasks() {
    let mut world = family();
    let done = SetCompletion::new(&number(12), true, Expected::Any);
    run(&mut world, &done).expect("completed");
    let copy = run(&mut world, &DuplicateTask::new(TASK)).expect("copied");
    assert_eq!((copy.id.as_str(), copy.title), (NEW, stored().title));
    let copies = world.descendants::<TaskRow>(NEW).expect("copies");
    assert_eq!(copies.len(), 2);
    assert!(copies.iter().all(|copy| copy.completed_at.is_none()));
    assert_eq!(copies[1].parent_id.as_ref(), Some(&copies[0].id));
}

#[test]
fn labels_are_created_by_use() {
    let mut world = family();
    let labels = |names: &[&str]| TaskPatch {
        labels: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..TaskPatch::default()
    };
    let task = run(&mut world, &update(labels(&[" Home ", "home", "shop"])));
    assert_eq!(task.expect("labelled").labels, ["Home", "shop"]);
    let task = run(&mut world, &update(labels(&["HOME"])));
    assert_eq!(task.expect("labelled").labels, ["Home"]);
    let task = run(&mut world, &update(labels(&["a", "b", "c"])));
    assert_eq!(field_of(task), "labels");
    let task = run(&mut world, &update(labels(&[])));
    assert!(task.expect("labelled").labels.is_empty());
}

#[test]
fn quotas_limit_tasks() {
    let mut world = family();
    let create = |world: &mut World| {
        let create = CreateTask::new(ADA, titled("One more")).expect("valid");
        let id = format!("0192f0c1-0000-7000-8000-{:012}", 100 + world.tally(ADA).1);
        let context = testing::context(ADA, &id, NOW.0);
        world.run(&context, &create).map(|_| ())
    };
    for _ in 0..testing::QUOTAS.open_tasks {
        create(&mut world).expect("created");
    }
    let error = create(&mut world).expect_err("too many");
    assert_eq!(error.fields()[0].code, Code::TooMany);
    assert_eq!(field_of(Err::<(), _>(error)), "project_id");
}
