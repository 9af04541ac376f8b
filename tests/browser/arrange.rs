//! The menu of a list and its pages in Chromium, with JavaScript and without.

use serde_json::json;
use thirtyfour::{By, Key};

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

/// True if a board and its first column have the same width without the columns that follow, and
/// the page has it without the board, as while the page arrives.
const STEADY: &str =
    "const width = (css) => document.querySelector(css).getBoundingClientRect().width;
    const [page, column] = [width('main'), width('.layout-board .group')];
    for (const group of document.querySelectorAll('.layout-board .group ~ .group')) group.remove();
    const isSteady = width('main') === page && width('.layout-board .group') === column;
    document.querySelector('#view').remove();
    return isSteady && width('main') === page";

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
    if browser.scripts {
        browser.goto("/tasks?group=priority&layout=board").await;
        browser
            .holds("nothing moves when the rest arrives", STEADY)
            .await;
    }
    browser.goto("/inbox").await;
    arranges(browser, "group", "label").await;
    arranges(browser, "layout", "board").await;
    browser.goto("/inbox").await;
    browser.sees(By::Css(".layout-board")).await;
    let group = "return document.querySelector('#view-group').value === 'label'";
    if browser.scripts {
        browser.holds("the view keeps its groups", group).await;
    }
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

/// Waits until the columns of a board have these titles, in order.
async fn columns(browser: &Browser, expected: &str) {
    let script = format!(
        "const list = (group) => [...group.querySelectorAll('.task-title')].map((one) => one.textContent);
        const groups = [...document.querySelectorAll('[data-group]')].filter((one) => one.checkVisibility());
        return groups.map((one) => `${{one.querySelector('h2').textContent}}: ${{list(one)}}`).join('; ') === '{expected}'"
    );
    browser.holds(expected, &script).await;
}

const UNIQUE: &str = "const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
    return new Set(ids).size === ids.length";

