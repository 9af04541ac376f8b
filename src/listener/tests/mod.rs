//! Tests of the listener over TCP, with the whole server and additional test routes, because no
//! public route streams, accepts uploads or has an extension method yet.

mod methods;
mod streams;
mod uploads;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client as HttpClient, Method, RequestBuilder, Response};
use rocket::config::LogLevel;
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Listener;
use crate::auth::KeyAlgorithm;
use crate::config::Config;
use crate::db::Address;
use crate::http::{Draining, Uploads};
use crate::limits::{Proxies, Rates, Streams};
use crate::log::Format;

/// Maximum time that a test waits for a condition.
const DEADLINE: Duration = Duration::from_secs(60);

/// Maximum size of an upload to the test route, in bytes.
const UPLOAD_BYTES: u64 = 4 << 20;

/// State shared by a test and its routes.
struct Probe {
    events: broadcast::Sender<&'static str>,
    /// Number of open streams.
    open: watch::Sender<usize>,
    /// Number of bytes that streams have generated.
    made: AtomicU64,
    /// Number of requests to routes that must not be reached.
    strayed: AtomicU64,
}

/// Counts a stream as open.
struct Open(Arc<Probe>);

impl Open {
    fn new(probe: &Arc<Probe>) -> Open {
        probe.open.send_modify(|open| *open += 1);
        Open(probe.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

impl Probe {
    /// Waits until the number of open streams is `count`.
    async fn open(&self, count: usize) {
        let mut open = self.open.subscribe();
        let wait = open.wait_for(|open| *open == count);
        timeout(DEADLINE, wait)
            .await
            .unwrap_or_else(|_| panic!("{count} streams are not open"))
            .expect("the sender lives");
    }

    fn strayed(&self) -> u64 {
        self.strayed.load(Ordering::Relaxed)
    }
}

struct Server {
    address: SocketAddr,
    probe: Arc<Probe>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    client: HttpClient,
    _data: TempDir,
}

impl Server {
    async fn start() -> Server {
        Server::with_connections(100).await
    }

    async fn with_connections(connections: usize) -> Server {
        let data = tempfile::tempdir().expect("a directory");
        let config = config(&data, connections);
        let probe = Arc::new(Probe {
            events: broadcast::channel(100).0,
            open: watch::Sender::default(),
            made: AtomicU64::default(),
            strayed: AtomicU64::default(),
        });
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), connections).await;
        let listener = listener.expect("a port");
        let address = listener.address().expect("an address");
        let rocket = rocket(&config, &listener).manage(probe.clone());
        let rocket = Client::untracked(rocket).await.expect("a server");
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(listener.serve(Arc::new(rocket), stopped));
        let client = HttpClient::builder().timeout(DEADLINE).no_proxy().build();
        Server {
            address,
            probe,
            stop,
            serving,
            client: client.expect("a client"),
            _data: data,
        }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("http://{}{path}", self.address);
        self.client.request(method, url)
    }

    async fn send(&self, method: &str, path: &str) -> Response {
        self.request(method, path).send().await.expect("a response")
    }

    /// Registers a user and returns the access token.
    async fn register(&self) -> String {
        let request = self.request("POST", "/api/v1/auth/register");
        let body = json!({ "email": "ada@example.org", "password": "correct horse 88 staple" });
        let response = request.json(&body).send().await.expect("a response");
        assert_eq!(response.status(), 201);
        let body: Value = response.json().await.expect("JSON");
        let token = body["access_token"]
            .as_str()
            .or(body["tokens"]["access_token"].as_str());
        token.expect("a token").to_owned()
    }

    async fn connect(&self, request: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.expect("connect");
        socket.write_all(request.as_bytes()).await.expect("send");
        socket
    }

    /// Sends a request and returns all bytes received until the server closes the connection.
    async fn raw(&self, request: &str) -> String {
        rest(self.connect(request).await).await
    }
}

async fn rest(mut socket: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(DEADLINE, socket.read_to_end(&mut bytes)).await;
    let _ = read.expect("the end");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn rocket(config: &Config, listener: &Listener) -> Rocket<Build> {
    let streams = Streams::new(listener.places());
    let uploads = Uploads::new(&config.data_dir).allow(
        rocket::http::Method::Post,
        "/test/uploads/<name>",
        UPLOAD_BYTES,
    );
    crate::server::server(config, Draining::default(), streams, uploads)
        .expect("a server")
        .mount("/test", streams::routes())
        .mount("/test", uploads::routes())
        .mount("/test", methods::routes())
        .mount("/-/PROPFIND", methods::catch_all())
        .mount("/", methods::extensions())
}

fn config(data: &TempDir, connections: usize) -> Config {
    let file = data.path().join("docket.db");
    Config {
        address: [127, 0, 0, 1].into(),
        port: 0,
        workers: 1,
        connections,
        data_dir: data.path().to_owned(),
        database: Address {
            url: format!("sqlite:{}", file.display()),
            connections: 2,
            prepared: true,
        },
        drain_seconds: 0,
        public_url: None,
        cors_origins: Vec::new(),
        jwt_keys: None,
        jwt_algorithm: KeyAlgorithm::default(),
        jwt_issuer: "docket".into(),
        jwt_audience: "docket".into(),
        access_token_seconds: 900,
        session_days: 30,
        registration: true,
        argon2_jobs: 1,
        limits: Rates {
            sign_in_account: None,
            sign_in_address: None,
            registration: None,
            refresh: None,
            api: None,
        },
        trusted_proxies: Proxies::default(),
        max_projects: 300,
        max_tasks: 500_000,
        max_open_tasks: 20_000,
        max_labels: 500,
        max_filters: 100,
        trash_days: 30,
        activity_days: 365,
        list_cache_megabytes: 1,
        log_level: LogLevel::Off,
        log_format: Format::Text,
    }
}
