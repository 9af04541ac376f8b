//! The look of pages by the settings, and the API reference, in Chromium.

use serde_json::json;
use thirtyfour::By;

use super::driver::Browser;
use crate::support::Server;

const GROUND: &str = "return getComputedStyle(document.body).backgroundColor";
const ROW: &str = "return document.querySelector('.task').getBoundingClientRect().height";

async fn chooses(browser: &Browser, name: &str, value: &str) {
    browser.goto("/settings/appearance").await;
    let radio = format!("input[name={name}][value={value}]");
    browser.clicks(By::Css(&radio)).await;
    browser
        .clicks(By::Css("form[action='/settings/appearance'] button"))
        .await;
    browser.reads("#flash", "Appearance saved").await;
}

async fn prefers(browser: &Browser, scheme: &str) {
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
    browser
        .devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
}

#[tokio::test]
async fn the_theme_and_the_density_are_those_of_the_account() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    browser.adds("Look").await;

    // Without a choice, the browser decides.
    prefers(&browser, "light").await;
    let light = browser.runs(GROUND).await;
    prefers(&browser, "dark").await;
    let dark = browser.runs(GROUND).await;
    assert_ne!(light, dark);
    chooses(&browser, "theme", "light").await;
    assert_eq!(browser.runs(GROUND).await, light);
    prefers(&browser, "light").await;
    chooses(&browser, "theme", "dark").await;
    assert_eq!(browser.runs(GROUND).await, dark);

    browser.goto("/tasks").await;
    let comfortable = browser.runs(ROW).await.as_f64().expect("a height");
    chooses(&browser, "density", "compact").await;
    browser.goto("/tasks").await;
    let compact = browser.runs(ROW).await.as_f64().expect("a height");
    assert!(compact < comfortable, "{compact} {comfortable}");
    // WCAG 2.2, 2.5.8.
    assert!(compact >= 24.0, "{compact}");

    browser.signs_out().await;
    browser.arrives("/").await;
    assert_eq!(browser.runs(GROUND).await, light);
    browser.is_quiet().await;
}

#[tokio::test]
async fn the_reference_marks_the_current_part_and_copies_examples() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.goto("/api/docs").await;
    let current = "return document.querySelector('.docs-index [aria-current]')?.hash";
    assert_eq!(browser.runs(current).await, "#authentication");
    browser.goto("/api/docs#post-api-v1-tasks").await;
    let marked = format!("{current} === '#post-api-v1-tasks'");
    browser.holds("the index follows", &marked).await;
    let seen = "
        const link = document.querySelector('.docs-index [aria-current]').getBoundingClientRect();
        return link.top >= 0 && link.bottom <= innerHeight";
    browser.holds("the link is in sight", seen).await;

    let origin = browser.runs("return location.origin").await;
    let grant = json!({ "origin": origin, "permissions": ["clipboardReadWrite"] });
    browser.devtools("Browser.grantPermissions", grant).await;
    browser
        .clicks(By::Css("#post-api-v1-tasks .code-copy"))
        .await;
    browser
        .reads("#post-api-v1-tasks .code-copy", "Copied")
        .await;
    browser.is_quiet().await;
}
