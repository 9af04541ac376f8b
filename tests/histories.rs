//! Random histories: undoing the last changes restores every state before them, a client that
//! synchronises at any moment has what the server has, and a batch is the same as its commands in
//! turn.

mod command;
mod state;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use self::command::{Action, Known, action, actions, request};
use self::state::{Client, Items, all, anonymous, state};
use crate::support::{Ask, Server, User, header};

/// Runs a property for a few cases, or as many as `PROPTEST_CASES` says.
fn check<T: std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
    property: impl AsyncFn(&Server, &T),
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let settings = [
        ("DOCKET_LIMIT_API", "0"),
        ("DOCKET_LIMIT_REGISTRATION", "0"),
    ];
    let server = runtime.block_on(Server::with(&settings));
    let cases = std::env::var("PROPTEST_CASES").ok();
    let mut runner = TestRunner::new(Config {
        cases: cases.and_then(|cases| cases.parse().ok()).unwrap_or(4),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    });
    let result = runner.run(&strategy, |value| {
        runtime.block_on(property(&server, &value));
        Ok::<_, TestCaseError>(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

/// A user and what the user knows.
struct Actor {
    user: User,
    known: Known,
    number: usize,
}

impl Actor {
    async fn new(server: &Server) -> Actor {
        let user = User::register(server).await;
        Actor {
            known: Known::of(&user),
            user,
            number: 0,
        }
    }

    /// Executes an action, which may be refused. Returns the id of its change, if there is one.
    async fn act(&mut self, action: &Action) -> Option<String> {
        self.number += 1;
        let command = action.command(&self.known, self.number);
        let answer = request(&self.user, &command).answer().await;
        let (status, change) = (answer.status().as_u16(), change_of(&answer));
        let body: Value = answer.json().await.unwrap_or_default();
        assert!(status < 500, "{command}: {status} {body}");
        match status {
            201 => self
                .known
                .add(&command, body["id"].as_str().expect("an id")),
            200 => self.known.moved(&command),
            _ => {}
        }
        change
    }

    /// Executes actions as one batch, of which any may be refused.
    async fn act_together(&mut self, actions: &[Action]) -> Option<String> {
        let mut commands = Vec::new();
        let mut known = self.known.clone();
        let first = self.number;
        for action in actions {
            let mut command = action.command(&known, self.number);
            command["ref"] = json!(self.number.to_string());
            known.add(&command, &format!("${}", self.number));
            self.number += 1;
            commands.push(command);
        }
        let batch = json!({ "atomic": false, "commands": commands });
        let answer = self.user.post("/api/v1/batch", &batch).is(200).await;
        let change = change_of(&answer);
        let answer: Value = answer.json().await.expect("results");
        let mut created = Vec::new();
        for (index, command) in commands.iter().enumerate() {
            let result = &answer["results"][index];
            let temporary = format!("${}", first + index);
            match result["status"].as_u64() {
                Some(201) => {
                    self.known.add(command, &temporary);
                    let id = result["object"]["id"].as_str().expect("an id");
                    created.push((temporary, id.to_owned()));
                }
                Some(200) => self.known.moved(command),
                _ => {}
            }
        }
        for (temporary, id) in &created {
            self.known.replace(temporary, id);
        }
        change
    }

    /// Undoes a change. Returns the id of the undo, or the conflict.
    async fn undo(&self, change: &str) -> Result<Option<String>, String> {
        let path = format!("/api/v1/changes/{change}/undo");
        let answer = self.user.request(Method::POST, &path).answer().await;
        let (status, undo) = (answer.status().as_u16(), change_of(&answer));
        let body = answer.text().await.expect("a body");
        match status {
            200 => Ok(undo),
            404 | 409 | 422 => Err(body),
            _ => panic!("{path}: {status} {body}"),
        }
    }

    /// Restores or purges an item in the trash. Returns the id of the change.
    async fn use_trash(&self, number: usize, restores: bool) -> Option<String> {
        let page = self.user.get("/api/v1/trash").gives(200).await;
        let items = page["items"].as_array().expect("items");
        let item = items.get(number % items.len().max(1))?;
        let path = format!("/api/v1/trash/{}", item["id"].as_str().expect("an id"));
        let request = match restores {
            true => self.user.request(Method::POST, &format!("{path}/restore")),
            false => self.user.delete(&path),
        };
        let answer = request.answer().await;
        assert!(answer.status().as_u16() < 500, "{path}");
        change_of(&answer)
    }
}

fn change_of(answer: &Response) -> Option<String> {
    Some(header(answer, "docket-change")).filter(|change| !change.is_empty())
}

fn is_copy(action: &Action) -> bool {
    action.op.starts_with("duplicate")
}

fn text_of(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

/// Panics with the differences.
fn assert_same(found: &Items, expected: &Items, what: &str) {
    let keys = found.keys().chain(expected.keys());
    let differing = keys.filter(|key| found.get(*key) != expected.get(*key));
    let differing: Vec<_> = differing
        .map(|key| (key, found.get(key), expected.get(key)))
        .collect();
    assert!(differing.is_empty(), "{what}: {differing:#?}");
}

#[derive(Clone, Debug)]
enum Event {
    Act(Action),
    Batch(Vec<Action>),
    Restore(usize),
}

#[test]
fn undoing_the_last_changes_restores_each_state_before_them() {
    let event = prop_oneof![
        8 => action().prop_map(Event::Act),
        1 => actions(8).prop_map(Event::Batch),
        1 => (0..4_usize).prop_map(Event::Restore),
    ];
    check(vec(event, 1..24), async |server, events| {
        let mut actor = Actor::new(server).await;
        let mut changes = Vec::new();
        let mut before = state(&actor.user).await;
        for event in events {
            let change = match event {
                Event::Act(action) => actor.act(action).await,
                Event::Batch(actions) => actor.act_together(actions).await,
                Event::Restore(number) => actor.use_trash(*number, true).await,
            };
            let Some(change) = change else { continue };
            let after = state(&actor.user).await;
            changes.push((change, before));
            before = after;
        }
        let mut undone = Vec::new();
        let mut after = before;
        while let Some((change, before)) = changes.pop() {
            let what = format!("undo of {change} after {} changes", changes.len());
            let undo = match actor.undo(&change).await {
                Ok(undo) => undo.expect("a change"),
                // A restored task can have a label that was deleted, and created again since.
                // That creation cannot be undone (decision 8).
                Err(problem) if problem.contains("is in use by other items") => return,
                Err(problem) => panic!("{what}: {problem}"),
            };
            assert_same(&state(&actor.user).await, &before, &what);
            undone.push((undo, after));
            after = before;
        }
        // An undo is a change, which can be undone itself.
        while let Some((undo, after)) = undone.pop() {
            let what = format!("redo with {} to come", undone.len());
            actor.undo(&undo).await.expect(&what);
            assert_same(&state(&actor.user).await, &after, &what);
        }
    });
}

#[derive(Clone, Debug)]
enum Moment {
    Act(Action),
    Restore(usize),
    Purge(usize),
    Undo(usize),
    /// A client reads one page.
    Page(usize, usize),
}

#[test]
fn a_client_that_synchronises_at_any_moment_has_what_the_server_has() {
    let moment = prop_oneof![
        8 => action().prop_map(Moment::Act),
        1 => (0..4_usize).prop_map(Moment::Restore),
        1 => (0..4_usize).prop_map(Moment::Purge),
        2 => (0..4_usize).prop_map(Moment::Undo),
        8 => (0..3_usize, 1..5_usize).prop_map(|(client, limit)| Moment::Page(client, limit)),
    ];
    check(vec(moment, 1..60), async |server, moments| {
        let mut actor = Actor::new(server).await;
        let mut clients = [(); 3].map(|()| Client::default());
        let mut changes: Vec<String> = Vec::new();
        for moment in moments {
            let change = match moment {
                Moment::Act(action) => actor.act(action).await,
                Moment::Restore(number) => actor.use_trash(*number, true).await,
                Moment::Purge(number) => actor.use_trash(*number, false).await,
                Moment::Undo(number) => match changes.iter().rev().nth(*number) {
                    Some(change) => actor.undo(change).await.ok().flatten(),
                    None => None,
                },
                Moment::Page(client, limit) => {
                    clients[*client].step(&actor.user, *limit).await;
                    None
                }
            };
            changes.extend(change);
        }
        let expected = all(&actor.user).await;
        for (number, client) in clients.iter_mut().enumerate() {
            // The running pass may have left things behind that the next one has.
            client.pass(&actor.user, 2 + number).await;
            client.pass(&actor.user, 2 + number).await;
            assert_same(&client.items, &expected, &format!("client {number}"));
        }
    });
}

#[test]
fn a_batch_is_the_same_as_its_commands_in_turn() {
    check(vec(actions(12), 1..4), async |server, batches| {
        let mut alone = Actor::new(server).await;
        let mut batched = Actor::new(server).await;
        for actions in batches {
            let mut statuses = Vec::new();
            let mut commands = Vec::new();
            // The order of copied items and of others in the same batch is not that of their turns.
            let mut copies = Vec::new();
            // Temporary ids stand for the items of this batch.
            let mut known = batched.known.clone();
            let first = alone.number;
            for (index, action) in actions.iter().enumerate() {
                alone.number += 1;
                let one = action.command(&alone.known, alone.number);
                let mut other = action.command(&known, alone.number);
                let answer = request(&alone.user, &one).answer().await;
                let status = answer.status().as_u16();
                let body: Value = answer.json().await.unwrap_or_default();
                statuses.push((status, body["errors"].clone()));
                other["ref"] = json!(format!("{}", first + index));
                if status == 201 && is_copy(action) {
                    copies.push((one.clone(), text_of(&body)));
                } else if status == 201 {
                    alone.known.add(&one, &text_of(&body));
                    known.add(&other, &format!("${}", first + index));
                }
                if status == 200 {
                    alone.known.moved(&one);
                    known.moved(&other);
                }
                commands.push(other);
            }
            let batch = json!({ "atomic": false, "commands": commands });
            let answer = batched.user.post("/api/v1/batch", &batch).gives(200).await;
            let results = answer["results"].as_array().expect("results");
            let (mut created, mut own_copies) = (Vec::new(), Vec::new());
            for (index, result) in results.iter().enumerate() {
                let status = result["status"].as_u64().expect("a status");
                let (expected, errors) = &statuses[index];
                let problem = &result["problem"];
                let command = &commands[index];
                assert_eq!(status, u64::from(*expected), "{command}: {problem}");
                if status == 422 {
                    assert_eq!(problem["errors"], *errors, "{command}");
                }
                let id = || text_of(&result["object"]);
                if status == 201 && is_copy(&actions[index]) {
                    own_copies.push((command, id()));
                } else if status == 201 {
                    let temporary = format!("${}", first + index);
                    batched.known.add(command, &temporary);
                    created.push((temporary, id()));
                }
                if status == 200 {
                    batched.known.moved(command);
                }
            }
            for (temporary, id) in &created {
                batched.known.replace(temporary, id);
            }
            for (command, id) in &copies {
                alone.known.add(command, id);
            }
            for (command, id) in own_copies {
                batched.known.add(command, &id);
            }
            let one = anonymous(&all(&alone.user).await);
            let other = anonymous(&all(&batched.user).await);
            assert_eq!(one, other, "{commands:#?}");
        }
    });
}
