//! Lists of the tasks that an expression selects.

use super::list::{Restriction, list_where};
use crate::access::{Hidden, of_member, projects_with_role, visible_to};
use crate::db::{Pool, Sql, row};
use crate::error::Error;
use crate::filter_language::{Condition, Places, Scope};
use crate::tasks::{Selection, Status, TaskFilter, TaskPage};

row! {
    struct Project {
        id: String,
        name: String,
        parent_id: Option<String>,
    }
}

row! {
    struct Section {
        id: String,
        name: String,
    }
}

/// Returns a page of the user's tasks that the selection contains.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule, or [`Error::Busy`] if another search of the
/// user is in progress.
pub async fn select(pool: &Pool, user_id: &str, selection: &Selection) -> Result<TaskPage, Error> {
    let filter = &selection.filter;
    let Some(condition) = &selection.condition else {
        return list_where(pool, user_id, filter, None).await;
    };
    let has_text = filter
        .q
        .as_deref()
        .is_some_and(|text| !text.trim().is_empty());
    // A search for a text has its own permission.
    let _scan = match condition.searches() && !has_text {
        true => Some(pool.begin_scan(user_id).await?),
        false => None,
    };
    let places = places(pool, user_id, std::slice::from_ref(condition)).await?;
    let scope = Scope {
        engine: pool.engine(),
        user_id,
        places: &places,
        completed: match filter.status {
            Some(Status::Open) => Some(false),
            Some(Status::Done) => Some(true),
            Some(Status::All) | None => None,
        },
        has_due: None,
        label: None,
    };
    let candidates = match filter.status {
        Some(Status::Open) => condition.narrow(scope),
        _ => None,
    };
    let restriction = Restriction {
        sql: condition.sql(scope),
        candidates,
    };
    // An index has the tasks of a priority.
    let of_priority = TaskFilter {
        priority: filter.priority.or_else(|| condition.priority()),
        ..filter.clone()
    };
    list_where(pool, user_id, &of_priority, Some(restriction)).await
}

/// Returns the names that the conditions depend on.
pub(super) async fn places(
    pool: &Pool,
    user_id: &str,
    conditions: &[Condition],
) -> Result<Places, Error> {
    let mut places = Places::default();
    if conditions.iter().any(Condition::needs_projects) {
        add_projects(pool, user_id, &mut places).await?;
    }
    if conditions.iter().any(Condition::needs_sections) {
        add_sections(pool, user_id, &mut places).await?;
    }
    Ok(places)
}

async fn add_projects(pool: &Pool, user_id: &str, places: &mut Places) -> Result<(), Error> {
    let projects = Sql::select::<Project>()
        .push(" FROM ")
        .append(projects_with_role(pool.engine()))
        .push(" WHERE ")
        .append(of_member(user_id, Hidden::Archived));
    let projects: Vec<Project> = pool.fetch(projects).await?;
    for project in &projects {
        places.add_project(&project.id, &project.name, project.parent_id.as_deref());
    }
    Ok(())
}

async fn add_sections(pool: &Pool, user_id: &str, places: &mut Places) -> Result<(), Error> {
    let sections = Sql::select::<Section>()
        .push(" FROM sections WHERE ")
        .append(visible_to(pool.engine(), user_id));
    let sections: Vec<Section> = pool.fetch(sections).await?;
    for section in &sections {
        places.add_section(&section.id, &section.name);
    }
    Ok(())
}
