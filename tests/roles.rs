//! Roles: each operation that names an item of a project does what the role of the member permits,
//! and nothing for a stranger. The operations are those of the OpenAPI document, so that a new one
//! fails this test until it is added.

mod probes;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, query};

use self::probes::probes;
use crate::support::{Ask, Problem, Server, User, header};
use crate::transfer::text_of;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Stranger,
    Viewer,
    Editor,
    Owner,
}

pub const ROLES: [Role; 4] = [Role::Stranger, Role::Viewer, Role::Editor, Role::Owner];

/// The role that an operation requires.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// This role for the item in the path. Others get a 404, or a 403 if they can see the item.
    Path(Role),
    /// This role for an item that this member names. Strangers get a 422 that names the member.
    Member(Role, &'static str),
    /// The ownership of the project that this member names. All others get a 422.
    Own(&'static str),
    /// The author of the change, who is none of the users who try.
    Author,
    /// Nothing: the list contains the item if the user can see it.
    List,
}

impl Needs {
    /// Returns the status for a user who is refused. `None` if the role suffices.
    fn refusal(self, role: Role) -> Option<(u16, Option<&'static str>)> {
        match self {
            Needs::Path(least) | Needs::Member(least, _) if role >= least => None,
            Needs::Path(_) if role == Role::Stranger => Some((404, None)),
            Needs::Member(_, field) if role == Role::Stranger => Some((422, Some(field))),
            Needs::Path(_) | Needs::Member(..) => Some((403, None)),
            Needs::Own(_) if role == Role::Owner => None,
            Needs::Own(field) => Some((422, Some(field))),
            Needs::Author => Some((404, None)),
            Needs::List => None,
        }
    }
}

/// A request that names an item of the shared project.
struct Probe {
    method: Method,
    path: String,
    body: Option<Value>,
    needs: Needs,
}

impl Probe {
    fn request(&self, user: &User) -> RequestBuilder {
        let request = user.request(self.method.clone(), &self.path);
        match &self.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

impl Probe {
    fn names(&self, items: &Items) -> bool {
        let request = format!("{} {:?}", self.path, self.body);
        let ids = [&items.project, &items.section, &items.task];
        ids.iter().any(|id| request.contains(id.as_str()))
    }
}

fn text(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

/// Items in a project. A task is in the trash.
pub struct Items {
    pub project: String,
    pub section: String,
    pub other_section: String,
    pub task: String,
    pub subtask: String,
    pub trashed: String,
    pub change: String,
}

impl Items {
    /// Creates a project with items.
    pub async fn of(user: &User, name: &str) -> Items {
        let section = |name: &str| json!({ "project_id": "$p", "name": name });
        let task = json!({ "title": name, "section_id": "$s", "labels": [name],
            "recurrence": { "text": "every day" } });
        let commands = json!([
            { "op": "create_project", "ref": "p", "project": { "name": name } },
            { "op": "create_section", "ref": "s", "section": section("One") },
            { "op": "create_section", "section": section("Two") },
            { "op": "create_task", "ref": "t", "task": task },
            { "op": "create_task", "task": { "title": "Subtask", "parent_id": "$t" } },
            { "op": "create_task", "ref": "d", "task": { "title": "Trashed", "project_id": "$p" } },
            { "op": "delete_task", "id": "$d" },
        ]);
        let batch = json!({ "atomic": true, "commands": commands });
        let answer = user.post("/api/v1/batch", &batch).is(200).await;
        let change = header(&answer, "docket-change");
        let results: Value = answer.json().await.expect("results");
        let id = |index: usize| text(&results["results"][index]["object"]);
        Items {
            project: id(0),
            section: id(1),
            other_section: id(2),
            task: id(3),
            subtask: id(4),
            trashed: id(5),
            change,
        }
    }
}

pub async fn execute(server: &Server, sql: String) {
    let mut connection = server.database().await;
    let done = query(AssertSqlSafe(sql)).execute(&mut connection).await;
    done.expect("executed");
    connection.close().await.expect("closed");
}

/// A server with the owner of projects and a user of each role.
pub struct Case {
    pub server: Server,
    pub ada: User,
    users: Vec<User>,
}

impl Case {
    pub async fn start() -> Case {
        let server =
            Server::with(&[("DOCKET_LIMIT_API", "0"), ("DOCKET_MAX_PROJECTS", "400")]).await;
        let ada = User::register(&server).await;
        let mut users = Vec::new();
        for _ in ROLES {
            users.push(User::register(&server).await);
        }
        Case { server, ada, users }
    }

    pub fn user(&self, role: Role) -> &User {
        &self.users[role as usize]
    }

    /// Creates a project of Ada with a member of each role.
    pub async fn shared(&self) -> Items {
        let items = Items::of(&self.ada, "Shared").await;
        let member = |(role, name): (Role, &str)| {
            let user = &self.user(role).id;
            format!("('{user}', '{}', '{name}', 0)", items.project)
        };
        let roles = [
            (Role::Viewer, "viewer"),
            (Role::Editor, "editor"),
            (Role::Owner, "owner"),
        ];
        let members = roles.map(member).join(", ");
        let columns = "user_id, project_id, role, hidden";
        let sql = format!("INSERT INTO project_members ({columns}) VALUES {members}");
        execute(&self.server, sql).await;
        items
    }

    /// Returns all rows of these projects, and the number of rows of each table.
    pub async fn state(&self, projects: &[&str]) -> Vec<String> {
        let mut connection = self.server.database().await;
        let ids = projects.join("', '");
        let mut lines = Vec::new();
        for (table, column) in [
            ("projects", "id"),
            ("project_members", "project_id"),
            ("sections", "project_id"),
            ("labels", "project_id"),
            ("filters", "project_id"),
            ("tasks", "project_id"),
            ("task_labels", "project_id"),
            ("task_days", "project_id"),
            ("tombstones", "project_id"),
            ("changes", "project_id"),
        ] {
            let rows = format!("SELECT * FROM {table} WHERE {column} IN ('{ids}')");
            let count = format!("SELECT COUNT(*) AS number FROM {table}");
            for sql in [rows, count] {
                let rows = query(AssertSqlSafe(sql)).fetch_all(&mut connection).await;
                let rows = rows.expect(table);
                lines.extend(rows.iter().map(|row| format!("{table}: {}", text_of(row))));
            }
        }
        connection.close().await.expect("closed");
        lines.sort();
        lines
    }

    /// Sends a request as each user. Those whose role does not suffice are refused and change
    /// nothing; the others succeed.
    async fn try_out(&self, operation: &str, index: usize, described: &Value, fresh: &mut Fresh) {
        for role in ROLES {
            let (shared, own) = fresh.items(self, role).await;
            let probe = probes(operation, shared, own).remove(index);
            let what = format!("{operation} {index} as {role:?}: {:?}", probe.body);
            let Some((status, field)) = probe.needs.refusal(role) else {
                self.assert_permitted(&probe, role, shared, &what).await;
                if probe.method != Method::GET {
                    fresh.discard(&probe, role);
                }
                continue;
            };
            let projects = [shared.project.as_str(), own.project.as_str()];
            let before = self.state(&projects).await;
            let problem = refused(probe.request(self.user(role)), status, &what).await;
            match field {
                Some(field) => drop(problem.names(field)),
                None if status == 403 => {
                    assert_eq!(problem.kind(), "read-only", "{what}");
                    let text = described["responses"]["403"]["description"].as_str();
                    let says_so = text.is_some_and(|text| {
                        text.contains("only read") || text.contains("not permitted")
                    });
                    assert!(says_so, "{operation}: {text:?}");
                }
                None => {}
            }
            assert_eq!(self.state(&projects).await, before, "{what}");
        }
    }

    async fn assert_permitted(&self, probe: &Probe, role: Role, shared: &Items, what: &str) {
        let answer = probe.request(self.user(role)).answer().await;
        let status = answer.status().as_u16();
        let body = answer.text().await.expect("a body");
        assert!((200..300).contains(&status), "{what}: {status} {body}");
        if let Needs::List = probe.needs {
            // Archived and deleted items have no task of their own in a list.
            let ids = [&shared.project, &shared.task, &shared.trashed];
            let shows = ids.iter().any(|id| body.contains(id.as_str()));
            assert_eq!(shows, role > Role::Stranger, "{what}: {body}");
        }
    }
}

/// Items that nobody has changed.
#[derive(Default)]
struct Fresh {
    shared: Option<Items>,
    /// By role.
    own: [Option<Items>; 4],
}

impl Fresh {
    /// Returns a shared project and one of the user with the role.
    async fn items(&mut self, case: &Case, role: Role) -> (&Items, &Items) {
        if self.shared.is_none() {
            self.shared = Some(case.shared().await);
        }
        let own = &mut self.own[role as usize];
        if own.is_none() {
            *own = Some(Items::of(case.user(role), "Mine").await);
        }
        let shared = self.shared.as_ref().expect("items");
        (shared, own.as_ref().expect("items"))
    }

    /// Discards the items that a request has changed.
    fn discard(&mut self, probe: &Probe, role: Role) {
        self.shared = None;
        let own = &mut self.own[role as usize];
        *own = own.take().filter(|own| !probe.names(own));
    }
}

/// Sends a request, which must have a problem document with this status as its response.
pub async fn refused(request: RequestBuilder, status: u16, what: &str) -> Problem {
    let answer = request.answer().await;
    assert_eq!(answer.status(), status, "{what}");
    crate::support::problem(answer, status).await
}

#[tokio::test]
async fn each_operation_does_what_the_role_permits() {
    let case = Case::start().await;
    let document = case.server.get("/api/openapi.json").gives(200).await;
    let mut fresh = Fresh::default();
    let mut tried = 0;
    let paths = document["paths"].as_object().expect("paths");
    // The lists come first, while they are short.
    for method in ["get", "put", "post", "patch", "delete"] {
        for path in paths.iter().filter(|(_, item)| item.get(method).is_some()) {
            let operation = format!("{} {}", method.to_uppercase(), path.0);
            let (shared, own) = fresh.items(&case, Role::Stranger).await;
            let count = probes(&operation, shared, own).len();
            for index in 0..count {
                let described = &path.1[method];
                case.try_out(&operation, index, described, &mut fresh).await;
            }
            tried += count;
        }
    }
    assert!(tried > 60, "only {tried} requests");
}
