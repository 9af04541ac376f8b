//! Attacks that are known from other task managers: references to items of somebody else, ids that
//! contradict each other, and places that are gone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::roles::{Case, Items, ROLES, Role, execute};
use crate::support::{Ask, Server, User, header};

const BATCH: &str = "/api/v1/batch";

fn task(id: &str) -> String {
    format!("/api/v1/tasks/{id}")
}

fn restore(id: &str) -> String {
    format!("/api/v1/trash/{id}/restore")
}

fn undo(change: &str) -> String {
    format!("/api/v1/changes/{change}/undo")
}

fn batch(command: &Value) -> Value {
    json!({ "atomic": true, "commands": [command] })
}

/// Sends a place in each way that can set that of a task.
async fn assert_refused(user: &User, id: &str, place: &Value, field: &str) {
    let mut whole = place.clone();
    whole["title"] = json!("Moved");
    for request in [
        user.post("/api/v1/tasks", &whole),
        user.put(&task(id), &whole),
        user.patch(&task(id), place),
        user.post(&format!("{}/move", task(id)), place),
        user.post(
            BATCH,
            &batch(&json!({ "op": "create_task", "task": whole })),
        ),
        user.post(
            BATCH,
            &batch(&json!({ "op": "replace_task", "id": id, "task": whole })),
        ),
        user.post(
            BATCH,
            &batch(&json!({ "op": "update_task", "id": id, "patch": place })),
        ),
        user.post(
            BATCH,
            &batch(&json!({ "op": "move_task", "id": id, "to": place })),
        ),
    ] {
        request.fails(422).await.names(field);
    }
}

#[tokio::test]
async fn a_place_is_within_one_project() {
    let case = Case::start().await;
    let ada = &case.ada;
    let (one, two) = (Items::of(ada, "One").await, Items::of(ada, "Two").await);
    let before = case.state(&[&one.project, &two.project]).await;
    let places = [
        (
            json!({ "project_id": one.project, "section_id": two.section }),
            "section_id",
        ),
        (
            json!({ "project_id": one.project, "parent_id": two.task }),
            "parent_id",
        ),
        (
            json!({ "project_id": one.project, "parent_id": one.task, "section_id": two.section }),
            "section_id",
        ),
        (
            json!({ "project_id": one.project, "parent_id": one.task,
                "section_id": one.other_section }),
            "section_id",
        ),
        // A section is no project, a project no section, and a label no parent.
        (json!({ "project_id": one.section }), "project_id"),
        (
            json!({ "project_id": one.project, "section_id": one.project }),
            "section_id",
        ),
        (json!({ "parent_id": one.section }), "parent_id"),
        // The task in the trash takes no subtasks.
        (
            json!({ "project_id": one.project, "parent_id": one.trashed }),
            "parent_id",
        ),
    ];
    for (place, field) in &places {
        assert_refused(ada, &one.subtask, place, field).await;
    }
    let sections = "/api/v1/sections";
    let path = format!("{sections}/{}?move_to={}", one.section, two.section);
    ada.delete(&path).fails(422).await.names("move_to");
    ada.patch(&path, &json!({ "archived": true }))
        .fails(422)
        .await
        .names("move_to");
    let moved = format!("{sections}/{}/move", one.section);
    ada.post(&moved, &json!({ "after": two.section }))
        .fails(422)
        .await
        .names("after");
    let moved = format!("{}/move", task(&one.task));
    ada.post(&moved, &json!({ "before": two.task }))
        .fails(422)
        .await
        .names("before");
    assert_eq!(case.state(&[&one.project, &two.project]).await, before);
}

