//! The palette in Chromium.

use serde_json::json;
use thirtyfour::{By, Key};

use super::driver::Browser;
use super::input::chord;
use crate::support::{Ask, Server, User};

const FIELD: &str = ".palette input";

#[tokio::test]
async fn the_palette_opens_pages_and_tasks() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    for (noun, item) in [
        ("projects", json!({ "name": "Jardín" })),
        ("labels", json!({ "name": "a/b" })),
        ("filters", json!({ "name": "Soon", "expression": "today" })),
        ("tasks", json!({ "title": "Dig the jardin" })),
    ] {
        user.post(&format!("/api/v1/{noun}"), &item)
            .gives(201)
            .await;
    }
    browser.goto("/today").await;
    let open = || async {
        chord(&browser, Key::Control, "k").await;
        browser.sees(By::Css(FIELD)).await
    };
    let marked = |name: &'static str| {
        let browser = &browser;
        async move {
            let script = format!(
                "const field = document.querySelector('{FIELD}');
                const option = document.getElementById(field.getAttribute('aria-activedescendant'));
                return option?.ariaSelected === 'true'
                    && option.querySelector('.link-name').textContent === '{name}'"
            );
            browser.holds(&format!("{name} is marked"), &script).await;
        }
    };
    let field = open().await;
    marked("Inbox").await;
    field.send_keys(Key::Down + Key::Down).await.expect("typed");
    marked("Upcoming").await;
    field.send_keys("JARDIN").await.expect("typed");
    marked("Jardín").await;
    browser.reads("#palette-list", "Dig the jardin").await;
    field.send_keys(Key::Down + "").await.expect("typed");
    marked("Dig the jardin").await;
    field.send_keys(Key::Up + Key::Enter).await.expect("typed");
    browser.reads("h1", "Jardín").await;

    // Recently used entries come first.
    let field = open().await;
    marked("Jardín").await;
    field.send_keys("a/b\n").await.expect("typed");
    browser.arrives("/labels/a%2Fb").await;
    let field = open().await;
    field.send_keys("nothing like it").await.expect("typed");
    browser
        .reads(".palette [role=status]", "Nothing found")
        .await;
    field.send_keys(Key::Escape + "").await.expect("typed");
    browser.misses(By::Css(FIELD)).await;

    // A finger opens it from the menu.
    browser.is_wide(390).await;
    browser
        .clicks(By::Css(".tabs [popovertarget=sidebar]"))
        .await;
    browser.clicks(By::Css("[data-palette]")).await;
    browser
        .sees(By::Css(FIELD))
        .await
        .send_keys("soon")
        .await
        .expect("typed");
    browser.clicks(By::Css("#palette-0")).await;
    browser.reads("h1", "Soon").await;
    browser.is_quiet().await;
}
