use super::*;
use crate::access::Role;
use crate::db::Timestamp;
use crate::sections::{NewSection, Remaining, SectionMove, SectionPatch};
use crate::work::{Command, testing};

const ADA: &str = "0192f0c1-0000-7000-8000-00000000ada0";
const NEW: &str = "0192f0c1-0000-7000-8000-0000000000ff";
const VERSION: i64 = 2_000;

fn id(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

fn section(project_id: &str, number: u32) -> SectionRow {
    SectionRow {
        project_id: project_id.to_owned(),
        id: id(number),
        name: "Next".into(),
        position: None,
        archived_at: None,
        change_id: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        version: VERSION,
    }
}

fn task(number: u32, parent: Option<u32>, completed: bool) -> TaskRow {
    TaskRow {
        section_id: Some(id(1)),
        parent_id: parent.map(id),
        completed_at: completed.then_some(Timestamp(5)),
        ..TaskRow::example(ADA, &id(number))
    }
}

/// Returns a project with the sections 1 and 2, and another one with the section 3. The section 1
/// has a completed task, and an open one with a subtask.
fn world() -> World {
    let mut world = World::default();
    world.with_project(ADA, ADA, Role::Owner, VERSION);
    world.with_project(ADA, &id(90), Role::Owner, VERSION);
    for section in [section(ADA, 1), section(ADA, 2), section(&id(90), 3)] {
        world.with_item(&section);
    }
    for task in [
        task(10, Some(11), false),
        task(11, None, false),
        task(12, None, true),
    ] {
        world.with_item(&task);
    }
    world
}

fn run<C: Command>(world: &mut World, command: &C) -> Result<(C::Outcome, usize), Error> {
    let context = testing::context(ADA, NEW, 1_000);
    let (outcome, changes) = world.run(&context, command)?;
    Ok((outcome, changes.len()))
}

fn refusal<C: Command>(world: &mut World, command: &C) -> Error {
    match run(world, command) {
        Ok(_) => panic!("the command is allowed"),
        Err(error) => error,
    }
}

fn tasks(tasks: Option<Remaining>, move_to: Option<u32>) -> SectionTasks {
    SectionTasks {
        tasks,
        move_to: move_to.map(id),
    }
}

fn delete(future: SectionTasks) -> DeleteSection {
    DeleteSection::new(Some(ADA), &id(1), future, Expected::Any).expect("valid")
}

fn archive(future: SectionTasks) -> UpdateSection {
    let patch = SectionPatch {
        archived: Some(true),
        ..SectionPatch::default()
    };
    UpdateSection::new(Some(ADA), &id(1), patch, future, Expected::Any).expect("valid")
}

/// Returns the sections of the tasks 10 to 12.
fn sections(world: &World) -> Vec<Option<String>> {
    let tasks = world.items_of::<TaskRow>(ADA).expect("tasks");
    tasks.into_iter().map(|task| task.section_id).collect()
}

#[test]
fn a_section_is_created_in_a_project_of_an_editor() {
    let mut world = world();
    let new = |project_id: &str| {
        CreateSection::new(NewSection {
            project_id: project_id.to_owned(),
            name: " Later ".into(),
            position: None,
        })
    };
    let (section, _) = run(&mut world, &new(ADA).expect("valid")).expect("created");
    assert_eq!((section.id.as_str(), section.name.as_str()), (NEW, "Later"));
    let error = refusal(&mut world, &new(&id(77)).expect("valid"));
    assert_eq!(error.fields()[0].field, "project_id");
    assert!(CreateSection::new(NewSection::default()).is_err());
}

#[test]
fn the_tasks_of_a_deleted_section_stay_move_or_go() {
    let mut kept = world();
    let (_, changes) = run(&mut kept, &delete(tasks(None, None))).expect("deleted");
    assert_eq!(changes, 4);
    assert_eq!(sections(&kept), [None, None, None]);
    assert!(kept.read::<SectionRow>(ADA, &id(1)).is_err());

    let mut moved = world();
    run(&mut moved, &delete(tasks(None, Some(2)))).expect("deleted");
    assert_eq!(sections(&moved), [Some(id(2)), Some(id(2)), Some(id(2))]);

    let mut deleted = world();
    run(&mut deleted, &delete(tasks(Some(Remaining::Delete), None))).expect("deleted");
    assert_eq!(sections(&deleted), []);
    // Restoring the section restores its tasks.
    assert_eq!(deleted.trash_of(ADA, &id(1)).len(), 4);
}

#[test]
fn tasks_move_to_another_section_of_the_project_alone() {
    for destination in [1, 3, 7] {
        let error = refusal(&mut world(), &delete(tasks(None, Some(destination))));
        assert_eq!(error.fields()[0].field, "move_to");
        let error = refusal(&mut world(), &archive(tasks(None, Some(destination))));
        assert_eq!(error.fields()[0].field, "move_to");
    }
}

#[test]
fn open_tasks_leave_an_archived_section_or_are_completed() {
    let mut kept = world();
    let (section, _) = run(&mut kept, &archive(tasks(None, None))).expect("archived");
    assert!(section.archived);
    assert_eq!(sections(&kept), [None, None, Some(id(1))]);

    let mut completed = world();
    let future = tasks(Some(Remaining::Complete), None);
    run(&mut completed, &archive(future)).expect("archived");
    assert_eq!(sections(&completed), vec![Some(id(1)); 3]);
    let all = completed.items_of::<TaskRow>(ADA).expect("tasks");
    assert!(all.iter().all(|task| task.completed_at.is_some()));

    let patch = SectionPatch::default();
    let future = tasks(Some(Remaining::Keep), None);
    let refused = UpdateSection::new(Some(ADA), &id(1), patch, future, Expected::Any);
    let error = refused.err().expect("nothing is archived");
    assert_eq!(error.fields()[0].field, "tasks");
}

#[test]
fn a_section_moves_to_another_project_with_its_tasks() {
    let mut world = world();
    let moved = SectionMove {
        project_id: Some(id(90)),
        before: Some(id(3)),
        ..SectionMove::default()
    };
    let command = MoveSection::new(Some(ADA), &id(1), moved, Expected::Any).expect("valid");
    let (section, changes) = run(&mut world, &command).expect("moved");
    assert_eq!((section.project_id, changes), (id(90), 4));
    assert!(section.position < id(3));
    let tasks = world.items_of::<TaskRow>(&id(90)).expect("tasks");
    assert_eq!(tasks.len(), 3);
    assert_eq!(sections(&world), []);
}

#[test]
fn a_section_moves_among_its_siblings_or_not_at_all() {
    let mut world = world();
    let moved = |after: u32, project: Option<u32>| {
        let moved = SectionMove {
            project_id: project.map(id),
            after: Some(id(after)),
            before: None,
        };
        MoveSection::new(Some(ADA), &id(1), moved, Expected::Any).expect("valid")
    };
    let (section, _) = run(&mut world, &moved(2, None)).expect("moved");
    assert!(section.position > id(2));
    for (after, project, field) in [(3, None, "after"), (2, Some(77), "project_id")] {
        let error = refusal(&mut world, &moved(after, project));
        assert_eq!(error.fields()[0].field, field);
    }
}

#[test]
fn a_section_that_has_just_left_its_project_is_a_conflict() {
    let mut world = world();
    let command = DeleteSection::new(Some(&id(90)), &id(1), tasks(None, None), Expected::Any);
    let error = refusal(&mut world, &command.expect("valid"));
    assert!(matches!(error, Error::Conflict(_)));
}
