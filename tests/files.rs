//! Permissions of the key file, and commands run by root in a data directory of another user, who
//! can replace any name in it with a link.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use crate::support::{Server, User, docket, email, password, until};

/// The user the server would run as.
const SERVICE: u32 = 65_534;

/// Creates a working directory with a data directory.
fn home_of(owner: Option<u32>) -> (TempDir, PathBuf) {
    let home = TempDir::new().expect("a directory");
    let data = home.path().join("data");
    fs::create_dir(&data).expect("the data directory");
    chown(&data, owner, owner).expect("chown");
    (home, data)
}

/// Creates a working directory with a data directory of the service user. `None` if the caller is
/// not root.
fn home_of_the_service() -> Option<(TempDir, PathBuf)> {
    let own = TempDir::new().expect("a directory");
    if owner(own.path()) != 0 {
        eprintln!("skipped: only root can work in the directory of another user");
        return None;
    }
    Some(home_of(Some(SERVICE)))
}

fn owner(path: &Path) -> u32 {
    fs::metadata(path).expect("metadata").uid()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

/// Returns the text of a valid key file.
fn good_keys() -> String {
    let (home, data) = home_of(None);
    docket(home.path(), &["keys", "rotate"]).output().exits(0);
    fs::read_to_string(data.join("jwt.keys")).expect("the keys")
}

#[test]
fn root_follows_no_link_to_keys_in_the_directory_of_another_user() {
    let Some((home, data)) = home_of_the_service() else {
        return;
    };
    let target = home.path().join("others.keys");
    let before = good_keys();
    fs::write(&target, &before).expect("the keys");
    set_mode(&target, 0o600);
    symlink(&target, data.join("jwt.keys")).expect("a link");
    for arguments in [["list"].as_slice(), &["rotate"], &["retire", "x"]] {
        let arguments = [&["keys"], arguments].concat();
        let ran = docket(home.path(), &arguments).output().exits(1);
        assert!(ran.stderr.contains("it is a link"), "{}", ran.stderr);
    }
    assert_eq!(fs::read_to_string(&target).expect("the keys"), before);
    assert_eq!(owner(&target), 0);
}

#[test]
fn no_race_hands_a_file_of_root_to_the_owner_of_the_directory() {
    let Some((home, data)) = home_of_the_service() else {
        return;
    };
    let (target, keys) = (home.path().join("shadow"), data.join("jwt.keys"));
    fs::write(&target, "secret").expect("a file");
    let (text, done) = (good_keys(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        // Replaces each temporary file of the command with a link.
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for entry in fs::read_dir(&data).expect("the directory").flatten() {
                    let name = entry.file_name();
                    if name.to_string_lossy().starts_with('.') {
                        let link = data.join("link");
                        let _ = symlink(&target, &link);
                        let _ = fs::rename(&link, entry.path());
                    }
                }
            }
        });
        for _ in 0..40 {
            let _ = fs::remove_file(&keys);
            fs::write(&keys, &text).expect("the keys");
            set_mode(&keys, 0o600);
            chown(&keys, Some(SERVICE), Some(SERVICE)).expect("chown");
            docket(home.path(), &["keys", "rotate"]).output();
            if owner(&target) != 0 {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(owner(&target), 0);
    assert_eq!(fs::read_to_string(&target).expect("the file"), "secret");
}

#[test]
fn files_that_root_creates_for_the_service_belong_to_the_service() {
    let Some((home, data)) = home_of_the_service() else {
        return;
    };
    docket(home.path(), &["keys", "rotate"]).output().exits(0);
    docket(home.path(), &["keys", "rotate"]).output().exits(0);
    docket(home.path(), &["user", "add", &email()])
        .output_with(&format!("{}\n", password()))
        .exits(0);
    for name in ["jwt.keys", "docket.db", "docket.db-wal", "docket.db-shm"] {
        let path = data.join(name);
        if path.exists() {
            assert_eq!((owner(&path), mode(&path)), (SERVICE, 0o600), "{name}");
        }
    }
    // Also with the key of a first start.
    fs::remove_file(data.join("jwt.keys")).expect("remove the keys");
    docket(home.path(), &["user", "list"]).output().exits(0);
    assert_eq!(owner(&data.join("jwt.keys")), SERVICE);
    // A backup contains password hashes, so it belongs to the caller.
    docket(home.path(), &["backup", "data/docket.backup"])
        .output()
        .exits(0);
    assert_eq!(owner(&data.join("docket.backup")), 0);
}

#[test]
fn root_opens_no_database_behind_a_link_in_the_directory_of_another_user() {
    let Some((home, data)) = home_of_the_service() else {
        return;
    };
    let target = home.path().join("empty");
    fs::write(&target, "").expect("a file");
    symlink(&target, data.join("docket.db")).expect("a link");
    for arguments in [["migrate"].as_slice(), &["user", "list"], &["backup", "-"]] {
        let ran = docket(home.path(), arguments).output().exits(1);
        assert!(ran.stderr.contains("it is a link"), "{}", ran.stderr);
    }
    assert_eq!(fs::metadata(&target).expect("the file").len(), 0);
}

#[test]
fn the_error_names_a_file_that_may_not_be_opened() {
    let Some((home, data)) = home_of_the_service() else {
        return;
    };
    docket(home.path(), &["user", "list"]).output().exits(0);
    let program = home.path().join("docket");
    fs::copy(env!("CARGO_BIN_EXE_docket"), &program).expect("a copy");
    set_mode(home.path(), 0o755);
    for name in ["docket.db", "jwt.keys"] {
        let path = data.join(name);
        chown(&path, Some(0), Some(0)).expect("chown");
        let ran = Command::new(&program)
            .args(["user", "list"])
            .env_clear()
            .uid(SERVICE)
            .current_dir(home.path())
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{said}");
        assert!(said.contains(name) && said.contains("denied"), "{said}");
        chown(&path, Some(SERVICE), Some(SERVICE)).expect("chown");
    }
}

#[test]
fn a_rotation_keeps_the_link_the_permissions_and_the_owner() {
    let (home, data) = home_of(None);
    let (link, target) = (data.join("jwt.keys"), home.path().join("shared.keys"));
    fs::write(&target, good_keys()).expect("the keys");
    set_mode(&target, 0o640);
    symlink(&target, &link).expect("a link");
    docket(home.path(), &["keys", "rotate"]).output().exits(0);
    let kind = fs::symlink_metadata(&link).expect("metadata").file_type();
    assert!(kind.is_symlink());
    assert_eq!(mode(&target), 0o640);
    assert_eq!(owner(&target), owner(home.path()));
    let text = fs::read_to_string(&target).expect("the keys");
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn a_key_file_that_others_may_access_is_refused_with_the_remedy() {
    let (home, data) = home_of(None);
    let path = data.join("jwt.keys");
    fs::write(&path, good_keys()).expect("the keys");
    for (mode, accepted) in [
        (0o600, true),
        (0o400, true),
        (0o640, true),
        (0o644, false),
        (0o604, false),
        (0o602, false),
        (0o660, false),
    ] {
        set_mode(&path, mode);
        let ran = docket(home.path(), &["keys", "list"]).output();
        assert_eq!(ran.code, Some(i32::from(!accepted)), "{mode:o}: {ran:?}");
        if accepted {
            continue;
        }
        let commands: [&[&str]; 3] = [&["serve"], &["keys", "rotate"], &["user", "list"]];
        for arguments in commands {
            let ran = docket(home.path(), arguments)
                .env("DOCKET_PORT", "0")
                .output()
                .exits(1);
            assert!(ran.stderr.contains("run: chmod g-w,o="), "{}", ran.stderr);
        }
    }
    assert_eq!(
        fs::read_to_string(&path).expect("the keys").lines().count(),
        1
    );
}

#[test]
fn a_key_file_of_another_user_is_refused() {
    let Some((home, data)) = home_of_the_service() else {
        return;
    };
    let path = data.join("jwt.keys");
    fs::write(&path, good_keys()).expect("the keys");
    set_mode(&path, 0o600);
    for (owner, accepted) in [(0, true), (SERVICE, true), (12_345, false)] {
        chown(&path, Some(owner), None).expect("chown");
        let ran = docket(home.path(), &["keys", "list"]).output();
        assert_eq!(ran.code, Some(i32::from(!accepted)), "{owner}: {ran:?}");
        assert_eq!(
            ran.stderr.contains("run: chown"),
            !accepted,
            "{}",
            ran.stderr
        );
    }
}

#[tokio::test]
async fn a_running_server_ignores_a_key_file_that_others_may_read() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let path = server.data_dir().join("jwt.keys");
    set_mode(&path, 0o644);
    until("the server says so", || async {
        user.me_status().await == 200 && server.log().contains("run: chmod")
    })
    .await;
    set_mode(&path, 0o600);
    assert_eq!(user.me_status().await, 200);
}

#[tokio::test]
async fn a_new_database_beside_older_keys_is_logged() {
    let mut server = Server::start().await;
    User::register(&server).await;
    server.restart().await;
    assert!(!server.log().contains("database_url"), "{}", server.log());
    let elsewhere = format!("sqlite:{}", server.home().join("empty.db").display());
    server
        .restart_with(&[("DOCKET_DATABASE_URL", &elsewhere)])
        .await;
    until("the server says so", || async {
        server.log().contains("database_url")
    })
    .await;
}
