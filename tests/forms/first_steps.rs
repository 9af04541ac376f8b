//! The first steps that Today suggests to a new user.

use super::visitor::Visitor;
use crate::support::{Ask, Server, header};

const HEADING: &str = "Three things to try";

#[tokio::test]
async fn each_step_is_marked_and_all_of_them_leave() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let done = async || ada.page("/today").await.0.matches("(done)").count();
    ada.page("/today").await.is_whole().has(HEADING);
    assert_eq!(done().await, 0);
    for path in ["/inbox", "/tasks", "/settings/profile"] {
        ada.page(path).await.has_not(HEADING);
    }
    ada.submit("/tasks", &[("title", "Call the bank")]).await;
    assert_eq!(done().await, 1);
    ada.submit("/projects", &[("name", "Home")]).await;
    assert_eq!(done().await, 2);
    // A session on another device; nothing else changes, and the page must not be the kept one.
    ada.by_api(&server).await;
    ada.page("/today").await.has_not(HEADING);
}

#[tokio::test]
async fn the_steps_can_be_hidden_and_shown_again() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let hide = [("suggestions", "hidden")];
    let page = ada.submit("/settings/suggestions", &hide).await;
    assert_eq!(page.flash(), "Suggestions hidden");
    page.has_not(HEADING);
    ada.page("/today").await.has_not(HEADING);
    let answer = ada.get("/settings/suggestions").is(303).await;
    assert_eq!(header(&answer, "location"), "/settings/appearance");
    let show = [("suggestions", "shown")];
    ada.submit("/settings/appearance", &show).await;
    ada.page("/today").await.has(HEADING);
    ada.rejected(422, "/settings/suggestions", &[("suggestions", "no")])
        .await
        .is_whole();
}
