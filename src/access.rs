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

/// Condition on a column `project_id`: the user has access to the project. Every read of items
/// includes it.
pub fn visible_to(engine: Engine, user_id: &str) -> Sql {
    let projects =
        Sql::new("SELECT project_id FROM project_members WHERE user_id = ").bind(user_id);
    Sql::new("project_id ").append(engine.any_of(projects))
}

/// Table expression that yields the ids of the projects that the user has access to, as
/// `visible.id`.
pub fn visible_projects(user_id: &str) -> Sql {
    Sql::new("(SELECT project_id AS id FROM project_members WHERE user_id = ")
        .bind(user_id.to_owned())
        .push(") AS visible")
}

/// Joins the membership and the project through which the user `asked.user_id` has access to the
/// rows of a table. Every load of a command includes it.
pub fn join(engine: Engine, table: &'static str) -> Sql {
    let join = |table| {
        Sql::new(engine.ordered_join())
            .push(table)
            .append(engine.force_index("PRIMARY"))
    };
    join("project_members")
        .push(" ON project_members.user_id = asked.user_id AND project_members.project_id = ")
        .push(table)
        .push(".project_id")
        .append(join("projects"))
        .push(" ON projects.id = project_members.project_id")
}

/// Expression for the version of all data that the user of a row of `users` has access to. Each
/// change of a project advances it.
pub fn visible_version(engine: Engine) -> Sql {
    let projects = "FROM project_members JOIN projects ON projects.id = project_id
                    WHERE project_members.user_id = users.id)";
    // PostgreSQL and MySQL return the sum of integers as a decimal number.
    let sum = match engine {
        Engine::Sqlite => "(SELECT COALESCE(SUM(projects.version), 0) ",
        Engine::Postgres => "(SELECT CAST(COALESCE(SUM(projects.version), 0) AS BIGINT) ",
        Engine::Mysql => "(SELECT CAST(COALESCE(SUM(projects.version), 0) AS SIGNED) ",
    };
    Sql::new(sum).push(projects)
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