#[tokio::test]
async fn an_id_in_the_body_is_no_other_than_that_of_the_path() {
    let case = Case::start().await;
    let (theirs, eve) = (case.shared().await, case.user(Role::Stranger));
    let own = Items::of(eve, "Mine").await;
    let before = case.state(&[&theirs.project, &own.project]).await;
    for (noun, id, other, name) in [
        ("tasks", &own.task, &theirs.task, "title"),
        ("sections", &own.section, &theirs.section, "name"),
        ("projects", &own.project, &theirs.project, "name"),
    ] {
        let path = format!("/api/v1/{noun}/{id}");
        for member in ["id", "owner_id", "user_id", "created_by"] {
            let body = json!({ (name): "Taken", (member): other });
            eve.patch(&path, &body).fails(422).await.names(member);
            if noun == "tasks" {
                eve.put(&path, &body).fails(422).await.names(member);
            }
            let create = format!("/api/v1/{noun}");
            let mut body = body;
            if noun == "sections" {
                body["project_id"] = json!(own.project);
            }
            eve.post(&create, &body).fails(422).await.names(member);
        }
    }
    // A section keeps its project unless it is moved.
    let path = format!("/api/v1/sections/{}", own.section);
    let body = json!({ "project_id": theirs.project });
    eve.patch(&path, &body).fails(422).await.names("project_id");
    // The project that a batch names is that of the section.
    for (op, section, project, status) in [
        ("delete_section", &theirs.section, &own.project, 404),
        ("delete_section", &own.section, &theirs.project, 409),
    ] {
        let command = json!({ "op": op, "id": section, "project_id": project });
        eve.post(BATCH, &batch(&command)).fails(status).await;
    }
    assert_eq!(case.state(&[&theirs.project, &own.project]).await, before);
}

#[tokio::test]
async fn a_label_is_that_of_the_user_and_changes_tasks_that_the_user_may_change() {
    let case = Case::start().await;
    let shared = case.shared().await;
    let labels = async |user: &User| user.task(&shared.task).await["labels"].clone();
    let stranger = case.user(Role::Stranger);
    for role in ROLES {
        let user = case.user(role);
        let own = json!({ "title": "Mine", "labels": ["shared"] });
        let own = user.post("/api/v1/tasks", &own).gives(201).await;
        let path = |name: &str| format!("/api/v1/labels/{name}");
        let before = case.state(&[&shared.project, &case.ada.id]).await;
        let name = format!("Label of {role:?}").replace(' ', "");
        user.patch(&path("Shared"), &json!({ "name": name, "colour": "red" }))
            .gives(200)
            .await;
        let may_change = role >= Role::Editor;
        if may_change {
            assert_eq!(labels(&case.ada).await, json!([name]), "{role:?}");
            // The next user finds the name again.
            case.ada
                .patch(&task(&shared.task), &json!({ "labels": ["Shared"] }))
                .gives(200)
                .await;
        } else {
            let after = case.state(&[&shared.project, &case.ada.id]).await;
            let rows = |lines: Vec<String>| -> Vec<String> {
                let lines = lines.into_iter();
                lines.filter(|line| !line.contains("number=")).collect()
            };
            assert_eq!(rows(after), rows(before), "{role:?}");
        }
        assert_eq!(
            user.task(own["id"].as_str().expect("an id")).await["labels"],
            json!([name])
        );
        let mine = case.ada.get(&path("Shared")).gives(200).await;
        assert_eq!(mine["colour"], "grey");
        case.ada.get(&path(&name)).fails(404).await;
    }
    let seen = stranger.get("/api/v1/tasks?label=shared").gives(200).await;
    assert_eq!(seen["items"], json!([]));
}

#[tokio::test]
async fn emptying_the_trash_erases_only_items_that_the_user_may_change() {
    let case = Case::start().await;
    let shared = case.shared().await;
    for role in ROLES {
        let before = case.state(&[&shared.project]).await;
        case.user(role).delete("/api/v1/trash").is(204).await;
        let is_there = case.ada.get("/api/v1/trash").gives(200).await;
        let is_there = is_there.to_string().contains(&shared.trashed);
        if role < Role::Editor {
            assert_eq!(case.state(&[&shared.project]).await, before, "{role:?}");
        }
        assert_eq!(is_there, role < Role::Editor, "{role:?}");
    }
    // A project in the trash is erased by an owner alone.
    let deleted = case.shared().await;
    let path = format!("/api/v1/projects/{}", deleted.project);
    case.ada.delete(&path).is(204).await;
    let erase = format!("/api/v1/trash/{}", deleted.project);
    for role in [Role::Stranger, Role::Viewer, Role::Editor] {
        let before = case.state(&[&deleted.project]).await;
        let user = case.user(role);
        user.delete("/api/v1/trash").is(204).await;
        let status = if role == Role::Stranger { 404 } else { 403 };
        user.delete(&erase).fails(status).await;
        user.request(Method::POST, &restore(&deleted.project))
            .fails(status)
            .await;
        assert_eq!(case.state(&[&deleted.project]).await, before, "{role:?}");
    }
    let owner = case.user(Role::Owner);
    owner
        .request(Method::POST, &restore(&deleted.project))
        .is(200)
        .await;
    owner.delete(&path).is(204).await;
    owner.delete(&erase).is(204).await;
    case.ada
        .request(Method::POST, &restore(&deleted.project))
        .fails(404)
        .await;
}

