//! Latency of signed-in users' lists during a flood of sign-ins: alternating rounds without and
//! with the flood, on SQLite, against the program itself. Medians of the rounds.
//!
//! ```console
//! $ cargo bench --bench sign_in_flood
//! ```

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

const TASKS: usize = 50;
const READERS: usize = 8;
/// Concurrent sign-ins, many more than can be processed.
const STRANGERS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(3);
const PASSWORD: &str = "correct horse battery staple 4711";

/// The program; killed on drop.
struct Server {
    process: Child,
    url: String,
    _home: TempDir,
}

impl Server {
    fn start() -> Result<Server, Failure> {
        let home = TempDir::new()?;
        let mut process = Command::new(env!("CARGO_BIN_EXE_docket"))
            .current_dir(home.path())
            .env("DOCKET_PORT", "0")
            .env("DOCKET_LIMIT_API", "0")
            .env("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "0")
            .env("DOCKET_LIMIT_SIGN_IN_ADDRESS", "0")
            .env("DOCKET_LOG_LEVEL", "critical")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = process.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let url = line.split_whitespace().last().ok_or("no address")?;
        Ok(Server {
            process,
            url: url.to_owned(),
            _home: home,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Creates an account with a page of tasks. Returns its access token.
async fn seed(client: &Client, url: &str) -> Result<String, Failure> {
    let new = json!({ "email": "ada@example.org", "password": PASSWORD });
    let made: Value = client
        .post(format!("{url}/api/v1/auth/register"))
        .json(&new)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let token = made["access_token"].as_str().ok_or("no token")?;
    for number in 0..TASKS {
        client
            .post(format!("{url}/api/v1/tasks"))
            .bearer_auth(token)
            .json(&json!({ "title": format!("Task {number}") }))
            .send()
            .await?
            .error_for_status()?;
    }
    Ok(token.to_owned())
}

async fn read(client: Client, url: String, token: String) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    let end = Instant::now() + ROUND;
    while Instant::now() < end {
        let started = Instant::now();
        client
            .get(format!("{url}/api/v1/tasks"))
            .bearer_auth(&token)
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

async fn guess(client: Client, url: String, running: Arc<AtomicBool>, tried: Arc<AtomicUsize>) {
    let wrong = json!({ "email": "ada@example.org", "password": "a wrong Guess 4711" });
    while running.load(Ordering::Relaxed) {
        let request = client.post(format!("{url}/api/v1/auth/login")).json(&wrong);
        if request.send().await.is_ok() {
            tried.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns the times of all readers in one round, sorted.
async fn round(client: &Client, url: &str, token: &str) -> Result<Vec<Duration>, Failure> {
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn(read(client.clone(), url.into(), token.into()));
    }
    let mut times = Vec::new();
    while let Some(read) = readers.join_next().await {
        times.extend(read??);
    }
    times.sort_unstable();
    Ok(times)
}

fn share(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn show(name: &str, rounds: &[Vec<Duration>]) {
    let [p50, p95, p99] =
        [50, 95, 99].map(|percent| median(rounds.iter().map(|all| share(all, percent)).collect()));
    let lists: usize = rounds.iter().map(Vec::len).sum();
    println!("| {name} | {lists} | {p50:.1?} | {p95:.1?} | {p99:.1?} |");
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let server = Server::start()?;
    let client = Client::new();
    let token = seed(&client, &server.url).await?;
    let (mut calm, mut flooded) = (Vec::new(), Vec::new());
    let tried = Arc::new(AtomicUsize::new(0));
    for _ in 0..ROUNDS {
        calm.push(round(&client, &server.url, &token).await?);
        let running = Arc::new(AtomicBool::new(true));
        let mut strangers = JoinSet::new();
        for _ in 0..STRANGERS {
            let (url, running) = (server.url.clone(), running.clone());
            strangers.spawn(guess(client.clone(), url, running, tried.clone()));
        }
        flooded.push(round(&client, &server.url, &token).await?);
        running.store(false, Ordering::Relaxed);
        strangers.join_all().await;
    }
    println!("| Round | Lists | p50 | p95 | p99 |");
    println!("| --- | --- | --- | --- | --- |");
    show("calm", &calm);
    show("flood of sign-ins", &flooded);
    println!("{} sign-ins were answered", tried.load(Ordering::Relaxed));
    Ok(())
}
