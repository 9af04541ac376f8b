//! Selection and shortcuts in Chromium, with JavaScript and without.

use serde_json::{Value, json};
use thirtyfour::{By, Key, TypingData};

use super::driver::{Browser, row, within_row};
use crate::support::{Ask, Server};

/// Milliseconds of a frame.
const FRAME: f64 = 16.0;

/// Sends keys to the focused element.
async fn press(browser: &Browser, keys: impl Into<TypingData>) {
    let keys = browser.driver.action_chain().send_keys(keys);
    keys.perform().await.expect("a key");
}

/// Sends a key while another one is held.
pub async fn chord(browser: &Browser, held: Key, key: impl Into<TypingData>) {
    let actions = browser.driver.action_chain().key_down(held.clone());
    let actions = actions.send_keys(key).key_up(held);
    actions.perform().await.expect("keys");
}

/// Registers, and adds tasks to the Inbox.
async fn begin(browser: &Browser, server: &Server, titles: &[&str]) -> crate::support::User {
    let person = browser.registers().await;
    let user = crate::support::User::login(server, &person.email, &person.password).await;
    for title in titles {
        let new = json!({ "title": title });
        user.post("/api/v1/tasks", &new).gives(201).await;
    }
    browser.goto("/inbox").await;
    user
}

/// Waits until the row of a task has the focus.
async fn is_at(browser: &Browser, title: &str) {
    let script = format!("return document.activeElement.textContent.trim() === '{title}'");
    browser
        .holds(&format!("the focus is at {title}"), &script)
        .await;
}

async fn selected(browser: &Browser) -> Value {
    let script = "return [...document.querySelectorAll('.pick:checked')]
        .map((box) => box.closest('.task').querySelector('.task-title').textContent)";
    browser.runs(script).await
}

