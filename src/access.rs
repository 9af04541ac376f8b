//! The access rule: a user has access to the items of the projects of which the user is a member.
//! The role in the membership determines the permitted actions.

use crate::db::{Engine, Sql};

/// The role of a member of a project. Each role includes the permissions of the preceding roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads the items of the project.
    Viewer,
    /// Changes the items of the project.
    Editor,
    /// Changes the project and its members.
    Owner,
}

impl Role {
    /// Returns the name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Owner => "owner",
        }
    }

    /// Returns the role with this name.
    pub fn of_name(name: &str) -> Option<Role> {
        [Role::Viewer, Role::Editor, Role::Owner]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// The state of a project for its members, as stored with each membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// The project is in use.
    No,
    /// The project is archived: lists across projects leave it out.
    Archived,
    /// The project is in the trash: nobody has access to its items.
    Deleted,
}

impl Hidden {
    /// Returns the number in the database.
    pub fn number(self) -> i64 {
        match self {
            Hidden::No => 0,
            Hidden::Archived => 1,
            Hidden::Deleted => 2,
        }
    }
}

/// Condition on a row of `project_members`: the project is hidden at most this much.
fn hidden_up_to(most: Hidden) -> &'static str {
    match most {
        Hidden::No => "project_members.hidden = 0",
        Hidden::Archived => "project_members.hidden < 2",
        Hidden::Deleted => "project_members.hidden <= 2",
    }
}

/// The projects that the user is a member of.
fn projects_of(user_id: &str, most: Hidden) -> Sql {
    Sql::new("FROM project_members WHERE user_id = ")
        .bind(user_id)
        .push(" AND ")
        .push(hidden_up_to(most))
}

/// Condition on a column `project_id`: the user has access to the project. Every read of items
/// includes it.
pub fn visible_to(engine: Engine, user_id: &str) -> Sql {
    let projects = Sql::new("SELECT project_id ").append(projects_of(user_id, Hidden::Archived));
    Sql::new("project_id ").append(engine.any_of(projects))
}

/// The condition of [`visible_to`], for a statement that finds the rows by another one. The engine
/// checks it for each row, and looks no rows up by it.
pub fn found_visible_to(engine: Engine, user_id: &str) -> Sql {
    match engine {
        Engine::Sqlite => Sql::new("+").append(visible_to(engine, user_id)),
        Engine::Postgres => Sql::new("'' || ").append(visible_to(engine, user_id)),
        Engine::Mysql => visible_to(engine, user_id),
    }
}

/// Condition on a column `project_id`: it is this project, and the user has access to it.
pub fn visible_project(user_id: &str, project_id: &str) -> Sql {
    Sql::new("project_id = (SELECT project_id ")
        .append(projects_of(user_id, Hidden::Archived))
        .push(" AND project_id = ")
        .bind(project_id)
        .push(")")
}

/// Condition on a column `project_id`: the user has access to the project, and it is not
/// archived.
pub fn in_use_by(engine: Engine, user_id: &str) -> Sql {
    let projects = Sql::new("SELECT project_id ").append(projects_of(user_id, Hidden::No));
    Sql::new("project_id ").append(engine.any_of(projects))
}

/// The condition of [`in_use_by`] and that the project is this one or has a lesser id.
pub fn in_use_up_to(engine: Engine, user_id: &str, project_id: &str) -> Sql {
    let projects = Sql::new("SELECT project_id ")
        .append(projects_of(user_id, Hidden::No))
        .push(" AND project_id <= ")
        .bind(project_id);
    Sql::new("project_id ").append(engine.any_of(projects))
}

/// Condition on a column `id` of `projects`: the user has access to the project.
pub fn visible_itself(engine: Engine, user_id: &str) -> Sql {
    let projects = Sql::new("SELECT project_id ").append(projects_of(user_id, Hidden::Archived));
    Sql::new("id ").append(engine.any_of(projects))
}

/// Condition on a column `project_id`: the user is a member of the project, which may be in the
/// trash.
pub fn member_of(engine: Engine, user_id: &str) -> Sql {
    Sql::new("project_id ").append(engine.any_of(all_of(user_id)))
}

