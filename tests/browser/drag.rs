//! Moves with the mouse, a finger and the keyboard, and lines that become tasks, in Chromium.

use serde_json::{Value, json};
use thirtyfour::{By, Key, TypingData};

use super::driver::{Browser, row, within_row};
use super::input::chord;
use crate::support::{Ask, Server, User};

async fn press(browser: &Browser, keys: impl Into<TypingData>) {
    let keys = browser.driver.action_chain().send_keys(keys);
    keys.perform().await.expect("a key");
}

/// Adds an item over the API. Returns its id.
async fn add(user: &User, noun: &str, item: Value) -> String {
    let added = user
        .post(&format!("/api/v1/{noun}"), &item)
        .gives(201)
        .await;
    added["id"].as_str().expect("an id").to_owned()
}

/// Waits until the lists of the page have these titles, in order.
async fn lists(browser: &Browser, titles: Value) {
    let script = format!(
        "return JSON.stringify([...document.querySelectorAll('#main .tasks')].map((list) =>
            [...list.querySelectorAll('.task-title')].map((link) => link.textContent)))
            === JSON.stringify({titles})"
    );
    browser
        .holds(&format!("the lists have {titles}"), &script)
        .await;
}

/// Registers, and opens a project with the sections Now (One, Two, Three) and Later (Four).
async fn begin(browser: &Browser, server: &Server) -> (User, String) {
    let person = browser.registers().await;
    let user = User::login(server, &person.email, &person.password).await;
    let project = add(&user, "projects", json!({ "name": "Garden" })).await;
    add(&user, "projects", json!({ "name": "Balcony" })).await;
    for (name, titles) in [("Now", &["One", "Two", "Three"][..]), ("Later", &["Four"])] {
        let section = json!({ "name": name, "project_id": project });
        let section = add(&user, "sections", section).await;
        for title in titles {
            add(
                &user,
                "tasks",
                json!({ "title": title, "section_id": section }),
            )
            .await;
        }
    }
    browser.goto(&format!("/projects/{project}")).await;
    lists(browser, json!([[], ["One", "Two", "Three"], ["Four"]])).await;
    (user, project)
}

/// Drags the title of a task to an element, a number of pixels below its centre.
async fn drag(browser: &Browser, title: &str, to: By, below: i64) {
    let from = browser
        .sees(within_row(title, "//a[@class='task-title']"))
        .await;
    let to = browser.sees(to).await;
    let actions = browser.driver.action_chain();
    let actions = actions.click_and_hold_element(&from).move_by_offset(8, 8);
    let actions = actions.move_to_element_center(&to).move_by_offset(0, below);
    actions.perform().await.expect("a drag");
    browser.sees(By::Css(".drag-ghost")).await;
}

async fn release(browser: &Browser) {
    let actions = browser.driver.action_chain().release();
    actions.perform().await.expect("a drop");
}

fn link(name: &str) -> By {
    By::XPath(format!(
        "//nav[@id='sidebar']//a[@data-drop and .//span[.='{name}']]"
    ))
}

#[tokio::test]
async fn tasks_are_dragged_to_other_places() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    begin(&browser, &server).await;

    drag(&browser, "One", row("Three"), 12).await;
    release(&browser).await;
    lists(&browser, json!([[], ["Two", "Three", "One"], ["Four"]])).await;
    browser.reads("#flash", "Moved “One”").await;
    browser.reads("#announce", "Moved “One”").await;
    drag(&browser, "Two", row("Four"), -12).await;
    release(&browser).await;
    lists(&browser, json!([[], ["Three", "One"], ["Two", "Four"]])).await;
    browser.reads("#flash", "Moved “Two”").await;
    browser.clicks(By::Css(".notice-undo button")).await;
    lists(&browser, json!([[], ["Two", "Three", "One"], ["Four"]])).await;

    // Nothing has happened after Escape, and a click opens a task as before.
    drag(&browser, "Two", row("Four"), -12).await;
    press(&browser, Key::Escape + "").await;
    browser
        .misses(By::Css(".drag-ghost, .drop-line, .dragged"))
        .await;
    release(&browser).await;
    lists(&browser, json!([[], ["Two", "Three", "One"], ["Four"]])).await;

    // Selected tasks go together, also to the sidebar.
    let select = "for (const box of document.querySelectorAll('.pick')) {
        const title = box.closest('.task').querySelector('.task-title').textContent;
        if (title === 'Two' || title === 'One') box.click();
    }";
    browser.runs(select).await;
    drag(&browser, "Two", row("Four"), 12).await;
    browser.reads(".drag-ghost", "2 tasks").await;
    release(&browser).await;
    lists(&browser, json!([[], ["Three"], ["Four", "Two", "One"]])).await;
    drag(&browser, "Four", link("Balcony"), 0).await;
    release(&browser).await;
    lists(&browser, json!([[], ["Three"], ["Two", "One"]])).await;
    drag(&browser, "Three", link("Today"), 0).await;
    release(&browser).await;
    browser.reads("#flash", "Due ").await;
    browser
        .clicks(within_row("Three", "//a[@class='task-title']"))
        .await;
    browser.reads("#pane h1", "Three").await;
    browser.is_quiet().await;
}

/// Returns a script that finds points within the rows with these titles.
fn places_of(titles: &[&str]) -> String {
    format!(
        "return {}.map((title) => {{
            const link = [...document.querySelectorAll('.task-title')].find((each) => each.textContent === title);
            const {{ x, y, height }} = link.getBoundingClientRect();
            return [x + 20, y + height];
        }})",
        json!(titles)
    )
}

