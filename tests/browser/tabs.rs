//! Several tabs of one browser share its cookies.

use serde_json::json;
use thirtyfour::By;

use super::driver::Browser;
use crate::support::{Server, jwt, until};

#[tokio::test]
async fn tabs_that_renew_at_once_stay_signed_in() {
    let key = jwt::key(12);
    let server = Server::with(&[("DOCKET_JWT_KEYS", &jwt::entry("k", &key))]).await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;

    // Waiting for the end of a token would take longer than everything else here.
    let cookie = browser.driver.get_named_cookie("docket_access").await;
    let mut cookie = cookie.expect("the access cookie");
    let fresh = jwt::claims(&cookie.value);
    let mut claims = fresh.clone();
    claims["exp"] = json!(jwt::now() - 600);
    claims["iat"] = json!(jwt::now() - 1_500);
    let expired = jwt::mint(&jwt::plain_header("k"), &claims, &key);
    cookie.value.clone_from(&expired);
    // A cookie that names its domain would stand beside the host's own one.
    cookie.domain = None;
    browser.driver.add_cookie(cookie).await.expect("a cookie");

    let paths = ["/settings", "/tasks", "/tasks?status=all", "/settings"];
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
        browser.reads(".foot", &person.email).await;
        let path = browser.path().await;
        assert!(!path.starts_with("/login"), "{path}");
    }
    let cookie = browser.driver.get_named_cookie("docket_access").await;
    let renewed = cookie.expect("the access cookie").value;
    assert_ne!(renewed, expired);
    assert_eq!(jwt::claims(&renewed)["sid"], fresh["sid"]);
    assert!(cookie_is_hidden(&browser).await);

    // The refresh token that stayed in the end is the one that works next.
    let access = browser.driver.delete_cookie("docket_access").await;
    access.expect("a cookie to delete");
    browser.goto("/settings").await;
    browser
        .sees(By::Css("form[action='/settings/profile']"))
        .await;
}

/// Whether scripts see no token.
async fn cookie_is_hidden(browser: &Browser) -> bool {
    browser.runs("return document.cookie").await == json!("")
}

#[tokio::test]
async fn a_change_in_place_leads_to_the_sign_in_page_when_the_session_has_ended() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.adds("Before").await;
    let removed = browser.driver.delete_all_cookies().await;
    removed.expect("no cookies");
    browser.types("#new-title", "After\n").await;
    until("the sign-in page is there", || async {
        browser.path().await.starts_with("/login")
    })
    .await;
    browser.sees(By::Css("form[action='/login']")).await;
}
