//! The menu of a list and its pages in Chromium, with JavaScript and without.

use serde_json::json;
use thirtyfour::By;

use super::driver::{Browser, row};
use crate::support::{Ask, Server, User};

/// Chooses a value in the menu of a list.
pub async fn arranges(browser: &Browser, field: &str, value: &str) {
    browser.clicks(By::Css(".view-menu > summary")).await;
    chooses(browser, field, value).await;
    if browser.scripts {
        browser.clicks(By::Css(".view-menu > summary")).await;
    }
}

/// Chooses a value in the open menu.
async fn chooses(browser: &Browser, field: &str, value: &str) {
    let choice = match field {
        "layout" => format!(".view-menu label:has([value='{value}'])"),
        _ => format!(".view-menu [name={field}] [value='{value}']"),
    };
    browser.clicks(By::Css(choice)).await;
    match browser.scripts {
        true => browser.reads("#announce", "The view has changed").await,
        false => browser.clicks(By::Css(".view-menu noscript button")).await,
    }
    browser
        .runs("document.getElementById('announce').textContent = ''")
        .await;
}

async fn has_headings(browser: &Browser, expected: &str) {
    let script = format!(
        "return [...document.querySelectorAll('main h2:not(.unseen)')]
            .map((one) => one.textContent).join(', ') === '{expected}'"
    );
    browser.holds(expected, &script).await;
}

async fn arranges_lists(browser: &Browser, server: &Server) {
    let person = browser.registers().await;
    let user = User::login(server, &person.email, &person.password).await;
    let house = user.post("/api/v1/projects", &json!({ "name": "House" }));
    let house = house.gives(201).await["id"].clone();
    for (title, priority) in [("Sweep", 4), ("Paint", 2), ("Mend", 4), ("Wash", 4)] {
        let new = json!({ "title": title, "priority": priority, "project_id": house });
        user.post("/api/v1/tasks", &new).gives(201).await;
    }
    browser.goto("/tasks?limit=2").await;
    arranges(browser, "group", "priority").await;
    has_headings(browser, "Priority 2, No priority").await;
    if browser.scripts {
        // The same page has the menu, and the focus.
        let focus = "return document.activeElement.closest('.view-menu') !== null";
        browser.holds("the focus stays in the menu", focus).await;
        browser.runs("window.marked = true").await;
        let address = browser.path().await;
        assert!(
            address.contains("group=priority") && address.contains("limit=2"),
            "{address}"
        );
    }
    browser.clicks(By::Css(".more a")).await;
    browser.sees(row("Wash")).await;
    if browser.scripts {
        // One heading for the tasks of both pages, with their number.
        has_headings(browser, "Priority 2, No priority").await;
        browser.reads("[data-group=p4] [data-count]", "3").await;
        browser.misses(By::Css(".more a")).await;
        browser
            .holds("it is the same page", "return window.marked")
            .await;
        browser.clicks(By::Css("[data-group=p2] .toggle")).await;
        browser.misses(row("Paint")).await;
        browser.reads("[data-group=p4] [data-count]", "3").await;
        has_no_box(browser, "[data-group=p2]").await;
    } else {
        browser.misses(row("Paint")).await;
        browser.clicks(By::LinkText("Back to the beginning")).await;
        browser.sees(row("Paint")).await;
    }

    let path = format!("/projects/{}", house.as_str().expect("an id"));
    browser.goto(&path).await;
    arranges(browser, "layout", "board").await;
    browser.sees(By::Css(".layout-board")).await;
    browser.goto(&path).await;
    browser.sees(By::Css(".layout-board")).await;
    browser.is_quiet().await;
}

/// Waits until an element is not displayed.
async fn has_no_box(browser: &Browser, css: &str) {
    let script = format!("return document.querySelector('{css}').getClientRects().length === 0");
    browser
        .holds("the group without tasks is hidden", &script)
        .await;
}

#[tokio::test]
async fn lists_are_arranged() {
    let server = Server::start().await;
    arranges_lists(&Browser::start(&server).await, &server).await;
}

#[tokio::test]
async fn lists_are_arranged_without_scripts() {
    let server = Server::start().await;
    arranges_lists(&Browser::without_scripts(&server).await, &server).await;
}
