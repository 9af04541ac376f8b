//! Pages in German, in a longer language, and from right to left, in Chromium.

use serde_json::{Value, json};
use thirtyfour::By;

use super::driver::{Browser, Person};
use crate::support::{Ask, Server, User};

/// Returns what is wider than the screen, and texts that are cut off or lie over each other.
const FAULTS: &str = "
    const page = document.documentElement;
    const faults = [];
    if (page.scrollWidth > page.clientWidth) {
        const wide = ({ left, right }) => right > page.clientWidth + 1 || left < -1;
        for (const one of document.body.querySelectorAll('*')) {
            if (wide(one.getBoundingClientRect())) faults.push(`wide: ${one.outerHTML.slice(0, 120)}`);
        }
        faults.push('the page is wider than the screen');
    }
    const boxes = [...document.querySelectorAll('main :is(h1, h2, label, .button, .row-name, .meta), .tabs > *')]
        .filter((one) => one.checkVisibility() && !one.closest('.unseen, dialog'))
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([, { width, height }]) => width > 1 && height > 1);
    for (const [one, a] of boxes) {
        for (const [other, b] of boxes) {
            const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
            if (one === other || apart || one.contains(other) || other.contains(one)) continue;
            if (one.closest('.tabs, .toasts') || other.closest('.tabs, .toasts, .bulk')) continue;
            faults.push(`over each other: ${one.outerHTML.slice(0, 90)} and ${other.outerHTML.slice(0, 90)}`);
        }
    }
    return faults;";

async fn prefers(browser: &Browser, language: &str) {
    let headers = json!({ "headers": { "Accept-Language": language } });
    browser.devtools("Network.enable", json!({})).await;
    browser
        .devtools("Network.setExtraHTTPHeaders", headers)
        .await;
}

#[tokio::test]
async fn pages_fit_in_every_language() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    let board = json!({ "name": "Garden", "view": "board" });
    let board = user.post("/api/v1/projects", &board).gives(201).await;
    let board = board["id"].as_str().expect("an id").to_owned();
    let section = json!({ "project_id": board, "name": "Beds" });
    user.post("/api/v1/sections", &section).is(201).await;
    let task = json!({
        "title": "Renew the passport", "due": { "date": "2026-03-02", "time": "09:00" }, "priority": 1,
        "labels": ["phone"], "description": "- [ ] Photo", "project_id": board,
    });
    let task = user.post("/api/v1/tasks", &task).gives(201).await;
    let task = task["id"].as_str().expect("an id");
    let mut faults: Vec<Value> = Vec::new();
    for (language, direction) in [("de", "ltr"), ("en-XA", "ltr"), ("ar-XB", "rtl")] {
        prefers(&browser, language).await;
        for path in [
            "/today",
            "/tasks",
            &format!("/tasks/{task}"),
            &format!("/projects/{board}"),
            "/calendar",
            "/labels",
            "/projects",
            "/filters/new",
            "/settings/profile",
            "/settings/security",
            "/settings/tokens",
            "/search",
            "/shortcuts",
        ] {
            browser.goto(path).await;
            let html = browser
                .runs("return [document.documentElement.lang, document.documentElement.dir]")
                .await;
            assert_eq!(html, json!([language, direction]), "{path}");
            for width in [360, 1280] {
                browser.is_wide(width).await;
                let found = browser.runs(FAULTS).await;
                if found != json!([]) {
                    faults.push(
                        json!({ "page": format!("{path} {language} {width}"), "faults": found }),
                    );
                }
            }
        }
    }
    let faults = serde_json::to_string_pretty(&faults).expect("JSON");
    assert_eq!(faults, "[]");

    // The texts of scripts follow, too: what is announced, and the names of days.
    prefers(&browser, "de").await;
    browser.goto(&format!("/tasks/{task}")).await;
    browser
        .clicks(thirtyfour::By::Css(".date-menu > summary"))
        .await;
    let days = "return document.querySelector('.month table').getAttribute('aria-label')";
    assert_eq!(browser.runs(days).await, "Tage");
    let month = "return /Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember/
        .test(document.querySelector('.month-name').textContent)";
    browser.holds("a month in German", month).await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn an_account_begins_with_the_week_and_the_dates_of_its_region() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    for (locale, week_start, date_order, clock) in [
        ("en-US", "sunday", "mdy", "12h"),
        ("de-DE", "monday", "dmy", "24h"),
        ("ar-EG", "saturday", "dmy", "12h"),
        ("ja-JP", "sunday", "ymd", "24h"),
    ] {
        browser
            .devtools("Emulation.setLocaleOverride", json!({ "locale": locale }))
            .await;
        let person = Person::new();
        browser.goto("/register").await;
        browser.types("#email", &person.email).await;
        browser.types("#password", &person.password).await;
        browser.clicks(By::Css("main button[type=submit]")).await;
        browser.arrives("/today").await;
        let user = User::login(&server, &person.email, &person.password).await;
        let account = user.get("/api/v1/me").gives(200).await;
        let found = ["week_start", "date_order", "clock"].map(|name| account[name].clone());
        assert_eq!(
            json!(found),
            json!([week_start, date_order, clock]),
            "{locale}"
        );
        browser.signs_out().await;
        browser.arrives("/").await;
    }
}
