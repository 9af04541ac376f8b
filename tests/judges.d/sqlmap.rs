//! sqlmap on every input: ids in paths, queries, headers, forms and JSON.

use std::fmt::Write;
use std::time::Instant;

use tempfile::TempDir;
use tokio::process::Command;

use super::requests::{Field, Kind, Recipe, of_the_api, of_the_pages};
use super::{LONG, report, run};
use crate::support::{Engine, Server, query, together};

/// Marks an input that sqlmap varies.
const MARK: &str = "*";

/// Statuses that a varied request may be rejected with. Without this list, sqlmap stops at the
/// first one.
const REFUSALS: &str = "400,401,403,404,409,412,422";

/// A request as sent, and the number of marks in it.
struct Target {
    name: String,
    text: String,
}

#[tokio::test]
#[ignore = "takes minutes: run tests/judges"]
async fn sqlmap() {
    let server = Server::with(&LONG).await;
    let started = Instant::now();
    let mut recipes = of_the_api(&server).await;
    let forms = of_the_pages(&server).await;
    assert!(forms.len() >= 14, "only {} forms were found", forms.len());
    let summary = format!("{} operations, {} forms", recipes.len(), forms.len());
    recipes.extend(forms);
    let targets: Vec<Target> = recipes
        .iter()
        .flat_map(|recipe| [Some(input(recipe, &server)), headers(recipe, &server)])
        .flatten()
        .collect();
    let marks: usize = targets.iter().map(Target::marks).sum();
    let mut targets = targets.into_iter();
    let mut findings = Vec::new();
    loop {
        let some: Vec<_> = targets.by_ref().take(2).map(judge).collect();
        if some.is_empty() {
            break;
        }
        findings.extend(together(some).await.into_iter().flatten());
    }
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    report("sqlmap", &format!("{marks} inputs of {summary}"), started);
}

impl Target {
    fn marks(&self) -> usize {
        self.text.matches(MARK).count()
    }
}

/// Returns the request with a mark at each id, parameter and field.
fn input(recipe: &Recipe, server: &Server) -> Target {
    let id = recipe.id.as_ref().map(|id| format!("{id}{MARK}"));
    let query = encoded(&recipe.query, MARK);
    let body = match recipe.content_type.as_str() {
        "" => String::new(),
        kind if kind.contains("json") => json(&recipe.body),
        _ => encoded(&recipe.body, MARK),
    };
    Target {
        name: format!("{} {}", recipe.method, recipe.path),
        text: written(recipe, server, id, &query, &agent(), &body),
    }
}

/// The user agent, which is stored with sessions and events.
fn agent() -> String {
    format!("User-Agent: Judge{MARK}\r\n")
}

/// Returns the request with a mark in each of its own headers. They are tested separately, because
/// a varied entity tag makes the request fail whatever the other inputs are.
fn headers(recipe: &Recipe, server: &Server) -> Option<Target> {
    if recipe.headers.is_empty() {
        return None;
    }
    let mut headers = String::new();
    for field in &recipe.headers {
        let _ = write!(headers, "{}: \"a\"{MARK}\r\n", field.name);
    }
    let query = encoded(&recipe.query, "");
    let body = match recipe.content_type.as_str() {
        "" => String::new(),
        kind if kind.contains("json") => json(&recipe.body).replace(MARK, ""),
        _ => encoded(&recipe.body, ""),
    };
    let text = written(recipe, server, recipe.id.clone(), &query, &headers, &body);
    Some(Target {
        name: format!("{} {}, headers", recipe.method, recipe.path),
        text,
    })
}

fn written(
    recipe: &Recipe,
    server: &Server,
    id: Option<String>,
    query: &str,
    headers: &str,
    body: &str,
) -> String {
    let path = recipe.path.replace("{id}", &id.unwrap_or_default());
    let mark = if query.is_empty() { "" } else { "?" };
    let mut text = format!(
        "{} {path}{mark}{query} HTTP/1.1\r\nHost: {}\r\n{}\r\n{headers}",
        recipe.method,
        server.host(),
        recipe.signature
    );
    if !recipe.content_type.is_empty() {
        let _ = write!(text, "Content-Type: {}\r\n", recipe.content_type);
    }
    // Forms are accepted only from Docket's own pages.
    let _ = write!(text, "Sec-Fetch-Site: same-origin\r\n\r\n{body}");
    text
}

fn encoded(fields: &[Field], mark: &str) -> String {
    let pairs = fields
        .iter()
        .map(|field| query(&[(&field.name, &field.value)]) + mark);
    pairs.collect::<Vec<_>>().join("&")
}

fn json(fields: &[Field]) -> String {
    let members = fields.iter().map(|field| {
        let text = serde_json::to_string(&format!("{}{MARK}", field.value)).expect("JSON");
        let value = match field.kind {
            Kind::Text => text,
            Kind::Bare => format!("{}{MARK}", field.value),
            Kind::List => format!("[{text}]"),
        };
        format!("\"{}\": {value}", field.name)
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

/// Returns the findings of sqlmap, or the reason why it has tried too little.
async fn judge(target: Target) -> Option<String> {
    let home = TempDir::new().expect("a directory");
    std::fs::write(home.path().join("request"), &target.text).expect("a request");
    let engine = match Engine::chosen() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
        Engine::Mysql => "MySQL",
    };
    let mut sqlmap = Command::new("sqlmap");
    sqlmap
        .args(["-r", "request", "--batch", "--ignore-stdin", "--level", "1"])
        .args(["--dbms", engine, "--ignore-code", REFUSALS])
        .args(["--skip-waf", "--disable-coloring", "--output-dir", "."]);
    let ran = run(&mut sqlmap, home.path()).await;
    let tried = ran.stdout.matches("testing for SQL injection on").count();
    let clean = ran
        .stdout
        .contains("all tested parameters do not appear to be injectable");
    // sqlmap may also try fields without a mark.
    let whole = tried >= target.marks();
    (!clean || !whole).then(|| {
        let lines: Vec<_> = ran.stdout.lines().collect();
        let last = lines[lines.len().saturating_sub(40)..].join("\n");
        format!(
            "{}: {tried} of {} tried\n{last}{}",
            target.name,
            target.marks(),
            ran.stderr
        )
    })
}
