//! Page of security events.

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, header};

/// Returns the sentences of the list, in order.
fn sentences(page: &Page) -> Vec<&str> {
    let list = page.between("id=\"events\"", "</section>");
    list.split("class=\"session-agent\">")
        .skip(1)
        .filter_map(|rest| rest.split_once('<'))
        .map(|(text, _)| text)
        .collect()
}

#[tokio::test]
async fn the_settings_show_the_latest_and_lead_to_all() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    for _ in 0..5 {
        ada.by_api(&server).await;
    }
    let page = ada.page("/settings/security").await;
    let recent = page.between("id=\"activity\"", "</section>");
    assert_eq!(recent.matches("Signed in").count(), 5);
    assert!(!recent.contains("Account created"), "{recent}");
    assert!(recent.contains("href=\"/settings/activity\""), "{recent}");

    let page = ada.page("/settings/activity").await;
    page.is_whole().has("<time datetime=").has("127.0.0.1");
    let all = sentences(&page);
    assert_eq!(all.len(), 6, "{all:?}");
    assert_eq!(all[5], "Account created");
    page.has_not("Earlier<");
}

#[tokio::test]
async fn a_user_agent_is_escaped_on_pages() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let login = server
        .post("/login")
        .header("user-agent", "<b>Bold</b>")
        .form(&ada.credentials());
    login.is(303).await;
    let page = ada.page("/settings/activity").await;
    page.has_not("<b>Bold").has("&lt;b&gt;Bold");
}

#[tokio::test]
async fn a_long_list_has_more_pages() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    for _ in 0..3 {
        ada.by_api(&server).await;
    }
    let page = ada.page("/settings/activity?limit=3").await;
    assert_eq!(sentences(&page), ["Signed in"; 3]);
    let next = page.between("<p class=\"more\"><a", "</a>");
    let (_, next) = next.split_once("href=\"").expect("a link");
    let (next, _) = next.split_once('"').expect("its end");
    let page = ada.page(next).await;
    page.has("Earlier events");
    assert_eq!(sentences(&page), ["Account created"]);
    let page = Page::of(ada.get("/settings/activity?cursor=x").is(422).await).await;
    page.is_whole();
}

#[tokio::test]
async fn a_stranger_is_led_to_the_sign_in() {
    let server = Server::start().await;
    let ada = Visitor::stranger(&server);
    let answer = ada.get("/settings/activity").is(303).await;
    assert_eq!(
        header(&answer, "location"),
        "/login?next=%2Fsettings%2Factivity"
    );
}
