//! Third-party security scanners and API testers, run against a test server. `tests/judges`
//! installs them, runs these tests and prints a table. They take minutes and are not part of the
//! suites. A scanner that is missing, fails or has tried nothing is a failure too.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{Ask, Engine, Ran, Server};

#[path = "judges.d/requests.rs"]
mod requests;
#[path = "judges.d/sqlmap.rs"]
mod sqlmap;
#[path = "judges.d/wapiti.rs"]
mod wapiti;

/// Directory of the scanners' configuration.
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges.d");

/// Lifetime of a session that outlasts any scan.
const LONG: [(&str, &str); 1] = [("DOCKET_ACCESS_TOKEN_SECONDS", "86400")];

/// Time limit of a scan, sufficient even on a busy machine.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Prints a row of the table.
fn report(judge: &str, tried: &str, started: Instant) {
    println!(
        "| {judge} | {:?} | {tried} | no finding, {} s |",
        Engine::chosen(),
        started.elapsed().as_secs()
    );
}

/// Runs a scanner until it exits, in a directory for its files.
async fn run(judge: &mut Command, home: &Path) -> Ran {
    let run = judge
        .current_dir(home)
        .env("HOME", home)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LONGEST, run)
        .await
        .expect("the judge comes to an end")
        .unwrap_or_else(|error| panic!("{judge:?}: {error}; run tests/judges"));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

async fn document(server: &Server) -> Value {
    server.get("/api/openapi.json").gives(200).await
}

/// Returns the operations of the document, as in `GET /api/v1/tasks`.
fn operations(document: &Value, wanted: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().expect("operations");
            item.iter().map(move |(method, one)| (path, method, one))
        })
        .filter(|(.., operation)| wanted(operation))
        .map(|(path, method, _)| format!("{} {path}", method.to_uppercase()))
        .collect()
}

#[tokio::test]
#[ignore = "takes minutes: run tests/judges"]
async fn schemathesis_with_a_session() {
    let server = Server::start().await;
    let mut all = operations(&document(&server).await, |_| true);
    // schemathesis fetches this document before the tests.
    all.remove("GET /api/openapi.json");
    schemathesis(&server, "session", 20, &all).await;
}

#[tokio::test]
#[ignore = "takes minutes: run tests/judges"]
async fn schemathesis_with_an_api_token() {
    let server = Server::start().await;
    let open_to_them = |operation: &Value| {
        let security = operation["security"].as_array();
        security.is_some_and(|all| all.iter().any(|one| one.get("api_token").is_some()))
    };
    let all = operations(&document(&server).await, open_to_them);
    schemathesis(&server, "api", 10, &all).await;
}

/// Runs every check on every operation. Each operation in `accepted` must have accepted some
/// request.
async fn schemathesis(server: &Server, token: &str, examples: usize, accepted: &BTreeSet<String>) {
    let home = TempDir::new().expect("a directory");
    let started = Instant::now();
    let mut judge = Command::new("schemathesis");
    judge
        .args(["--config-file", &format!("{SETTINGS}/schemathesis.toml")])
        .args(["run", &server.url("/api/openapi.json"), "--no-color"])
        .args(["--checks", "all", "--continue-on-failure", "--seed", "1"])
        .args(["--max-examples", &examples.to_string()])
        .args(["--generation-database", "none"])
        .args(["--report", "json", "--report-json-path", "report.json"])
        .env(
            "SCHEMATHESIS_HOOKS",
            format!("{SETTINGS}/schemathesis_hooks.py"),
        )
        .env("DOCKET_JUDGE_URL", &server.base)
        .env("DOCKET_JUDGE_TOKEN", token);
    let ran = run(&mut judge, home.path()).await;
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let text = std::fs::read_to_string(home.path().join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let cases = report["test_cases"]["generated"].as_u64().expect("cases");
    let failures = report["failures"].as_array().map(Vec::len);
    assert_eq!(failures, Some(0), "{}", report["failures"]);
    let operations = &report["operations"];
    assert_eq!(operations["tested"], operations["total"], "{operations}");
    for phase in ["examples", "coverage", "fuzzing", "stateful"] {
        assert_eq!(report["phases"][phase]["status"], "success", "{phase}");
    }
    for operation in accepted {
        let phases = report["valid_rates"][operation].as_object();
        let count: u64 = phases
            .into_iter()
            .flat_map(|phases| phases.values())
            .filter_map(|phase| phase["accepted"].as_u64())
            .sum();
        assert!(count > 0, "{operation}: nothing but its errors was judged");
    }
    super::judges::report(
        &format!("schemathesis, {token} token"),
        &format!("{cases} requests to {} operations", operations["tested"]),
        started,
    );
}