/// Moves a finger, or lifts it.
async fn touch(browser: &Browser, kind: &str, place: Option<&Value>) {
    let points: Vec<_> = place
        .map(|place| json!({ "x": place[0], "y": place[1] }))
        .into_iter()
        .collect();
    let event = json!({ "type": kind, "touchPoints": points });
    browser.devtools("Input.dispatchTouchEvent", event).await;
}

#[tokio::test]
async fn a_finger_drags_after_a_long_press() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    begin(&browser, &server).await;
    let places = browser.runs(&places_of(&["One", "Three"])).await;
    // A swipe scrolls.
    touch(&browser, "touchStart", Some(&places[0])).await;
    touch(&browser, "touchMove", Some(&places[1])).await;
    assert_eq!(
        browser
            .runs("return document.querySelector('.drag-ghost')")
            .await,
        Value::Null
    );
    touch(&browser, "touchEnd", None).await;
    touch(&browser, "touchStart", Some(&places[0])).await;
    browser.sees(By::Css(".drag-ghost")).await;
    touch(&browser, "touchMove", Some(&places[1])).await;
    browser.sees(By::Css(".drop-line:not([hidden])")).await;
    touch(&browser, "touchEnd", None).await;
    lists(&browser, json!([[], ["Two", "Three", "One"], ["Four"]])).await;
    browser.is_quiet().await;
}

/// Adds a task with two labels and one without, and opens their groups.
async fn groups_by_label(browser: &Browser, server: &Server) -> User {
    let person = browser.registers().await;
    let user = User::login(server, &person.email, &person.password).await;
    for (title, labels) in [("Call", json!(["home", "phone"])), ("Plan", json!([]))] {
        add(&user, "tasks", json!({ "title": title, "labels": labels })).await;
    }
    browser.goto("/tasks?group=label&sort=title").await;
    lists(browser, json!([["Call"], ["Call"], ["Plan"]])).await;
    user
}

/// Waits until no task has a label, and undoes that.
async fn loses_labels(browser: &Browser, user: &User) {
    lists(browser, json!([["Call", "Plan"]])).await;
    browser.reads("#flash", "Changed “Call”").await;
    let tasks = user.get("/api/v1/tasks?q=Call").gives(200).await;
    assert_eq!(tasks["items"][0]["labels"], json!([]));
    browser.clicks(By::Css(".notice-undo button")).await;
    lists(browser, json!([["Call"], ["Call"], ["Plan"]])).await;
    let tasks = user.get("/api/v1/tasks?q=Call").gives(200).await;
    assert_eq!(tasks["items"][0]["labels"], json!(["home", "phone"]));
}

#[tokio::test]
async fn a_task_loses_its_labels_in_the_group_without_any() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let user = groups_by_label(&browser, &server).await;

    drag(&browser, "Call", row("Plan"), 0).await;
    browser
        .sees(By::Css("[data-group='no-label'].drop-target"))
        .await;
    release(&browser).await;
    loses_labels(&browser, &user).await;

    let places = browser.runs(&places_of(&["Call", "Plan"])).await;
    touch(&browser, "touchStart", Some(&places[0])).await;
    browser.sees(By::Css(".drag-ghost")).await;
    touch(&browser, "touchMove", Some(&places[1])).await;
    browser
        .sees(By::Css("[data-group='no-label'].drop-target"))
        .await;
    touch(&browser, "touchEnd", None).await;
    loses_labels(&browser, &user).await;

    let path = browser.path().await;
    browser.goto(&path).await;
    press(&browser, "jm").await;
    browser.sees(By::Css(".carried")).await;
    press(&browser, Key::Down + "").await;
    press(&browser, Key::Down + "").await;
    browser.reads("#announce", "No label").await;
    press(&browser, Key::Enter + "").await;
    loses_labels(&browser, &user).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_task_is_carried_by_keyboard() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    begin(&browser, &server).await;
    press(&browser, "jm").await;
    browser.sees(By::Css(".carried")).await;
    press(&browser, Key::Down + "").await;
    browser.reads("#announce", "2 of 3 in Now").await;
    press(&browser, Key::Escape + "").await;
    lists(&browser, json!([[], ["One", "Two", "Three"], ["Four"]])).await;
    press(&browser, "m").await;
    browser.sees(By::Css(".carried")).await;
    for _ in 0..4 {
        press(&browser, Key::Down + "").await;
    }
    browser.reads("#announce", "2 of 2 in Later").await;
    press(&browser, Key::Enter + "").await;
    browser.reads("#flash", "Moved “One”").await;
    lists(&browser, json!([[], ["Two", "Three"], ["Four", "One"]])).await;
    let at = "return document.activeElement.textContent === 'One'";
    browser.holds("the focus stays with the task", at).await;
    let path = browser.path().await;
    browser.goto(&path).await;
    lists(&browser, json!([[], ["Two", "Three"], ["Four", "One"]])).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn pasted_lines_become_tasks() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    browser.types("#new-title", "Buy ").await;
    let paste = "const data = new DataTransfer();
        data.setData('text/plain', 'milk\\r\\n  oat p1\\r\\n\\r\\nWrite');
        const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
        document.getElementById('new-title').dispatchEvent(event);";
    browser.runs(paste).await;
    browser
        .holds_text("textarea#new-title", "Buy milk\n  oat p1\n\nWrite")
        .await;
    browser
        .reads("#new-title-form .button", "Add 3 tasks")
        .await;
    browser.sees(By::Css(".quick-subtask")).await;
    chord(&browser, Key::Control, Key::Enter + "").await;
    browser.sees(row("oat")).await;
    browser.sees(row("Buy milk")).await;
    browser.reads("#toast", "Added 3 tasks").await;
    browser.holds_text("input#new-title", "").await;
    browser.clicks(By::Css("#toast .notice-undo button")).await;
    browser.misses(row("oat")).await;
    browser.is_quiet().await;
}