#[tokio::test]
async fn several_tasks_change_without_scripts() {
    let server = Server::start().await;
    let browser = Browser::without_scripts(&server).await;
    begin(&browser, &server, &["One", "Two", "Three"]).await;
    browser.clicks(within_row("Two", "//summary")).await;
    browser
        .clicks(within_row("Two", "//a[@href='#selecting']"))
        .await;
    for title in ["One", "Three"] {
        browser
            .clicks(within_row(title, "//input[@type='checkbox']"))
            .await;
    }
    browser.clicks(By::Css("#select summary[title=Due]")).await;
    browser.types("#bulk-due", "tomorrow 9am\n").await;
    browser.reads("#flash", "Due ").await;
    browser.goto("/upcoming").await;
    browser.sees(row("One")).await;
    browser.sees(row("Three")).await;
    browser.misses(row("Two")).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_list_works_by_keys() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let titles = ["One", "Two", "Three", "Four"];
    begin(&browser, &server, &titles).await;
    browser.runs("window.marked = true").await;

    press(&browser, "j").await;
    is_at(&browser, "One").await;
    press(&browser, "jjk").await;
    is_at(&browser, "Two").await;
    press(&browser, "x").await;
    browser.reads("#bulk-count", "1 selected").await;
    chord(&browser, Key::Shift, Key::Down + "").await;
    browser.reads("#bulk-count", "2 selected").await;
    assert_eq!(selected(&browser).await, json!(["Two", "Three"]));
    press(&browser, Key::Escape + "").await;
    assert_eq!(selected(&browser).await, json!([]));
    is_at(&browser, "Three").await;

    // The current task changes if none is selected.
    press(&browser, "1").await;
    browser.reads("#flash", "Priority 1: “Three”").await;
    is_at(&browser, "Three").await;
    browser
        .sees(within_row("Three", "[contains(@class, 'priority-1')]"))
        .await;
    press(&browser, "t").await;
    browser
        .holds(
            "the field has the focus",
            "return document.activeElement.id === 'bulk-due'",
        )
        .await;
    press(&browser, "soon\n").await;
    browser
        .sees(By::Css("dialog #due[aria-invalid=true]"))
        .await;
    press(&browser, Key::Escape + "").await;
    browser.misses(By::Css("dialog")).await;
    press(&browser, "t").await;
    browser.types("#bulk-due", "today\n").await;
    browser.reads("#flash", "Due ").await;

    // One undo is in the message.
    browser.clicks(By::Css(".notice-undo button")).await;
    browser.reads("#flash", "Undone").await;
    browser
        .runs("document.querySelector('.task-title').focus()")
        .await;
    press(&browser, "c").await;
    browser.reads("#toast", "Done: One").await;
    browser.misses(row("One")).await;
    is_at(&browser, "Two").await;

    // The expected state is shown until the server answers.
    let slow = |latency: u32| {
        json!({ "offline": false, "latency": latency,
        "downloadThroughput": -1, "uploadThroughput": -1 })
    };
    browser.devtools("Network.enable", json!({})).await;
    browser
        .devtools("Network.emulateNetworkConditions", slow(3_000))
        .await;
    press(&browser, "c").await;
    let ticked = "const icon = document.querySelector('.htmx-request .box .icon');
        return icon !== null && getComputedStyle(icon).opacity === '1'";
    browser.holds("a tick without an answer", ticked).await;
    browser
        .devtools("Network.emulateNetworkConditions", slow(0))
        .await;
    browser.reads("#toast", "Done: Two").await;
    browser.clicks(By::Css("#toast .notice-undo button")).await;
    browser.reads("#flash", "Undone").await;
    browser.sees(row("Two")).await;

    // Clicks select, too.
    let click = "const [first, last] = ['Two', 'Four'].map((title) =>
            [...document.querySelectorAll('.task-title')].find((link) => link.textContent === title));
        const click = (link, keys) => link.dispatchEvent(new MouseEvent('click',
            { bubbles: true, cancelable: true, detail: 1, ...keys }));
        click(first, { ctrlKey: true });
        click(last, { shiftKey: true });";
    browser.runs(click).await;
    assert_eq!(selected(&browser).await, json!(["Two", "Three", "Four"]));
    browser.clicks(By::Css("#select [value=choose]")).await;
    browser.reads("dialog h2", "Change 3 tasks").await;
    browser.types("dialog #labels", "errand\n").await;
    browser.reads("#flash", "Changed 3 tasks").await;
    browser.misses(By::Css("dialog")).await;
    assert_eq!(selected(&browser).await, json!([]));
    let marked = "return window.marked === true";
    browser.holds("the page has stayed", marked).await;

    // Keys that lead elsewhere, and none while one types or once they are off.
    press(&browser, "q").await;
    browser
        .holds(
            "the line has the focus",
            "return document.activeElement.id === 'new-title'",
        )
        .await;
    press(&browser, "x?gt").await;
    browser.holds_text("#new-title", "x?gt").await;
    browser
        .runs("document.getElementById('new-title').value = ''; document.activeElement.blur()")
        .await;
    press(&browser, "?").await;
    browser.clicks(By::Css("dialog #shortcuts-on")).await;
    press(&browser, Key::Escape + "").await;
    press(&browser, "gt").await;
    press(&browser, "?").await;
    browser.misses(By::Css("dialog")).await;
    browser.goto("/shortcuts").await;
    browser.clicks(By::Css("#shortcuts-on")).await;
    press(&browser, "gu").await;
    browser.arrives("/upcoming").await;
    press(&browser, "q").await;
    browser
        .sees(By::Css("dialog [data-quick-add] textarea:focus"))
        .await;
    browser.is_quiet_but_for_the_status().await;
}

#[tokio::test]
async fn keys_take_less_than_a_frame_with_five_hundred_rows() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    begin(&browser, &server, &["One"]).await;
    let script = "
        const list = document.querySelector('.tasks');
        const first = list.firstElementChild;
        for (let number = 1; number < 500; number += 1) {
            const row = first.cloneNode(true);
            row.dataset.task = row.querySelector('.pick').value = `t${number}`;
            row.id = `task-t${number}`;
            list.append(row);
        }
        first.querySelector('.task-title').focus();
        const times = [];
        for (const key of 'jjjjjjjjjjjjjjjxkxJJJKjq'.repeat(4)) {
            const keydown = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
            const started = performance.now();
            document.activeElement.dispatchEvent(keydown);
            times.push(performance.now() - started);
            if (key === 'q') list.children[250].querySelector('.task-title').focus();
        }
        times.sort((one, other) => one - other);
        return [times.at(times.length / 2), times.at(-1), document.querySelectorAll('.pick:checked').length];";
    let times = browser.runs(script).await;
    let [median, longest, picked] = &times.as_array().expect("times")[..] else {
        panic!("no times");
    };
    println!("median {median} ms, longest {longest} ms, {picked} selected");
    assert!(picked.as_u64() > Some(0));
    // The median, because another process may interrupt one of them.
    assert!(median.as_f64() < Some(FRAME), "{median}");
}
