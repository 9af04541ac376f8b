//! No route with an id reveals or changes another user's data.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, jwt, query};

/// A victim's account and an attacker's.
struct Case {
    server: Server,
    victim: User,
    other: User,
    task: Value,
    project: String,
    section: String,
    filter: String,
    session: String,
    token: String,
}

impl Case {
    async fn start() -> Case {
        let server = Server::start().await;
        let victim = User::register(&server).await;
        let other = User::register(&server).await;
        let task = json!({ "title": "Private", "recurrence": { "text": "every day" } });
        let task = victim.post("/api/v1/tasks", &task).gives(201).await;
        let project = add(&victim, "projects", &json!({ "name": "Private" })).await;
        let section = json!({ "name": "Private", "project_id": project });
        let section = add(&victim, "sections", &section).await;
        add(&victim, "labels", &json!({ "name": "Private" })).await;
        let filter = json!({ "name": "Private", "expression": "#Private" });
        let filter = add(&victim, "filters", &filter).await;
        victim.add_api_token("Private", &["account"]).await;
        let tokens = victim.get("/api/v1/tokens").gives(200).await;
        let token = tokens["items"][0]["id"].as_str().expect("an id").to_owned();
        let claims = jwt::claims(&victim.tokens.access);
        let session = claims["sid"].as_str().expect("sid").to_owned();
        Case {
            server,
            victim,
            other,
            task,
            project,
            section,
            filter,
            session,
            token,
        }
    }

    fn task_id(&self) -> &str {
        self.task["id"].as_str().expect("an id")
    }

    /// Returns the path with the victim's id or name, and with an unknown one.
    fn filled(&self, path: &str) -> (String, String) {
        if path.starts_with("/api/v1/labels/{name}") {
            let with = |name: &str| path.replace("{name}", name);
            return (with("Private"), with("Unknown"));
        }
        let id = match path {
            "/api/v1/tasks/{id}"
            | "/api/v1/tasks/{id}/activity"
            | "/api/v1/tasks/{id}/completion"
            | "/api/v1/tasks/{id}/duplicate"
            | "/api/v1/tasks/{id}/move"
            | "/api/v1/tasks/{id}/occurrences"
            | "/api/v1/tasks/{id}/skip"
            | "/api/v1/tasks/{id}/toggle"
            | "/api/v1/changes/{id}/undo"
            | "/api/v1/trash/{id}"
            | "/api/v1/trash/{id}/restore" => self.task_id(),
            "/api/v1/projects/{id}"
            | "/api/v1/projects/{id}/activity"
            | "/api/v1/projects/{id}/duplicate"
            | "/api/v1/projects/{id}/move" => &self.project,
            "/api/v1/sections/{id}" | "/api/v1/sections/{id}/move" => &self.section,
            "/api/v1/filters/{id}" | "/api/v1/filters/{id}/move" | "/api/v1/filters/{id}/tasks" => {
                &self.filter
            }
            "/tasks/{id}" | "/tasks/{id}/completion" | "/tasks/{id}/delete" => self.task_id(),
            "/api/v1/sessions/{id}" | "/settings/sessions/{id}/end" => &self.session,
            "/api/v1/tokens/{id}" | "/settings/tokens/{id}/revoke" => &self.token,
            unknown => panic!("{unknown} takes an id, and this test does not know whose"),
        };
        let nobodys = uuid::Uuid::now_v7().to_string();
        (path.replace("{id}", id), path.replace("{id}", &nobodys))
    }

    async fn assert_untouched(&self) {
        assert_eq!(self.victim.me_status().await, 200, "the session was ended");
        let task = self.victim.task(self.task_id()).await;
        assert_eq!(task, self.task);
        let list = self.victim.list("").await;
        assert_eq!(list["items"], json!([self.task]));
        assert_eq!(self.other.list("").await["items"], json!([]));
        let tokens = self.victim.get("/api/v1/tokens").gives(200).await;
        assert_eq!(tokens["items"][0]["id"], json!(self.token), "revoked");
        for path in [
            format!("/api/v1/projects/{}", self.project),
            format!("/api/v1/sections/{}", self.section),
            format!("/api/v1/filters/{}", self.filter),
            "/api/v1/labels/Private".to_owned(),
        ] {
            let item = self.victim.get(&path).gives(200).await;
            assert_eq!(item["name"], "Private", "{path}");
        }
    }
}

/// Adds an item and returns its id.
async fn add(user: &User, noun: &str, new: &Value) -> String {
    let item = user.post(&format!("/api/v1/{noun}"), new).gives(201).await;
    item["id"].as_str().expect("an id").to_owned()
}

/// Returns a valid body for an operation on a resource.
fn body_of(method: &Method, path: &str) -> Option<Value> {
    let name = if path.contains("/tasks/") {
        "title"
    } else {
        "name"
    };
    match method.as_str() {
        "PUT" if path.contains("/filters/") => {
            Some(json!({ "name": "Mine now", "expression": "all" }))
        }
        "PUT" | "PATCH" => Some(json!({ (name): "Mine now" })),
        "POST" if path.ends_with("/move") => Some(json!({})),
        "POST" if path.ends_with("/merge") => Some(json!({ "into": "Mine" })),
        _ => None,
    }
}

