//! Quotas: limits of what an account can store, so that one account cannot fill the disk or slow
//! down the others (OWASP ASVS 2.4.1).

use super::{Context, World};
use crate::error::{Code, Error, Violation};
use crate::locale::{Message, message};

/// The limits of an account. Items in the trash count until it is emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Maximum number of projects, with the Inbox.
    pub projects: u32,
    /// Maximum number of tasks in all projects.
    pub tasks: u32,
    /// Maximum number of labels.
    pub labels: u32,
    /// Maximum number of saved filters.
    pub filters: u32,
    /// Maximum number of open tasks in a project.
    pub open_tasks: u32,
}

impl Default for Quotas {
    fn default() -> Quotas {
        Quotas {
            projects: 300,
            tasks: 500_000,
            labels: 500,
            filters: 100,
            open_tasks: 20_000,
        }
    }
}

impl World {
    /// Checks that a project and its owner can have this many more tasks, of which `open` are
    /// open.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names `field` and the limit.
    pub fn check_task_quota(
        &self,
        context: &Context<'_>,
        project_id: &str,
        field: &str,
        (total, open): (usize, usize),
    ) -> Result<(), Error> {
        let limits = context.quotas;
        let tasks = self.account_of(project_id).tasks;
        check(field, tasks, total, limits.tasks, message!("quota-tasks"))?;
        let open_tasks = self.project(project_id)?.open_tasks;
        check(
            field,
            open_tasks,
            open,
            limits.open_tasks,
            message!("quota-open-tasks"),
        )
    }

    /// Checks that tasks can move from one project to another. `count` is the number of tasks,
    /// and of those that are open.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names `field` and the limit.
    pub fn check_move_quota(
        &self,
        context: &Context<'_>,
        (from, to): (&str, &str),
        field: &str,
        (total, open): (usize, usize),
    ) -> Result<(), Error> {
        let same_owner = self.project(from)?.owner_id == self.project(to)?.owner_id;
        let total = if same_owner { 0 } else { total };
        self.check_task_quota(context, to, field, (total, open))
    }

    /// Checks that the user can have this many more projects.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names `field` and the limit.
    pub fn check_project_quota(
        &self,
        context: &Context<'_>,
        field: &str,
        more: usize,
    ) -> Result<(), Error> {
        let projects = self.account_of(context.user_id).projects;
        check(
            field,
            projects,
            more,
            context.quotas.projects,
            message!("quota-projects"),
        )
    }
}

/// Checks that a number may grow up to a limit. `things` is the message that names what is counted.
///
/// # Errors
/// [`Error::Invalid`] that names `field` and the limit.
pub fn check(field: &str, has: i64, more: usize, limit: u32, things: Message) -> Result<(), Error> {
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    if more == 0 || has.saturating_add(more) <= i64::from(limit) {
        return Ok(());
    }
    let message = message!("quota", most = limit, things = things);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let violation = Violation::bounded(Code::TooMany, limit, message);
    Err(Error::Invalid(vec![violation.of(field)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Language;

    #[test]
    fn a_number_can_reach_its_limit_and_not_exceed_it() {
        assert!(check("title", 9, 1, 10, message!("quota-tasks")).is_ok());
        assert!(check("title", 10, 0, 10, message!("quota-tasks")).is_ok());
        assert!(check("title", 12, 0, 10, message!("quota-tasks")).is_ok());
        let error = check("title", 10, 1, 10, message!("quota-tasks")).expect_err("one too many");
        assert_eq!(
            error.detail(Language::English),
            "There can be at most 10 tasks in an account."
        );
        assert_eq!(error.fields()[0].field, "title");
    }
}
