//! Commands other than `serve`: accounts, migrations, help.

use std::fs;

use serde_json::{Value, json};
use sqlx::Connection;
use tempfile::TempDir;

use crate::support::{
    Ask, OnDelete, Server, User, client, docket, email, free_port, on_delete, password, until,
};

const LOGIN: &str = "/api/v1/auth/login";

async fn login_status(server: &Server, email: &str, password: &str) -> u16 {
    let body = json!({ "email": email, "password": password });
    let answer = server.post(LOGIN).json(&body).answer().await;
    answer.status().as_u16()
}

#[tokio::test]
async fn an_account_is_added_from_the_shell() {
    let server = Server::start().await;
    let (address, secret) = (email(), password());
    let mut add = server.command(&["user", "add", &address, "--name", "Ada Lovelace"]);
    let ran = add.output_with(&format!("{secret}\n")).exits(0);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(&secret));
    let user = User::login(&server, &address, &secret).await;
    let me = user.get("/api/v1/me").gives(200).await;
    assert_eq!(me["display_name"], "Ada Lovelace");

    // The same rules as on the web: unique e-mail address, no guessable password.
    let upper = address.to_uppercase();
    let mut again = server.command(&["user", "add", &upper]);
    let ran = again.output_with(&format!("{}\n", password())).exits(1);
    assert!(
        !ran.stderr.is_empty() && !ran.stderr.contains("panicked"),
        "{}",
        ran.stderr
    );
    for (address, secret) in [
        (email(), "password1"),
        (email(), "short"),
        (email(), ""),
        ("nobody".to_owned(), "correct horse 4711 battery"),
    ] {
        let mut add = server.command(&["user", "add", &address]);
        let ran = add.output_with(&format!("{secret}\n"));
        assert!(matches!(ran.code, Some(1 | 2)), "{address}: {ran:#?}");
        assert!(
            !ran.stderr.is_empty() && !ran.stderr.contains("panicked"),
            "{}",
            ran.stderr
        );
        assert_eq!(login_status(&server, &address, secret).await / 100, 4);
    }
}

#[tokio::test]
async fn the_password_is_the_first_line_and_nothing_else() {
    let server = Server::start().await;
    for ending in ["", "\n", "\r\n", "\nsecond line\n"] {
        let (address, secret) = (email(), format!(" {} ", password()));
        let mut add = server.command(&["user", "add", &address]);
        add.output_with(&format!("{secret}{ending}")).exits(0);
        assert_eq!(
            login_status(&server, &address, &secret).await,
            200,
            "{ending:?}"
        );
    }
}