#[tokio::test]
async fn every_api_route_with_an_id_hides_other_users_data() {
    let case = Case::start().await;
    let document = case.server.get("/api/openapi.json").gives(200).await;
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        // A view is that of whoever asks.
        if !path.contains('{') || path.contains("{view}") {
            continue;
        }
        let (victims, nobodys) = case.filled(path);
        for method in ["get", "put", "post", "patch", "delete"] {
            if item.get(method).is_none() {
                continue;
            }
            let method: Method = method.to_uppercase().parse().expect("a method");
            let ask = |path: &str| {
                let request = case.other.request(method.clone(), path);
                match body_of(&method, path) {
                    Some(body) => request.json(&body),
                    None => request,
                }
            };
            let hidden = ask(&victims).fails(404).await;
            let unknown = ask(&nobodys).fails(404).await;
            assert_eq!(
                hidden.body, unknown.body,
                "{method} {path} tells them apart"
            );
            ask(&victims).header("if-match", "*").fails(404).await;
            case.assert_untouched().await;
            tried += 1;
        }
    }
    assert!(tried >= 6, "only {tried} operations with an id");
}

#[tokio::test]
async fn every_page_route_with_an_id_hides_other_users_data() {
    let case = Case::start().await;
    let edit: &[(&str, &str)] = &[("title", "Mine now"), ("description", ""), ("version", "1")];
    for (method, path, form) in [
        (Method::GET, "/tasks/{id}", &[] as &[(&str, &str)]),
        (Method::POST, "/tasks/{id}", edit),
        (
            Method::POST,
            "/tasks/{id}/completion",
            &[("completed", "true")],
        ),
        (Method::POST, "/tasks/{id}/delete", &[]),
        (Method::POST, "/settings/sessions/{id}/end", &[]),
        (Method::POST, "/settings/tokens/{id}/revoke", &[]),
    ] {
        let (victims, nobodys) = case.filled(path);
        for path in [victims, nobodys] {
            for in_place in [false, true] {
                let mut request = case.other.by_cookie(method.clone(), &path);
                if method == Method::POST {
                    request = request.form(form).header("sec-fetch-site", "same-origin");
                }
                if in_place {
                    request = request.header("hx-request", "true");
                }
                let answer = request.is(404).await;
                let text = answer.text().await.expect("a page");
                assert!(!text.contains("Private"), "{method} {path}: {text}");
            }
        }
        case.assert_untouched().await;
    }
}

#[tokio::test]
async fn lists_contain_only_the_users_own_data() {
    let case = Case::start().await;
    let own = case.other.add_task("Private, but mine").await;
    for query in ["", "q=private", "status=all&sort=title", "limit=200"] {
        assert_eq!(
            case.other.list(query).await["items"],
            json!([own]),
            "{query}"
        );
    }
    let sessions = case.other.get("/api/v1/sessions").gives(200).await;
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(1));
    assert_ne!(sessions["items"][0]["id"], json!(case.session));
    let tokens = case.other.get("/api/v1/tokens").gives(200).await;
    assert_eq!(tokens["items"], json!([]));
    case.other.delete("/api/v1/sessions").is(204).await;
    assert_eq!(case.victim.me_status().await, 200);
}

#[tokio::test]
async fn a_cursor_reveals_nothing_to_others() {
    let case = Case::start().await;
    case.victim.add_task("Private, too").await;
    let page = case.victim.list("limit=1").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let path = format!(
        "/api/v1/tasks?{}",
        query(&[("limit", "1"), ("cursor", cursor)])
    );
    let answer = case.other.get(&path).answer().await;
    assert!(matches!(answer.status().as_u16(), 200 | 422));
    let text = answer.text().await.expect("a body");
    assert!(!text.contains("Private"), "{text}");
}

#[tokio::test]
async fn an_account_changes_only_itself() {
    let case = Case::start().await;
    let patch = json!({ "display_name": "Somebody else" });
    case.other.patch("/api/v1/me", &patch).gives(200).await;
    let foreign = json!({ "id": case.victim.id, "display_name": "Taken over" });
    case.other
        .patch("/api/v1/me", &foreign)
        .fails(422)
        .await
        .names("id");
    let me = case.victim.get("/api/v1/me").gives(200).await;
    assert_eq!(me["display_name"], "Ada Lovelace");

    let given = json!({ "title": "For you", "user_id": case.victim.id });
    let problem = case.other.post("/api/v1/tasks", &given).fails(422).await;
    problem.names("user_id");

    let delete = case.other.request(Method::DELETE, "/api/v1/me");
    let password = json!({ "password": case.other.password });
    delete.json(&password).is(204).await;
    assert_eq!(case.victim.task(case.task_id()).await, case.task);
}
