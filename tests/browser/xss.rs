//! Strings known to run scripts in other programs, in every field that accepts text.

use serde_json::{Value, json};

use super::driver::Browser;
use crate::support::{Ask, Server, User, query};

/// One string per line, with `\n`, `\t`, `\x00` and `\x01` for characters that cannot be in a line.
const CORPUS: &str = include_str!("xss.txt");

/// Runs before any script of a page, outside its Content-Security-Policy. Records forbidden events.
const WATCH: &str = "
    window.seen = [];
    for (const name of ['alert', 'confirm', 'prompt', 'msgbox']) {
        window[name] = () => window.seen.push(`${name} ran`);
    }
    document.addEventListener('securitypolicyviolation', (event) => {
        window.seen.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });";

/// Returns the forbidden events, and the forbidden elements in the page.
const REPORT: &str = "
    const found = [...window.seen];
    for (const { name } of performance.getEntriesByType('resource')) {
        if (new URL(name).origin !== location.origin) found.push(`asked for ${name}`);
    }
    for (const link of document.querySelectorAll('a[href], area[href]')) {
        const known = ['http:', 'https:', 'mailto:'].includes(link.protocol);
        if (!known) found.push(`links to ${link.href}`);
    }
    const odd = 'script:not([src^=\"/static/\"], [type=\"application/json\"]), style, iframe, object, embed, base, img, video, \
        math, .prose svg, .prose form, .prose input, .prose [id], .prose [style]';
    for (const one of document.querySelectorAll(odd)) found.push(one.outerHTML);
    for (const one of document.querySelectorAll('*')) {
        for (const { name } of one.attributes) {
            if (name.startsWith('on')) found.push(`${name} at ${one.tagName}`);
        }
    }
    return found;";

fn vectors() -> Vec<String> {
    let unescape = |line: &str| {
        [
            ("\\n", "\n"),
            ("\\t", "\t"),
            ("\\x01", "\u{1}"),
            ("\\x00", "\u{fffd}"),
        ]
        .into_iter()
        .fold(line.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let all: Vec<_> = CORPUS.lines().map(unescape).collect();
    assert!(all.len() > 150, "{} strings", all.len());
    all
}

async fn report(browser: &Browser) -> Value {
    browser
        .holds(
            "the page is there",
            "return document.readyState === 'complete'",
        )
        .await;
    browser.runs(REPORT).await
}

async fn is_harmless(browser: &Browser, path: &str, what: &str) {
    browser.goto(path).await;
    let found = report(browser).await;
    assert_eq!(found, json!([]), "{path} with {what}");
}

async fn watched(server: &Server) -> (Browser, User) {
    let browser = Browser::start(server).await;
    let person = browser.registers().await;
    let script = json!({ "source": WATCH });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", script)
        .await;
    let user = User::login(server, &person.email, &person.password).await;
    (browser, user)
}

#[tokio::test]
async fn the_watch_detects_forbidden_events() {
    let server = Server::start().await;
    let (browser, _) = watched(&server).await;
    is_harmless(&browser, "/tasks", "nothing").await;
    browser.runs("alert(1)").await;
    browser
        .runs("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
        .await;
    let script = "return window.seen.some((line) => line.startsWith('script-src-attr'))";
    browser.holds("the violation is seen", script).await;
    let found = report(&browser).await.to_string();
    for part in ["alert ran", "onerror at IMG"] {
        assert!(found.contains(part), "{found}");
    }
}

#[tokio::test]
async fn no_string_runs_or_loads_anything() {
    let server = Server::start().await;
    let (browser, user) = watched(&server).await;
    let vectors = vectors();
    let mut paths = Vec::new();
    for vector in &vectors {
        let new = json!({ "title": vector, "description": vector });
        let task = user.post("/api/v1/tasks", &new).gives(201).await;
        paths.push(format!("/tasks/{}", task["id"].as_str().expect("an id")));
    }
    for (path, vector) in paths.iter().zip(&vectors) {
        is_harmless(&browser, path, vector).await;
    }
    // Walks through the list page by page.
    let mut next = "/tasks?status=all".to_owned();
    loop {
        is_harmless(&browser, &next, "all of them").await;
        let more = "return document.querySelector('.more a')?.getAttribute('href')";
        let Value::String(path) = browser.runs(more).await else {
            break;
        };
        next = path;
    }
    browser.is_quiet().await;
}

#[tokio::test]
async fn names_searches_and_rejected_forms_are_harmless() {
    let server = Server::start().await;
    let (browser, user) = watched(&server).await;
    for vector in vectors().iter().step_by(9) {
        let line: String = vector.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = line.chars().take(90).collect();
        let change = json!({ "display_name": name });
        let answer = user.patch("/api/v1/me", &change).answer().await;
        assert!(answer.status().is_success(), "{name}: {}", answer.status());
        is_harmless(&browser, "/settings/profile", &name).await;
        let search = format!("/tasks?{}", query(&[("q", &line)]));
        is_harmless(&browser, &search, &line).await;
    }
}
