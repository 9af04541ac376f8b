//! Roles: each operation that names an item of a project does what the role of the member permits,
//! and nothing for a stranger. The operations are those of the OpenAPI document, so that a new one
//! fails this test until it is added.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, query};

use crate::support::{Ask, Problem, Server, User, header};
use crate::transfer::text_of;

/// Operations that name no project and nothing in one.
const NEUTRAL: [&str; 25] = [
    "DELETE /api/v1/labels/{name}",
    "DELETE /api/v1/me",
    "DELETE /api/v1/sessions",
    "DELETE /api/v1/sessions/{id}",
    "DELETE /api/v1/tokens/{id}",
    "GET /api/docs",
    "GET /api/openapi.json",
    "GET /api/v1/events",
    "GET /api/v1/labels",
    "GET /api/v1/labels/{name}",
    "GET /api/v1/me",
    "GET /api/v1/sessions",
    "GET /api/v1/tokens",
    "GET /api/v1/tokens/{id}",
    "PATCH /api/v1/labels/{name}",
    "PATCH /api/v1/me",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/labels",
    "POST /api/v1/labels/{name}/merge",
    "POST /api/v1/labels/{name}/move",
    "POST /api/v1/tokens",
    "PUT /api/v1/me/password",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Stranger,
    Viewer,
    Editor,
    Owner,
}

pub const ROLES: [Role; 4] = [Role::Stranger, Role::Viewer, Role::Editor, Role::Owner];

