//! Registration, sign-in, sign-out, and the redirect after sign-in.

use reqwest::{Response, Url};

use super::visitor::{Page, Visitor, cookies};
use crate::support::{Ask, Server, header, query};

/// Destinations that a sign-in must never redirect to.
const ELSEWHERE: [&str; 15] = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:/evil.example",
    "HTTP://evil.example/tasks",
    "javascript:alert(1)",
    "data:text/html,hello",
    "evil.example",
    "/\t/evil.example",
    "/\r\n/evil.example",
    "/tasks\nSet-Cookie: a=b",
    "\u{1}/tasks",
    " //evil.example",
];

fn location(answer: &Response) -> String {
    header(answer, "location")
}

/// Returns the destination of the sign-in page that a response redirects to.
fn destination(answer: &Response) -> String {
    let target = location(answer);
    assert!(target.starts_with("/login?"), "{target}");
    let url = Url::parse("http://localhost").and_then(|base| base.join(&target));
    let url = url.expect("a path");
    let next = url.query_pairs().find(|(name, _)| name == "next");
    next.expect("next").1.into_owned()
}

#[tokio::test]
async fn registering_signs_in() {
    let server = Server::start().await;
    let ada = Visitor::stranger(&server);
    let page = ada.page("/register").await;
    page.is_whole().has("action=\"/register\"");
    for id in ["email", "display_name", "password"] {
        page.has(&format!("for=\"{id}\""));
        assert_eq!(page.element(id).get("value"), "");
    }

    let answer = ada.post("/register", &ada.registration()).is(303).await;
    assert_eq!(location(&answer), "/today");
    let set = cookies(&answer);
    for wanted in ["docket_access", "docket_refresh"] {
        let (_, value, attributes) = set
            .iter()
            .find(|(name, ..)| name == wanted)
            .unwrap_or_else(|| panic!("no {wanted} in {set:?}"));
        assert!(value.len() > 20, "{wanted}");
        for attribute in ["httponly", "samesite=lax", "path=/"] {
            assert!(
                attributes.iter().any(|found| found == attribute),
                "{wanted}: {attributes:?}"
            );
        }
    }

    let tasks = ada.page("/today").await;
    tasks.is_whole().has(&ada.email);
    assert_eq!(tasks.flash(), "Welcome to Docket.");
    assert_eq!(ada.page("/tasks").await.flash(), "", "shown once");
    for path in ["/", "/login", "/register"] {
        let answer = ada.get(path).is(303).await;
        assert_eq!(location(&answer), "/today", "{path}");
    }
}

#[tokio::test]
async fn a_registration_has_a_time_zone_and_no_zone_prevents_it() {
    let server = Server::start().await;
    for (sent, expected) in [
        (Some("Europe/Berlin"), "Europe/Berlin"),
        (Some("Mars/Olympus"), "UTC"),
        (Some(""), "UTC"),
        (None, "UTC"),
    ] {
        let ada = Visitor::stranger(&server);
        let page = ada.page("/register").await;
        assert_eq!(page.chosen("time_zone"), "UTC");
        page.has(" data-detects-zone");
        let mut form = ada.registration().to_vec();
        form.extend(sent.map(|zone| ("time_zone", zone)));
        ada.post("/register", &form).is(303).await;
        let page = ada.page("/settings/profile").await;
        assert_eq!(page.chosen("profile-time_zone"), expected, "{sent:?}");
    }
    // A choice is kept, and the script does not replace it.
    let ada = Visitor::stranger(&server);
    let form = [
        ("email", ada.email.as_str()),
        ("password", "short"),
        ("time_zone", "Asia/Tokyo"),
    ];
    let page = ada.rejected(422, "/register", &form).await;
    assert_eq!(page.chosen("time_zone"), "Asia/Tokyo");
    page.has_not("data-detects-zone");
}

#[tokio::test]
async fn a_rejected_registration_comes_back_filled_in() {
    let server = Server::start().await;
    let taken = Visitor::registered(&server).await;
    let ada = Visitor::stranger(&server);
    for (field, status, address, name, secret) in [
        ("email", 422, "nobody", "Ada", ada.password.as_str()),
        ("email", 422, "", "Ada", &ada.password),
        ("email", 409, &taken.email, "Ada", &ada.password),
        ("email", 409, &taken.email.to_uppercase(), "", &ada.password),
        ("password", 422, &ada.email, "Ada", "short"),
        ("password", 422, &ada.email, "Ada", "password1"),
        (
            "display_name",
            422,
            &ada.email,
            &"x".repeat(101),
            &ada.password,
        ),
    ] {
        let form = [
            ("email", address),
            ("display_name", name),
            ("password", secret),
        ];
        let page = ada.rejected(status, "/register", &form).await;
        page.is_whole();
        let error = page.error_of(field);
        if status == 409 {
            assert_eq!(error, "There's already an account with this e-mail.");
            page.has("<a href=\"/login\">Sign in</a> instead?");
        } else {
            page.has_not("instead?");
        }
        assert_eq!(page.element("email").get("value"), address);
        assert_eq!(page.element("display_name").get("value"), name);
        assert_eq!(page.element("password").get("value"), "");
        page.has_not(&format!("\"{secret}\""));
        assert!(!ada.is_signed_in().await);
    }
    // All errors are reported at once.
    let form = [
        ("email", "nobody"),
        ("display_name", ""),
        ("password", "short"),
    ];
    let page = ada.rejected(422, "/register", &form).await;
    page.error_of("email");
    page.error_of("password");
    // A form without fields is not a server fault.
    ada.rejected(422, "/register", &[]).await.is_whole();
}