#[tokio::test]
async fn a_task_is_in_the_column_of_each_label() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    for (title, labels) in [
        ("Sweep", json!(["home", "dust"])),
        ("Call", json!(["phone", "home", "work"])),
        ("Plan", json!([])),
    ] {
        let new = json!({ "title": title, "labels": labels });
        user.post("/api/v1/tasks", &new).gives(201).await;
    }
    browser
        .goto("/tasks?group=label&layout=board&sort=title&status=all")
        .await;
    let first = "@dust: Sweep; @home: Call,Sweep; @phone: Call; @work: Call; No label: Plan";
    columns(&browser, first).await;
    browser.holds("ids are unique", UNIQUE).await;

    // A tick shows in all places, whichever was ticked.
    let pressed = |count: usize| {
        format!(
            "return document.querySelectorAll('.task-done [aria-pressed=true]').length === {count}"
        )
    };
    browser
        .clicks(By::Css("[data-group='label-home'] .toggle"))
        .await;
    browser.holds("three rows are done", &pressed(3)).await;
    browser.holds("ids are unique", UNIQUE).await;
    let focus =
        "return document.activeElement.closest('[data-group]')?.dataset.group === 'label-home'";
    browser.holds("the focus stays", focus).await;
    browser
        .clicks(By::Css("[data-group='label-work'] .toggle"))
        .await;
    browser.holds("no row is done", &pressed(0)).await;
    browser.holds("ids are unique", UNIQUE).await;

    // A selection has the task once.
    browser
        .runs("document.querySelector(\"[data-group='label-work'] .pick\").click()")
        .await;
    browser.reads("#bulk-count", "1 ").await;
    let picked = "return document.querySelectorAll('.pick:checked').length === 3";
    browser.holds("all of its rows are selected", picked).await;
    browser.clicks(By::Css(".bulk-close")).await;

    // From one column to another: the label of the first goes, that of the other comes.
    let title = "[data-group='label-home'] .task-title";
    let from = browser.sees(By::Css(title)).await;
    let to = browser.sees(By::Css("[data-group='label-dust'] h2")).await;
    let actions = browser.driver.action_chain();
    let actions = actions.click_and_hold_element(&from).move_by_offset(8, 8);
    let actions = actions.move_to_element_center(&to).release();
    actions.perform().await.expect("a drag");
    let moved = "@dust: Call,Sweep; @home: Sweep; @phone: Call; @work: Call; No label: Plan";
    columns(&browser, moved).await;
    browser.holds("ids are unique", UNIQUE).await;
    let tasks = user.get("/api/v1/tasks?q=Call").gives(200).await;
    assert_eq!(
        tasks["items"][0]["labels"],
        json!(["phone", "work", "dust"])
    );

    // A deletion takes all of its rows.
    browser
        .clicks(By::Css("[data-group='label-phone'] .task-menu > summary"))
        .await;
    browser
        .clicks(By::Css("[data-group='label-phone'] .task-menu .danger"))
        .await;
    let rest = "@dust: Sweep; @home: Sweep; @phone: ; @work: ; No label: Plan";
    columns(&browser, rest).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn the_menu_of_a_row_is_made_when_it_opens() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    for title in ["Sweep", "<noscript><b>Call</b></noscript>"] {
        user.add_task(title).await;
    }
    browser.goto("/tasks?sort=created_at").await;
    let made = |count: usize| {
        format!("return document.querySelectorAll('.task-menu .danger').length === {count}")
    };
    browser.holds("no menu has contents", &made(0)).await;
    browser.clicks(By::Css(".task:last-child summary")).await;
    browser.holds("one menu has contents", &made(1)).await;
    browser
        .reads(
            ".task:last-child .danger",
            "Delete <noscript><b>Call</b></noscript>",
        )
        .await;
    // It opens again with the contents of the row as it is by then, which a change has replaced.
    browser.clicks(By::Css(".task:last-child summary")).await;
    user.add_task("Plan").await;
    browser
        .lists(&["Sweep", "<noscript><b>Call</b></noscript>", "Plan"])
        .await;
    browser.clicks(By::Css(".task:nth-child(2) summary")).await;
    browser.clicks(By::Css(".task:nth-child(2) .danger")).await;
    browser.lists(&["Sweep", "Plan"]).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_menu_closes_when_the_focus_leaves_it() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/inbox").await;
    browser.clicks(By::Css(".view-menu > summary")).await;
    let tab = async || {
        let keys = browser.driver.action_chain().send_keys(Key::Tab + "");
        keys.perform().await.expect("a key");
    };
    tab().await;
    browser.sees(By::Css(".view-menu[open] :focus")).await;
    for _ in 0..10 {
        tab().await;
    }
    let outside = "return !document.querySelector('.view-menu').contains(document.activeElement)";
    browser.holds("the focus is elsewhere", outside).await;
    browser.misses(By::Css(".view-menu[open]")).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn rows_that_were_loaded_stay_after_changes() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let phone = User::login(&server, &person.email, &person.password).await;
    for title in ["One", "Two", "Three", "Four", "Five", "Six", "Seven"] {
        phone.add_task(title).await;
    }
    browser.goto("/tasks?limit=2").await;
    browser.lists(&["Seven", "Six"]).await;
    browser.clicks(By::Css(".more a")).await;
    browser.lists(&["Seven", "Six", "Five", "Four"]).await;
    browser
        .runs("document.querySelector('.pick').click()")
        .await;
    browser.clicks(By::Css("#select [value=complete]")).await;
    browser.lists(&["Six", "Five", "Four", "Three"]).await;
    browser.reads("#flash", "Seven").await;
    browser.clicks(By::Css(".notice-undo button")).await;
    browser.lists(&["Seven", "Six", "Five", "Four"]).await;
    phone.add_task("Eight").await;
    browser.lists(&["Eight", "Seven", "Six", "Five"]).await;
    browser.clicks(By::Css(".more a")).await;
    browser
        .lists(&["Eight", "Seven", "Six", "Five", "Four", "Three"])
        .await;
    // The pane changes the list, too.
    browser.clicks(By::LinkText("Four")).await;
    browser.sees(By::Css("#pane [data-deletes]")).await;
    browser.clicks(By::Css("#pane .toggle")).await;
    browser
        .lists(&["Eight", "Seven", "Six", "Five", "Three", "Two"])
        .await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn lists_are_arranged_without_scripts() {
    let server = Server::start().await;
    arranges_lists(&Browser::without_scripts(&server).await, &server).await;
}
