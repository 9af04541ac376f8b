//! Main use of the pages, with JavaScript and without.

use serde_json::json;
use thirtyfour::{By, Key};

use super::arrange::arranges;
use super::driver::{Browser, Person, row, within_row};
use crate::support::Server;

/// Marks the page, so that loading another page can be told from a change in place.
async fn mark(browser: &Browser) {
    if browser.scripts {
        browser.runs("window.marked = true").await;
    }
}

/// Panics if a page was loaded since [`mark`], with JavaScript.
async fn is_marked(browser: &Browser, what: &str) {
    if browser.scripts {
        let found = browser.runs("return window.marked === true").await;
        assert_eq!(found, true, "{what} loaded the page");
    }
}

async fn leaves_nothing(browser: &Browser) {
    browser.registers().await;
    browser.goto("/tasks").await;
    browser.types("#new-title", "Buy a secret present\n").await;
    browser.sees(row("Buy a secret present")).await;
    browser.goto("/settings/profile").await;
    browser.signs_out().await;
    browser.arrives("/").await;
    for _ in 0..3 {
        browser.back().await;
        browser.misses(row("Buy a secret present")).await;
        let path = browser.path().await;
        let private = path.starts_with("/tasks") || path.starts_with("/settings");
        assert!(!private, "{path} is shown again");
    }
}

#[tokio::test]
async fn the_back_button_after_sign_out_shows_nothing() {
    let server = Server::start().await;
    leaves_nothing(&Browser::start(&server).await).await;
    leaves_nothing(&Browser::without_scripts(&server).await).await;
}

async fn registers(browser: &Browser) -> Person {
    browser.goto("/").await;
    browser.clicks(By::Css("main a[href='/register']")).await;
    browser.arrives("/register").await;
    let person = browser.registers().await;
    browser.reads("#flash", "Docket").await;
    browser.reads(".account", "Ada Lovelace").await;
    browser.goto("/tasks").await;
    person
}

async fn adds(browser: &Browser) {
    mark(browser).await;
    browser.types("#new-title", "Buy milk\n").await;
    browser.sees(row("Buy milk")).await;
    browser.holds_text("#new-title", "").await;
    browser.adds("Call home").await;
    browser.lists(&["Call home", "Buy milk"]).await;
    is_marked(browser, "adding").await;
    if browser.scripts {
        browser.reads("#announce", "Call home").await;
        let focused = "return document.activeElement.id === 'new-title'";
        browser
            .holds("the focus is in the empty line", focused)
            .await;
    }
}

async fn toggles(browser: &Browser) {
    mark(browser).await;
    browser
        .clicks(within_row("Buy milk", "//button[@aria-pressed='false']"))
        .await;
    browser.misses(row("Buy milk")).await;
    is_marked(browser, "toggling").await;
    if browser.scripts {
        browser.reads("#toast", "Done: Buy milk").await;
    }
    arranges(browser, "status", "done").await;
    browser.reads("h1", "Completed tasks").await;
    browser.lists(&["Buy milk"]).await;
    // Toggling here leads back to this page.
    browser
        .clicks(within_row("Buy milk", "//button[@aria-pressed='true']"))
        .await;
    if browser.scripts {
        browser
            .sees(within_row("Buy milk", "//button[@aria-pressed='false']"))
            .await;
    } else {
        browser.misses(row("Buy milk")).await;
        assert!(browser.path().await.contains("status=done"));
    }
    arranges(browser, "status", "open").await;
    browser.sees(row("Buy milk")).await;
    browser.lists(&["Call home", "Buy milk"]).await;
}

/// Edits a task in the pane beside the list or, without JavaScript, on its page.
async fn edits(browser: &Browser) {
    mark(browser).await;
    browser.clicks(By::LinkText("Buy milk")).await;
    browser.types("#title", "Buy oat milk").await;
    let place = if browser.scripts {
        browser.clicks(By::Css("#notes")).await;
        "#toast"
    } else {
        browser.clicks(By::Css(".detail-title button")).await;
        "#flash"
    };
    browser.reads(".detail-heading", "Buy oat milk").await;
    browser.reads(place, "Saved").await;
    browser.clicks(By::Css("a[href$='edit=notes']")).await;
    browser
        .types("#description", "Two litres,\nunsweetened")
        .await;
    browser
        .clicks(By::Css(".notes-form button[type=submit]"))
        .await;
    browser.reads(".prose", "Two litres,").await;
    is_marked(browser, "editing").await;
    browser.clicks(By::Css(".sidebar a[href='/tasks']")).await;
    browser.arrives("/tasks").await;
    browser
        .sees(By::Css(".task-facts [aria-label='has notes']"))
        .await;
}

async fn searches(browser: &Browser) {
    browser.types("#search", "OAT\n").await;
    browser.misses(row("Call home")).await;
    browser.lists(&["Buy oat milk"]).await;
    browser.goto("/tasks?sort=title").await;
    browser.lists(&["Buy oat milk", "Call home"]).await;
    browser.goto("/tasks").await;
}

