//! A database server for one test, which may kill it.

use std::env::temp_dir;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use super::DEADLINE;
use super::database::{Engine, answers};
use super::helper::{free_port, is_root};

/// A PostgreSQL or MariaDB server; killed on drop.
pub struct DatabaseServer {
    engine: Engine,
    home: TempDir,
    port: u16,
    process: Option<Child>,
}

impl DatabaseServer {
    /// Starts a server of the engine under test. `None` for SQLite.
    pub async fn start() -> Option<DatabaseServer> {
        DatabaseServer::start_in(&temp_dir()).await
    }

    /// Like [`start`](Self::start), with the data in a new directory inside `place`.
    pub async fn start_in(place: &Path) -> Option<DatabaseServer> {
        let engine = Engine::chosen();
        if engine == Engine::Sqlite {
            return None;
        }
        let home = TempDir::new_in(place).expect("a directory");
        let mut server = DatabaseServer {
            engine,
            home,
            port: free_port(),
            process: None,
        };
        server.prepare();
        server.restart().await;
        Some(server)
    }

    /// Returns the URL of a database on the server.
    pub fn url(&self) -> String {
        match self.engine {
            Engine::Mysql => format!("mysql://root@127.0.0.1:{}/docket", self.port),
            _ => format!("postgres://docket@127.0.0.1:{}/postgres", self.port),
        }
    }

    /// Kills the process without a shutdown.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("killed");
            process.wait().expect("ended");
        }
    }

    /// Starts the server again with the same data.
    pub async fn restart(&mut self) {
        let started = Instant::now();
        while !answers(&self.url()).await {
            assert!(
                started.elapsed() < DEADLINE,
                "the database server does not answer"
            );
            // Leftovers of the killed process, such as shared memory, can prevent a start.
            if self.has_ended() {
                self.process = Some(self.launch());
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn has_ended(&mut self) -> bool {
        match &mut self.process {
            Some(process) => process.try_wait().expect("the process").is_some(),
            None => true,
        }
    }

    fn launch(&self) -> Child {
        let log = fs::File::create(self.home.path().join("log")).expect("a log");
        let mut command = match self.engine {
            Engine::Mysql => self.mariadbd(),
            _ => self.postgres(),
        };
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log"))
            .stderr(log)
            .spawn()
            .expect("the database server")
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn prepare(&self) {
        if is_root() {
            let open = Command::new("chmod")
                .arg("1777")
                .arg(self.home.path())
                .status();
            assert!(open.expect("chmod").success());
        }
        let mut command = match self.engine {
            Engine::Mysql => {
                let mut command = Command::new("mariadb-install-db");
                command.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
                if is_root() {
                    command.arg("--user=mysql");
                }
                command.arg(format!("--datadir={}", self.data().display()));
                command
            }
            _ => {
                let mut command = as_user("postgres", &postgresql_program("initdb"));
                command.arg("--pgdata").arg(self.data());
                command.args(["--username=docket", "--auth=trust", "--encoding=UTF8"]);
                command.args(["--locale=C.UTF-8", "--no-sync"]);
                command
            }
        };
        let prepared = command.output().expect("a data directory");
        assert!(prepared.status.success(), "{prepared:?}");
    }

    fn postgres(&self) -> Command {
        let mut command = as_user("postgres", &postgresql_program("postgres"));
        command.arg("-D").arg(self.data());
        command.args(["-p", &self.port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1"]);
        command.args(["-c", "unix_socket_directories="]);
        command
    }

    fn mariadbd(&self) -> Command {
        let mut command = Command::new("/usr/sbin/mariadbd");
        command.arg("--no-defaults");
        if is_root() {
            command.arg("--user=mysql");
        }
        command.arg(format!("--datadir={}", self.data().display()));
        command.arg(format!("--socket={}", self.data().join("socket").display()));
        command.arg(format!("--port={}", self.port));
        command.args(["--bind-address=127.0.0.1", "--init-file"]);
        let statement = self.home.path().join("init.sql");
        fs::write(&statement, "CREATE DATABASE IF NOT EXISTS docket;\n").expect("a statement");
        command.arg(statement);
        command
    }
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns a command run as an unprivileged user. PostgreSQL refuses to run as root.
fn as_user(user: &str, program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--clear-groups", program]);
    command
}

/// Debian keeps the server programs outside the path.
fn postgresql_program(name: &str) -> String {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    let path = found.pop().unwrap_or_else(|| name.into());
    path.display().to_string()
}