#[tokio::test]
async fn registration_can_be_off() {
    let server = Server::with(&[("DOCKET_REGISTRATION", "false")]).await;
    let ada = Visitor::stranger(&server);
    for path in ["/", "/login"] {
        ada.page(path)
            .await
            .is_whole()
            .has_not("href=\"/register\"");
    }
    let page = Page::of(ada.get("/register").answer().await).await;
    page.is_whole().has_not("action=\"/register\"");
    ada.rejected(403, "/register", &ada.registration())
        .await
        .is_whole();
    ada.rejected(401, "/login", &ada.credentials()).await;
}

#[tokio::test]
async fn signing_out_and_in_again() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/tasks", &[("title", "Kept")]).await;
    let page = ada.submit("/logout", &[]).await;
    page.is_whole().has("href=\"/login\"").has_not(&ada.email);
    assert_eq!(page.flash(), "Signed out");
    assert!(!ada.is_signed_in().await);

    let page = ada.page("/login").await;
    page.is_whole().has("action=\"/login\"");
    assert_eq!(page.flash(), "");
    let upper = ada.email.to_uppercase();
    let form = [("email", upper.as_str()), ("password", &ada.password)];
    ada.submit("/login", &form)
        .await
        .has("<h1 dir=\"auto\">Today</h1>");
    assert_eq!(ada.page("/tasks").await.titles(), ["Kept"]);
    // A signed-out user may press the button of an old page.
    for _ in 0..2 {
        let answer = ada.post("/logout", &[]).is(303).await;
        assert_eq!(location(&answer), "/");
    }
}

#[tokio::test]
async fn another_sign_in_ends_the_session_before() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let watcher = ada.by_api(&server).await;
    let count = async || {
        let body = watcher.get("/api/v1/sessions").gives(200).await;
        body["items"].as_array().expect("items").len()
    };
    assert_eq!(count().await, 2);
    // The form of a page that was open before.
    ada.submit("/login", &ada.credentials()).await;
    assert_eq!(count().await, 2, "the session before has ended");
    assert!(ada.is_signed_in().await);

    let ben = Visitor::registered(&server).await;
    ada.submit("/login", &ben.credentials()).await;
    assert_eq!(count().await, 1, "of another account too");
    // A failed attempt ends no session.
    let wrong = [("email", ada.email.as_str()), ("password", "wrong")];
    ben.rejected(401, "/login", &wrong).await;
    assert!(ben.is_signed_in().await);
}

#[tokio::test]
async fn password_fields_are_masked_and_leave_managers_and_pasting_alone() {
    let server = Server::start().await;
    let stranger = Visitor::stranger(&server);
    let ada = Visitor::registered(&server).await;
    let (login, register) = (
        stranger.page("/login").await,
        stranger.page("/register").await,
    );
    let (security, tokens) = (
        ada.page("/settings/security").await,
        ada.page("/settings/tokens").await,
    );
    let (profile, deletion) = (
        ada.page("/settings/profile").await,
        ada.page("/settings/delete").await,
    );
    for (page, name, autocomplete) in [
        (&login, "password", "current-password"),
        (&register, "password", "new-password"),
        (&profile, "current_password", "current-password"),
        (&security, "current_password", "current-password"),
        (&security, "new_password", "new-password"),
        (&deletion, "password", "current-password"),
        (&tokens, "current_password", "current-password"),
    ] {
        let field = page.tag(&format!("name=\"{name}\""));
        assert_eq!(field.get("type"), "password", "{}", field.0);
        assert_eq!(field.get("autocomplete"), autocomplete, "{}", field.0);
        assert_eq!(field.get("value"), "", "{}", field.0);
        let longest: usize = field.get("maxlength").parse().unwrap_or(usize::MAX);
        assert!(longest > 128, "a browser cuts the password off");
    }
    for page in [login, register, profile, security, deletion, tokens] {
        page.has_not("onpaste");
    }
}