async fn deletes(browser: &Browser) {
    mark(browser).await;
    browser.clicks(within_row("Call home", "//summary")).await;
    browser
        .clicks(within_row("Call home", "//details//button"))
        .await;
    browser.misses(row("Call home")).await;
    is_marked(browser, "deleting").await;
    let place = if browser.scripts {
        "#announce"
    } else {
        "#flash"
    };
    browser.reads(place, "Call home").await;
    if browser.scripts {
        let focused = "return document.activeElement !== document.body";
        browser
            .holds("the focus has somewhere to go on from", focused)
            .await;
    }
    browser.goto("/tasks?status=all").await;
    browser.lists(&["Buy oat milk"]).await;
}

async fn changes_settings(browser: &Browser) {
    browser.clicks(By::Css(".account")).await;
    browser
        .clicks(By::Css(".sidebar a[href='/settings']"))
        .await;
    browser.arrives("/settings/profile").await;
    browser.types("#profile-display_name", "Countess").await;
    browser
        .clicks(By::Css("form[action='/settings/profile'] button"))
        .await;
    browser.reads("#flash", "Profile saved").await;
    browser
        .holds_text("#profile-display_name", "Countess")
        .await;
}

async fn signs_out_and_in(browser: &Browser, person: &Person) {
    browser.signs_out().await;
    browser.arrives("/").await;
    browser.goto("/tasks").await;
    browser.signs_in(person).await;
    browser.arrives("/tasks").await;
    browser.lists(&["Buy oat milk"]).await;
}

async fn main_path(browser: &Browser) {
    let person = registers(browser).await;
    adds(browser).await;
    toggles(browser).await;
    edits(browser).await;
    searches(browser).await;
    deletes(browser).await;
    changes_settings(browser).await;
    signs_out_and_in(browser, &person).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn the_main_path_with_javascript() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    main_path(&browser).await;
}

#[tokio::test]
async fn the_main_path_without_javascript() {
    let server = Server::start().await;
    let browser = Browser::without_scripts(&server).await;
    main_path(&browser).await;
}

async fn makes_a_token(browser: &Browser) {
    let person = browser.registers().await;
    browser.goto("/settings/profile").await;
    browser
        .clicks(By::Css("main a[href='/settings/tokens']"))
        .await;
    browser.types("#name", "Backup script").await;
    browser
        .clicks(By::Css("input[name=scopes][value='tasks:read']"))
        .await;
    browser.types("#current_password", &person.password).await;
    browser
        .clicks(By::Css("form[action='/settings/tokens'] button"))
        .await;
    browser.sees(By::Css("#made-token")).await;
}

#[tokio::test]
async fn a_new_token_is_copied_with_one_click() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    makes_a_token(&browser).await;
    let copy = By::Css("[data-copies]");
    browser.clicks(copy).await;
    browser.reads("[data-copies]", "Copied").await;
    let paste = (Key::Control + "v").to_string();
    browser.types("#name", &paste).await;
    let same = "return document.getElementById('name').value.startsWith('dkt_')
        && document.getElementById('name').value === document.getElementById('made-token').value";
    browser.holds("what was copied is the token", same).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_new_token_is_shown_without_scripts() {
    let server = Server::start().await;
    let browser = Browser::without_scripts(&server).await;
    makes_a_token(&browser).await;
    let copy = browser.sees(By::Css("[data-copies]")).await;
    assert!(!copy.is_displayed().await.expect("the button"));
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let mut server = Server::start().await;
    let mut browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    browser.adds("Still here").await;
    browser.is_quiet().await;
    // A page that waits for changes would say that the server is gone.
    browser.driver.goto("about:blank").await.expect("no page");
    server.restart().await;
    browser.moves_to(&server);
    browser.goto("/tasks").await;
    browser.reads(".account", "Ada Lovelace").await;
    browser.lists(&["Still here"]).await;
    browser.adds("And on").await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn user_text_runs_no_script() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    let title = "<img src=x onerror=window.ran=1><script>window.ran=1</script>";
    browser.types("#new-title", &format!("{title}\n")).await;
    browser.reads("#task-list", title).await;
    browser.goto("/tasks").await;
    browser.reads("#task-list", title).await;
    assert_eq!(browser.runs("return window.ran === undefined").await, true);
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_rejected_title_is_said_in_the_page() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    mark(&browser).await;
    browser.types("#new-title", "   \n").await;
    browser.sees(By::Css("#new-title[aria-invalid=true]")).await;
    browser.sees(By::Css("#new-title-error")).await;
    is_marked(&browser, "a rejected form").await;
    // The returned form works like the first one.
    browser.adds("A real one").await;
    browser.misses(By::Css("#new-title-error")).await;
    is_marked(&browser, "adding").await;
    browser.is_quiet_but_for_the_status().await;
}

#[tokio::test]
async fn the_zone_of_the_browser_is_that_of_the_account() {
    let server = Server::start().await;
    for (browser, expected) in [
        (Browser::start(&server).await, "Pacific/Kiritimati"),
        (Browser::without_scripts(&server).await, "UTC"),
    ] {
        let zone = json!({ "timezoneId": "Pacific/Kiritimati" });
        browser
            .devtools("Emulation.setTimezoneOverride", zone)
            .await;
        browser.registers().await;
        browser.goto("/settings/profile").await;
        browser.holds_text("#profile-time_zone", expected).await;
        browser.is_quiet().await;
    }
}
