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

/// Signs in with a program of this name.
async fn signs_in(server: &Server, visitor: &Visitor, program: &str) {
    let login = server.post("/login").header("user-agent", program);
    login.form(&visitor.credentials()).is(303).await;
}

#[tokio::test]
async fn events_of_a_device_in_a_row_are_one() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    for program in [
        "curl/8.5.0",
        "curl/8.6.0",
        "curl/8.6.0",
        "Lynx/2.9",
        "curl/8.6.0",
    ] {
        signs_in(&server, &ada, program).await;
    }
    for path in ["/settings/security", "/settings/activity"] {
        let page = ada.page(path).await;
        let id = page.0.contains("id=\"events\"");
        let list = page.between(
            if id {
                "id=\"events\""
            } else {
                "id=\"activity\""
            },
            "</section>",
        );
        let rows: Vec<_> = list.split("<li class=\"session").skip(1).collect();
        let of = |row: &str| {
            (
                row.contains("<summary>3 times</summary>"),
                row.matches("<time ").count(),
            )
        };
        let shown: Vec<_> = rows.iter().map(|row| of(row)).collect();
        // The last time, and each of them.
        let expected = [(false, 1), (false, 1), (true, 4), (false, 1)];
        assert_eq!(shown, expected, "{path}: {list}");
        assert!(rows[2].contains(">curl</span>"), "{}", rows[2]);
        assert_eq!(rows[2].matches("127.0.0.1").count(), 4, "{}", rows[2]);
    }
}

#[tokio::test]
async fn the_settings_show_the_latest_and_lead_to_all() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    for _ in 0..5 {
        signs_in(&server, &ada, "curl/8.5.0").await;
        signs_in(&server, &ada, "Lynx/2.9").await;
    }
    let page = ada.page("/settings/security").await;
    let recent = page.between("id=\"activity\"", "</section>");
    assert_eq!(recent.matches("Signed in").count(), 5);
    assert!(!recent.contains("Account created"), "{recent}");
    assert!(recent.contains("href=\"/settings/activity\""), "{recent}");

    let page = ada.page("/settings/activity").await;
    page.is_whole().has("<time datetime=").has("127.0.0.1");
    let all = sentences(&page);
    assert_eq!(all.len(), 11, "{all:?}");
    assert_eq!(all[10], "Account created");
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
    assert_eq!(sentences(&page), ["Signed in"]);
    page.has("<summary>3 times</summary>");
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
