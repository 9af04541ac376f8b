//! Places, subtasks, labels and quotas.

use super::*;

const OTHER: &str = "0192f0c1-0000-7000-8000-0000000000f0";
const SECTION: &str = "0192f0c1-0000-7000-8000-0000000000f1";

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
