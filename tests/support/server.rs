//! The program under test: as a server, and as a command that runs to its end.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, redirect};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, query};
use tempfile::TempDir;
use tokio::time::sleep;

use super::DEADLINE;
use super::database::{TestDatabase, connect};

const READY: &str = "Docket is ready at ";

/// How much of the log a failed test shows.
const LAST_LINES: usize = 50;

/// A running `docket serve` with a directory (and database) of its own; killed on drop.
pub struct Server {
    /// `http://127.0.0.1:<port>`, without a slash at the end.
    pub base: String,
    home: TempDir,
    settings: Vec<(String, String)>,
    database: Option<TestDatabase>,
    process: Option<Process>,
    /// What the process that was stopped last has logged.
    stopped_log: String,
    client: Client,
}

impl Server {
    /// A server with a fresh data directory and the defaults that keep tests cheap.
    pub async fn start() -> Server {
        Server::with(&[]).await
    }

    /// The same, with more `DOCKET_*` settings; a later one of the same name wins.
    pub async fn with(settings: &[(&str, &str)]) -> Server {
        Server::prepared(settings, |_| ()).await
    }

    /// A server on a database that the test has made, by its URL.
    pub async fn on(database_url: &str, settings: &[(&str, &str)]) -> Server {
        let mut all = vec![
            ("DOCKET_DATABASE_URL", database_url),
            ("DOCKET_DATABASE_CONNECTIONS", "3"),
        ];
        all.extend(settings);
        Server::launched(&all, |_| (), None).await
    }

    /// The same as [`with`](Self::with), after `prepare` has put files into the working directory.
    pub async fn prepared(settings: &[(&str, &str)], prepare: impl FnOnce(&Path)) -> Server {
        Server::launched(settings, prepare, TestDatabase::create().await).await
    }

    async fn launched(
        settings: &[(&str, &str)],
        prepare: impl FnOnce(&Path),
        database: Option<TestDatabase>,
    ) -> Server {
        let home = TempDir::new().expect("a directory");
        prepare(home.path());
        let mut server = Server {
            base: String::new(),
            home,
            settings: settings
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            database,
            process: None,
            stopped_log: String::new(),
            client: client(),
        };
        server.launch().await;
        server
    }

    /// Kills the process without warning.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Kills the process without warning and starts it again on the same data, on another port.
    pub async fn restart(&mut self) {
        self.kill();
        self.launch().await;
    }

