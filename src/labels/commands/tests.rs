use super::*;
use crate::access::Role;
use crate::db::Timestamp;
use crate::error::Code;
use crate::items::{TaskRow, labels_of};
use crate::labels::{Label, LabelMerge, LabelMove, LabelPatch, NewLabel};
use crate::work::{Command, testing};

const ADA: &str = "0192f0c1-0000-7000-8000-00000000ada0";
const NEW: &str = "0192f0c1-0000-7000-8000-0000000000ff";
const SHARED: &str = "0192f0c1-0000-7000-8000-000000005a5a";
const VERSION: i64 = 2_000;

fn id(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

/// Returns Ada's Inbox with the labels Home and Errand, and a task with both. Ada reads another
/// project, which has a task with the label errand.
fn world() -> World {
    let mut world = World::default();
    world.with_project(ADA, ADA, Role::Owner, VERSION);
    world.with_project(ADA, SHARED, Role::Viewer, VERSION);
    for (number, name) in [(1, "Home"), (2, "Errand")] {
        let label = LabelRow::new(ADA, &id(number), name, Timestamp(1), VERSION);
        world.with_item(&label);
    }
    for (number, project_id, labels) in [
        (10, ADA, r#"["Home","Errand"]"#),
        (11, SHARED, r#"["errand"]"#),
    ] {
        world.with_item(&TaskRow {
            labels: Some(labels.into()),
            ..TaskRow::example(project_id, &id(number))
        });
    }
    world
}

fn run(world: &mut World, command: &impl Command<Outcome = Label>) -> Result<Label, Error> {
    let context = testing::context(ADA, NEW, 1_000);
    world.run(&context, command).map(|(label, _)| label)
}

fn refusal(world: &mut World, command: &impl Command<Outcome = Label>) -> Error {
    run(world, command).expect_err("the command is allowed")
}

fn names(world: &World, task: u32) -> Vec<String> {
    let task: TaskRow = world.read(ADA, &id(task)).expect("a task");
    labels_of(task.labels.as_deref())
}

fn rename(name: &str, new: &str) -> UpdateLabel {
    let patch = LabelPatch {
        name: Some(new.into()),
        ..LabelPatch::default()
    };
    UpdateLabel::new(ADA, name, patch, Tags(None)).expect("valid")
}

fn create(name: &str) -> CreateLabel {
    let new = NewLabel {
        name: name.into(),
        ..NewLabel::default()
    };
    CreateLabel::new(ADA, new).expect("valid")
}

fn merge(name: &str, into: &str) -> MergeLabel {
    let merge = LabelMerge { into: into.into() };
    MergeLabel::new(ADA, name, &merge, Tags(None)).expect("valid")
}

#[test]
fn names_are_unique_ignoring_case_and_limited_in_number() {
    let mut world = world();
    let error = refusal(&mut world, &create(" ERRAND "));
    assert!(matches!(error, Error::Taken(_)));
    let label = run(&mut world, &create(" Work ")).expect("created");
    assert_eq!((label.name.as_str(), label.id.as_str()), ("Work", NEW));
    let item_id = id(3);
    let context = testing::context(ADA, &item_id, 1_000);
    world.run(&context, &create("Play")).expect("created");
    let error = refusal(&mut world, &create("Too many"));
    assert_eq!(error.fields()[0].code, Code::TooMany);
}

#[test]
fn a_label_is_renamed_in_all_tasks_that_the_user_can_change() {
    let mut world = world();
    let label = run(&mut world, &rename("eRRand", "Shop")).expect("renamed");
    assert_eq!((label.name.as_str(), label.id), ("Shop", id(2)));
    assert_eq!(names(&world, 10), ["Home", "Shop"]);
    assert_eq!(names(&world, 11), ["errand"]);
    let label = run(&mut world, &rename("shop", "SHOP")).expect("another case");
    assert_eq!(label.name, "SHOP");
    assert_eq!(names(&world, 10), ["Home", "SHOP"]);
    let error = refusal(&mut world, &rename("shop", "home"));
    assert!(matches!(error, Error::Taken(_)));
    let error = refusal(&mut world, &rename("errand", "x"));
    assert!(matches!(error, Error::NotFound));
}

#[test]
fn a_merged_label_becomes_the_other_one() {
    let mut world = world();
    let label = run(&mut world, &merge("errand", "HOME")).expect("merged");
    assert_eq!(label.name, "Home");
    assert_eq!(names(&world, 10), ["Home"]);
    assert_eq!(world.items_of::<LabelRow>(ADA).expect("labels").len(), 1);
    for into in ["home", "nobody"] {
        let error = refusal(&mut world, &merge("home", into));
        assert_eq!(error.fields()[0].field, "into");
    }
}

#[test]
fn a_deleted_label_leaves_all_tasks_that_the_user_can_change() {
    let mut world = world();
    let delete = DeleteLabel::new(ADA, "errand", Tags(None));
    run(&mut world, &delete).expect("deleted");
    assert_eq!(names(&world, 10), ["Home"]);
    assert_eq!(names(&world, 11), ["errand"]);
    assert!(matches!(refusal(&mut world, &delete), Error::NotFound));
}

#[test]
fn a_label_moves_between_others() {
    let mut world = world();
    let moved = |after: Option<&str>, before: Option<&str>| {
        let moved = LabelMove {
            after: after.map(str::to_owned),
            before: before.map(str::to_owned),
        };
        MoveLabel::new(ADA, "Errand", &moved, Tags(None)).expect("valid")
    };
    let label = run(&mut world, &moved(None, Some("home"))).expect("moved");
    assert!(label.position < id(1));
    let error = refusal(&mut world, &moved(Some("nobody"), None));
    assert_eq!(error.fields()[0].field, "after");
}

#[test]
fn a_stale_tag_changes_nothing() {
    let mut world = world();
    let stale = Tags(Some(vec![format!("\"{}-1.0\"", id(2))]));
    let command = DeleteLabel::new(ADA, "errand", stale);
    assert!(matches!(refusal(&mut world, &command), Error::Stale));
}
