//! The notices of changed projects, for everyone who waits for changes.

use std::collections::HashMap;

use uuid::Uuid;

use super::projects::hidden;
use super::{Change, PROJECT, World};
use crate::live::Notice;

/// The clients that have changed each project: `None` if there are several, or one without a name.
#[derive(Default)]
pub(super) struct Senders(HashMap<String, Option<String>>);

impl Senders {
    /// Notes the changes of a command.
    pub fn note(&mut self, client: Option<&str>, changes: &[Change]) {
        let changed = changes.iter().flat_map(|change| {
            let left = change.left_project();
            left.into_iter().chain([change.project_id()])
        });
        for project_id in changed {
            match self.0.get_mut(project_id) {
                Some(sender) if sender.as_deref() == client => {}
                Some(sender) => *sender = None,
                None => {
                    let client = client.map(str::to_owned);
                    self.0.insert(project_id.to_owned(), client);
                }
            }
        }
    }
}

/// Returns the notices of the changed projects, and of new members.
pub(super) fn notices(world: &World, senders: &Senders) -> Vec<Notice> {
    let projects = world.difference(&PROJECT);
    let mut notices = Vec::new();
    for (id, project) in world.changed_projects() {
        let mut updated = projects.updated.iter();
        let visibility = updated.any(|row| {
            PROJECT.id(&row.after).is_ok_and(|found| found == id)
                && hidden(&row.before) != hidden(&row.after)
        });
        if let Ok(id_of_project) = Uuid::try_parse(id) {
            notices.push(Notice::Project {
                id: id_of_project,
                from: project.loaded_version,
                to: project.version,
                client: senders.0.get(id).cloned().flatten(),
                visibility,
            });
        }
    }
    notices.extend(projects.inserted.iter().filter_map(|row| {
        let id = PROJECT.id(row).ok()?;
        Some(Notice::Membership {
            user_id: Uuid::try_parse(PROJECT.text(row, "owner_id")?).ok()?,
            project_id: Uuid::try_parse(id).ok()?,
            version: world.project(id).ok()?.version,
            client: senders.0.get(id).cloned().flatten(),
        })
    }));
    notices
}
