//! A task in the pane beside its list, and its fields.

use serde_json::json;
use thirtyfour::{By, Key, TypingData};

use super::driver::{Browser, row, within_row};
use crate::support::{Server, User, body};

/// Returns a signed-in browser, the same person as an API client, and the paths of tasks with these
/// members.
async fn with_tasks(server: &Server, tasks: &[serde_json::Value]) -> (Browser, User, Vec<String>) {
    let browser = Browser::start(server).await;
    let person = browser.registers().await;
    let user = User::login(server, &person.email, &person.password).await;
    let mut paths = Vec::new();
    for task in tasks {
        let answer = user.post("/api/v1/tasks", task).send().await;
        let task = body(answer.expect("an answer"), 201).await;
        paths.push(format!("/tasks/{}", task["id"].as_str().expect("an id")));
    }
    browser.goto("/tasks").await;
    (browser, user, paths)
}

async fn press(browser: &Browser, keys: impl Into<TypingData>) {
    let keys = browser.driver.action_chain().send_keys(keys);
    keys.perform().await.expect("a key");
}

async fn is_closed(browser: &Browser) {
    browser.misses(By::Id("pane")).await;
    browser.arrives("/tasks").await;
}

#[tokio::test]
async fn a_task_opens_beside_its_list_and_changes_with_it() {
    let server = Server::start().await;
    let tasks = [
        json!({ "title": "Call home" }),
        json!({ "title": "Buy milk" }),
    ];
    let (browser, user, paths) = with_tasks(&server, &tasks).await;
    browser.runs("window.marked = true").await;
    browser.types("#new-title", "Half a thought").await;
    browser.clicks(By::LinkText("Call home")).await;
    browser.sees(By::Css("#pane #title")).await;
    browser.arrives(&paths[0]).await;
    browser.reads("title", "Call home").await;
    let focused = "return document.activeElement.id === 'pane'";
    browser.holds("the pane has the focus", focused).await;

    // A change of the title is saved when the field is left, and shows in the list.
    browser.types("#title", "Call Grandma").await;
    press(&browser, Key::Enter).await;
    browser.sees(row("Call Grandma")).await;
    browser.clicks(By::Css("#priority option[value='1']")).await;
    let marked = "//ancestor-or-self::li[contains(@class, 'priority-1')]";
    browser.sees(within_row("Call Grandma", marked)).await;
    browser.holds_text("#new-title", "Half a thought").await;

    // Another task replaces it; one step back leads to the list.
    browser.clicks(By::LinkText("Buy milk")).await;
    browser.reads(".detail-heading", "Buy milk").await;
    browser.arrives(&paths[1]).await;
    browser.back().await;
    is_closed(&browser).await;

    browser.clicks(By::LinkText("Buy milk")).await;
    browser.sees(By::Css("#pane #title")).await;
    press(&browser, Key::Escape).await;
    is_closed(&browser).await;
    let on_row = "return document.activeElement.textContent === 'Buy milk'";
    browser.holds("the focus is on the row", on_row).await;

    // A task that is done leaves the list, and one that is reopened comes back.
    press(&browser, Key::Enter).await;
    browser
        .clicks(By::Css("#detail-toggle[aria-pressed=false]"))
        .await;
    browser
        .sees(By::Css("#detail-toggle[aria-pressed=true]"))
        .await;
    browser.misses(row("Buy milk")).await;
    browser.clicks(By::Css("#toast .notice-undo button")).await;
    browser.sees(row("Buy milk")).await;
    browser
        .sees(By::Css("#detail-toggle[aria-pressed=false]"))
        .await;
    // A tick in the list shows in the pane.
    browser
        .clicks(within_row("Buy milk", "//button[@aria-pressed='false']"))
        .await;
    browser
        .sees(By::Css("#detail-toggle[aria-pressed=true]"))
        .await;
    assert_eq!(browser.runs("return window.marked").await, true);
    browser.clicks(By::Css(".pane-close")).await;
    is_closed(&browser).await;

    // Deleting closes the pane.
    browser.clicks(By::LinkText("Call Grandma")).await;
    browser.clicks(By::Css("#pane .detail-menu summary")).await;
    browser.clicks(By::Css("#pane .detail-menu .danger")).await;
    browser.misses(row("Call Grandma")).await;
    browser.reads("#flash", "Deleted").await;
    browser.misses(By::Id("pane")).await;

    // On a narrow screen, the task is a page.
    user.add_task("On the phone").await;
    browser.is_wide(900).await;
    browser.goto("/tasks").await;
    browser.clicks(By::LinkText("On the phone")).await;
    browser.sees(By::Css("main #title")).await;
    browser.misses(By::Id("pane")).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_date_is_chosen_in_words_by_buttons_and_by_keyboard() {
    let server = Server::start().await;
    let task = json!({ "title": "Pay rent", "due": { "date": "2035-03-15" } });
    let (browser, user, paths) = with_tasks(&server, &[task]).await;
    let id = paths[0].trim_start_matches("/tasks/");
    let due = async |expected: serde_json::Value| {
        crate::support::until("the task has its date", || async {
            user.task(id).await["due"] == expected
        })
        .await;
    };
    browser.clicks(By::LinkText("Pay rent")).await;
    let summary = By::Css("[data-date=due_date] summary");
    browser.clicks(summary.clone()).await;
    browser.types("#due_words", "24 dec 2035 9am").await;
    browser
        .reads("#due_words-meaning", "2035-12-24, 09:00")
        .await;
    press(&browser, Key::Enter).await;
    due(json!({ "date": "2035-12-24", "time": "09:00" })).await;
    browser
        .reads("[data-date=due_date] summary", "2035-12-24")
        .await;

    // By keyboard: the menu, the day below, the month after, and back.
    browser.misses(By::Css(".date-menu[open]")).await;
    browser.clicks(summary.clone()).await;
    browser.reads(".month-name", "December 2035").await;
    let day = browser.sees(By::Css(".month [tabindex='0']")).await;
    day.focus().await.expect("the day");
    for (key, expected) in [
        (Key::Down, "2035-12-31"),
        (Key::Right, "2036-01-01"),
        (Key::PageDown, "2036-02-01"),
        (Key::Left, "2036-01-31"),
        (Key::PageDown, "2036-02-29"),
        (Key::Home, "2036-02-25"),
    ] {
        press(&browser, key).await;
        let on = format!("return document.activeElement.dataset.day === '{expected}'");
        browser
            .holds(&format!("the focus is on {expected}"), &on)
            .await;
    }
    press(&browser, Key::Enter).await;
    due(json!({ "date": "2036-02-25", "time": "09:00" })).await;
    let focused = "return document.activeElement.matches('[data-date=due_date] summary')";
    browser.holds("the focus is on the date", focused).await;
    press(&browser, Key::Enter).await;
    browser.sees(By::Css(".date-menu[open]")).await;
    press(&browser, Key::Escape).await;
    browser.misses(By::Css(".date-menu[open]")).await;
    browser.sees(By::Id("pane")).await;

    browser.clicks(summary).await;
    browser
        .clicks(By::XPath(
            "//details[@data-date='due_date']//button[.='No date']",
        ))
        .await;
    due(json!(null)).await;
    browser
        .clicks(By::Css("[data-date=deadline] summary"))
        .await;
    browser
        .clicks(By::XPath(
            "//details[@data-date='deadline']//button[.='Tomorrow']",
        ))
        .await;
    browser
        .reads("[data-date=deadline] summary", "Tomorrow")
        .await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn items_of_a_list_in_notes_are_ticked_with_one_click_each() {
    let server = Server::start().await;
    let notes = "- [ ] Socks\n- [ ] Shirts\n- [ ] Shoes";
    let task = json!({ "title": "Pack", "description": notes });
    let (browser, user, paths) = with_tasks(&server, &[task]).await;
    browser.clicks(By::LinkText("Pack")).await;
    browser.sees(By::Css("button.todo")).await;
    // Faster than the server answers.
    browser
        .runs("for (const item of document.querySelectorAll('button.todo')) item.click()")
        .await;
    let done = "return document.querySelectorAll('button.todo[aria-pressed=true]').length === 3";
    browser.holds("all are ticked", done).await;
    browser.reads("#task-list", "3/3").await;
    let task = user.task(paths[0].trim_start_matches("/tasks/")).await;
    assert_eq!(task["description"], notes.replace("[ ]", "[x]"));

    // Notes that are being written stay while other fields change.
    browser.clicks(By::Css("a[href$='edit=notes']")).await;
    browser.types("#description", "Half a thought").await;
    browser.clicks(By::Css("#priority option[value='2']")).await;
    browser.reads("#toast", "Saved").await;
    browser.sees(By::Css(".detail-head.priority-2")).await;
    browser.holds_text("#description", "Half a thought").await;
    // A conflict keeps the text, too.
    let change = json!({ "description": "Theirs" });
    let answer = user
        .patch(&format!("/api/v1{}", paths[0]), &change)
        .send()
        .await;
    body(answer.expect("an answer"), 200).await;
    let save = By::Css(".notes-form button[type=submit]");
    browser.clicks(save.clone()).await;
    browser
        .reads("#task [role=alert]", "changed elsewhere")
        .await;
    browser.holds_text("#description", "Half a thought").await;
    browser.clicks(save).await;
    browser.reads(".prose", "Half a thought").await;
    browser.is_quiet_but_for_the_status().await;
}

#[tokio::test]
async fn a_task_is_edited_without_scripts() {
    let server = Server::start().await;
    let browser = Browser::without_scripts(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    browser.adds("Pack").await;
    browser.clicks(By::LinkText("Pack")).await;
    browser.clicks(By::Css("a[href$='edit=notes']")).await;
    browser.types("#description", "- [ ] Socks").await;
    browser
        .clicks(By::Css(".notes-form button[type=submit]"))
        .await;
    browser
        .clicks(By::Css("button.todo[aria-pressed=false]"))
        .await;
    browser
        .sees(By::Css("button.todo[aria-pressed=true]"))
        .await;
    browser
        .clicks(By::Css("[data-date=due_date] summary"))
        .await;
    browser.types("#due_words", "24 dec 2035").await;
    browser
        .clicks(By::Css("#due_words ~ noscript button"))
        .await;
    browser
        .reads("[data-date=due_date] summary", "2035-12-24")
        .await;
    browser.clicks(By::Css("#priority option[value='1']")).await;
    browser.clicks(By::Css("#priority ~ noscript button")).await;
    browser.sees(By::Css(".detail-head.priority-1")).await;
    browser.types("#add_label", "trip").await;
    browser
        .clicks(By::Css("#add_label ~ noscript button"))
        .await;
    browser.reads(".chip", "trip").await;
    browser.clicks(By::Css("#detail-toggle")).await;
    browser
        .sees(By::Css("#detail-toggle[aria-pressed=true]"))
        .await;
}
