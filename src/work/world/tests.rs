use super::*;
use crate::db::{Value, record};
use crate::work::{Change, Index, Quotas, Tally};

record! {
    struct NoteRow in "notes" key 2 {
        project_id: String,
        id: String,
        parent_id: Option<String>,
        text: String,
        change_id: Option<String>,
        updated_at: Timestamp,
        version: i64,
    }
}

static NOTE: ItemType = ItemType {
    noun: "note",
    table: &NoteRow::TABLE,
    project: "project_id",
    version: "version",
    title: "text",
    parent: Some("parent_id"),
    deleted: None,
    references: &[],
    tally: |_| Tally { open: 1, total: 1 },
    indexes: &[Index {
        table: &NoteRow::TABLE,
        rows: |row| vec![vec![row[3].clone()]],
        column: "text",
        item: "id",
        names: None,
    }],
    parts: &[],
};

crate::work::item!(NoteRow, version, &NOTE);

const CONTEXT: Context<'static> = Context {
    zone: crate::when::Zone::UTC,
    id: "change",
    item_id: "change",
    user_id: "ada",
    now: Timestamp(100),
    quotas: &Quotas {
        projects: 3,
        tasks: 10,
        labels: 3,
        filters: 3,
        open_tasks: 5,
    },
};

fn note(project_id: &str, id: &str, text: &str, version: i64) -> NoteRow {
    NoteRow {
        project_id: project_id.into(),
        id: id.into(),
        parent_id: None,
        text: text.into(),
        change_id: None,
        updated_at: Timestamp(0),
        version,
    }
}

fn project(version: i64) -> Project {
    Project {
        owner_id: "ada".into(),
        version,
        open_tasks: 1,
        total_tasks: 2,
        ..Project::default()
    }
}

/// Returns two projects of a user, one of which has a note.
fn world() -> World {
    let mut world = World::default();
    world.add_project("ada", "home", Role::Owner, project(10));
    world.add_project("ada", "work", Role::Editor, project(20));
    world.add_project("bob", "work", Role::Viewer, project(20));
    let account = Account {
        projects: 2,
        tasks: 4,
    };
    world.add_account("ada", account);
    let row = note("home", "n", "as it was", 10).to_values();
    world.add_item(&NOTE, "n", row);
    world
}

fn key(project_id: &str, id: &str) -> Row {
    vec![Value::Text(project_id.into()), Value::Text(id.into())]
}

fn update(before: &NoteRow, after: &NoteRow) -> Change {
    Change::update(before, after).expect("a change")
}

fn applied(world: &mut World, change: Change) {
    world.apply(&CONTEXT, &[change]).expect("a change");
}

fn versions(world: &World) -> Vec<(&str, i64)> {
    let mut changed: Vec<_> = world
        .changed_projects()
        .map(|(id, project)| (id, project.version))
        .collect();
    changed.sort_unstable();
    changed
}

fn tally(world: &World, id: &str) -> (i64, i64, i64) {
    let project = world.project(id).expect("a project");
    let tasks = world.account_of(id).tasks;
    (project.open_tasks, project.total_tasks, tasks)
}

#[test]
fn a_row_that_changes_twice_is_written_once() {
    let mut world = world();
    let first = note("home", "n", "one", 11);
    let second = note("home", "n", "two", 12);
    let before = note("home", "n", "as it was", 10);
    applied(&mut world, update(&before, &first));
    applied(&mut world, update(&first, &second));
    let difference = world.difference(&NOTE);
    assert_eq!(difference.updated.len(), 1);
    assert_eq!(difference.updated[0].after, second.to_values());
    assert_eq!(
        difference.indexes[0].deleted,
        [vec![Value::Text("as it was".into())]]
    );
    assert_eq!(
        difference.indexes[0].inserted,
        [vec![Value::Text("two".into())]]
    );
    assert_eq!(versions(&world), [("home", 12)]);
    assert_eq!(tally(&world, "home"), (1, 2, 4));
}

