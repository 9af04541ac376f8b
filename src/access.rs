//! The access rule: a user has access to what is in the projects that the user is a member of. The
//! role of the membership says to do what.

use crate::db::{Engine, Sql};

/// The role of a member of a project. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads what is in the project.
    Viewer,
    /// Changes what is in the project.
    Editor,
    /// Changes the project and its members.
    Owner,
}

impl Role {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Owner => "owner",
        }
    }

    /// The role with this name.
    pub fn of_name(name: &str) -> Option<Role> {
        [Role::Viewer, Role::Editor, Role::Owner]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// Condition on a column `project_id`: the user has access to the project. Every read of what is in
/// projects has it.
pub fn visible_to(engine: Engine, user_id: &str) -> Sql {
    let projects =
        Sql::new("SELECT project_id FROM project_members WHERE user_id = ").bind(user_id);
    Sql::new("project_id ").append(engine.any_of(projects))
}

/// Table expression of the ids of the projects that the user has access to, as `visible.id`.
pub fn visible_projects(user_id: &str) -> Sql {
    Sql::new("(SELECT project_id AS id FROM project_members WHERE user_id = ")
        .bind(user_id.to_owned())
        .push(") AS visible")
}

/// Joins the membership and the project that give the user `asked.user_id` access to the rows of a table.
/// Every load of a command has it.
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

/// Expression of the version of everything that the user of a row of `users` has access to. Each change
/// of a project advances it.
pub fn visible_version(engine: Engine) -> Sql {
    let projects = "FROM project_members JOIN projects ON projects.id = project_id
                    WHERE project_members.user_id = users.id)";
    // A sum of integers is a decimal number on PostgreSQL and MySQL.
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
