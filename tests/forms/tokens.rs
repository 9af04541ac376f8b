//! Page of API tokens: created, shown once, revoked.

use super::visitor::{Page, Visitor, cookies};
use crate::support::{Ask, Server, header, until};

const PAGE: &str = "/settings/tokens";

impl Visitor {
    /// Returns the fields of the form of a new token.
    fn token_form<'f>(&'f self, name: &'f str) -> [(&'f str, &'f str); 5] {
        [
            ("name", name),
            ("scopes", "tasks:read"),
            ("scopes", "account"),
            ("expires_in_days", "30"),
            ("current_password", &self.password),
        ]
    }
}

/// Returns the paths of the buttons that revoke a token.
fn revocations(page: &Page) -> Vec<String> {
    page.0
        .split("action=\"/settings/tokens/")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(rest, _)| format!("{PAGE}/{rest}"))
        .collect()
}

#[tokio::test]
async fn a_token_is_made_and_shown_once() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.page("/settings/data")
        .await
        .has("href=\"/settings/tokens\"");
    let page = ada.page(PAGE).await;
    page.is_whole().has("You have no tokens");
    page.has_not("made-token");

    let answer = ada
        .post(PAGE, &ada.token_form("Say \"<hi>\""))
        .is(200)
        .await;
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let set = cookies(&answer);
    let page = Page::of(answer).await;
    page.is_whole().has_not("<hi>").has_not(&ada.password);
    let token = page.element("made-token").get("value");
    assert!(token.starts_with("dkt_"), "{token}");
    assert_eq!(page.0.matches(&token).count(), 1);
    for (name, value, _) in set {
        assert!(!value.contains(&token), "the cookie {name} has it");
    }
    assert_eq!(page.element("name").get("value"), "", "ready for the next");
    let user = ada.by_api(&server).await.with_token(&token);
    let listed = user.get("/api/v1/tokens").gives(200).await;
    let listed = &listed["items"][0];
    assert_eq!(listed["name"], "Say \"<hi>\"");
    assert_eq!(
        listed["scopes"],
        serde_json::json!(["tasks:read", "account"])
    );

    let page = ada.page(PAGE).await;
    page.has_not(&token).has_not("made-token");
    page.has("Say &quot;&lt;hi&gt;&quot;").has("Expires");
    assert!(!server.log().contains(&token));
}

#[tokio::test]
async fn a_rejected_form_comes_back_filled_in() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let checked = |page: &Page, scope: &str| {
        let tag = page.tag(&format!("value=\"{scope}\"")).0.to_owned();
        tag.ends_with(" checked")
    };

    let mut form = ada.token_form("Kept");
    form[4].1 = "a wrong Guess 4711";
    let page = ada.rejected(422, PAGE, &form).await;
    page.is_whole().has_not("a wrong Guess 4711");
    page.error_of("current_password");
    assert_eq!(page.element("name").get("value"), "Kept");
    assert!(checked(&page, "tasks:read") && checked(&page, "account"));
    assert!(!checked(&page, "tasks:write"));
    page.has("<option value=\"30\" selected>");

    let mut form = ada.token_form(" ");
    let page = ada.rejected(422, PAGE, &form).await;
    page.has_not(&ada.password).error_of("name");
    form = ada.token_form("Kept");
    form[3].1 = "366";
    ada.rejected(422, PAGE, &form)
        .await
        .error_of("expires_in_days");
    form[3].1 = "soon";
    ada.rejected(422, PAGE, &form)
        .await
        .error_of("expires_in_days");
    form = ada.token_form("Kept");
    form[2].1 = "everything";
    ada.rejected(422, PAGE, &form).await.has("scopes-error");
    let none = [("name", "Kept"), ("expires_in_days", "30")];
    let page = ada.rejected(422, PAGE, &none).await;
    page.has("Choose at least one permission.");
    let none = [("name", "Kept"), ("current_password", &ada.password)];
    let page = ada.rejected(422, PAGE, &none).await;
    assert_eq!(page.element("name").get("value"), "Kept");
    // Nothing was created.
    assert_eq!(revocations(&ada.page(PAGE).await), [""; 0]);

    ada.post(PAGE, &ada.token_form("Kept")).is(200).await;
    let page = ada.rejected(409, PAGE, &ada.token_form("Kept")).await;
    let error = page.error_of("name");
    assert_eq!(error, "You already have a token with this name.");
    page.has_not("made-token");
}

#[tokio::test]
async fn tokens_are_revoked() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let mut form = ada.token_form("First");
    form[3].1 = "never";
    let page = Page::of(ada.post(PAGE, &form).is(200).await).await;
    let token = page.element("made-token").get("value");
    page.has("Never expires").has("Never used");
    let user = ada.by_api(&server).await.with_token(&token);
    assert_eq!(user.me_status().await, 200);
    until("the use is noted", || async {
        !ada.page(PAGE).await.0.contains("Never used")
    })
    .await;
    let page = ada.page(PAGE).await;
    let paths = revocations(&page);
    assert_eq!(paths.len(), 1);
    let page = ada.submit(&paths[0], &[]).await;
    assert_eq!(page.flash(), "Token revoked");
    assert_eq!(revocations(&page), [""; 0]);
    assert_eq!(user.me_status().await, 401);
    // Already revoked, perhaps from another tab.
    ada.rejected(404, &paths[0], &[]).await.is_whole();
}

#[tokio::test]
async fn only_docket_s_own_pages_and_sessions_make_tokens() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let foreign = ada.foreign(PAGE, &ada.token_form("Stolen"));
    let foreign = foreign.header("sec-fetch-site", "cross-site");
    foreign.is(403).await;
    let stranger = Visitor::stranger(&server);
    let answer = stranger.get(PAGE).is(303).await;
    assert_eq!(
        header(&answer, "location"),
        "/login?next=%2Fsettings%2Ftokens"
    );

    let page = Page::of(ada.post(PAGE, &ada.token_form("Mine")).is(200).await).await;
    let token = page.element("made-token").get("value");
    // Pages require a session, whatever the scopes of the token.
    for path in ["/tasks", "/settings/profile", PAGE] {
        let answer = server.get(path).bearer_auth(&token).is(403).await;
        let page = Page::of(answer).await;
        page.is_whole().has_not(&ada.email);
    }
    let form = ada.token_form("More");
    let made = server.post(PAGE).bearer_auth(&token).form(&form);
    made.is(403).await;
    assert_eq!(revocations(&ada.page(PAGE).await).len(), 1);
    let docs = server.get("/api/docs").bearer_auth(&token).is(200).await;
    Page::of(docs).await.has_not(&ada.email);
}