/// Condition on a column `project_id`: the user may change the items of the project.
pub fn editable_by(engine: Engine, user_id: &str) -> Sql {
    let projects = Sql::new("SELECT project_id ")
        .append(projects_of(user_id, Hidden::Archived))
        .push(" AND role IN ('editor', 'owner')");
    Sql::new("project_id ").append(engine.any_of(projects))
}

/// Query for the ids of all projects that the user is a member of, which may be in the trash.
pub fn all_of(user_id: &str) -> Sql {
    Sql::new("SELECT project_id ").append(projects_of(user_id, Hidden::Deleted))
}

/// Query for the ids of the projects that the user owns, which may be in the trash.
pub fn owned_by(user_id: &str) -> Sql {
    Sql::new("SELECT project_id ")
        .append(projects_of(user_id, Hidden::Deleted))
        .push(" AND role = 'owner'")
}

/// Table expression that yields the projects that the user has access to and that are hidden at
/// most this much, as `visible.visible_id`.
pub fn visible_projects(user_id: &str, most: Hidden) -> Sql {
    Sql::new("(SELECT project_id AS visible_id ")
        .append(projects_of(user_id, most))
        .push(") AS visible")
}

/// Table expression that yields the projects that the user has access to, with the columns of
/// `project_members`. Its condition follows as [`of_member`].
pub fn projects_with_role(engine: Engine) -> Sql {
    Sql::new("project_members")
        .push(engine.ordered_join())
        .push("projects ON projects.id = project_members.project_id")
}

/// Condition on a row of [`projects_with_role`]: the user is a member, and the project is hidden
/// at most this much.
pub fn of_member(user_id: &str, most: Hidden) -> Sql {
    Sql::new("project_members.user_id = ")
        .bind(user_id)
        .push(" AND ")
        .push(hidden_up_to(most))
}

/// Joins the membership and the project through which the user `asked.user_id` has access to the
/// rows of a table whose column `project_id` has the project, which is hidden at most this much.
/// Every load of a command includes it.
pub fn join(engine: Engine, table: &'static str, project_id: &'static str, most: Hidden) -> Sql {
    joined(engine, "project_members")
        .push(" ON project_members.user_id = asked.user_id AND project_members.project_id = ")
        .push(table)
        .push(".")
        .push(project_id)
        .push(" AND ")
        .push(hidden_up_to(most))
        .append(joined(engine, "projects"))
        .push(" ON projects.id = project_members.project_id")
}

/// Joins the membership through which the user `asked.user_id` has access to a row of `projects`.
/// It may be in the trash.
pub fn join_itself(engine: Engine) -> Sql {
    joined(engine, "project_members")
        .push(" ON project_members.user_id = asked.user_id")
        .push(" AND project_members.project_id = projects.id AND ")
        .push(hidden_up_to(Hidden::Deleted))
}

/// Joins all projects that the user `asked.user_id` has access to.
pub fn join_all(engine: Engine) -> Sql {
    joined(engine, "project_members")
        .push(" ON project_members.user_id = asked.user_id AND ")
        .push(hidden_up_to(Hidden::Archived))
        .append(joined(engine, "projects"))
        .push(" ON projects.id = project_members.project_id")
}

fn joined(engine: Engine, table: &'static str) -> Sql {
    Sql::new(engine.ordered_join())
        .push(table)
        .append(engine.force_index("PRIMARY"))
}

/// Expression for the version of all data that the user of a row of `users` has access to. Each
/// change of a project advances it.
pub fn visible_version(engine: Engine) -> Sql {
    let projects = "FROM project_members JOIN projects ON projects.id = project_id
                    WHERE project_members.user_id = users.id AND project_members.hidden < 2)";
    Sql::new("(SELECT CAST(COALESCE(SUM(projects.version), 0) AS ")
        .push(engine.integer())
        .push(") ")
        .push(projects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_an_order_and_names() {
        assert!(Role::Viewer < Role::Editor && Role::Editor < Role::Owner);
        for role in [Role::Viewer, Role::Editor, Role::Owner] {
            assert_eq!(Role::of_name(role.name()), Some(role));
        }
        assert_eq!(Role::of_name("admin"), None);
    }
}
