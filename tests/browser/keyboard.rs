//! Everything by keyboard alone.

use serde_json::Value;
use thirtyfour::{Key, TypingData};

use super::driver::{Browser, row, within_row};
use crate::support::Server;

/// More key presses than focusable elements.
const MOST_PRESSES: usize = 40;

/// Returns the focused element if it has no outline; otherwise null.
const UNSEEN_FOCUS: &str = "
    const e = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(e);
    const seen = e === document.body || outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
    return seen ? null : e.outerHTML;";

/// Sends keys to the focused element, without waiting.
async fn press(browser: &Browser, keys: impl Into<TypingData>) {
    let keys = browser.driver.action_chain().send_keys(keys);
    keys.perform().await.expect("a key");
}

/// Presses Tab until `script` holds for the focused element `e`. Every element on the way must show
/// its focus.
async fn tab_to(browser: &Browser, what: &str, script: &str) {
    let script = format!("const e = document.activeElement; return {script}");
    for _ in 0..MOST_PRESSES {
        if browser.runs(&script).await == true {
            return;
        }
        press(browser, Key::Tab).await;
        let shown = browser.runs(UNSEEN_FOCUS).await;
        assert_eq!(shown, Value::Null, "the focus is not to be seen");
    }
    panic!("Tab does not lead to {what}");
}

#[tokio::test]
async fn a_task_is_added_toggled_and_deleted_by_keyboard() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;

    tab_to(&browser, "the new line", "e.id === 'new-title'").await;
    press(&browser, "By keyboard").await;
    press(&browser, Key::Enter).await;
    browser.sees(row("By keyboard")).await;
    let back = "return document.activeElement.id === 'new-title'";
    browser
        .holds("the focus is in the new line again", back)
        .await;

    browser.goto("/tasks?status=all").await;
    tab_to(&browser, "the toggle", "e.classList.contains('toggle')").await;
    for pressed in ["true", "false"] {
        press(&browser, Key::Space).await;
        let button = format!("//button[@aria-pressed='{pressed}']");
        browser.sees(within_row("By keyboard", &button)).await;
        let kept = "return document.activeElement.classList.contains('toggle')";
        browser.holds("the focus stays on the toggle", kept).await;
    }

    tab_to(&browser, "the menu", "e.matches('.task-menu summary')").await;
    press(&browser, Key::Enter).await;
    tab_to(&browser, "the button", "e.matches('.task-menu .danger')").await;
    press(&browser, Key::Enter).await;
    browser.misses(row("By keyboard")).await;
    let somewhere = "return document.activeElement.id === 'new-title'";
    browser.holds("the focus goes on", somewhere).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn the_first_tab_stop_skips_the_header() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    for path in ["/", "/login", "/register", "/api/docs"] {
        browser.goto(path).await;
        tab_to(&browser, "the skip link", "e.matches('.skip')").await;
        let in_sight = "
            const { top, left, width } = document.activeElement.getBoundingClientRect();
            return top >= 0 && left >= 0 && width > 1";
        browser.holds("the skip link is in sight", in_sight).await;
        press(&browser, Key::Enter).await;
        let inside = "return document.activeElement.id === 'main'";
        browser.holds("the focus is in the content", inside).await;
    }
}