#[tokio::test]
async fn every_page_of_a_user_has_a_way_out() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = ada.submit("/tasks", &[("title", "A task")]).await;
    let task = page.tag("class=\"task-title\"").get("href");
    for path in [
        "/tasks",
        "/today",
        &task,
        "/settings/profile",
        "/settings/security",
        "/settings/tokens",
        "/settings/activity",
    ] {
        ada.page(path).await.has("action=\"/logout\"");
    }
    let answer = ada.get("/nowhere").is(404).await;
    Page::of(answer).await.has("action=\"/logout\"");
}

#[tokio::test]
async fn a_wrong_sign_in_keeps_the_address_and_never_the_password() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let stranger = Visitor::stranger(&server);
    let mut messages = Vec::new();
    for address in [&ada.email, &stranger.email] {
        let form = [
            ("email", address.as_str()),
            ("password", "a wrong Guess 4711"),
        ];
        let answer = stranger.post("/login", &form).is(401).await;
        assert!(cookies(&answer).is_empty(), "{:?}", cookies(&answer));
        let page = Page::of(answer).await;
        page.is_whole().has_not("a wrong Guess 4711");
        assert_eq!(page.element("email").get("value"), *address);
        assert_eq!(page.element("password").get("value"), "");
        page.has("Wrong e-mail or password.");
        messages.push(page.between("role=\"alert\"", "</p>").to_owned());
    }
    assert_eq!(messages[0], messages[1], "an address must not be betrayed");
    stranger.rejected(401, "/login", &[]).await.is_whole();
}

#[tokio::test]
async fn a_sign_in_redirects_to_the_requested_page() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/tasks", &[("title", "Buy milk & honey")]).await;
    let stranger = Visitor::stranger(&server);
    for wanted in [
        "/tasks",
        "/tasks?status=all&q=milk+%26+honey&sort=title",
        "/settings/profile",
    ] {
        let answer = stranger.get(wanted).is(303).await;
        assert_eq!(destination(&answer), wanted);
        let page = stranger.page(&location(&answer)).await;
        assert_eq!(page.tag("name=\"next\"").get("value"), wanted);

        // A wrong password preserves it.
        let wrong = [
            ("email", ada.email.as_str()),
            ("password", "?"),
            ("next", wanted),
        ];
        let page = stranger.rejected(401, "/login", &wrong).await;
        assert_eq!(page.tag("name=\"next\"").get("value"), wanted);

        let [address, secret] = ada.credentials();
        let answer = stranger.post("/login", &[address, secret, ("next", wanted)]);
        assert_eq!(location(&answer.is(303).await), wanted);
        stranger.page(wanted).await;
        stranger.post("/logout", &[]).is(303).await;
    }
}

#[tokio::test]
async fn a_sign_in_redirects_to_no_other_site() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let stranger = Visitor::stranger(&server);
    let [address, secret] = ada.credentials();
    for evil in ELSEWHERE {
        let page = stranger
            .page(&format!("/login?{}", query(&[("next", evil)])))
            .await;
        page.has_not("name=\"next\"").has_not("evil.example");
        let answer = stranger.post("/login", &[address, secret, ("next", evil)]);
        assert_eq!(location(&answer.is(303).await), "/today", "{evil:?}");
        let again = stranger.get(&format!("/login?{}", query(&[("next", evil)])));
        assert_eq!(location(&again.is(303).await), "/today", "{evil:?}");
        stranger.post("/logout", &[]).is(303).await;
    }
}

#[tokio::test]
async fn every_form_of_a_stranger_gets_the_sign_in_page() {
    let server = Server::start().await;
    let stranger = Visitor::stranger(&server);
    let id = uuid::Uuid::now_v7();
    for path in [
        "/tasks".to_owned(),
        format!("/tasks/{id}"),
        format!("/tasks/{id}/completion"),
        format!("/tasks/{id}/delete"),
        "/settings/profile".to_owned(),
        "/settings/appearance".to_owned(),
        "/settings/password".to_owned(),
        "/settings/sessions/end-others".to_owned(),
        format!("/settings/sessions/{id}/end"),
        "/settings/delete".to_owned(),
    ] {
        let page = stranger
            .rejected(401, &path, &[("title", "Nobody's")])
            .await;
        page.is_whole().has("Your session has ended.");
        page.has("action=\"/login\"");
        let next = page.tag("name=\"next\"").get("value");
        assert!(path.starts_with(&next), "{path}: {next}");
    }
    for path in ["/tasks", "/settings/delete", &format!("/tasks/{id}")] {
        let answer = stranger.get(path).is(303).await;
        assert_eq!(destination(&answer), path);
    }
}
