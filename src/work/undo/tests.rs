use proptest::prelude::*;

use super::history::Link;
use super::*;
use crate::access::Role;
use crate::db::{FromColumns, Timestamp};
use crate::items::{SECTION, TASK, TaskRow};
use crate::locale::Language;
use crate::tasks::commands::{CreateTask, DeleteTask, SetCompletion, UpdateTask};
use crate::tasks::{NewTask, TaskPatch};
use crate::work::changes::{ChangeRow, entries};
use crate::work::{Expected, Item, testing};

const ADA: &str = "0192f0c1-0000-7000-8000-00000000ada0";
const TYPES: &[&ItemType] = &[&PROJECT, &SECTION, &TASK];

/// A world with a clock and its log.
struct Case {
    world: World,
    log: Vec<ChangeRow>,
    number: i64,
}

impl Case {
    fn new() -> Case {
        let mut world = World::default();
        world.with_project(ADA, ADA, Role::Owner, 10);
        Case {
            world,
            log: Vec::new(),
            number: 0,
        }
    }

    /// Runs a command of Ada as the executor does, and returns the id of the change.
    fn run<C: Command>(&mut self, command: &C) -> Result<String, Error> {
        self.number += 1;
        let id = format!("0192f0c1-0000-7000-8000-{:012}", self.number);
        let context = testing::context(ADA, &id, self.number * 1_000);
        let decision = command.decide(&self.world, &context)?;
        let rows = entries(command.name(), &context, &decision.changes)?;
        self.log
            .extend(rows.into_iter().filter_map(ChangeRow::of_values));
        self.world.apply(&context, &decision.changes)?;
        Ok(id)
    }

    fn undo(&mut self, change_id: &str) -> Result<String, Error> {
        let of_change = self.log.iter().filter(|row| row.id == change_id);
        let entries: Vec<Entry> = of_change
            .map(|row| Entry {
                project_id: row.project_id.clone(),
                user_id: row.user_id.clone(),
                noun: row.noun.clone(),
                item_id: row.item_id.clone(),
                action: row.action.clone(),
                old_values: row.old_values.clone(),
            })
            .collect();
        let undo = Undo {
            types: TYPES,
            change_id: change_id.to_owned(),
            entries,
            created: None,
            trash: HashMap::new(),
            histories: self.histories(),
            names: Names::default(),
            contents: HashMap::new(),
        };
        self.run(&undo)
    }

    fn histories(&self) -> Histories {
        let link = |row: &ChangeRow| Link {
            id: row.id.clone(),
            item_id: row.item_id.clone(),
            previous_id: row.previous_id.clone(),
            undone_id: row.undone_id.clone(),
        };
        let links = self.log.iter().map(link);
        let links = links.map(|link| ((link.id.clone(), link.item_id.clone()), link));
        let tasks = self.world.items_of::<TaskRow>(ADA).expect("tasks");
        let live = tasks.into_iter().map(|task| (task.id, task.change_id));
        let deleted = self.log.iter().filter_map(|row| {
            let found = self.world.tombstone(ADA, &row.item_id)?;
            Some((row.item_id.clone(), Some(found.change_id.clone())))
        });
        Histories::of(&links.collect(), deleted.chain(live).collect())
    }

    fn create(&mut self, title: &str) -> String {
        let new = NewTask {
            title: title.into(),
            ..NewTask::default()
        };
        let command = CreateTask::new(ADA, new).expect("valid");
        self.run(&command).expect("created")
    }

    /// Returns the tasks without their stamps, and the numbers of tasks.
    fn state(&self) -> (Vec<TaskRow>, i64) {
        let mut tasks = self.world.items_of::<TaskRow>(ADA).expect("tasks");
        for task in &mut tasks {
            task.stamp(Timestamp(0), 0, "");
        }
        (tasks, self.world.tally(ADA).0)
    }
}

fn titled(title: &str) -> TaskPatch {
    TaskPatch {
        title: Some(title.into()),
        ..TaskPatch::default()
    }
}

fn update(id: &str, title: &str) -> UpdateTask {
    UpdateTask::new(ADA, id, titled(title), Expected::Any).expect("valid")
}