    /// Like [`restart`](Self::restart), with these settings added to those it had.
    pub async fn restart_with(&mut self, settings: &[(&str, &str)]) {
        self.settings.extend(
            settings
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string())),
        );
        self.restart().await;
    }

    /// Asks the process to end (SIGTERM) and gives its exit status. On Windows it is killed: no process
    /// can ask another one there without sharing its console.
    pub fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("the server runs");
        let status = process.terminate();
        self.stopped_log = process.whole_log();
        status
    }

    /// The working directory, where `Rocket.toml` and `.env` are looked for.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The database, to look into or to change behind the server's back.
    pub async fn database(&self) -> AnyConnection {
        connect(&self.database_url()).await
    }

    /// Makes a background job due, which the server runs within seconds.
    pub async fn run_job(&self, name: &str) {
        let mut connection = self.database().await;
        let started = Instant::now();
        loop {
            let sql = "UPDATE jobs SET next_run_at = 0 WHERE leased_until = 0 AND name = ";
            let update = query(AssertSqlSafe(format!("{sql}'{name}'")));
            let updated = update.execute(&mut connection).await.expect("a job");
            if updated.rows_affected() == 1 {
                break connection.close().await.expect("closed");
            }
            // The server runs it, and would set its next run afterwards.
            assert!(started.elapsed() < DEADLINE, "the job {name} never ends");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The URL of the database.
    pub fn database_url(&self) -> String {
        let mut settings = self.settings.iter().rev();
        let set = settings.find(|(name, _)| name == "DOCKET_DATABASE_URL");
        match (set, &self.database) {
            (Some((_, url)), _) => url.clone(),
            (None, Some(database)) => database.url(),
            (None, None) => format!("sqlite:{}", self.data_dir().join("docket.db").display()),
        }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// What the process has written to standard error so far; all of it, if it was stopped.
    pub fn log(&self) -> String {
        match &self.process {
            Some(process) => process.log(),
            None => self.stopped_log.clone(),
        }
    }

    /// The value of a relative path: `/api/v1/tasks` -> `http://127.0.0.1:1234/api/v1/tasks`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// `host:port`, as in the `Host` header.
    pub fn host(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// A request of nobody in particular: no cookies, no redirects followed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// `docket <arguments>` on this server's data, with its settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = docket(self.home.path(), arguments);
        self.configure(&mut command);
        command
    }

    fn configure(&self, command: &mut Command) {
        for (name, value) in [
            ("DOCKET_PORT", "0"),
            ("DOCKET_WORKERS", "2"),
            ("DOCKET_ARGON2_JOBS", "1"),
            // High enough for any test but those of the limits.
            ("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "100000/1m"),
            ("DOCKET_LIMIT_SIGN_IN_ADDRESS", "100000/1m"),
            ("DOCKET_LIMIT_REGISTRATION", "100000/1m"),
            ("DOCKET_LIMIT_REFRESH", "100000/1m"),
            ("DOCKET_LIMIT_API", "1000000/1m"),
        ] {
            command.env(name, value);
        }
        if let Some(database) = &self.database {
            command.env("DOCKET_DATABASE_URL", &database.url());
            command.env("DOCKET_DATABASE_CONNECTIONS", "3");
        }
        for (name, value) in &self.settings {
            command.env(name, value);
        }
    }

    async fn launch(&mut self) {
        let mut command = docket(self.home.path(), &["serve"]);
        self.configure(&mut command);
        let process = Process::start(command);
        let (base, process) = tokio::task::spawn_blocking(move || (process.ready(), process))
            .await
            .expect("the waiting thread");
        self.base = base.unwrap_or_else(|| {
            panic!(
                "the server did not say that it is ready; its standard error:\n{}",
                process.log()
            )
        });
        self.process = Some(process);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(process) = &self.process
        {
            let log = process.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
            eprintln!("--- the server's standard error\n{}\n---", last.join("\n"));
        }
        // The database cannot be dropped while the server holds connections to it.
        self.process = None;
    }
}

/// An HTTP client that keeps no cookies and follows no redirects.
pub fn client() -> Client {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(DEADLINE)
        .build()
        .expect("an HTTP client")
}

/// `docket <arguments>` in `directory`, with none of the settings of the caller's environment.
pub fn docket(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_docket"));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy().to_uppercase();
        if text.starts_with("DOCKET_") || text.starts_with("ROCKET_") {
            command.env_remove(&name);
        }
    }
    command.current_dir(directory).args(arguments);
    Command(command)
}

/// A command about to run.
pub struct Command(std::process::Command);

impl Command {
    pub fn env(&mut self, name: &str, value: &str) -> &mut Command {
        self.0.env(name, value);
        self
    }

    /// Runs to the end with nothing on standard input.
    pub fn output(&mut self) -> Ran {
        self.output_with("")
    }

    /// Starts with standard output and standard error closed by the reader.
    pub fn spawn_with_output_closed(&mut self) -> Child {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        self.0
            .stdin(Stdio::null())
            .stdout(writer.try_clone().expect("the pipe"))
            .stderr(writer)
            .spawn()
            .expect("start docket")
    }

    /// Runs to the end with standard output to a file, and discards standard error.
    pub fn status_with_output(&mut self, output: std::fs::File) -> ExitStatus {
        self.0
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::null())
            .status()
            .expect("start docket")
    }

    /// Runs to the end with `input` on standard input; a run past [`DEADLINE`] is killed.
    pub fn output_with(&mut self, input: &str) -> Ran {
        let mut child = self
            .0
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start docket");
        let mut stdin = child.stdin.take().expect("standard input");
        // A command that reads nothing closes its end: that is no failure of the test.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let stdout = drain(child.stdout.take().expect("standard output"));
        let stderr = drain(child.stderr.take().expect("standard error"));
        let status = wait(&mut child);
        Ran {
            code: status.code(),
            stdout: stdout.join().expect("standard output"),
            stderr: stderr.join().expect("standard error"),
        }
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Panics unless the exit code is `code`; gives itself back.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "exit code; {self:#?}");
        self
    }
}

struct Process {
    child: Child,
    ready: Receiver<String>,
    log: Arc<Mutex<String>>,
    reading: Option<std::thread::JoinHandle<()>>,
}

impl Process {
    fn start(mut command: Command) -> Process {
        let mut child = command
            .0
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start docket");
        let (sender, ready) = channel();
        let log = Arc::new(Mutex::new(String::new()));
        let stdout = BufReader::new(child.stdout.take().expect("standard output"));
        let stderr = BufReader::new(child.stderr.take().expect("standard error"));
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix(READY) {
                    let _ = sender.send(address.trim_end_matches('/').to_owned());
                }
            }
        });
        let written = Arc::clone(&log);
        let reading = std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut log = written.lock().expect("the log");
                log.push_str(&line);
                log.push('\n');
            }
        });
        Process {
            child,
            ready,
            log,
            reading: Some(reading),
        }
    }

    fn ready(&self) -> Option<String> {
        self.ready.recv_timeout(DEADLINE).ok()
    }

    fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// The log of a process that has ended, to its last line.
    fn whole_log(&mut self) -> String {
        if let Some(reading) = self.reading.take() {
            reading.join().expect("the log is read");
        }
        self.log()
    }

    #[cfg(windows)]
    fn terminate(&mut self) -> ExitStatus {
        self.child.kill().expect("kill docket");
        wait(&mut self.child)
    }

    #[cfg(unix)]
    fn terminate(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .expect("run kill");
        assert!(sent.success(), "kill -TERM {id}");
        wait(&mut self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drain(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn wait(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("wait for docket") {
            return status;
        }
        if started.elapsed() > DEADLINE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("docket did not end in time");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
