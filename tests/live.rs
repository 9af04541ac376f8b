//! The stream of changes: server-sent events.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header, jwt};

const EVENTS: &str = "/api/v1/events";

/// An open stream.
struct Stream {
    answer: Response,
    unread: String,
}

/// An event of a stream.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

impl Event {
    fn is_change(&self, own: bool) -> bool {
        self.name == "change" && self.data == json!({ "own": own })
    }
}

impl Stream {
    async fn of(request: RequestBuilder) -> Stream {
        let answer = request.is(200).await;
        assert_eq!(header(&answer, "content-type"), "text/event-stream");
        assert_eq!(header(&answer, "cache-control"), "no-store");
        assert_eq!(header(&answer, "x-accel-buffering"), "no");
        assert_eq!(header(&answer, "content-encoding"), "");
        Stream {
            answer,
            unread: String::new(),
        }
    }

    /// Opens a stream and reads its first event. Returns the id of that one too.
    async fn open(user: &User) -> (Stream, String) {
        let mut stream = Stream::of(user.get(EVENTS)).await;
        let ready = stream.ready().await;
        (stream, ready)
    }

    /// Reads the event that comes first. Returns its id.
    async fn ready(&mut self) -> String {
        let event = self.next().await.expect("an event");
        assert_eq!((event.name.as_str(), event.data), ("ready", json!({})));
        event.id
    }

    /// Reads an event of a change. Returns its id.
    async fn change(&mut self) -> String {
        let event = self.next().await.expect("an event");
        assert!(event.is_change(false), "{event:?}");
        event.id
    }

    /// Reads the next event. `None` at the end of the stream, which must be announced.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.unread.split_once("\n\n") {
                let event = parse(block);
                self.unread = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            let chunk = self.answer.chunk().await.expect("no broken stream")?;
            self.unread
                .push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    /// Reads events until the stream ends.
    async fn ends(mut self) {
        while self.next().await.is_some() {}
    }
}

/// Returns the event of a block of lines. `None` for a comment.
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let lines = block.lines();
        let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        values.next().map(str::to_owned)
    };
    Some(Event {
        id: field("id").expect("an id"),
        name: field("event")?,
        data: serde_json::from_str(&field("data")?).expect("JSON"),
    })
}

async fn add(user: &User, path: &str, new: Value) -> String {
    let made = user.post(path, &new).gives(201).await;
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn changes_of_others_are_told_and_those_of_strangers_are_not() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let phone = ada.again(&server).await;
    let stranger = User::register(&server).await;
    let (mut stream, first) = Stream::open(&ada).await;
    stranger.add_task("Of somebody else").await;
    phone.add_task("From the phone").await;
    let second = stream.change().await;
    assert_ne!(first, second);

    // A project that the stream does not know yet.
    let project = add(&phone, "/api/v1/projects", json!({ "name": "Garden" })).await;
    let third = stream.change().await;
    let task = json!({ "title": "Dig", "project_id": project });
    let task = add(&phone, "/api/v1/tasks", task).await;
    let fourth = stream.change().await;
    assert_ne!(third, fourth);
    let path = format!("/api/v1/projects/{project}");
    phone.delete(&path).is(204).await;
    let deleted = stream.change().await;
    let restore = format!("/api/v1/trash/{project}/restore");
    phone.post(&restore, &json!({})).is(200).await;
    assert_ne!(stream.change().await, deleted);
    let completion = format!("/api/v1/tasks/{task}/completion");
    phone.put(&completion, &json!({})).is(200).await;
    let last = stream.change().await;

    // The id stands for the state, so another stream begins with the same one.
    assert_eq!(Stream::open(&phone).await.1, last);
    let (mut stream, _) = Stream::open(&stranger).await;
    stranger.add_task("Another").await;
    stream.change().await;
}

#[tokio::test]
async fn a_client_knows_its_own_changes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut stream = Stream::of(ada.get(&format!("{EVENTS}?client=tab-1"))).await;
    stream.ready().await;
    let add = |client: Option<&'static str>| {
        let new = ada.post("/api/v1/tasks", &json!({ "title": "Task" }));
        match client {
            Some(name) => new.header("docket-client", name),
            None => new,
        }
    };
    add(Some("tab-1")).is(201).await;
    assert!(stream.next().await.expect("an event").is_change(true));
    for other in [Some("tab-2"), None, Some("not a name")] {
        add(other).is(201).await;
        stream.change().await;
    }
    ada.get(&format!("{EVENTS}?client=not+a+name"))
        .fails(422)
        .await
        .names("client");
}