#[test]
fn a_row_that_is_created_and_deleted_is_not_written() {
    let mut world = world();
    let new = note("work", "m", "new", 21);
    applied(&mut world, Change::create(&new).expect("a change"));
    assert_eq!(tally(&world, "work"), (2, 3, 5));
    applied(&mut world, Change::delete(&new, "m", 22).expect("a change"));
    let Difference {
        inserted,
        updated,
        deleted,
        ..
    } = world.difference(&NOTE);
    assert!(inserted.is_empty() && updated.is_empty() && deleted.is_empty());
    assert_eq!(versions(&world), [("work", 22)]);
    // The trash counts.
    assert_eq!(tally(&world, "work"), (1, 3, 5));
}

#[test]
fn a_row_that_moves_to_another_project_is_deleted_and_inserted() {
    let mut world = world();
    let moved = note("work", "n", "as it was", 21);
    let before = note("home", "n", "as it was", 10);
    applied(&mut world, update(&before, &moved).leaving(11));
    let difference = world.difference(&NOTE);
    assert_eq!(difference.deleted, [key("home", "n")]);
    assert_eq!(difference.inserted, [moved.to_values()]);
    assert!(difference.updated.is_empty());
    let found: NoteRow = world.item("ada", "n").expect("the note");
    assert_eq!(found, moved);
    assert_eq!(versions(&world), [("home", 11), ("work", 21)]);
    assert_eq!(tally(&world, "home"), (0, 1, 4));
    assert_eq!(tally(&world, "work"), (2, 3, 4));
    let tombstone = world.tombstone("home", "n").expect("a tombstone");
    assert_eq!((tombstone.version, &tombstone.item), (11, &None));
}

#[test]
fn a_deleted_row_is_in_the_trash() {
    let mut world = world();
    let note = note("home", "n", "as it was", 10);
    applied(
        &mut world,
        Change::delete(&note, "n", 11).expect("a change"),
    );
    assert!(matches!(
        world.item::<NoteRow>("ada", "n"),
        Err(Error::NotFound)
    ));
    let trash = world.trash("ada", "n");
    assert_eq!(trash.len(), 1);
    assert_eq!(trash[0].row(&NOTE), Some(note.to_values()));
    assert_eq!(trash[0].title, "as it was");
    assert!(world.trash("bob", "n").is_empty());
}

#[test]
fn a_role_decides_between_reading_and_changing() {
    let world = world();
    assert!(world.check_editor("ada", "work").is_ok());
    assert!(matches!(
        world.check_owner("ada", "work"),
        Err(Error::ReadOnly)
    ));
    assert!(matches!(
        world.check_editor("bob", "work"),
        Err(Error::ReadOnly)
    ));
    assert!(matches!(
        world.check_editor("bob", "home"),
        Err(Error::NotFound)
    ));
    assert!(matches!(
        world.read::<NoteRow>("bob", "n"),
        Err(Error::NotFound)
    ));
}

#[test]
fn descendants_follow_their_parents() {
    let mut world = world();
    for (id, parent) in [("b", "a"), ("a", "n"), ("c", "n"), ("d", "b")] {
        let mut child = note("home", id, id, 10);
        child.parent_id = Some(parent.into());
        world.add_item(&NOTE, id, child.to_values());
    }
    let ids = |world: &World| -> Vec<String> {
        let found = world.descendants::<NoteRow>("n").expect("notes");
        found.into_iter().map(|note| note.id).collect()
    };
    assert_eq!(ids(&world), ["a", "c", "b", "d"]);
    let before: NoteRow = world.item("ada", "b").expect("a note");
    let after = NoteRow {
        parent_id: Some("c".into()),
        version: 11,
        ..before.clone()
    };
    applied(&mut world, update(&before, &after));
    assert_eq!(ids(&world), ["a", "c", "b", "d"]);
    let children = world.children::<NoteRow>("a").expect("notes");
    assert!(children.is_empty());
}

#[test]
fn a_version_is_the_time_unless_that_has_been_given() {
    assert_eq!(next_version(10, Timestamp(100)), 100);
    assert_eq!(next_version(100, Timestamp(100)), 101);
    assert_eq!(next_version(200, Timestamp(100)), 201);
}
