//! Settings and the data directory: sources, precedence, validation, creation.

use std::fs;
use std::net::TcpListener;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::TempDir;

use crate::support::{Ask, Command, Server, User, assert_private, docket, jwt};

/// Creates a working directory with these files.
fn home(files: &[(&str, &str)]) -> TempDir {
    let home = TempDir::new().expect("a directory");
    for (name, text) in files {
        fs::write(home.path().join(name), text).expect("write a file");
    }
    home
}

fn check(home: &TempDir, settings: &[(&str, &str)]) -> Command {
    let mut command = docket(home.path(), &["check-config"]);
    for (name, value) in settings {
        command.env(name, value);
    }
    command
}

/// Returns the line of `check-config` for a setting.
fn line<'a>(output: &'a str, name: &str) -> &'a str {
    output
        .lines()
        .map(str::trim)
        .find(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '=', ':', '\t']))
        })
        .unwrap_or_else(|| panic!("no {name} in:\n{output}"))
}

#[track_caller]
fn refused(home: &TempDir, settings: &[(&str, &str)], named: &[&str]) -> String {
    let ran = check(home, settings).output().exits(2);
    for name in named {
        let found = ran.stderr.to_lowercase().contains(&name.to_lowercase());
        assert!(found, "{name} is not named in:\n{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    // The server refuses to start with the same settings.
    let mut serve = docket(home.path(), &["serve"]);
    for (name, value) in settings {
        serve.env(name, value);
    }
    serve.output().exits(2);
    ran.stderr
}

#[test]
fn no_password_of_a_database_is_shown() {
    let home = home(&[]);
    for url in [
        "postgres://docket:hunter2@db.example.org/docket?sslmode=require",
        "mysql://docket:hunter2@db.example.org/docket",
        "postgres://db.example.org/docket?user=docket&password=hunter2&sslmode=require",
    ] {
        let ran = check(&home, &[("DOCKET_DATABASE_URL", url)])
            .output()
            .exits(0);
        let shown = line(&ran.stdout, "database_url");
        assert!(shown.contains("db.example.org/docket"), "{shown}");
        assert!(!ran.stdout.contains("hunter2"), "{shown}");
        assert_eq!(shown.contains("sslmode=require"), url.contains("sslmode"));
    }
}

#[test]
fn the_check_prints_effective_settings_and_masks_secrets() {
    let home = home(&[]);
    let key = jwt::entry("main", &jwt::key(5));
    let secret = key.split_once(':').expect("a key").1;
    let settings = [
        ("DOCKET_PORT", "8123"),
        ("DOCKET_JWT_KEYS", key.as_str()),
        ("DOCKET_DATABASE_URL", "sqlite:elsewhere.db"),
    ];
    let ran = check(&home, &settings).output().exits(0);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!all.contains(secret), "{all}");
    assert!(line(&ran.stdout, "port").contains("8123"));
    assert!(line(&ran.stdout, "database_url").contains("sqlite:elsewhere.db"));
    line(&ran.stdout, "jwt_keys");
    let server = "postgres://docket:hunter2hunter2@localhost/docket";
    let ran = check(&home, &[("DOCKET_DATABASE_URL", server)])
        .output()
        .exits(0);
    assert!(!ran.stdout.contains("hunter2hunter2"), "{}", ran.stdout);
    assert!(line(&ran.stdout, "database_url").contains("localhost/docket"));
    for (name, default) in [
        ("address", "127.0.0.1"),
        ("data_dir", "data"),
        ("database_connections", "10"),
        ("jwt_issuer", "docket"),
        ("jwt_audience", "docket"),
        ("access_token_seconds", "900"),
        ("session_days", "30"),
        ("registration", "true"),
        ("log_level", "normal"),
        ("log_format", "text"),
    ] {
        assert!(
            line(&ran.stdout, name).contains(default),
            "{name}: {}",
            ran.stdout
        );
    }
    assert!(!home.path().join("data").exists(), "a check makes nothing");
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "[default]\nport = 8111\njwt_issuer = \"file\"\n";
    let home = home(&[("Rocket.toml", file)]);
    let ran = check(&home, &[]).output().exits(0);
    assert!(line(&ran.stdout, "port").contains("8111"));
    let ran = check(&home, &[("DOCKET_PORT", "8222")]).output().exits(0);
    assert!(line(&ran.stdout, "port").contains("8222"));
    assert!(line(&ran.stdout, "jwt_issuer").contains("file"));
}

#[test]
fn the_build_has_a_section_of_its_own() {
    let file = "[default]\nport = 8111\n[debug]\nport = 8112\n[release]\nport = 8112\n";
    let home = home(&[("Rocket.toml", file)]);
    let ran = check(&home, &[]).output().exits(0);
    assert!(line(&ran.stdout, "port").contains("8112"));
}

#[test]
fn another_file_can_be_named() {
    let home = home(&[
        ("Rocket.toml", "[default]\nport = 8111\n"),
        ("other.toml", "[default]\nport = 8333\n"),
    ]);
    let ran = check(&home, &[("DOCKET_CONFIG", "other.toml")])
        .output()
        .exits(0);
    assert!(line(&ran.stdout, "port").contains("8333"));
    refused(&home, &[("DOCKET_CONFIG", "absent.toml")], &["absent.toml"]);
}

#[test]
fn the_env_file_fills_in_what_is_unset() {
    let text = "DOCKET_PORT=8444\nDOCKET_JWT_ISSUER=from-env-file\n";
    let home = home(&[(".env", text)]);
    let ran = check(&home, &[("DOCKET_PORT", "8555")]).output().exits(0);
    assert!(line(&ran.stdout, "port").contains("8555"));
    assert!(line(&ran.stdout, "jwt_issuer").contains("from-env-file"));
    fs::write(home.path().join(".env"), "DOCKET_COLOUR=blue\n").expect("write .env");
    refused(&home, &[], &["DOCKET_COLOUR"]);
}

#[test]
fn an_unknown_setting_stops_the_start() {
    let empty = home(&[]);
    refused(&empty, &[("DOCKET_COLOUR", "blue")], &["DOCKET_COLOUR"]);
    refused(&empty, &[("DOCKET_PROT", "8000")], &["DOCKET_PROT"]);
    let file = home(&[("Rocket.toml", "[default]\ncolour = \"blue\"\n")]);
    refused(&file, &[], &["colour"]);
    let broken = home(&[("Rocket.toml", "[default\nport = 8000\n")]);
    refused(&broken, &[], &["Rocket.toml"]);
}

#[test]
fn a_rocket_variable_stops_the_start() {
    let home = home(&[]);
    for name in ["ROCKET_PORT", "ROCKET_SECRET_KEY", "ROCKET_PROFILE"] {
        refused(&home, &[(name, "8000")], &[name]);
    }
}

#[test]
fn a_wrong_value_is_named() {
    let home = home(&[]);
    for (name, value) in [
        ("DOCKET_PORT", "99999"),
        ("DOCKET_PORT", "http"),
        ("DOCKET_ADDRESS", "nowhere at all"),
        ("DOCKET_WORKERS", "0"),
        ("DOCKET_DATABASE_URL", "oracle://x"),
        ("DOCKET_DATABASE_URL", "sqlite:"),
        ("DOCKET_DATABASE_URL", "sqlite::memory:"),
        ("DOCKET_DATABASE_URL", "sqlite:docket.db?mode=memory"),
        ("DOCKET_DATABASE_CONNECTIONS", "0"),
        ("DOCKET_PUBLIC_URL", "docket.example.org"),
        ("DOCKET_CORS_ORIGINS", "*"),
        ("DOCKET_CORS_ORIGINS", "https://app.example.org/path"),
        ("DOCKET_ACCESS_TOKEN_SECONDS", "0"),
        ("DOCKET_SESSION_DAYS", "-1"),
        ("DOCKET_SESSION_DAYS", "91"),
        ("DOCKET_REGISTRATION", "perhaps"),
        ("DOCKET_ARGON2_JOBS", "0"),
        ("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "many"),
        ("DOCKET_LIMIT_API", "10/0s"),
        ("DOCKET_TRUSTED_PROXIES", "proxy.example.org"),
        ("DOCKET_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("DOCKET_LOG_LEVEL", "loud"),
        ("DOCKET_LOG_FORMAT", "yaml"),
    ] {
        // The message names the setting as in the environment or as in the file.
        let setting = name.trim_start_matches("DOCKET_");
        refused(&home, &[(name, value)], &[setting]);
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let home = home(&[(
        "Rocket.toml",
        "[default]\ncolour = \"blue\"\nworkers = \"many\"\n",
    )]);
    let settings = [
        ("DOCKET_PORT", "99999"),
        ("DOCKET_LOG_LEVEL", "loud"),
        ("DOCKET_FLAVOUR", "mint"),
        ("DOCKET_JWT_KEYS", "k:c2hvcnQ"),
        ("ROCKET_PORT", "1"),
    ];
    let named = [
        "colour",
        "workers",
        "port",
        "log_level",
        "FLAVOUR",
        "jwt_keys",
        "ROCKET_PORT",
    ];
    refused(&home, &settings, &named);
}

#[test]
fn a_short_or_malformed_key_is_refused_and_not_repeated() {
    let home = home(&[]);
    let short = URL_SAFE_NO_PAD.encode([7; 31]);
    let long = URL_SAFE_NO_PAD.encode([7; 32]);
    for keys in [
        format!("k:{short}"),
        format!("a:{long},k:{short}"),
        format!("k:{long}!!"),
        format!("a:{long},a:{long}"),
        format!(":{long}"),
        long.clone(),
        "k:".to_owned(),
    ] {
        let message = refused(&home, &[("DOCKET_JWT_KEYS", &keys)], &["JWT_KEYS"]);
        assert!(
            !message.contains(&short) && !message.contains(&long),
            "{message}"
        );
    }
    let good = format!("k:{long}");
    check(&home, &[("DOCKET_JWT_KEYS", &good)])
        .output()
        .exits(0);
}

#[tokio::test]
async fn the_first_start_makes_a_private_directory_and_key() {
    let mut server = Server::start().await;
    let data = server.data_dir();
    assert_private(&data);
    let file = data.join("jwt.keys");
    assert_private(&file);
    for name in ["docket.db", "docket.db-wal", "docket.db-shm"] {
        let path = data.join(name);
        if path.exists() {
            assert_private(&path);
        }
    }
    let text = fs::read_to_string(&file).expect("the key file");
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let [line] = lines.as_slice() else {
        panic!("{} lines in the key file", lines.len());
    };
    let (kid, key) = line.split_once(' ').expect("a kid and a key");
    let key = URL_SAFE_NO_PAD.decode(key.trim()).expect("base64url");
    assert_eq!(key.len(), 32);

    let user = User::register(&server).await;
    assert_eq!(jwt::header(&user.tokens.access)["kid"], kid);
    let claims = jwt::claims(&user.tokens.access);
    let minted = jwt::mint(&jwt::plain_header(kid), &claims, &key);
    server.get("/api/v1/me").bearer_auth(minted).is(200).await;

    server.restart().await;
    assert_eq!(fs::read_to_string(&file).expect("the key file"), text);
    let other = Server::start().await;
    let others = fs::read_to_string(other.data_dir().join("jwt.keys")).expect("the key file");
    assert_ne!(others, text);
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let mut server = Server::start().await;
    let user = User::register(&server).await;
    let task = user.add_task("Remember me \u{1f4be}").await;
    server.restart().await;
    let mut user = user.on(&server);
    assert_eq!(user.me_status().await, 200);
    assert_eq!(user.list("").await["items"][0], task);
    user.refresh().await;
    user.again(&server).await;

    let status = server.stop();
    if cfg!(unix) {
        assert_eq!(status.code(), Some(0), "after SIGTERM");
    }
    server.restart().await;
    let user = user.on(&server);
    assert_eq!(user.task(task["id"].as_str().expect("an id")).await, task);
}

#[tokio::test]
async fn the_data_directory_can_be_elsewhere() {
    let elsewhere = TempDir::new().expect("a directory");
    let path = elsewhere.path().join("deep").join("docket");
    let text = path.to_str().expect("a path");
    let server = Server::with(&[("DOCKET_DATA_DIR", text)]).await;
    User::register(&server).await;
    assert!(path.join("jwt.keys").exists());
    assert!(!server.data_dir().exists());
}

#[test]
fn a_port_in_use_is_said_in_one_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener
        .local_addr()
        .expect("an address")
        .port()
        .to_string();
    let home = home(&[]);
    let mut serve = docket(home.path(), &["serve"]);
    let ran = serve.env("DOCKET_PORT", &port).output().exits(1);
    assert!(ran.stderr.contains(&port), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("is ready"), "{}", ran.stdout);
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let home = home(&[(
        "notes.txt",
        "This is no database, but long enough to be looked at. ",
    )]);
    for (url, named) in [
        ("sqlite:absent/docket.db", "absent/docket.db"),
        ("sqlite:notes.txt", "database"),
    ] {
        let mut serve = docket(home.path(), &["serve"]);
        serve
            .env("DOCKET_PORT", "0")
            .env("DOCKET_DATABASE_URL", url);
        let ran = serve.output().exits(1);
        assert!(ran.stderr.contains(named), "{url}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{url}: {}", ran.stderr);
    }
}

#[test]
fn an_unusable_data_directory_is_named() {
    let home = home(&[("data", "a file, not a directory")]);
    let mut serve = docket(home.path(), &["serve"]);
    let ran = serve.env("DOCKET_PORT", "0").output();
    assert!(matches!(ran.code, Some(1 | 2)), "{ran:#?}");
    assert!(ran.stderr.contains("data"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}
