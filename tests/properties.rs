//! Model-based test: random users perform random actions over the API and the forms. Each sees
//! exactly the data its model predicts, and no id or word of another user.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, jwt, query};

const ACTORS: usize = 3;

/// Sender of a request.
#[derive(Clone, Copy, Debug)]
enum Way {
    Api,
    Form,
}

impl Way {
    /// Returns the expected status of a change to a task: that of the API or a form for one's own
    /// task, otherwise 404.
    fn status(self, own: bool, by_api: u16) -> u16 {
        match (self, own) {
            (_, false) => 404,
            (Way::Api, true) => by_api,
            (Way::Form, true) => 303,
        }
    }
}

/// An action. If it is about a task, the task may belong to any user.
#[derive(Clone, Debug)]
enum Action {
    Create(Way, String),
    Read(Way),
    Change(Way, String),
    Replace(String),
    Toggle(Way),
    Delete(Way),
    List(Way, Option<bool>, bool),
    Search(usize),
    Account(Way),
    Sessions,
    EndSession(Way),
}

#[derive(Clone, Debug)]
struct Step {
    actor: usize,
    owner: usize,
    nth: usize,
    action: Action,
}

#[derive(Clone, Debug, PartialEq)]
struct Task {
    id: String,
    title: String,
    completed: bool,
    version: i64,
}

/// A user and the model of their data.
struct Actor {
    user: User,
    session: String,
    /// A word that occurs in all texts of the user, and in no other user's.
    mark: String,
    tasks: Vec<Task>,
    /// Ids of deleted tasks.
    gone: Vec<String>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let way = || {
        prop_oneof![
            proptest::strategy::Just(Way::Api),
            proptest::strategy::Just(Way::Form)
        ]
    };
    let text = "[a-zA-Z0-9<>&\"'%_ \u{e9}\u{1f600}]{0,12}";
    let action = prop_oneof![
        4 => (way(), text).prop_map(|(way, text)| Action::Create(way, text)),
        2 => way().prop_map(Action::Read),
        2 => (way(), text).prop_map(|(way, text)| Action::Change(way, text)),
        1 => text.prop_map(Action::Replace),
        2 => way().prop_map(Action::Toggle),
        1 => way().prop_map(Action::Delete),
        2 => (way(), any::<Option<bool>>(), any::<bool>())
            .prop_map(|(way, completed, newest)| Action::List(way, completed, newest)),
        1 => (0..ACTORS).prop_map(Action::Search),
        1 => way().prop_map(Action::Account),
        1 => proptest::strategy::Just(Action::Sessions),
        1 => way().prop_map(Action::EndSession),
    ];
    let step =
        (0..ACTORS, 0..ACTORS, 0..8_usize, action).prop_map(|(actor, owner, nth, action)| Step {
            actor,
            owner,
            nth,
            action,
        });
    vec(step, 1..60)
}

/// State of one test case.
struct World<'s> {
    server: &'s Server,
    actors: Vec<Actor>,
}

