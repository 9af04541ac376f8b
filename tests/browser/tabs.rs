//! Several tabs of one browser share its cookies.

use serde_json::json;
use thirtyfour::By;

use super::driver::{Browser, within_row};
use crate::support::{Server, User, jwt, until};

#[tokio::test]
async fn tabs_that_renew_at_once_stay_signed_in() {
    let key = jwt::key(12);
    let server = Server::with(&[("DOCKET_JWT_KEYS", &jwt::entry("k", &key))]).await;
    let browser = Browser::start(&server).await;
    browser.registers().await;

    // Waiting for a token to expire would take longer than everything else here.
    let cookie = browser.driver.get_named_cookie("docket_access").await;
    let mut cookie = cookie.expect("the access cookie");
    let fresh = jwt::claims(&cookie.value);
    let mut claims = fresh.clone();
    claims["exp"] = json!(jwt::now() - 600);
    claims["iat"] = json!(jwt::now() - 1_500);
    let expired = jwt::mint(&jwt::plain_header("k"), &claims, &key);
    cookie.value.clone_from(&expired);
    // A cookie with a domain would be stored beside the host-only one.
    cookie.domain = None;
    browser.driver.add_cookie(cookie).await.expect("a cookie");

    let paths = [
        "/settings/profile",
        "/tasks",
        "/tasks?status=all",
        "/settings/profile",
    ];
    let open: String = paths
        .iter()
        .map(|path| format!("window.open('{path}');"))
        .collect();
    browser.runs(&open).await;
    let tabs = || async { browser.driver.windows().await.expect("the tabs") };
    until("the tabs are open", || async {
        tabs().await.len() == paths.len() + 1
    })
    .await;
    for tab in tabs().await {
        let switched = browser.driver.switch_to_window(tab).await;
        switched.expect("a tab");
        browser.reads(".account", "Ada Lovelace").await;
        let path = browser.path().await;
        assert!(!path.starts_with("/login"), "{path}");
    }
    let cookie = browser.driver.get_named_cookie("docket_access").await;
    let renewed = cookie.expect("the access cookie").value;
    assert_ne!(renewed, expired);
    assert_eq!(jwt::claims(&renewed)["sid"], fresh["sid"]);
    assert!(cookie_is_hidden(&browser).await);

    // The last refresh token stored works next.
    let access = browser.driver.delete_cookie("docket_access").await;
    access.expect("a cookie to delete");
    browser.goto("/settings/profile").await;
    browser
        .sees(By::Css("form[action='/settings/profile']"))
        .await;
}

/// Returns true if scripts see no token.
async fn cookie_is_hidden(browser: &Browser) -> bool {
    browser.runs("return document.cookie").await == json!("")
}

#[tokio::test]
async fn a_tick_on_a_stale_tab_undoes_none() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    browser.goto("/tasks").await;
    browser.adds("Call home").await;
    browser.goto("/tasks?status=all").await;
    // Without live updates, the tab does not learn of the change.
    browser
        .runs("window.EventSource = class { addEventListener() {} close() {} };")
        .await;
    let stale = browser.driver.window().await.expect("a tab");
    let fresh = browser.driver.new_tab().await.expect("another tab");
    let switched = browser.driver.switch_to_window(fresh).await;
    switched.expect("the other tab");
    browser.goto("/tasks").await;
    let ticked = || within_row("Call home", "//button[@aria-pressed='true']");
    browser.clicks(within_row("Call home", "//button")).await;
    browser.sees(ticked()).await;

    let switched = browser.driver.switch_to_window(stale).await;
    switched.expect("the first tab");
    browser
        .clicks(within_row("Call home", "//button[@aria-pressed='false']"))
        .await;
    browser.sees(ticked()).await;
    let user = User::login(&server, &person.email, &person.password).await;
    let task = &user.list("").await["items"][0];
    assert_eq!(task["completed"], true);
    assert_eq!(task["updated_at"], task["completed_at"], "changed once");
}