#[tokio::test]
async fn accounts_are_listed() {
    let server = Server::start().await;
    let (ada, other) = (User::register(&server).await, User::register(&server).await);
    let ran = server.command(&["user", "list"]).output().exits(0);
    for user in [&ada, &other] {
        let lines: Vec<_> = ran
            .stdout
            .lines()
            .filter(|line| line.contains(&user.email))
            .collect();
        assert_eq!(lines.len(), 1, "{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("$argon2"), "{}", ran.stdout);
    server
        .command(&["user", "disable", &ada.email])
        .output()
        .exits(0);
    let after = server.command(&["user", "list"]).output().exits(0);
    let of = |text: &str| {
        let line = text.lines().find(|line| line.contains(&ada.email));
        line.unwrap_or_default().to_owned()
    };
    assert_ne!(
        of(&ran.stdout),
        of(&after.stdout),
        "the list shows who is disabled"
    );
}

#[tokio::test]
async fn a_password_is_set_and_every_session_ends() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let new = password();
    let mut set = server.command(&["user", "set-password", &ada.email.to_uppercase()]);
    set.output_with(&format!("{new}\n")).exits(0);
    assert_eq!(ada.me_status().await, 401);
    assert_eq!(login_status(&server, &ada.email, &ada.password).await, 401);
    assert_eq!(login_status(&server, &ada.email, &new).await, 200);
    let mut weak = server.command(&["user", "set-password", &ada.email]);
    weak.output_with("password1\n").exits(1);
    assert_eq!(login_status(&server, &ada.email, &new).await, 200);
}

#[tokio::test]
async fn a_new_server_has_no_account() {
    let server = Server::start().await;
    let ran = server.command(&["user", "list"]).output().exits(0);
    assert_eq!(ran.stdout, "");
}

#[tokio::test]
async fn accounts_are_signed_out_from_the_shell() {
    let server = Server::start().await;
    let (ada, ben) = (User::register(&server).await, User::register(&server).await);
    let phone = ada.again(&server).await;
    let request =
        json!({ "name": "Cron", "scopes": ["account"], "current_password": ada.password });
    let made = ada.post("/api/v1/tokens", &request).gives(201).await;
    let token = made["token"].as_str().expect("a token").to_owned();
    let by_token = || server.get("/api/v1/me").bearer_auth(&token);
    by_token().is(200).await;

    let upper = ada.email.to_uppercase();
    let mut sign_out = server.command(&["user", "sign-out", &upper]);
    sign_out.output().exits(0);
    for user in [&ada, &phone] {
        assert_eq!(user.me_status().await, 401);
        let body = json!({ "refresh_token": user.tokens.refresh });
        let refresh = server.post("/api/v1/auth/refresh").json(&body);
        refresh.fails(401).await;
    }
    by_token().fails(401).await;
    assert_eq!(ben.me_status().await, 200);

    let again = ada.again(&server).await;
    let events = again.get("/api/v1/security-events").gives(200).await;
    let event = events["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|event| event["kind"] == "all_sessions_ended")
        .expect("the event");
    assert_eq!(event["address"], "");

    let mut everyone = server.command(&["user", "sign-out", "--everyone"]);
    let ran = everyone.output().exits(0);
    assert!(ran.stdout.contains('2'), "{}", ran.stdout);
    for user in [&again, &ben] {
        assert_eq!(user.me_status().await, 401);
    }
    let nobody = email();
    for (arguments, code) in [
        (vec![], 2),
        (vec![ada.email.as_str(), "--everyone"], 2),
        (vec![nobody.as_str()], 1),
    ] {
        let all = [vec!["user", "sign-out"], arguments].concat();
        let ran = server.command(&all).output().exits(code);
        if code == 2 {
            assert!(ran.stderr.contains("<EMAIL|--everyone>"), "{}", ran.stderr);
        }
    }
}

#[tokio::test]
async fn an_account_is_disabled_and_enabled() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Still here").await;
    server
        .command(&["user", "disable", &ada.email])
        .output()
        .exits(0);
    assert_eq!(ada.me_status().await, 401);
    assert_eq!(login_status(&server, &ada.email, &ada.password).await, 401);
    let refresh = json!({ "refresh_token": ada.tokens.refresh });
    server
        .post("/api/v1/auth/refresh")
        .json(&refresh)
        .fails(401)
        .await;

    server
        .command(&["user", "enable", &ada.email])
        .output()
        .exits(0);
    let ada = ada.again(&server).await;
    assert_eq!(ada.list("").await["items"], json!([task]));
}

#[tokio::test]
async fn a_deleted_account_is_gone() {
    let server = Server::start().await;
    let (ada, other) = (User::register(&server).await, User::register(&server).await);
    ada.add_task("Gone").await;
    server
        .command(&["user", "delete", &ada.email])
        .output()
        .exits(0);
    assert_eq!(ada.me_status().await, 401);
    assert_eq!(login_status(&server, &ada.email, &ada.password).await, 401);
    let ran = server.command(&["user", "list"]).output().exits(0);
    assert!(!ran.stdout.contains(&ada.email) && ran.stdout.contains(&other.email));
    assert_eq!(other.me_status().await, 200);
}

#[tokio::test]
async fn an_unknown_account_is_an_error_that_names_it() {
    let server = Server::start().await;
    let unknown = email();
    for verb in ["set-password", "disable", "enable", "delete"] {
        let mut command = server.command(&["user", verb, &unknown]);
        let ran = command.output_with(&format!("{}\n", password())).exits(1);
        assert!(ran.stderr.contains(&unknown), "{verb}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let mut server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Kept").await;
    server.stop();
    for _ in 0..2 {
        server.command(&["migrate"]).output().exits(0);
    }
    server.restart().await;
    assert_eq!(ada.on(&server).list("").await["items"], json!([task]));
}

#[test]
fn help_reads_well_everywhere() {
    let home = TempDir::new().expect("a directory");
    for arguments in [
        vec![],
        vec!["serve"],
        vec!["migrate"],
        vec!["check-config"],
        vec!["openapi"],
        vec!["user"],
        vec!["user", "add"],
        vec!["user", "list"],
        vec!["user", "set-password"],
        vec!["user", "disable"],
        vec!["user", "enable"],
        vec!["user", "delete"],
    ] {
        let with_help = [arguments.as_slice(), &["--help"]].concat();
        let ran = docket(home.path(), &with_help).output().exits(0);
        assert!(
            ran.stdout.contains("Usage:"),
            "{arguments:?}: {}",
            ran.stdout
        );
        // A sentence precedes the usage.
        assert!(
            !ran.stdout.starts_with("Usage:"),
            "{arguments:?}: {}",
            ran.stdout
        );
    }
    let ran = docket(home.path(), &["--version"]).output().exits(0);
    assert_eq!(
        ran.stdout.trim(),
        concat!("docket ", env!("CARGO_PKG_VERSION"))
    );
    let made = fs::read_dir(home.path()).expect("the directory").count();
    assert_eq!(made, 0, "asking for help makes nothing");
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let home = TempDir::new().expect("a directory");
    for arguments in [
        vec!["dance"],
        vec!["--colour"],
        vec!["user"],
        vec!["user", "add"],
        vec!["user", "promote", "ada@example.org"],
        vec!["serve", "now"],
    ] {
        let ran = docket(home.path(), &arguments).output().exits(2);
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_document_is_printed_without_a_database() {
    let home = TempDir::new().expect("a directory");
    let ran = docket(home.path(), &["openapi"]).output().exits(0);
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert!(document["paths"].is_object());
    let made = fs::read_dir(home.path()).expect("the directory").count();
    assert_eq!(made, 0, "printing the document makes nothing");
}

#[tokio::test]
async fn a_closed_pipe_is_no_error() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let commands: [&[&str]; 8] = [
        &["openapi"],
        &["check-config"],
        &["migrate"],
        &["user", "list"],
        &["user", "sign-out", &ada.email],
        &["keys", "rotate"],
        &["keys", "list"],
        &["--help"],
    ];
    for arguments in commands {
        let mut child = server.command(arguments).spawn_with_output_closed();
        let status = child.wait().expect("the command ends");
        assert_eq!(status.code(), Some(0), "{arguments:?}");
    }
    // The exit code still reports the error.
    let failures: [(&[&str], i32); 4] = [
        (&["keys", "retire", "nobody"], 1),
        (&["user", "delete", "nobody@example.org"], 1),
        (&["backup", "-"], 1),
        (&["dance"], 2),
    ];
    for (arguments, code) in failures {
        let mut child = server.command(arguments).spawn_with_output_closed();
        let status = child.wait().expect("the command ends");
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
    let mut wrong = server.command(&["check-config"]);
    let status = wrong
        .env("DOCKET_PORT", "wrong")
        .spawn_with_output_closed()
        .wait();
    assert_eq!(status.expect("the command ends").code(), Some(2));
}

#[test]
fn a_full_disk_is_an_error() {
    let home = TempDir::new().expect("a directory");
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        eprintln!("skipped: there is no /dev/full");
        return;
    };
    let status = docket(home.path(), &["openapi"]).status_with_output(full);
    assert_eq!(status.code(), Some(1));
}

#[tokio::test]
async fn a_server_runs_with_its_output_closed() {
    let home = TempDir::new().expect("a directory");
    let port = free_port();
    let mut child = docket(home.path(), &["serve"])
        .env("DOCKET_PORT", &port.to_string())
        .spawn_with_output_closed();
    let url = format!("http://127.0.0.1:{port}/health/ready");
    until("the server is ready or has ended", || {
        let ended = child.try_wait().expect("the server");
        let asked = client().get(&url).send();
        async move { ended.is_some() || asked.await.is_ok_and(|answer| answer.status() == 200) }
    })
    .await;
    let ended = child.try_wait().expect("the server");
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(ended, None);
}

#[tokio::test]
async fn an_account_with_much_in_it_is_signed_out_too() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut connection = server.database().await;
    on_delete(&mut connection, "sessions", OnDelete::Delay).await;
    connection.close().await.expect("closed");
    let end = |arguments: &[&str], input: &str| {
        server.command(arguments).output_with(input).exits(0);
    };
    end(&["user", "disable", &ada.email], "");
    end(&["user", "enable", &ada.email], "");
    assert_eq!(ada.me_status().await, 401);
    let again = ada.again(&server).await;
    end(&["user", "sign-out", &ada.email], "");
    assert_eq!(again.me_status().await, 401);
    let again = ada.again(&server).await;
    end(&["user", "sign-out", "--everyone"], "");
    assert_eq!(again.me_status().await, 401);
    let again = ada.again(&server).await;
    let new = password();
    end(&["user", "set-password", &ada.email], &format!("{new}\n"));
    assert_eq!(again.me_status().await, 401);
    User::login(&server, &ada.email, &new).await;
}