#[tokio::test]
async fn a_change_can_be_undone_only_while_the_role_permits_it() {
    let case = Case::start().await;
    let shared = case.shared().await;
    let editor = case.user(Role::Editor);
    let set = async |role: &str| {
        let sql = format!(
            "UPDATE project_members SET role = '{role}' WHERE user_id = '{}' AND project_id = '{}'",
            editor.id, shared.project
        );
        execute(&case.server, sql).await;
    };
    let create = json!({ "title": "New", "project_id": shared.project });
    let away = json!({ "project_id": null });
    let mut changes = Vec::new();
    for request in [
        editor.post("/api/v1/tasks", &create),
        editor.patch(&task(&shared.task), &json!({ "title": "Changed" })),
        editor.delete(&task(&shared.subtask)),
        editor.request(Method::POST, &restore(&shared.trashed)),
    ] {
        changes.push(header(&request.answer().await, "docket-change"));
    }
    // A task that leaves the project for good with its editor.
    let taken = case.ada.post("/api/v1/tasks", &create).gives(201).await;
    let taken = taken["id"].as_str().expect("an id");
    let moved = editor.patch(&task(taken), &away).is(200).await;
    changes.push(header(&moved, "docket-change"));
    let projects = [shared.project.as_str(), editor.id.as_str()];
    set("viewer").await;
    let before = case.state(&projects).await;
    for change in &changes {
        let request = editor.request(Method::POST, &undo(change));
        let problem = request.fails(403).await;
        assert_eq!(problem.kind(), "read-only");
    }
    assert_eq!(case.state(&projects).await, before);
    let sql = format!(
        "DELETE FROM project_members WHERE user_id = '{}' AND project_id = '{}'",
        editor.id, shared.project
    );
    execute(&case.server, sql).await;
    let before = case.state(&projects).await;
    for (index, change) in changes.iter().enumerate() {
        let request = editor.request(Method::POST, &undo(change));
        // The moved task is the editor's own now, and its change is known.
        let status = if index == 4 { 409 } else { 404 };
        let problem = request.fails(status).await;
        assert!(
            !problem.body.to_string().contains("Shared"),
            "{}",
            problem.body
        );
    }
    assert_eq!(case.state(&projects).await, before);
}

#[tokio::test]
async fn nothing_is_restored_into_a_project_that_is_gone() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let items = Items::of(&ada, "Garden").await;
    let changed = ada.patch(&task(&items.task), &json!({ "title": "Changed" }));
    let changed = header(&changed.is(200).await, "docket-change");
    let deleted = header(
        &ada.delete(&task(&items.task)).is(204).await,
        "docket-change",
    );
    let created = json!({ "title": "New", "project_id": items.project });
    let created = header(
        &ada.post("/api/v1/tasks", &created).is(201).await,
        "docket-change",
    );
    let path = format!("/api/v1/projects/{}", items.project);
    ada.delete(&path).is(204).await;
    for request in [
        restore(&items.trashed),
        restore(&items.task),
        undo(&changed),
        undo(&deleted),
        undo(&created),
    ] {
        let problem = ada.request(Method::POST, &request).fails(409).await;
        let detail = problem.detail();
        assert!(detail.contains("Garden"), "{request}: {detail}");
    }
    ada.request(Method::POST, &restore(&items.project))
        .is(200)
        .await;
    ada.request(Method::POST, &restore(&items.task))
        .is(200)
        .await;
    ada.delete(&task(&items.task)).is(204).await;
    ada.delete(&path).is(204).await;
    ada.delete(&format!("/api/v1/trash/{}", items.project))
        .is(204)
        .await;
    for request in [
        restore(&items.trashed),
        restore(&items.task),
        restore(&items.project),
        undo(&changed),
        undo(&deleted),
        undo(&items.change),
    ] {
        ada.request(Method::POST, &request).fails(404).await;
    }
    assert_eq!(ada.list("").await["items"], json!([]));
}
