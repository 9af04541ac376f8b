//! Views in Chromium, with JavaScript and without.

use docket::db::Timestamp;
use docket::when::{Zone, today};
use serde_json::json;
use thirtyfour::By;

use super::driver::{Browser, row, within_row};
use crate::support::{Ask, Server, User};

/// Creates tasks for every view, in UTC.
pub async fn fill(user: &User) {
    user.patch("/api/v1/me", &json!({ "time_zone": "UTC" }))
        .is(200)
        .await;
    let today = today(Timestamp::now(), Zone::UTC);
    for (title, days, completed) in [
        ("Due long ago", -9, false),
        ("Due yesterday", -1, false),
        ("Due today", 0, false),
        ("Due soon", 2, false),
        ("Due later", 40, false),
        ("Done", 0, true),
    ] {
        let new = json!({
            "title": title, "due": { "date": today.plus_days(days).to_string() },
            "completed": completed, "labels": ["errand"],
        });
        user.post("/api/v1/tasks", &new).gives(201).await;
    }
}

/// Panics unless the page has these headings of groups.
async fn has_headings(browser: &Browser, expected: &[&str]) {
    let script = "return [...document.querySelectorAll('#view h2')].map((one) => one.innerText)";
    let found = browser.runs(script).await;
    let found: Vec<&str> = found
        .as_array()
        .expect("headings")
        .iter()
        .map(|heading| heading.as_str().expect("a text"))
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found} is not {expected}");
    }
}

async fn works_through_the_day(browser: &Browser, server: &Server) {
    let person = browser.registers().await;
    browser.reads(".empty", "No tasks yet").await;
    let user = User::login(server, &person.email, &person.password).await;
    fill(&user).await;
    browser.goto("/today").await;
    has_headings(browser, &["Overdue", "Today"]).await;
    let reschedule = By::Css("form[action='/today/reschedule'] button");
    browser.clicks(reschedule).await;
    browser.reads("#flash", "2 tasks are due today now").await;
    has_headings(browser, &["Today"]).await;
    browser.clicks(By::Css(".notice-undo button")).await;
    browser.reads("#flash", "Undone").await;
    has_headings(browser, &["Overdue", "Today"]).await;

    browser
        .clicks(within_row("Due today", "//button[@aria-pressed]"))
        .await;
    match browser.scripts {
        true => browser.reads("#announce", "Done: Due today").await,
        false => browser.misses(row("Due today")).await,
    }
    // The row leaves the list after a moment, and the focus moves with it.
    browser.goto("/today").await;
    browser.types("#new-title", "Write a letter\n").await;
    browser.sees(row("Write a letter")).await;
    browser.arrives("/today").await;
    has_headings(browser, &["Overdue", "Today"]).await;

    browser.goto("/completed").await;
    browser.sees(row("Due today")).await;
    has_headings(browser, &["Today"]).await;
    browser.goto("/upcoming?limit=1").await;
    browser.sees(row("Due soon")).await;
    browser.clicks(By::Css(".more a")).await;
    browser.sees(row("Due later")).await;
    // The script appends the tasks; without it, they are another page.
    match browser.scripts {
        true => drop(browser.sees(row("Due soon")).await),
        false => browser.misses(row("Due soon")).await,
    }
    browser.goto("/search").await;
    browser.types("#q", "yesterday\n").await;
    browser.sees(row("Due yesterday")).await;
    browser.misses(row("Due later")).await;
}

#[tokio::test]
async fn a_day_with_and_without_scripts() {
    let server = Server::start().await;
    works_through_the_day(&Browser::start(&server).await, &server).await;
    works_through_the_day(&Browser::without_scripts(&server).await, &server).await;
}

#[tokio::test]
async fn a_row_is_prepared_when_it_is_used() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    for title in ["One", "Two"] {
        browser.types("#new-title", &format!("{title}\n")).await;
        browser.sees(row(title)).await;
    }
    browser.goto("/tasks").await;
    let prepared = |count: usize| {
        format!("return document.querySelectorAll('[data-htmx-powered]').length === {count}")
    };
    browser
        .holds("htmx is there", "return Boolean(window.htmx)")
        .await;
    browser.holds("no form is prepared", &prepared(0)).await;
    let toggle = "//button[contains(@class, 'toggle')]";
    browser.runs("window.marked = true").await;
    browser.clicks(within_row("Two", "//summary")).await;
    let shown = "const button = document.querySelector('.task-menu[open] .danger');
        const { x, y, width, height } = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint(x + width / 2, y + height / 2))";
    browser.holds("the menu is not cut off", shown).await;
    browser.holds("no form is prepared", &prepared(0)).await;
    browser.clicks(within_row("Two", toggle)).await;
    browser.reads("#toast", "Done: Two").await;
    let marked = "return window.marked === true";
    browser.holds("the page was not loaded again", marked).await;
    browser.is_quiet().await;
}
