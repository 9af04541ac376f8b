//! Programs that a test runs beside the server: a pooler, a load balancer.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{Server, until};

/// A program with its own directory; killed on drop.
struct Helper {
    home: TempDir,
    process: Child,
}

impl Helper {
    /// Starts `program` and waits until it listens on the port.
    async fn start(home: TempDir, program: &str, arguments: &[&str], port: u16) -> Helper {
        // Debian keeps server programs outside the path.
        let path = format!("{}:/usr/sbin", env::var("PATH").unwrap_or_default());
        let log = fs::File::create(home.path().join("log")).expect("a log");
        let mut process = Command::new(program)
            .args(arguments)
            .env("PATH", path)
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        until(program, || {
            let ended = process.try_wait().expect(program);
            async move { ended.is_some() || TcpStream::connect(("127.0.0.1", port)).await.is_ok() }
        })
        .await;
        let mut helper = Helper { home, process };
        assert!(
            helper.process.try_wait().expect(program).is_none(),
            "{program} ended"
        );
        helper
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.home.path().join("log"));
            eprintln!("--- log of a helper\n{}---", log.unwrap_or_default());
        }
    }
}

/// Returns an unused port below the range from which the system assigns ports.
pub fn free_port() -> u16 {
    loop {
        let random = uuid::Uuid::now_v7().as_u128() as u16;
        let port = 10_000 + random % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// PgBouncer in transaction mode, TLS only, with fewer connections to PostgreSQL than it accepts
/// from clients, as in hosted PostgreSQL.
pub struct Pooler {
    helper: Helper,
    port: u16,
}

impl Pooler {
    /// Starts a pooler in front of the PostgreSQL of `url`, with a certificate for `localhost`.
    pub async fn before(url: &str) -> Pooler {
        let url = reqwest::Url::parse(url).expect("a URL");
        let home = TempDir::new().expect("a directory");
        let authority = authority();
        certify(home.path(), &authority, "localhost");
        write(home.path(), "ca.pem", &authority.pem());
        write(home.path(), "other-ca.pem", &self::authority().pem());
        let port = free_port();
        let settings = format!(
            "[databases]\n\
             * = host={host} port={server_port} user={user}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = 2\n\
             ignore_startup_parameters = extra_float_digits\n\
             client_tls_sslmode = require\n\
             client_tls_key_file = key.pem\n\
             client_tls_cert_file = certificate.pem\n",
            host = url.host_str().expect("a host"),
            server_port = url.port().expect("a port"),
            user = url.username(),
        );
        write(home.path(), "pgbouncer.ini", &settings);
        // PgBouncer refuses to run as root; `-u` makes it change the user.
        let arguments: &[&str] = if is_root() {
            &["-u", "postgres", "pgbouncer.ini"]
        } else {
            &["pgbouncer.ini"]
        };
        Pooler {
            helper: Helper::start(home, "pgbouncer", arguments, port).await,
            port,
        }
    }

    /// Returns the URL through the pooler, by a host name of it, with additional parameters.
    pub fn url(&self, url: &str, host: &str, parameters: &str) -> String {
        let mut url = reqwest::Url::parse(url).expect("a URL");
        url.set_host(Some(host)).expect("a host");
        url.set_port(Some(self.port)).expect("a port");
        url.set_query(Some(parameters));
        url.into()
    }

    /// Returns the certificate of the authority that signed the pooler's certificate.
    pub fn authority(&self) -> PathBuf {
        self.helper.home.path().join("ca.pem")
    }

    /// Returns the certificate of another authority.
    pub fn other_authority(&self) -> PathBuf {
        self.helper.home.path().join("other-ca.pem")
    }
}

/// Returns true if the tests run as root.
pub fn is_root() -> bool {
    if cfg!(windows) {
        return false;
    }
    let id = Command::new("id").arg("-u").output().expect("run id");
    id.stdout == b"0\n"
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new([]).expect("parameters");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(parameters, key).expect("a certificate")
}

/// Writes `key.pem` and `certificate.pem` for a server with this name.
fn certify(directory: &Path, authority: &CertifiedIssuer<'static, KeyPair>, name: &str) {
    let parameters = CertificateParams::new([name.to_owned()]).expect("parameters");
    let key = KeyPair::generate().expect("a key");
    let certificate = parameters
        .signed_by(&key, authority)
        .expect("a certificate");
    write(directory, "key.pem", &key.serialize_pem());
    write(directory, "certificate.pem", &certificate.pem());
}

fn write(directory: &Path, name: &str, text: &str) {
    fs::write(directory.join(name), text).expect(name);
}

/// HAProxy in front of servers, with readiness checks.
pub struct Balancer {
    _helper: Helper,
    /// `http://127.0.0.1:<port>`, without a trailing slash.
    pub base: String,
}

impl Balancer {
    /// Starts a load balancer that distributes requests in turn.
    pub async fn before(servers: &[&Server]) -> Balancer {
        let home = TempDir::new().expect("a directory");
        let port = free_port();
        let mut settings = format!(
            "global\n\
             \x20   maxconn 1000\n\
             \x20   noreuseport\n\
             defaults\n\
             \x20   mode http\n\
             \x20   timeout connect 2s\n\
             \x20   timeout client 60s\n\
             \x20   timeout server 60s\n\
             \x20   timeout check 10s\n\
             frontend docket\n\
             \x20   bind 127.0.0.1:{port}\n\
             \x20   default_backend nodes\n\
             backend nodes\n\
             \x20   balance roundrobin\n\
             \x20   option httpchk GET /health/ready\n\
             \x20   default-server check inter 100ms fall 1 rise 1\n"
        );
        for (number, server) in servers.iter().enumerate() {
            settings.push_str(&format!("    server node{number} {}\n", server.host()));
        }
        write(home.path(), "haproxy.cfg", &settings);
        let arguments = ["-db", "-f", "haproxy.cfg"];
        Balancer {
            _helper: Helper::start(home, "haproxy", &arguments, port).await,
            base: format!("http://127.0.0.1:{port}"),
        }
    }
}