/// What an operation needs.
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
        let task = json!({ "title": name, "section_id": "$s", "labels": [name] });
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
            ("tasks", "project_id"),
            ("task_labels", "project_id"),
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
    async fn try_out(&self, operation: &str, index: usize, fresh: &mut Fresh) {
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
                None if status == 403 => assert_eq!(problem.kind(), "read-only", "{what}"),
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

/// Returns the requests that try an operation out on items of a shared project, by a user with own
/// items.
fn probes(operation: &str, shared: &Items, own: &Items) -> Vec<Probe> {
    use Role::{Editor, Owner, Viewer};
    let (method, path) = operation.split_once(' ').expect("two words");
    let probe = |path: String, body: Option<Value>, needs: Needs| Probe {
        method: method.parse().expect("a method"),
        path,
        body,
        needs,
    };
    let with = |id: &str| path.replace("{id}", id);
    let on = |id: &str, needs: Needs| vec![probe(with(id), None, needs)];
    let asks = |parameters: &[(&str, &str)], needs: Needs| -> Vec<Probe> {
        let queries = parameters.iter();
        let queries = queries.map(|(name, id)| format!("{path}?{name}={id}"));
        queries.map(|path| probe(path, None, needs)).collect()
    };
    // The members of a task that refer to something.
    let places = [
        ("project_id", &shared.project),
        ("section_id", &shared.section),
        ("parent_id", &shared.task),
    ];
    let into = |own: &str, name: Option<&str>| -> Vec<Probe> {
        let bodies = places.iter().map(|(field, id)| {
            let mut body = json!({ *field: id });
            if *field == "section_id" && name.is_none() {
                body["project_id"] = json!(shared.project);
            }
            if let Some(name) = name {
                body["title"] = json!(name);
            }
            // A section and a parent are looked for in the project that the body names.
            let named = match (*field, name) {
                ("section_id", None) => "section_id",
                (field, _) => field,
            };
            (body, named)
        });
        bodies
            .map(|(body, field)| probe(with(own), Some(body), Needs::Member(Editor, field)))
            .collect()
    };
    let title = json!({ "title": "Changed" });
    let name = json!({ "name": "Changed" });
    match operation {
        "GET /api/v1/projects/{id}" | "GET /api/v1/projects/{id}/activity" => {
            on(&shared.project, Needs::Path(Viewer))
        }
        "GET /api/v1/sections/{id}" => on(&shared.section, Needs::Path(Viewer)),
        "GET /api/v1/tasks/{id}" | "GET /api/v1/tasks/{id}/activity" => {
            on(&shared.task, Needs::Path(Viewer))
        }
        "GET /api/v1/changes"
        | "GET /api/v1/counts"
        | "GET /api/v1/projects"
        | "GET /api/v1/trash" => vec![probe(path.to_owned(), None, Needs::List)],
        "GET /api/v1/tasks" => {
            let mut all = asks(
                &[("project", &shared.project), ("section", &shared.section)],
                Needs::List,
            );
            // The list has the subtasks, each with the id of the parent.
            all.extend(asks(&[("parent", &shared.task)], Needs::List));
            all.extend(asks(&[("label", "shared")], Needs::List));
            all
        }
        "GET /api/v1/sections" => asks(&[("project", &shared.project)], Needs::Path(Viewer)),

        "DELETE /api/v1/projects/{id}" => on(&shared.project, Needs::Path(Owner)),
        "PATCH /api/v1/projects/{id}" => {
            let path = with(&shared.project);
            let archive = json!({ "archived": true });
            let mut all = vec![
                probe(path.clone(), Some(name), Needs::Path(Owner)),
                probe(path, Some(archive), Needs::Path(Owner)),
            ];
            let below = json!({ "parent_id": shared.project });
            all.push(probe(
                with(&own.project),
                Some(below),
                Needs::Own("parent_id"),
            ));
            all
        }
        "POST /api/v1/projects/{id}/move" => {
            let below = |id: &str| Some(json!({ "parent_id": id }));
            vec![
                probe(
                    with(&shared.project),
                    below(&own.project),
                    Needs::Path(Owner),
                ),
                probe(
                    with(&own.project),
                    below(&shared.project),
                    Needs::Own("parent_id"),
                ),
                // A neighbour can be any project that the user sees beside the moved one.
                probe(
                    with(&own.project),
                    Some(json!({ "after": shared.project })),
                    Needs::Member(Viewer, "after"),
                ),
            ]
        }
        "POST /api/v1/projects/{id}/duplicate" => on(&shared.project, Needs::Path(Viewer)),
        "POST /api/v1/projects" => {
            let body = json!({ "name": "Below", "parent_id": shared.project });
            vec![probe(path.into(), Some(body), Needs::Own("parent_id"))]
        }

        "POST /api/v1/sections" => {
            let body = json!({ "name": "New", "project_id": shared.project });
            let needs = Needs::Member(Editor, "project_id");
            vec![probe(path.into(), Some(body), needs)]
        }
        "PATCH /api/v1/sections/{id}" => {
            let path = with(&shared.section);
            vec![probe(path, Some(name), Needs::Path(Editor))]
        }
        "DELETE /api/v1/sections/{id}" => {
            let path = |query: &str| format!("{}?{query}", with(&shared.section));
            vec![
                probe(path("tasks=delete"), None, Needs::Path(Editor)),
                probe(path("tasks=keep"), None, Needs::Path(Editor)),
                probe(
                    path(&format!("move_to={}", shared.other_section)),
                    None,
                    Needs::Path(Editor),
                ),
            ]
        }
        "POST /api/v1/sections/{id}/move" => {
            let to = |id: &str| Some(json!({ "project_id": id }));
            vec![
                probe(with(&shared.section), to(&own.project), Needs::Path(Editor)),
                probe(
                    with(&own.section),
                    to(&shared.project),
                    Needs::Member(Editor, "project_id"),
                ),
            ]
        }

        "POST /api/v1/tasks" => into("", Some("New")),
        "PUT /api/v1/tasks/{id}" => {
            let mut all = into(&own.task, Some("Moved"));
            // Without a project, a section is one of the task's own project.
            all.retain(|probe| {
                probe
                    .body
                    .as_ref()
                    .is_some_and(|body| body["section_id"].is_null())
            });
            all.push(probe(with(&shared.task), Some(title), Needs::Path(Editor)));
            all
        }
        "PATCH /api/v1/tasks/{id}" => {
            let mut all = into(&own.task, None);
            all.push(probe(with(&shared.task), Some(title), Needs::Path(Editor)));
            let labels = json!({ "labels": ["Theirs"] });
            all.push(probe(with(&shared.task), Some(labels), Needs::Path(Editor)));
            let away = json!({ "project_id": null });
            all.push(probe(with(&shared.task), Some(away), Needs::Path(Editor)));
            all
        }
        "POST /api/v1/tasks/{id}/move" => {
            let mut all = into(&own.task, None);
            let away = json!({ "project_id": own.project });
            all.push(probe(with(&shared.task), Some(away), Needs::Path(Editor)));
            let free = json!({ "parent_id": null });
            all.push(probe(
                with(&shared.subtask),
                Some(free),
                Needs::Path(Editor),
            ));
            all
        }
        "DELETE /api/v1/tasks/{id}"
        | "PUT /api/v1/tasks/{id}/completion"
        | "DELETE /api/v1/tasks/{id}/completion"
        | "POST /api/v1/tasks/{id}/toggle"
        | "POST /api/v1/tasks/{id}/duplicate" => on(&shared.task, Needs::Path(Editor)),

        "POST /api/v1/trash/{id}/restore" | "DELETE /api/v1/trash/{id}" => {
            on(&shared.trashed, Needs::Path(Editor))
        }
        "POST /api/v1/changes/{id}/undo" => on(&shared.change, Needs::Author),
        "POST /api/v1/batch" => commands(shared, own)
            .into_iter()
            .map(|(command, needs)| {
                let batch = json!({ "atomic": true, "commands": [command] });
                probe(path.into(), Some(batch), needs)
            })
            .collect(),
        // Tested below: the operation succeeds for everybody and concerns all projects.
        "DELETE /api/v1/trash" => Vec::new(),
        operation if NEUTRAL.contains(&operation) => Vec::new(),
        unknown => panic!("this test does not know what {unknown} requires"),
    }
}

/// Returns a command of each operation of a batch, and what it requires.
fn commands(shared: &Items, own: &Items) -> Vec<(Value, Needs)> {
    use Role::{Editor, Owner, Viewer};
    let Items {
        project,
        section,
        task,
        ..
    } = shared;
    let patch = json!({ "title": "Changed" });
    let name = json!({ "name": "Changed" });
    let new = |field: &str, id: &str| json!({ "title": "New", field: id });
    let below = json!({ "parent_id": project });
    let create = |field: &'static str, id: &str| {
        let command = json!({ "op": "create_task", "task": new(field, id) });
        (command, Needs::Member(Editor, field))
    };
    let on_section = |op: &str, member: &str, value: Value| json!({ "op": op, "id": section, "project_id": project, member: value });
    let mut all = vec![
        create("project_id", project),
        create("section_id", section),
        create("parent_id", task),
        (
            json!({ "op": "update_task", "id": own.task, "patch": { "project_id": project } }),
            Needs::Member(Editor, "project_id"),
        ),
        (
            json!({ "op": "move_task", "id": own.task, "to": { "parent_id": task } }),
            Needs::Member(Editor, "parent_id"),
        ),
        (
            json!({ "op": "update_task", "id": task, "patch": patch }),
            Needs::Path(Editor),
        ),
        (
            json!({ "op": "replace_task", "id": task, "task": patch }),
            Needs::Path(Editor),
        ),
        (
            json!({ "op": "move_task", "id": task, "to": { "section_id": null } }),
            Needs::Path(Editor),
        ),
        (
            json!({ "op": "create_section", "section": { "name": "New", "project_id": project } }),
            Needs::Member(Editor, "project_id"),
        ),
        (
            on_section("update_section", "patch", name.clone()),
            Needs::Path(Editor),
        ),
        (
            on_section("move_section", "to", json!({ "project_id": own.project })),
            Needs::Path(Editor),
        ),
        (
            on_section("delete_section", "tasks", json!("delete")),
            Needs::Path(Editor),
        ),
        (
            json!({ "op": "create_project", "project": { "name": "Below", "parent_id": project } }),
            Needs::Own("parent_id"),
        ),
        (
            json!({ "op": "update_project", "id": own.project, "patch": below }),
            Needs::Own("parent_id"),
        ),
        (
            json!({ "op": "move_project", "id": own.project, "to": below }),
            Needs::Own("parent_id"),
        ),
        (
            json!({ "op": "update_project", "id": project, "patch": name }),
            Needs::Path(Owner),
        ),
        (
            json!({ "op": "move_project", "id": project, "to": { "parent_id": own.project } }),
            Needs::Path(Owner),
        ),
        (
            json!({ "op": "delete_project", "id": project }),
            Needs::Path(Owner),
        ),
        (
            json!({ "op": "duplicate_project", "id": project }),
            Needs::Path(Viewer),
        ),
    ];
    for op in [
        "complete_task",
        "reopen_task",
        "toggle_task",
        "duplicate_task",
        "delete_task",
    ] {
        all.push((json!({ "op": op, "id": task }), Needs::Path(Editor)));
    }
    all
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
                case.try_out(&operation, index, &mut fresh).await;
            }
            tried += count;
        }
    }
    assert!(tried > 60, "only {tried} requests");
}
