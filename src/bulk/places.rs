//! The places that tasks can move to.

use crate::auth::User;
use crate::db::Pool;
use crate::error::Error;
use crate::locale::key;
use crate::tasks::Choice;
use crate::{projects, sections};

/// Returns the projects, each followed by its sections, as the options of a select.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn choices(pool: &Pool, user: &User) -> Result<Vec<Choice>, Error> {
    let projects = projects::queries::shown(pool, &user.id, user.language()).await?;
    let ids = projects.iter().map(|project| project.id.clone()).collect();
    let sections = sections::queries::of_projects(pool, &user.id, &ids).await?;
    let stay = user.language().text(key!("bulk-stay"));
    let mut choices = vec![Choice(String::new(), stay)];
    for project in &projects {
        choices.push(Choice(project.id.clone(), project.name.clone()));
        let own = sections
            .iter()
            .filter(|section| section.project_id == project.id && !section.archived);
        choices.extend(own.map(|section| {
            let place = format!("{}/{}", project.id, section.id);
            Choice(place, format!("{} / {}", project.name, section.name))
        }));
    }
    Ok(choices)
}
