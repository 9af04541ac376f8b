//! Quick add in Chromium, with JavaScript and without.

use thirtyfour::{By, Key};

use super::driver::{Browser, row};
use crate::support::Server;

#[tokio::test]
async fn parts_of_a_line_are_marked_while_one_types() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    let field = browser.sees(By::Id("new-title")).await;
    field
        .send_keys("Buy milk tomorrow p1")
        .await
        .expect("typed");
    let mark = |kind: &str| format!(".quick-marks mark[data-kind={kind}]");
    browser.reads(&mark("due"), "tomorrow").await;
    browser.reads(&mark("priority"), "p1").await;
    browser.reads(".quick-lines", "Due:").await;
    // Marks stay beside an edit, and go where they are edited.
    let keeps = "const field = document.getElementById('new-title'); \
        field.setRangeText('oat ', 4, 4); \
        field.dispatchEvent(new Event('input', { bubbles: true })); \
        return document.querySelector('.quick-marks').textContent === field.value \
            && document.querySelectorAll('.quick-marks mark').length === 2";
    browser.holds("the marks move along", keeps).await;
    browser
        .holds_text("#new-title", "Buy oat milk tomorrow p1")
        .await;

    // A button turns a part into text, by the keyboard, too.
    let value = "return document.querySelector('.quick-fact[data-kind=due]')?.value === '0:13:21'";
    browser
        .holds("the parts are of the whole line", value)
        .await;
    let focus = "document.querySelector('.quick-fact[data-kind=due]').focus(); return true";
    browser.holds("the focus", focus).await;
    let button = browser.driver.active_element().await.expect("a button");
    button.send_keys(Key::Enter + "").await.expect("pressed");
    browser
        .holds_text("#new-title", "Buy oat milk \\tomorrow p1")
        .await;
    browser.misses(By::Css(mark("due"))).await;
    // So does a click on its mark.
    browser.reads(&mark("priority"), "p1").await;
    let click = "const field = document.getElementById('new-title'); \
        field.setSelectionRange(24, 24); field.click(); return true";
    browser.holds("the click", click).await;
    browser
        .holds_text("#new-title", "Buy oat milk \\tomorrow \\p1")
        .await;
    field
        .send_keys(Key::End + " p2 #Shop\n")
        .await
        .expect("typed");
    browser
        .reads("#new-title-error", "There is no project named Shop")
        .await;
    browser
        .holds_text("#new-title", "Buy oat milk \\tomorrow \\p1 p2 #Shop")
        .await;
    browser.clicks(By::Css("button[name=create_missing]")).await;
    browser.sees(row("Buy oat milk tomorrow p1")).await;
    browser.holds_text("#new-title", "").await;

    browser.goto("/tasks/new").await;
    let lines = browser.sees(By::Id("text")).await;
    lines.send_keys("Trip\n  Pack p2").await.expect("typed");
    browser.reads(&mark("priority"), "p2").await;
    lines
        .send_keys(Key::Control + Key::Enter)
        .await
        .expect("sent");
    browser.sees(row("Pack")).await;
    browser.is_quiet_but_for_the_status().await;
}

#[tokio::test]
async fn lines_are_added_without_scripts() {
    let server = Server::start().await;
    let browser = Browser::without_scripts(&server).await;
    browser.registers().await;
    browser.goto("/tasks/new?text=Read%202030-04-01%20p1").await;
    browser.clicks(By::Css(".quick-fact[data-kind=due]")).await;
    browser.arrives("/tasks/quick/preview").await;
    browser.holds_text("#text", "Read \\2030-04-01 p1").await;
    browser
        .clicks(By::Css("#text-form .new-task-row button"))
        .await;
    browser.sees(row("Read 2030-04-01")).await;
    browser.is_quiet().await;
}
