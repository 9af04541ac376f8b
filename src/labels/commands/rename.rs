//! Names of labels in tasks.

use crate::error::Error;
use crate::items::{TaskRow, label_key, labels_of};
use crate::work::{Change, Context, Item, World};

/// Returns the labels of a task after the label with a key has got another name, or none. Two
/// labels with the same key become one.
pub(super) fn renamed(labels: Vec<String>, key: &str, name: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let new_key = name.map(label_key);
    for label in labels {
        let old_key = label_key(&label);
        let is_renamed = old_key == key || Some(&old_key) == new_key.as_ref();
        let label = match name {
            Some(name) if is_renamed => name.to_owned(),
            None if is_renamed => continue,
            _ => label,
        };
        if !found.contains(&label) {
            found.push(label);
        }
    }
    found
}

/// Returns the changes that rename or remove the label with a key in all tasks that the user can
/// change.
pub(super) fn rename_in_tasks(
    world: &World,
    context: &Context<'_>,
    key: &str,
    name: Option<&str>,
) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for task in world.all::<TaskRow>()? {
        let labels = labels_of(task.labels.as_deref());
        let has_label = labels.iter().any(|label| label_key(label) == key);
        if !has_label
            || world
                .check_editor(context.user_id, &task.project_id)
                .is_err()
        {
            continue;
        }
        let mut after = task.clone();
        after.set_labels(&renamed(labels, key, name))?;
        if after != task {
            let version = world.next_version(&task.project_id, context)?;
            after.stamp(context.now, version, context.id);
            changes.push(Change::update(&task, &after)?);
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn a_name_changes_in_its_place_and_occurs_once() {
        let labels = || ["Home", "errand", "Work"].map(str::to_owned).to_vec();
        assert_eq!(
            renamed(labels(), "errand", Some("Shop")),
            ["Home", "Shop", "Work"]
        );
        assert_eq!(renamed(labels(), "errand", Some("Work")), ["Home", "Work"]);
        assert_eq!(
            renamed(labels(), "errand", Some("Errand")),
            ["Home", "Errand", "Work"]
        );
        assert_eq!(renamed(labels(), "errand", None), ["Home", "Work"]);
        assert_eq!(renamed(labels(), "other", None), labels());
    }
}