impl World<'_> {
    async fn new(server: &Server) -> World<'_> {
        let mut actors = Vec::new();
        for _ in 0..ACTORS {
            let mark = uuid::Uuid::now_v7().simple().to_string();
            let user = User::named(server, &crate::support::email(), &format!("Name {mark}")).await;
            let claims = jwt::claims(&user.tokens.access);
            actors.push(Actor {
                session: claims["sid"].as_str().expect("a session").to_owned(),
                user,
                mark,
                tasks: Vec::new(),
                gone: Vec::new(),
            });
        }
        World { server, actors }
    }

    /// Creates a request of the actor's browser, with the token in a cookie.
    fn browse(&self, actor: usize, method: Method, path: &str) -> RequestBuilder {
        self.actors[actor]
            .user
            .by_cookie(method, path)
            .header("origin", &self.server.base)
            .header("accept", "text/html")
    }

    /// Returns status and text of a response. Panics if it contains another user's data.
    async fn ask(&self, actor: usize, request: RequestBuilder) -> (u16, String) {
        let answer = request.answer().await;
        let (status, url) = (answer.status().as_u16(), answer.url().clone());
        let headers = format!("{:?}", answer.headers());
        let text = answer.text().await.expect("a text");
        for (number, other) in self.actors.iter().enumerate() {
            if number == actor {
                continue;
            }
            let ids = other.tasks.iter().map(|task| &task.id).chain(&other.gone);
            let theirs = [
                &other.user.id,
                &other.user.email,
                &other.session,
                &other.mark,
            ];
            for secret in ids.chain(theirs) {
                assert!(!text.contains(secret), "{url} tells {secret}: {text}");
                assert!(!headers.contains(secret), "{url} tells {secret}: {headers}");
            }
        }
        (status, text)
    }

    /// Returns the task of a step, or an unknown id if there is none.
    fn target(&self, step: &Step) -> (String, bool) {
        let tasks = &self.actors[step.owner].tasks;
        match tasks.get(step.nth % tasks.len().max(1)) {
            Some(task) => (task.id.clone(), step.owner == step.actor),
            None => (uuid::Uuid::now_v7().to_string(), false),
        }
    }

    fn task(&mut self, actor: usize, id: &str) -> &mut Task {
        let tasks = &mut self.actors[actor].tasks;
        tasks.iter_mut().find(|task| task.id == id).expect("a task")
    }

    async fn take(&mut self, step: &Step) {
        match &step.action {
            Action::Create(way, text) => self.create(step.actor, *way, text).await,
            Action::Read(way) => self.read(step, *way).await,
            Action::Change(way, text) => self.change(step, *way, text).await,
            Action::Replace(text) => self.replace(step, text).await,
            Action::Toggle(way) => self.toggle(step, *way).await,
            Action::Delete(way) => self.delete(step, *way).await,
            Action::List(way, completed, newest) => {
                self.list(step.actor, *way, *completed, *newest).await;
            }
            Action::Search(whose) => self.search(step.actor, *whose).await,
            Action::Account(way) => self.account(step.actor, *way).await,
            Action::Sessions => self.sessions(step.actor).await,
            Action::EndSession(way) => self.end_session(step, *way).await,
        }
    }

    /// Returns a title of the actor, as stored.
    fn title(&self, actor: usize, text: &str) -> String {
        let title = format!("{} {text}", self.actors[actor].mark);
        title.trim().to_owned()
    }

    async fn create(&mut self, actor: usize, way: Way, text: &str) {
        let title = self.title(actor, text);
        let request = match way {
            Way::Api => self.actors[actor]
                .user
                .post("/api/v1/tasks", &json!({ "title": title })),
            Way::Form => self
                .browse(actor, Method::POST, "/tasks")
                .form(&[("title", title.as_str())]),
        };
        let (status, _) = self.ask(actor, request).await;
        assert_eq!(status, way.status(true, 201));
        let newest = self.actors[actor].user.list("limit=1").await["items"][0].clone();
        assert_eq!(newest["title"], title);
        let version = newest["version"].as_i64().expect("a version");
        self.actors[actor].tasks.push(Task {
            id: newest["id"].as_str().expect("an id").to_owned(),
            title,
            completed: false,
            version,
        });
    }

    /// Takes note of the values of a task. Its version advances if they differ from the known ones.
    async fn changed(&mut self, actor: usize, id: &str, title: String, completed: bool) {
        let task = self.actors[actor].user.task(id).await;
        let version = task["version"].as_i64().expect("a version");
        let known = self.task(actor, id);
        let differs = (&known.title, known.completed) != (&title, completed);
        assert_eq!(version > known.version, differs);
        *known = Task {
            id: id.to_owned(),
            title,
            completed,
            version,
        };
    }

    async fn read(&mut self, step: &Step, way: Way) {
        let (id, own) = self.target(step);
        let request = match way {
            Way::Api => self.actors[step.actor]
                .user
                .get(&format!("/api/v1/tasks/{id}")),
            Way::Form => self.browse(step.actor, Method::GET, &format!("/tasks/{id}")),
        };
        let (status, text) = self.ask(step.actor, request).await;
        assert_eq!(status, if own { 200 } else { 404 });
        if let (Way::Api, true) = (way, own) {
            let body: Value = serde_json::from_str(&text).expect("JSON");
            let task = self.task(step.actor, &id);
            assert_eq!(body["title"], task.title);
            assert_eq!(body["completed"], task.completed);
            assert_eq!(body["version"], task.version);
        }
    }

    async fn change(&mut self, step: &Step, way: Way, text: &str) {
        let (id, own) = self.target(step);
        let title = self.title(step.actor, text);
        let version = match own {
            true => self.task(step.actor, &id).version,
            false => 1,
        };
        let request = match way {
            Way::Api => {
                let patch = json!({ "title": title });
                self.actors[step.actor]
                    .user
                    .patch(&format!("/api/v1/tasks/{id}"), &patch)
            }
            Way::Form => {
                let completed = own && self.task(step.actor, &id).completed;
                self.browse(step.actor, Method::POST, &format!("/tasks/{id}"))
                    .form(&[
                        ("title", title.as_str()),
                        ("version", &version.to_string()),
                        ("completed", if completed { "true" } else { "" }),
                    ])
            }
        };
        let (status, _) = self.ask(step.actor, request).await;
        assert_eq!(status, way.status(own, 200));
        if own {
            let completed = self.task(step.actor, &id).completed;
            self.changed(step.actor, &id, title, completed).await;
        }
    }

    async fn replace(&mut self, step: &Step, text: &str) {
        let (id, own) = self.target(step);
        let title = self.title(step.actor, text);
        let body = json!({ "title": title, "completed": true });
        let request = self.actors[step.actor]
            .user
            .put(&format!("/api/v1/tasks/{id}"), &body);
        let (status, _) = self.ask(step.actor, request).await;
        assert_eq!(status, if own { 200 } else { 404 });
        if own {
            self.changed(step.actor, &id, title, true).await;
        }
    }

    async fn toggle(&mut self, step: &Step, way: Way) {
        let (id, own) = self.target(step);
        let request = match way {
            Way::Api => self.actors[step.actor]
                .user
                .post(&format!("/api/v1/tasks/{id}/toggle"), &json!({})),
            Way::Form => {
                let done = own && self.task(step.actor, &id).completed;
                let wanted = if done { "false" } else { "true" };
                self.browse(step.actor, Method::POST, &format!("/tasks/{id}/completion"))
                    .form(&[("completed", wanted), ("next", "/tasks")])
            }
        };
        let (status, _) = self.ask(step.actor, request).await;
        assert_eq!(status, way.status(own, 200));
        if own {
            let task = self.task(step.actor, &id);
            let (title, completed) = (task.title.clone(), !task.completed);
            self.changed(step.actor, &id, title, completed).await;
        }
    }

    async fn delete(&mut self, step: &Step, way: Way) {
        let (id, own) = self.target(step);
        let request = match way {
            Way::Api => self.actors[step.actor]
                .user
                .delete(&format!("/api/v1/tasks/{id}")),
            Way::Form => self
                .browse(step.actor, Method::POST, &format!("/tasks/{id}/delete"))
                .form(&[("", "")]),
        };
        let (status, _) = self.ask(step.actor, request).await;
        assert_eq!(status, way.status(own, 204));
        if own {
            let actor = &mut self.actors[step.actor];
            actor.tasks.retain(|task| task.id != id);
            actor.gone.push(id);
        }
    }

    /// Returns the titles of the model, oldest first.
    fn titles(&self, actor: usize, completed: Option<bool>) -> Vec<&str> {
        self.actors[actor]
            .tasks
            .iter()
            .filter(|task| completed.is_none_or(|completed| task.completed == completed))
            .map(|task| task.title.as_str())
            .collect()
    }

    async fn list(&self, actor: usize, way: Way, completed: Option<bool>, newest: bool) {
        let status = match completed {
            None => "all",
            Some(true) => "done",
            Some(false) => "open",
        };
        let sort = if newest { "-created_at" } else { "created_at" };
        let query = query(&[("status", status), ("sort", sort), ("limit", "200")]);
        let mut expected = self.titles(actor, completed);
        if newest {
            expected.reverse();
        }
        match way {
            Way::Api => {
                let request = self.actors[actor]
                    .user
                    .get(&format!("/api/v1/tasks?{query}"));
                let (code, text) = self.ask(actor, request).await;
                assert_eq!(code, 200);
                let body: Value = serde_json::from_str(&text).expect("JSON");
                let items = body["items"].as_array().expect("items");
                let found: Vec<_> = items.iter().map(|task| task["title"].as_str()).collect();
                assert_eq!(found, expected.into_iter().map(Some).collect::<Vec<_>>());
            }
            Way::Form => {
                let request = self.browse(actor, Method::GET, &format!("/tasks?{query}"));
                let (code, text) = self.ask(actor, request).await;
                assert_eq!(code, 200);
                let found = text.matches("class=\"task-title\"").count();
                assert_eq!(found, expected.len());
            }
        }
    }

    /// Searches for the word that occurs in all texts of a user.
    async fn search(&self, actor: usize, whose: usize) {
        let mark = &self.actors[whose].mark;
        let query = query(&[("q", mark.as_str()), ("limit", "200")]);
        let request = self.actors[actor]
            .user
            .get(&format!("/api/v1/tasks?{query}"));
        let (status, text) = self.ask(actor, request).await;
        assert_eq!(status, 200);
        let body: Value = serde_json::from_str(&text).expect("JSON");
        let found = body["items"].as_array().expect("items").len();
        let expected = if actor == whose {
            self.actors[actor].tasks.len()
        } else {
            0
        };
        assert_eq!(found, expected);
    }

    async fn account(&self, actor: usize, way: Way) {
        let own = &self.actors[actor];
        let request = match way {
            Way::Api => own.user.get("/api/v1/me"),
            Way::Form => self.browse(actor, Method::GET, "/settings/profile"),
        };
        let (status, text) = self.ask(actor, request).await;
        assert_eq!(status, 200);
        assert!(text.contains(&own.user.email), "{text}");
    }

    async fn sessions(&self, actor: usize) {
        let request = self.actors[actor].user.get("/api/v1/sessions");
        let (status, text) = self.ask(actor, request).await;
        assert_eq!(status, 200);
        assert!(text.contains(&self.actors[actor].session), "{text}");
    }

    /// Tries to end another user's session. Ending one's own would end the case.
    async fn end_session(&self, step: &Step, way: Way) {
        if step.owner == step.actor {
            return;
        }
        let session = &self.actors[step.owner].session;
        let request = match way {
            Way::Api => {
                let path = format!("/api/v1/sessions/{session}");
                self.actors[step.actor].user.delete(&path)
            }
            Way::Form => {
                let path = format!("/settings/sessions/{session}/end");
                self.browse(step.actor, Method::POST, &path)
                    .form(&[("", "")])
            }
        };
        let (status, _) = self.ask(step.actor, request).await;
        assert_eq!(status, 404);
        assert_eq!(self.actors[step.owner].user.me_status().await, 200);
    }
}

#[test]
fn users_see_only_their_own_data() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(Server::start());
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let mut runner = TestRunner::new(Config {
        cases: cases.unwrap_or(12),
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&steps(), |steps| {
        runtime.block_on(async {
            let mut world = World::new(&server).await;
            for step in &steps {
                world.take(step).await;
            }
            for actor in 0..ACTORS {
                world.list(actor, Way::Api, None, true).await;
            }
            Ok::<_, TestCaseError>(())
        })
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}
