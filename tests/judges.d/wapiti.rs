//! wapiti on every page and form, signed in.

use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::requests::Owner;
use super::{LONG, run};
use crate::support::{Engine, Server};

/// Modules that work without a network and apply to a server like this one. Excluded are:
/// - `ssrf`, `xxe`, `log4shell`: they need a server on the Internet that reports calls
/// - `csrf`: it looks for a hidden token, but Docket relies on `Sec-Fetch-Site`, `Origin` and
///   `SameSite`
/// - `ldap`: it takes the rejection of a NUL in a title for the response of a directory
/// - `spring4shell`: it takes the rejection of an unknown parameter for a hole in a Java library
/// - modules that look for products in a database, guess passwords, or check TLS and DNS
const MODULES: &str = "backup,cookieflags,crlf,csp,exec,file,htaccess,http_headers,methods,\
    permanentxss,redirect,shellshock,sql,timesql,upload,xss";

/// Time limit of a module in seconds. The slowest would run for an hour; they find most problems at
/// once.
const LONGEST: &str = "60";

#[tokio::test]
#[ignore = "takes minutes: run tests/judges"]
async fn wapiti() {
    // The pages do not depend on the engine, and sqlmap tests all of them on each.
    if Engine::chosen() != Engine::Sqlite {
        return;
    }
    // As behind a TLS proxy, so that cookies have all their flags.
    let mut settings = LONG.to_vec();
    settings.push(("DOCKET_PUBLIC_URL", "https://docket.example.org"));
    let server = Server::with(&settings).await;
    let owner = Owner::register(&server).await;
    let home = TempDir::new().expect("a directory");
    let started = Instant::now();
    let cookie = format!("Cookie: __Host-docket_access={}", owner.user.tokens.access);
    let mut wapiti = Command::new("wapiti");
    wapiti.args(["--url", &server.url("/"), "--scope", "domain"]);
    for page in ["/login", "/register", "/tasks", "/settings/tokens"] {
        wapiti.args(["--start", &server.url(page)]);
    }
    // Excluded: paths that sign out, and paths that are not pages.
    for path in [
        "/logout",
        "/settings/delete",
        "/settings/password",
        "/api/*",
        "/static/*",
    ] {
        wapiti.args(["--exclude", &server.url(path)]);
    }
    wapiti
        .args([
            "--header",
            &cookie,
            "--header",
            "Sec-Fetch-Site: same-origin",
        ])
        .args(["--module", MODULES, "--no-bugreport", "--verbose", "1"])
        .args(["--detailed-report", "1"])
        .args(["--store-session", ".", "--store-config", "."])
        .args(["--max-scan-time", "60", "--max-attack-time", LONGEST])
        .args(["--format", "json", "--output", "report.json"]);
    let ran = run(&mut wapiti, home.path()).await;
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let text = std::fs::read_to_string(home.path().join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    for kind in ["vulnerabilities", "anomalies"] {
        let found = report[kind].as_object().expect("findings");
        let found: Vec<&Value> = found
            .values()
            .filter(|all| **all != Value::Array(Vec::new()))
            .collect();
        assert!(found.is_empty(), "{kind}: {found:#?}");
    }
    for module in MODULES.split(',') {
        let launched = format!("Launching module {module}\n");
        assert!(
            ran.stdout.contains(&launched),
            "{module} was not run:\n{}",
            ran.stdout
        );
    }
    let cut_off = ran.stdout.matches("Max attack time was reached").count();
    let pages = report["infos"]["crawled_pages"].as_array().expect("pages");
    let forms = pages
        .iter()
        .filter(|page| page["request"]["method"] == "POST");
    let forms = forms.count();
    assert!(forms >= 8, "only {forms} forms were found");
    let tried = format!(
        "{} pages ({forms} forms) by {} modules, {cut_off} of them cut off after {LONGEST} s",
        pages.len(),
        MODULES.split(',').count()
    );
    super::report("wapiti", &tried, started);
}
