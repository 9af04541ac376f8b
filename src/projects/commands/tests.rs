use super::*;
use crate::access::Role;
use crate::db::Timestamp;
use crate::error::Code;
use crate::items::{SectionRow, TaskRow, labels_of};
use crate::projects::{NewProject, ProjectMove};
use crate::work::{Command, testing};

const ADA: &str = "0192f0c1-0000-7000-8000-00000000ada0";
const NEW: &str = "0192f0c1-0000-7000-8000-0000000000ff";
const NOW: i64 = 1_000;
const VERSION: i64 = 2_000;

fn id(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

fn row(id: &str, parent_id: Option<&str>) -> ProjectRow {
    ProjectRow {
        parent_id: parent_id.map(str::to_owned),
        item_version: VERSION,
        ..ProjectRow::new(id, ADA, "Garden", Timestamp(500))
    }
}

/// Returns Ada's Inbox and a chain of projects, each a part of the preceding one.
fn chain(length: u32) -> World {
    let mut world = World::default();
    world.with_project(ADA, ADA, Role::Owner, VERSION);
    world.with_item(&row(ADA, None));
    for number in 1..=length {
        let parent = (number > 1).then(|| id(number - 1));
        world.with_project(ADA, &id(number), Role::Owner, VERSION);
        world.with_item(&row(&id(number), parent.as_deref()));
    }
    world
}

/// Decides a command of Ada, applies its changes, and returns the outcome and their number.
fn run<C: Command>(world: &mut World, command: &C) -> Result<(C::Outcome, usize), Error> {
    let context = testing::context(ADA, NEW, NOW);
    let (outcome, changes) = world.run(&context, command)?;
    Ok((outcome, changes.len()))
}

fn refusal<C: Command>(world: &mut World, command: &C) -> Error {
    match run(world, command) {
        Ok(_) => panic!("the command is allowed"),
        Err(error) => error,
    }
}

fn new(name: &str, parent_id: Option<String>) -> CreateProject {
    let new = NewProject {
        name: name.into(),
        parent_id,
        ..NewProject::default()
    };
    CreateProject::new(ADA, new).expect("valid")
}

fn update(id: &str, patch: ProjectPatch) -> UpdateProject {
    UpdateProject::new(id, patch, Expected::Any).expect("valid")
}

fn move_to(id: &str, parent_id: Option<String>) -> MoveProject {
    let moved = ProjectMove {
        parent_id: Some(parent_id),
        ..ProjectMove::default()
    };
    MoveProject::new(id, moved, Expected::Any).expect("valid")
}

fn stored(world: &World, id: &str) -> ProjectRow {
    world.read(ADA, id).expect("a project")
}

#[test]
fn a_new_project_belongs_to_the_user_and_has_defaults() {
    let mut world = chain(1);
    let (project, changes) = run(&mut world, &new(" Trees ", Some(id(1)))).expect("created");
    assert_eq!((project.id.as_str(), project.name.as_str()), (NEW, "Trees"));
    assert_eq!(project.parent_id, Some(id(1)));
    assert_eq!(project.position, NEW);
    assert!(!project.inbox && !project.archived && !project.favourite);
    assert_eq!(changes, 1);
    assert_eq!(world.role(ADA, NEW), Some(Role::Owner));
}

#[test]
fn the_number_of_projects_is_limited() {
    let mut world = chain(0);
    for number in 0..testing::QUOTAS.projects {
        let item_id = id(100 + number);
        let context = testing::context(ADA, &item_id, NOW);
        world.run(&context, &new("One", None)).expect("created");
    }
    let error = refusal(&mut world, &new("Too many", None));
    assert_eq!(error.fields()[0].code, Code::TooMany);
}

#[test]
fn a_parent_is_an_own_project_in_use() {
    let mut world = chain(3);
    world.with_project(ADA, &id(8), Role::Editor, VERSION);
    world.with_item(&ProjectRow {
        owner_id: "bob".into(),
        ..row(&id(8), None)
    });
    let mut archived = row(&id(3), None);
    archived.archived_at = Some(Timestamp(1));
    world.with_project(ADA, &id(9), Role::Owner, VERSION);
    world.with_item(&ProjectRow {
        id: id(9),
        ..archived
    });
    for parent in [ADA.to_owned(), id(7), id(8), id(9)] {
        let error = refusal(&mut world, &new("Trees", Some(parent.clone())));
        assert_eq!(error.fields()[0].field, "parent_id", "{parent}");
        let error = refusal(&mut world, &move_to(&id(1), Some(parent)));
        assert_eq!(error.fields()[0].field, "parent_id");
    }
}

#[test]
fn there_are_at_most_five_levels_below_a_project() {
    let mut world = chain(6);
    let error = refusal(&mut world, &new("Trees", Some(id(6))));
    assert_eq!(error.fields()[0].code, Code::OutOfRange);
    run(&mut world, &new("Trees", Some(id(5)))).expect("the fifth level");
    // A tree of two levels does not fit below the fourth level.
    let mut world = chain(6);
    run(&mut world, &move_to(&id(5), None)).expect("moved");
    let error = refusal(&mut chain(6), &move_to(&id(2), Some(id(6))));
    assert_eq!(error.fields()[0].field, "parent_id");
    run(&mut world, &move_to(&id(5), Some(id(4)))).expect("moved back");
}

#[test]
fn a_project_cannot_be_a_part_of_itself() {
    let mut world = chain(3);
    for parent in [1, 2, 3] {
        let error = refusal(&mut world, &move_to(&id(1), Some(id(parent))));
        assert_eq!(error.fields()[0].code, Code::Invalid);
    }
    let patch = ProjectPatch {
        parent_id: Some(Some(id(3))),
        ..ProjectPatch::default()
    };
    let error = refusal(&mut world, &update(&id(1), patch));
    assert_eq!(error.fields()[0].field, "parent_id");
}

#[test]
fn archiving_includes_the_projects_below_and_so_does_its_reversal() {
    let mut world = chain(3);
    let archived = |archived| ProjectPatch {
        archived: Some(archived),
        ..ProjectPatch::default()
    };
    let earlier = testing::context(ADA, NEW, NOW - 1);
    world
        .run(&earlier, &update(&id(3), archived(true)))
        .expect("archived");
    let (project, changes) = run(&mut world, &update(&id(1), archived(true))).expect("archived");
    assert_eq!((project.archived, changes), (true, 2));
    assert!(stored(&world, &id(2)).archived_at.is_some());
    let (_, changes) = run(&mut world, &update(&id(1), archived(true))).expect("unchanged");
    assert_eq!(changes, 0);
    run(&mut world, &update(&id(1), archived(false))).expect("back");
    assert_eq!(stored(&world, &id(2)).archived_at, None);
    // It was archived by itself.
    assert!(stored(&world, &id(3)).archived_at.is_some());
}

#[test]
fn a_deleted_project_takes_the_projects_below_along() {
    let mut world = chain(3);
    let delete = DeleteProject::new(&id(2), Expected::Any);
    let (_, changes) = run(&mut world, &delete).expect("deleted");
    assert_eq!(changes, 2);
    for number in [2, 3] {
        let found = world.read::<ProjectRow>(ADA, &id(number));
        assert!(matches!(found, Err(Error::NotFound)));
    }
    assert!(matches!(refusal(&mut world, &delete), Error::NotFound));
    run(&mut world, &new("Trees", Some(id(1)))).expect("a parent in use");
    let error = refusal(&mut world, &new("Trees", Some(id(2))));
    assert_eq!(error.fields()[0].code, Code::UnknownValue);
}

#[test]
fn the_inbox_stays_as_it_is() {
    let mut world = chain(1);
    let patches = [
        ProjectPatch {
            name: Some("Mine".into()),
            ..ProjectPatch::default()
        },
        ProjectPatch {
            archived: Some(true),
            ..ProjectPatch::default()
        },
        ProjectPatch {
            parent_id: Some(Some(id(1))),
            ..ProjectPatch::default()
        },
    ];
    for patch in patches {
        let error = refusal(&mut world, &update(ADA, patch));
        assert!(matches!(error, Error::Conflict(_)));
    }
    let delete = DeleteProject::new(ADA, Expected::Any);
    assert!(matches!(refusal(&mut world, &delete), Error::Conflict(_)));
    let error = refusal(&mut world, &move_to(ADA, None));
    assert!(matches!(error, Error::Conflict(_)));
    let patch = ProjectPatch {
        favourite: Some(true),
        name: Some("Garden".into()),
        ..ProjectPatch::default()
    };
    assert!(
        run(&mut world, &update(ADA, patch))
            .expect("changed")
            .0
            .favourite
    );
}

#[test]
fn only_the_owner_changes_a_project_of_the_expected_version() {
    let mut world = chain(1);
    world.with_project(ADA, &id(8), Role::Editor, VERSION);
    world.with_item(&row(&id(8), None));
    let patch = || ProjectPatch {
        favourite: Some(true),
        ..ProjectPatch::default()
    };
    let error = refusal(&mut world, &update(&id(8), patch()));
    assert!(matches!(error, Error::ReadOnly));
    let stale = Expected::OneOf(vec![VERSION + 1]);
    let command = UpdateProject::new(&id(1), patch(), stale).expect("valid");
    assert!(matches!(refusal(&mut world, &command), Error::Stale));
}

#[test]
fn a_project_moves_between_its_siblings() {
    let mut world = chain(1);
    for number in [2, 3] {
        world.with_project(ADA, &id(number), Role::Owner, VERSION);
        world.with_item(&row(&id(number), None));
    }
    let moved = ProjectMove {
        after: Some(id(1)),
        ..ProjectMove::default()
    };
    let command = MoveProject::new(&id(3), moved, Expected::Any).expect("valid");
    let (project, _) = run(&mut world, &command).expect("moved");
    assert!(project.position > id(1) && project.position < id(2));
    let moved = ProjectMove {
        before: Some(ADA.into()),
        ..ProjectMove::default()
    };
    let command = MoveProject::new(&id(3), moved, Expected::Any).expect("valid");
    let error = refusal(&mut world, &command);
    assert_eq!(error.fields()[0].field, "before");
}

#[test]
fn a_copy_has_the_sections_and_the_open_tasks() {
    let mut world = chain(1);
    let project_id = id(1);
    world.with_item(&SectionRow {
        project_id: project_id.clone(),
        id: id(10),
        name: "Next".into(),
        position: Some("b".into()),
        archived_at: None,
        change_id: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        version: VERSION,
    });
    let task = |number, parent: Option<u32>, completed: bool| TaskRow {
        section_id: Some(id(10)),
        parent_id: parent.map(id),
        labels: Some("[\"Errand\"]".into()),
        completed_at: completed.then_some(Timestamp(5)),
        ..TaskRow::example(&project_id, &id(number))
    };
    // The subtask precedes its parent by its id.
    for task in [
        task(20, Some(21), false),
        task(21, None, false),
        task(22, None, true),
        task(23, Some(22), false),
    ] {
        world.with_item(&task);
    }
    let command = DuplicateProject::new(ADA, &project_id);
    let (copy, changes) = run(&mut world, &command).expect("copied");
    assert_eq!(
        (copy.name.as_str(), copy.id.as_str()),
        ("Garden (copy)", NEW)
    );
    // A label, the project, a section and two tasks.
    assert_eq!(changes, 5);
    let sections = world.items_of::<SectionRow>(NEW).expect("sections");
    let tasks = world.items_of::<TaskRow>(NEW).expect("tasks");
    assert_eq!((sections.len(), tasks.len()), (1, 2));
    assert_eq!(world.tally(NEW), (2, 2));
    let parent = tasks.iter().find(|task| task.parent_id.is_none());
    let parent = parent.expect("a task at the top");
    for task in &tasks {
        assert_eq!(task.section_id.as_ref(), Some(&sections[0].id));
        assert_eq!(labels_of(task.labels.as_deref()), ["Errand"]);
        assert!(task.id == parent.id || task.parent_id.as_ref() == Some(&parent.id));
    }
}

#[test]
fn the_items_of_a_project_deleted_just_before_are_gone() {
    let mut world = chain(1);
    let task = TaskRow::example(&id(1), &id(20));
    world.with_item(&task);
    let delete = DeleteProject::new(&id(1), Expected::Any);
    run(&mut world, &delete).expect("deleted");
    let found = world.read::<TaskRow>(ADA, &task.id);
    assert!(matches!(found, Err(Error::NotFound)));
    let allowed = world.check_editor(ADA, &id(1));
    assert!(matches!(allowed, Err(Error::NotFound)));
}
