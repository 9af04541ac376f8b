//! Pages show changes from elsewhere.

use serde_json::json;
use thirtyfour::{By, Key};

use super::driver::{Browser, row, within_row};
use crate::support::{Ask, Server, User};

/// Counts the times that the page reads itself again, and keeps the events that it is told.
const WATCH: &str = "{
    const { EventSource, fetch } = window;
    Object.assign(window, { readings: 0, told: [] });
    window.fetch = (url, ...rest) => {
        if (url === location.pathname) window.readings += 1;
        return fetch(url, ...rest);
    };
    window.EventSource = class extends EventSource {
        constructor(url) {
            super(url);
            this.addEventListener('change', ({ data }) => window.told.push(JSON.parse(data).own));
        }
    };
}";

const OPEN: &str = "return performance.getEntriesByType('resource')
    .some(({ name }) => name.endsWith('/live.js'))";

#[tokio::test]
async fn changes_elsewhere_appear_and_disturb_no_one_who_writes() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let phone = User::login(&server, &person.email, &person.password).await;
    let watch = json!({ "source": WATCH });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", watch)
        .await;
    browser.goto("/tasks").await;
    let first = phone.add_task("From the phone").await;
    browser.lists(&["From the phone"]).await;

    // Half a task stays, with its caret, and so does an open menu.
    browser.types("#new-title", "Half a ta").await;
    browser
        .runs("document.querySelector('#new-title').setSelectionRange(2, 4)")
        .await;
    browser
        .runs("document.querySelector('.task details').open = true")
        .await;
    let path = format!("/api/v1/tasks/{}", first["id"].as_str().expect("an id"));
    let patch = json!({ "title": "Renamed on the phone" });
    phone.patch(&path, &patch).is(200).await;
    browser.lists(&["Renamed on the phone"]).await;
    browser.holds_text("#new-title", "Half a ta").await;
    let kept = "const field = document.activeElement; const menu = document.querySelector('.task details');
        return field.id === 'new-title' && field.selectionStart === 2 && field.selectionEnd === 4 && menu.open
            && menu.querySelector('.danger').checkVisibility()";
    browser.holds("focus, caret and menu stay", kept).await;

    let project = json!({ "name": "Garden" });
    phone.post("/api/v1/projects", &project).is(201).await;
    browser.reads("#sidebar", "Garden").await;

    // The page already shows what it has done itself, and reads itself again for others only.
    let three = "return window.told.length === 3";
    browser
        .holds("the changes of the phone are told", three)
        .await;
    browser.adds("Typed here").await;
    browser.clicks(within_row("Typed here", "//button")).await;
    browser
        .sees(within_row("Typed here", "//button[@aria-pressed='true']"))
        .await;
    let own = "return window.told.length > 3 && window.told.slice(3).every(Boolean)";
    browser.holds("its own changes are told as such", own).await;
    phone.add_task("Last").await;
    browser.sees(row("Last")).await;
    let once = "return window.told.at(-1) === false && window.readings <= 4";
    browser.holds("each change is read once", once).await;

    assert_eq!(browser.runs(OPEN).await, json!(true));
    browser.goto("/settings/profile").await;
    assert_eq!(browser.runs(OPEN).await, json!(false));
    browser.is_quiet().await;
}

#[tokio::test]
async fn the_pane_and_other_windows_follow() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let phone = User::login(&server, &person.email, &person.password).await;
    let task = phone.add_task("Call home").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    browser.goto("/tasks").await;
    browser.clicks(By::LinkText("Call home")).await;
    browser.sees(By::Css("#pane #title")).await;

    // The form in which someone writes stays, with what it was written from; the other fields follow.
    browser.types("#pane #title", "Call grand").await;
    let patch = json!({ "title": "Call aunt", "description": "On Sunday" });
    phone.patch(&path, &patch).is(200).await;
    browser.reads("#task-notes", "On Sunday").await;
    browser.reads("#main", "Call aunt").await;
    browser.holds_text("#pane #title", "Call grand").await;
    let shown = "return document.querySelector('#pane [name=title_shown]').value";
    assert_eq!(browser.runs(shown).await, json!("Call home"));
    let escape = browser.driver.action_chain().send_keys(Key::Escape);
    escape.perform().await.expect("a key");
    browser.runs("document.activeElement.blur()").await;
    browser.holds_text("#pane #title", "Call aunt").await;

    let one = browser.driver.window().await.expect("a window");
    let other = browser.driver.new_window().await.expect("another window");
    let switched = browser.driver.switch_to_window(other).await;
    switched.expect("the other window");
    browser.goto("/tasks").await;
    browser.adds("In the other window").await;
    let switched = browser.driver.switch_to_window(one).await;
    switched.expect("the first window");
    browser.sees(row("In the other window")).await;

    // A task that is gone leaves the list, and the pane keeps its text.
    phone.delete(&path).is(204).await;
    browser.misses(row("Call aunt")).await;
    browser.sees(By::Css("#pane #title")).await;
    browser.is_quiet_but_for_the_status().await;
}
