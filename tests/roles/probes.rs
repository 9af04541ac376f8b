//! The requests that try out each operation.

use serde_json::{Value, json};

use super::{Items, Needs, Probe, Role};

/// Operations that name no project and nothing in one.
const NEUTRAL: [&str; 34] = [
    "DELETE /api/v1/filters/{id}",
    "DELETE /api/v1/labels/{name}",
    "DELETE /api/v1/me",
    "DELETE /api/v1/sessions",
    "DELETE /api/v1/sessions/{id}",
    "DELETE /api/v1/tokens/{id}",
    "GET /api/docs",
    "GET /api/openapi.json",
    "GET /api/v1/events",
    "GET /api/v1/filters",
    "GET /api/v1/filters/{id}",
    "GET /api/v1/filters/{id}/tasks",
    "GET /api/v1/labels",
    "GET /api/v1/labels/{name}",
    "GET /api/v1/me",
    "GET /api/v1/security-events",
    "GET /api/v1/sessions",
    "GET /api/v1/tokens",
    "GET /api/v1/tokens/{id}",
    "PATCH /api/v1/filters/{id}",
    "PATCH /api/v1/labels/{name}",
    "PATCH /api/v1/me",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/filters",
    "POST /api/v1/filters/{id}/move",
    "POST /api/v1/labels",
    "POST /api/v1/labels/{name}/merge",
    "POST /api/v1/labels/{name}/move",
    "POST /api/v1/tokens",
    "PUT /api/v1/filters/{id}",
    "PUT /api/v1/me/password",
];

/// Returns the requests that try an operation out on items of a shared project, by a user with own
/// items.
pub fn probes(operation: &str, shared: &Items, own: &Items) -> Vec<Probe> {
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
        "GET /api/v1/tasks/{id}"
        | "GET /api/v1/tasks/{id}/activity"
        | "GET /api/v1/tasks/{id}/occurrences" => on(&shared.task, Needs::Path(Viewer)),
        "GET /api/v1/changes"
        | "GET /api/v1/counts"
        | "GET /api/v1/projects"
        | "GET /api/v1/trash" => vec![probe(path.to_owned(), None, Needs::List)],
        // All views have the tasks of the same projects.
        "GET /api/v1/views/{view}" => {
            vec![probe("/api/v1/views/all".to_owned(), None, Needs::List)]
        }
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
        "POST /api/v1/tasks/quick" => [
            ("project_id", &shared.project),
            ("section_id", &shared.section),
            ("parent_id", &shared.task),
        ]
        .map(|(member, id)| {
            let body = json!({ "text": "New\n  Below", (member): id });
            probe(path.into(), Some(body), Needs::Member(Editor, member))
        })
        .into(),
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
        | "POST /api/v1/tasks/{id}/skip"
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
        "skip_task",
        "duplicate_task",
        "delete_task",
    ] {
        all.push((json!({ "op": op, "id": task }), Needs::Path(Editor)));
    }
    all
}
