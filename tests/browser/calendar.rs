//! Calendars in Chromium, with JavaScript and without.

use docket::db::Timestamp;
use docket::when::{Zone, today};
use serde_json::json;
use thirtyfour::By;

use super::driver::Browser;
use crate::support::{Ask, Server, User};

fn day(date: impl std::fmt::Display, part: &str) -> By {
    By::Css(format!("td[data-drop-due='{date}'] {part}"))
}

async fn goes_through_months(browser: &Browser, server: &Server) {
    let person = browser.registers().await;
    let user = User::login(server, &person.email, &person.password).await;
    let zone = json!({ "time_zone": "UTC" });
    user.patch("/api/v1/me", &zone).is(200).await;
    let today = today(Timestamp::now(), Zone::UTC);
    for new in [
        json!({ "title": "Water", "due": { "date": today.to_string() },
            "recurrence": { "rrule": "FREQ=DAILY" } }),
        json!({ "title": "Pay", "due": { "date": today.to_string() } }),
        json!({ "title": "Some day" }),
    ] {
        user.post("/api/v1/tasks", &new).gives(201).await;
    }
    browser.goto("/today").await;
    browser
        .clicks(By::Css(".sidebar a[href='/calendar']"))
        .await;
    browser.sees(day(today, ".entry")).await;
    browser.sees(By::Css("td[aria-current='date']")).await;
    browser.reads(".undated", "Some day").await;
    // The span of a week has all days of the series.
    browser.clicks(By::LinkText("Week")).await;
    browser.sees(By::Css(".calendar-week")).await;
    browser.clicks(day(today, "[data-repeats] .toggle")).await;
    // The task is on its next day then, in place or by the page that follows.
    browser.misses(day(today, "[data-repeats]")).await;
    browser.clicks(day(today, ".entry .toggle")).await;
    browser.misses(day(today, ".entry .toggle")).await;

    browser.clicks(By::LinkText("Month")).await;
    browser.clicks(By::Css("a[rel=next]")).await;
    browser.clicks(By::Css(".calendar-nav .button")).await;
    browser.sees(By::Css("td[aria-current='date']")).await;
    // On a phone, a day has dots, and its tasks are below the month.
    browser.is_wide(390).await;
    let tomorrow = today.plus_days(1);
    browser.goto(&format!("/calendar?day={tomorrow}")).await;
    browser.reads("#day", "Water").await;
    let dots = "return [...document.querySelectorAll('.day .entry')]
        .every((one) => one.getBoundingClientRect().width <= 8)";
    browser.holds("days have dots", dots).await;
    browser.clicks(By::Css("#day .toggle")).await;
    browser.reads("#flash", "Done: Water").await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_calendar() {
    let server = Server::start().await;
    goes_through_months(&Browser::start(&server).await, &server).await;
}

#[tokio::test]
async fn a_calendar_without_scripts() {
    let server = Server::start().await;
    goes_through_months(&Browser::without_scripts(&server).await, &server).await;
}
