//! The program under test: as a server, and as a command that runs until it exits.

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

/// Number of log lines shown by a failed test.
const LAST_LINES: usize = 50;

/// A running `docket serve` with its own directory and database; killed on drop.
pub struct Server {
    /// `http://127.0.0.1:<port>`, without a trailing slash.
    pub base: String,
    home: TempDir,
    settings: Vec<(String, String)>,
    database: Option<TestDatabase>,
    process: Option<Process>,
    /// Log of the previous, stopped process.
    stopped_log: String,
    client: Client,
}

impl Server {
    /// Starts a server with a new data directory and settings that keep tests fast.
    pub async fn start() -> Server {
        Server::with(&[]).await
    }

    /// Starts a server with additional `DOCKET_*` settings. A later setting overrides an earlier
    /// one.
    pub async fn with(settings: &[(&str, &str)]) -> Server {
        Server::prepared(settings, |_| ()).await
    }

    /// Starts a server on an existing database.
    pub async fn on(database_url: &str, settings: &[(&str, &str)]) -> Server {
        let mut all = vec![
            ("DOCKET_DATABASE_URL", database_url),
            ("DOCKET_DATABASE_CONNECTIONS", "3"),
        ];
        all.extend(settings);
        Server::launched(&all, |_| (), None).await
    }

    /// Like [`with`](Self::with), after `prepare` has put files into the working directory.
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

    /// Kills the process without a shutdown.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Kills the process and starts it again with the same data, on another port.
    pub async fn restart(&mut self) {
        self.kill();
        self.launch().await;
    }

    /// Like [`restart`](Self::restart), with additional settings.
    pub async fn restart_with(&mut self, settings: &[(&str, &str)]) {
        self.settings.extend(
            settings
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string())),
        );
        self.restart().await;
    }

    /// Stops the process (SIGTERM) and returns its exit status. On Windows the process is killed,
    /// because only a process that shares its console can stop it gracefully.
    pub fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("the server runs");
        let status = process.terminate();
        self.stopped_log = process.whole_log();
        status
    }

    /// Returns the working directory, which may contain `Rocket.toml` and `.env`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Connects to the server's database.
    pub async fn database(&self) -> AnyConnection {
        connect(&self.database_url()).await
    }

    /// Makes a background job due and waits until the server has run it.
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
            // The server is running it and would set its next run afterwards.
            assert!(started.elapsed() < DEADLINE, "the job {name} never ends");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns the URL of the database.
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

    /// Returns what the process has written to standard error so far, or everything if it was
    /// stopped.
    pub fn log(&self) -> String {
        match &self.process {
            Some(process) => process.log(),
            None => self.stopped_log.clone(),
        }
    }

    /// Returns the URL of a path: `/api/v1/tasks` -> `http://127.0.0.1:1234/api/v1/tasks`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Returns `host:port`, as in the `Host` header.
    pub fn host(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Creates an unauthenticated request, without cookies or redirects.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Creates the command `docket <arguments>` with this server's data and settings.
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
            // High enough for all tests except those of the limits.
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
        // The database cannot be dropped while the server is connected to it.
        self.process = None;
    }
}

/// Creates an HTTP client without cookies or redirects.
pub fn client() -> Client {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(DEADLINE)
        .build()
        .expect("an HTTP client")
}

/// Creates the command `docket <arguments>` in `directory`, without the settings of the caller's
/// environment.
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

/// A command that has not started yet.
pub struct Command(std::process::Command);

impl Command {
    pub fn env(&mut self, name: &str, value: &str) -> &mut Command {
        self.0.env(name, value);
        self
    }

    /// Runs the command until it exits, with empty standard input.
    pub fn output(&mut self) -> Ran {
        self.output_with("")
    }

    /// Starts the command with the readers of standard output and standard error closed.
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

    /// Runs the command until it exits, with standard output to a file and standard error
    /// discarded.
    pub fn status_with_output(&mut self, output: std::fs::File) -> ExitStatus {
        self.0
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::null())
            .status()
            .expect("start docket")
    }

    /// Runs the command until it exits, with `input` on standard input. Kills it after
    /// [`DEADLINE`].
    pub fn output_with(&mut self, input: &str) -> Ran {
        let mut child = self
            .0
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start docket");
        let mut stdin = child.stdin.take().expect("standard input");
        // A command may close its standard input without reading it.
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

/// Result of a command.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Panics unless the exit code is `code`. Returns the result.
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

    /// Waits for the last line of the log of an exited process, and returns the log.
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