#[tokio::test]
async fn a_broken_stream_misses_nothing() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (stream, known) = Stream::open(&ada).await;
    drop(stream);

    let resume = |id: &str| ada.get(EVENTS).header("last-event-id", id);
    let mut stream = Stream::of(resume(&known)).await;
    assert_eq!(stream.ready().await, known);
    ada.add_task("While connected").await;
    let later = stream.change().await;
    drop(stream);

    ada.add_task("While away").await;
    let mut stream = Stream::of(resume(&later)).await;
    let current = stream.ready().await;
    assert_eq!(stream.change().await, current);
    drop(stream);
    for unknown in ["1", "", "no number"] {
        let mut stream = Stream::of(resume(unknown)).await;
        stream.ready().await;
        assert_eq!(stream.change().await, current);
    }
    // A script of a browser can send no header. That of the browser is newer.
    let path = format!("{EVENTS}?last_event_id=1");
    let mut stream = Stream::of(ada.get(&path)).await;
    stream.ready().await;
    stream.change().await;
    let mut stream = Stream::of(ada.get(&path).header("last-event-id", &current)).await;
    stream.ready().await;
    ada.add_task("Later").await;
    assert_ne!(stream.change().await, current);
}

#[tokio::test]
async fn every_node_tells_the_changes_of_all() {
    let keys = jwt::entry("shared", &jwt::key(1));
    let settings = [("DOCKET_JWT_KEYS", keys.as_str())];
    let one = Server::with(&settings).await;
    let other = Server::on(&one.database_url(), &settings).await;
    let ada = User::register(&one).await;
    let phone = ada.again(&other).await;
    let (mut here, _) = Stream::open(&ada).await;
    let (mut there, _) = Stream::open(&ada.on(&other)).await;
    for _ in 0..3 {
        ada.add_task("On one node").await;
        assert_eq!(here.change().await, there.change().await);
        phone.add_task("On the other").await;
        assert_eq!(here.change().await, there.change().await);
    }
    let project = add(&phone, "/api/v1/projects", json!({ "name": "Garden" })).await;
    assert_eq!(here.change().await, there.change().await);
    let task = json!({ "title": "Dig", "project_id": project });
    add(&ada, "/api/v1/tasks", task).await;
    assert_eq!(here.change().await, there.change().await);

    // Streams end with their session or API token, wherever that ends.
    let token = ada.add_api_token("Watcher", &["tasks:read"]).await;
    let watcher = ada.with_token(&token).on(&other);
    let (watching, _) = Stream::open(&watcher).await;
    let tokens = ada.get("/api/v1/tokens").gives(200).await;
    let id = tokens["items"][0]["id"].as_str().expect("an id");
    ada.delete(&format!("/api/v1/tokens/{id}")).is(204).await;
    watching.ends().await;
    let (of_phone, _) = Stream::open(&phone.on(&one)).await;
    phone.logout().await;
    of_phone.ends().await;
    let disable = one.command(&["user", "disable", &ada.email]).output();
    disable.exits(0);
    here.ends().await;
    there.ends().await;
    ada.get(EVENTS).fails(401).await;
}

#[tokio::test]
async fn a_stream_ends_with_its_access_token() {
    let key = jwt::key(3);
    let server = Server::with(&[("DOCKET_JWT_KEYS", &jwt::entry("k", &key))]).await;
    let ada = User::register(&server).await;
    let mut claims = jwt::claims(&ada.tokens.access);
    claims["exp"] = json!(jwt::now() + 1);
    let token = jwt::mint(&jwt::plain_header("k"), &claims, &key);
    let (stream, _) = Stream::open(&ada.with_token(&token)).await;
    let (mut other, _) = Stream::open(&ada).await;
    stream.ends().await;
    ada.add_task("The other one goes on").await;
    other.change().await;
}

#[tokio::test]
async fn streams_are_limited_and_end_when_the_server_stops() {
    let mut server = Server::start().await;
    let ada = User::register(&server).await;
    let bob = User::register(&server).await;
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(Stream::open(&ada).await.0);
    }
    let refused = ada.get(EVENTS).answer().await;
    assert_eq!(header(&refused, "retry-after"), "1");
    assert_eq!(crate::support::problem(refused, 503).await.kind(), "busy");
    // Streams take nothing from other requests and from others.
    assert_eq!(ada.me_status().await, 200);
    let (of_bob, _) = Stream::open(&bob).await;
    open.truncate(14);
    crate::support::until("a place is free", || async {
        ada.get(EVENTS).answer().await.status() == 200
    })
    .await;

    server.get(EVENTS).fails(401).await;
    let json = ada.get(EVENTS).header("accept", "application/json");
    json.fails(406).await;
    let unknown = ada.get(&format!("{EVENTS}?unknown=1"));
    unknown.fails(422).await;
    let by_cookie = ada.by_cookie(Method::GET, EVENTS);
    Stream::of(by_cookie).await.ready().await;

    let stopped = tokio::task::spawn_blocking(move || server.stop());
    open.push(of_bob);
    for stream in open {
        stream.ends().await;
    }
    assert!(stopped.await.expect("the waiting thread").success());
}
