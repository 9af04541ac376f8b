//! Copies of a project with its sections and open tasks.

use std::collections::HashMap;

use crate::access::Role;
use crate::error::Error;
use crate::items::{
    LabelRow, SectionRow, Sibling, TaskRow, ensure_labels, ids_in_order, label_key, labels_of,
};
use crate::locale::message;
use crate::projects::Project;
use crate::projects::input::NAME_CHARACTERS;
use crate::work::{Change, Command, Context, Decision, Loads, ProjectRow, World, check_quota};

/// Bytes of a transaction, so that no other command shares it.
const ALONE: usize = 1 << 20;

const SUFFIX: &str = " (copy)";

/// Copies a project with its sections and its open tasks. The user owns the copy.
pub struct DuplicateProject {
    inbox: String,
    id: String,
}

impl DuplicateProject {
    /// Creates a command of a user that copies a project.
    pub fn new(user_id: &str, id: &str) -> DuplicateProject {
        DuplicateProject {
            inbox: user_id.to_owned(),
            id: id.to_owned(),
        }
    }
}

impl Command for DuplicateProject {
    type Outcome = Project;

    fn name(&self) -> &'static str {
        "duplicate_project"
    }

    fn loads(&self) -> Loads {
        Loads::default()
            .item::<ProjectRow>(&self.id)
            .all::<SectionRow>(&self.id)
            .all::<TaskRow>(&self.id)
            .all::<LabelRow>(&self.inbox)
            .quota()
    }

    fn weight(&self) -> usize {
        ALONE
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Project>, Error> {
        let project: ProjectRow = world.read(context.user_id, &self.id)?;
        world.check_project_quota(context, "id", 1)?;
        let copy = copy_of(world, context, &project);
        let sections = world.items_of::<SectionRow>(&self.id)?;
        let tasks = ordered(world.items_of::<TaskRow>(&self.id)?);
        let inbox = context.user_id;
        world.check_task_quota(context, inbox, "id", (tasks.len(), 0))?;
        let limit = context.quotas.open_tasks;
        check_quota("id", 0, tasks.len(), limit, message!("quota-open-tasks"))?;
        let (labels, mut changes) = labels(world, context, &tasks)?;
        changes.push(Change::create(&copy)?);
        let siblings = sections
            .iter()
            .map(|row| Sibling::new(&row.id, row.position.as_deref()));
        let mut ids = ids_in_order(context, siblings.collect());
        let siblings = tasks
            .iter()
            .map(|row| Sibling::new(&row.id, row.position.as_deref()));
        ids.extend(ids_in_order(context, siblings.collect()));
        let of = |id: &String| ids.get(id).cloned();
        for section in sections {
            let id = of(&section.id).ok_or(Error::NotFound)?;
            changes.push(Change::create(&SectionRow {
                project_id: copy.id.clone(),
                id,
                position: None,
                change_id: None,
                created_at: context.now,
                updated_at: context.now,
                version: copy.item_version,
                ..section
            })?);
        }
        for task in tasks {
            let id = of(&task.id).ok_or(Error::NotFound)?;
            let names = labels_of(task.labels.as_deref());
            let names = names.iter().filter_map(|name| labels.get(&label_key(name)));
            let names: Vec<_> = names.cloned().collect();
            let mut task = TaskRow {
                project_id: copy.id.clone(),
                id,
                section_id: task.section_id.as_ref().and_then(of),
                parent_id: task.parent_id.as_ref().and_then(of),
                position: None,
                created_by: Some(context.user_id.to_owned()),
                change_id: None,
                created_at: context.now,
                updated_at: context.now,
                version: copy.item_version,
                ..task
            };
            task.set_labels(&names)?;
            changes.push(Change::create(&task)?);
        }
        Ok(Decision {
            changes,
            outcome: Project::of(copy, Role::Owner),
        })
    }
}

/// Returns the copy of a project. It has the same parent if the user owns it.
fn copy_of(world: &World, context: &Context<'_>, project: &ProjectRow) -> ProjectRow {
    let is_owned = world.check_owner(context.user_id, &project.id).is_ok();
    let room = NAME_CHARACTERS - SUFFIX.len();
    let start: String = project.name.chars().take(room).collect();
    ProjectRow {
        name: format!("{}{SUFFIX}", start.trim_end()),
        description: project.description.clone(),
        colour: project.colour.clone(),
        parent_id: project.parent_id.clone().filter(|_| is_owned),
        favourite: project.favourite && is_owned,
        view: project.view.clone(),
        group_by: project.group_by.clone(),
        sort_by: project.sort_by.clone(),
        ..ProjectRow::new(context.item_id, context.user_id, "", context.now)
    }
}

/// Returns the open tasks, each after its parent. Open subtasks of completed tasks are left out.
fn ordered(tasks: Vec<TaskRow>) -> Vec<TaskRow> {
    let mut below: HashMap<Option<String>, Vec<TaskRow>> = HashMap::new();
    for task in tasks {
        if task.completed_at.is_none() {
            below.entry(task.parent_id.clone()).or_default().push(task);
        }
    }
    let mut found = below.remove(&None).unwrap_or_default();
    let mut index = 0;
    while let Some(task) = found.get(index) {
        let children = below.remove(&Some(task.id.clone()));
        found.extend(children.unwrap_or_default());
        index += 1;
    }
    found
}

/// Returns the names of the user's labels for those of the tasks, by their keys, and the changes
/// that create the missing labels.
fn labels(
    world: &World,
    context: &Context<'_>,
    tasks: &[TaskRow],
) -> Result<(HashMap<String, String>, Vec<Change>), Error> {
    let names = tasks
        .iter()
        .flat_map(|task| labels_of(task.labels.as_deref()));
    let names: Vec<_> = names.collect();
    let (names, created) = ensure_labels(world, context, &names)?;
    let by_key = names.into_iter().map(|name| (label_key(&name), name));
    Ok((by_key.collect(), created))
}