#[test]
fn an_undo_of_an_undo_repeats_the_change() {
    let mut case = Case::new();
    let id = case.create("First");
    let before = case.state();
    let change = case.run(&update(&id, "Second")).expect("updated");
    let after = case.state();
    let undone = case.undo(&change).expect("undone");
    assert_eq!(case.state(), before);
    let redone = case.undo(&undone).expect("redone");
    assert_eq!(case.state(), after);
    case.undo(&redone).expect("undone again");
    assert_eq!(case.state(), before);
}

#[test]
fn a_creation_and_a_deletion_are_undone() {
    let mut case = Case::new();
    let empty = case.state();
    let id = case.create("First");
    let created = case.state();
    let gone = case.undo(&id).expect("removed");
    assert_eq!(case.state(), empty);
    case.undo(&gone).expect("restored");
    assert_eq!(case.state(), created);
    let deletion = case
        .run(&DeleteTask::new(&id, Expected::Any))
        .expect("deleted");
    case.undo(&deletion).expect("restored");
    assert_eq!(case.state(), created);
    // The first undo and the deletion have both been undone.
    assert_eq!(case.undo(&deletion).expect_err("a conflict").status(), 409);
}

#[test]
fn a_later_change_is_a_conflict_with_the_name_of_the_item() {
    let mut case = Case::new();
    let id = case.create("First");
    let change = case.run(&update(&id, "Second")).expect("updated");
    case.run(&update(&id, "Third")).expect("updated");
    let error = case.undo(&change).expect_err("a conflict");
    assert!(
        matches!(&error, Error::Conflict(text) if Language::English.say(text).contains("Third")),
        "{error}"
    );
    assert_eq!(case.undo(&id).expect_err("a conflict").status(), 409);
    assert_eq!(case.undo("unknown").expect_err("nothing").status(), 404);
}

#[test]
fn a_parent_of_another_task_is_not_removed() {
    let mut case = Case::new();
    let id = case.create("Parent");
    let child = TaskRow {
        parent_id: Some(id.clone()),
        ..TaskRow::example(ADA, "child")
    };
    case.world.with_item(&child);
    assert_eq!(case.undo(&id).expect_err("a conflict").status(), 409);
}

#[derive(Clone, Debug)]
enum Step {
    Create(String),
    Update(usize, String),
    Complete(usize, bool),
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        "[a-zA-Z\u{e9}]{1,5}".prop_map(Step::Create),
        (0..6_usize, "[a-zA-Z\u{e9}]{1,5}").prop_map(|(at, title)| Step::Update(at, title)),
        (0..6_usize, any::<bool>()).prop_map(|(at, done)| Step::Complete(at, done)),
        (0..6_usize).prop_map(Step::Delete),
    ]
}

proptest! {
    #[test]
    fn undoing_each_command_restores_each_state(steps in prop::collection::vec(step(), 1..9)) {
        let mut case = Case::new();
        let mut ids = Vec::new();
        let mut done = Vec::new();
        for step in steps {
            let before = case.state();
            let at = |index: usize| ids.get(index % ids.len().max(1)).cloned().unwrap_or_default();
            let ran = match step {
                Step::Create(title) => {
                    let id = case.create(&title);
                    ids.push(id.clone());
                    Ok(id)
                }
                Step::Update(index, title) => case.run(&update(&at(index), &title)),
                Step::Complete(index, completed) => {
                    case.run(&SetCompletion::new(&at(index), completed, Expected::Any))
                }
                Step::Delete(index) => case.run(&DeleteTask::new(&at(index), Expected::Any)),
            };
            let has_changed = case.state() != before;
            if let Ok(change) = ran && has_changed {
                done.push((before, change));
            }
        }
        let mut undone = Vec::new();
        let mut after = case.state();
        while let Some((before, change)) = done.pop() {
            let undo = case.undo(&change).expect("undone");
            prop_assert_eq!(&case.state(), &before);
            undone.push((undo, after));
            after = before;
        }
        while let Some((undo, after)) = undone.pop() {
            case.undo(&undo).expect("redone");
            prop_assert_eq!(case.state(), after);
        }
    }
}
