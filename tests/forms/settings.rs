//! Settings pages: profile, appearance, password, sessions, account deletion.

use super::visitor::{Page, Visitor, cookies};
use crate::support::{Ask, Server, User, email, header, password};

const END_OTHERS: &str = "/settings/sessions/end-others";

/// Returns the paths of the buttons that end a session.
fn endings(page: &Page) -> Vec<String> {
    page.0
        .split("action=\"/settings/sessions/")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .filter(|(rest, _)| rest.ends_with("/end"))
        .map(|(rest, _)| format!("/settings/sessions/{rest}"))
        .collect()
}

#[tokio::test]
async fn the_profile_is_changed() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = ada.page("/settings/profile").await;
    page.is_whole();
    let name = page.element("profile-display_name").get("value");
    assert_eq!(name, "Ada Lovelace");
    assert_eq!(page.element("profile-email").get("value"), ada.email);

    let form = [("display_name", "Ada \"<King>\""), ("email", &ada.email)];
    let answer = ada.post("/settings/profile", &form).is(303).await;
    assert_eq!(header(&answer, "location"), "/settings/profile");
    let page = ada.page("/settings/profile").await;
    page.has_not("<King>");
    let name = page.element("profile-display_name").get("value");
    assert_eq!(name, "Ada \"<King>\"");
    assert_eq!(page.flash(), "Profile saved");
    assert_eq!(
        ada.page("/settings/profile").await.flash(),
        "",
        "shown once"
    );
}

#[tokio::test]
async fn preferences_are_chosen() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let chosen = |page: &Page| {
        [
            "time_zone",
            "week_start",
            "date_order",
            "clock",
            "quick_add_style",
        ]
        .map(|name| page.chosen(&format!("profile-{name}")))
    };
    let page = ada.page("/settings/profile").await;
    assert_eq!(chosen(&page), ["UTC", "monday", "ymd", "24h", "todoist"]);

    let form = [
        ("display_name", "Ada Lovelace"),
        ("email", &ada.email),
        ("time_zone", "America/New_York"),
        ("week_start", "sunday"),
        ("date_order", "mdy"),
        ("clock", "12h"),
        ("quick_add_style", "vikunja"),
    ];
    let page = ada.submit("/settings/profile", &form).await;
    page.is_whole();
    let expected = ["America/New_York", "sunday", "mdy", "12h", "vikunja"];
    assert_eq!(chosen(&page), expected);
    // A form without the fields leaves them alone.
    let page = ada.submit("/settings/profile", &form[..2]).await;
    assert_eq!(chosen(&page), expected);

    let mut wrong = form;
    wrong[2].1 = "Mars/Olympus";
    wrong[5].1 = "25h";
    let page = ada.rejected(422, "/settings/profile", &wrong).await;
    page.is_whole();
    let error = page.error_of("profile-time_zone");
    assert_eq!(
        error,
        "Choose a time zone by its IANA name, such as Europe/Berlin."
    );
    assert_eq!(page.error_of("profile-clock"), "Choose one of 24h, 12h.");
    assert_eq!(chosen(&ada.page("/settings/profile").await), expected);
}

#[tokio::test]
async fn the_appearance_is_chosen_and_every_page_has_it() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = ada.page("/settings/appearance").await;
    page.is_whole().has("<html lang=\"en\" dir=\"ltr\">");
    page.has("<meta name=\"color-scheme\" content=\"light dark\">");
    for (theme, density, html) in [
        (
            "dark",
            "comfortable",
            "<html lang=\"en\" dir=\"ltr\" data-theme=\"dark\">",
        ),
        (
            "light",
            "compact",
            "<html lang=\"en\" dir=\"ltr\" data-theme=\"light\" data-density=\"compact\">",
        ),
        ("", "", "data-theme=\"light\" data-density=\"compact\">"),
        ("system", "comfortable", "<html lang=\"en\" dir=\"ltr\">"),
    ] {
        // The list is kept in memory, and must not keep its look.
        ada.page("/tasks").await;
        let form = [("theme", theme), ("density", density)];
        let page = ada.submit("/settings/appearance", &form).await;
        assert_eq!(page.flash(), "Appearance saved");
        for path in ["/settings/appearance", "/tasks", "/today"] {
            ada.page(path).await.has(html);
        }
        let missing = Page::of(ada.get("/nowhere").is(404).await).await;
        missing.has(html);
        if theme == "dark" {
            page.has("<meta name=\"color-scheme\" content=\"dark\">");
            page.has("#131614").has_not("content=\"#f7f5f0\"");
            let checked = page.tag("value=\"dark\"");
            assert!(checked.0.contains(" checked"), "{}", checked.0);
        }
    }
    let form = [("theme", "sepia"), ("density", "compact")];
    let page = ada.rejected(422, "/settings/appearance", &form).await;
    page.is_whole().has("The appearance was not saved.");
    page.has("aria-describedby=\"theme-error\"");
    page.has("Choose one of system, light, dark.");
    // The sign-in page follows the system.
    Visitor::stranger(&server)
        .page("/login")
        .await
        .has("<html lang=\"en\" dir=\"ltr\">");
}

#[tokio::test]
async fn another_address_needs_the_password() {
    let server = Server::start().await;
    let mut ada = Visitor::registered(&server).await;
    let other = User::register(&server).await;
    let new = email();
    for secret in ["", "a wrong Guess 4711"] {
        let form = [
            ("display_name", "A."),
            ("email", &new),
            ("current_password", secret),
        ];
        let page = ada.rejected(422, "/settings/profile", &form).await;
        page.is_whole().has_not("a wrong Guess 4711");
        let error = page.error_of("profile-current_password");
        assert_eq!(error, "Wrong password.");
        assert_eq!(page.element("profile-email").get("value"), new);
        assert_eq!(page.element("profile-display_name").get("value"), "A.");
    }
    for (status, address) in [(422, "nobody"), (409, other.email.as_str())] {
        let form = [
            ("display_name", "A."),
            ("email", address),
            ("current_password", &ada.password),
        ];
        let page = ada.rejected(status, "/settings/profile", &form).await;
        page.error_of("profile-email");
        assert_eq!(page.element("profile-email").get("value"), address);
        page.has_not(&ada.password);
    }
    let kept = ada.page("/settings/profile").await;
    let name = kept.element("profile-display_name").get("value");
    assert_eq!(name, "Ada Lovelace", "a rejected form changes nothing");

    let form = [
        ("display_name", "A."),
        ("email", new.as_str()),
        ("current_password", &ada.password),
    ];
    ada.submit("/settings/profile", &form).await.has(&new);
    assert!(!ada.elsewhere_works(&server).await);
    ada.email = new;
    assert!(ada.elsewhere_works(&server).await);
}

#[tokio::test]
async fn a_rejected_profile_is_about_the_name() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let long = "x".repeat(101);
    let form = [("display_name", long.as_str()), ("email", &ada.email)];
    let page = ada.rejected(422, "/settings/profile", &form).await;
    page.error_of("profile-display_name");
    assert_eq!(page.element("profile-display_name").get("value"), long);
}

#[tokio::test]
async fn the_password_is_changed() {
    let server = Server::start().await;
    let mut ada = Visitor::registered(&server).await;
    let other = ada.elsewhere(&server).await;
    let new = password();
    for (id, current, wanted) in [
        (
            "password-current_password",
            "a wrong Guess 4711",
            new.as_str(),
        ),
        ("password-new_password", ada.password.as_str(), "short"),
        ("password-new_password", ada.password.as_str(), "password1"),
    ] {
        let form = [("current_password", current), ("new_password", wanted)];
        let page = ada.rejected(422, "/settings/password", &form).await;
        page.is_whole();
        page.error_of(id);
        for secret in [current, wanted] {
            page.has_not(&format!("\"{secret}\""));
        }
    }
    assert!(other.is_signed_in().await);

    let form = [
        ("current_password", ada.password.as_str()),
        ("new_password", &new),
    ];
    let page = ada.submit("/settings/password", &form).await;
    assert_eq!(
        page.flash(),
        "Password changed. You are signed out everywhere else, and all API tokens are revoked."
    );
    assert!(ada.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    assert!(!ada.elsewhere_works(&server).await);
    ada.password = new;
    assert!(ada.elsewhere_works(&server).await);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = ada.page("/settings/security").await;
    assert_eq!(endings(&page), [""; 0], "the own session is not ended here");
    page.has_not(END_OTHERS);

    let second = ada.elsewhere(&server).await;
    let third = ada.elsewhere(&server).await;
    let page = ada.page("/settings/security").await;
    page.has(END_OTHERS);
    assert_eq!(page.0.matches("This browser").count(), 1);
    let paths = endings(&page);
    assert_eq!(paths.len(), 2);
    let page = ada.submit(&paths[0], &[]).await;
    assert_eq!(page.flash(), "Session signed out");
    assert_eq!(endings(&page).len(), 1);
    let alive = [second.is_signed_in().await, third.is_signed_in().await];
    assert_ne!(alive[0], alive[1], "one of two has ended");
    // Already ended, perhaps from another tab.
    ada.rejected(404, &paths[0], &[]).await.is_whole();

    let fourth = ada.elsewhere(&server).await;
    let page = ada.submit(END_OTHERS, &[]).await;
    assert_eq!(page.flash(), "Signed out everywhere else");
    assert_eq!(endings(&page), [""; 0]);
    for other in [&second, &third, &fourth] {
        assert!(!other.is_signed_in().await);
    }
    assert!(ada.is_signed_in().await);
}

#[tokio::test]
async fn an_account_is_deleted_with_its_password_only() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/tasks", &[("title", "Gone")]).await;
    for secret in ["", "a wrong Guess 4711"] {
        let page = ada
            .rejected(422, "/settings/delete", &[("password", secret)])
            .await;
        page.is_whole().has_not("a wrong Guess 4711");
        page.error_of("delete-password");
    }
    assert!(ada.is_signed_in().await);

    let form = [("password", ada.password.as_str())];
    let answer = ada.post("/settings/delete", &form).is(303).await;
    assert_eq!(header(&answer, "location"), "/");
    let set = cookies(&answer);
    for name in ["docket_access", "docket_refresh"] {
        assert!(
            set.iter()
                .any(|(found, value, _)| found == name && value.is_empty()),
            "{name} stays: {set:?}"
        );
    }
    let page = ada.page("/").await;
    assert_eq!(page.flash(), "Your account and all its tasks were deleted.");
    page.has_not(&ada.email);
    assert!(!ada.is_signed_in().await);
    assert!(!ada.elsewhere_works(&server).await);
    // The address is available again.
    ada.submit("/register", &ada.registration()).await;
    assert_eq!(ada.page("/tasks?status=all").await.titles(), [""; 0]);
}

impl Visitor {
    /// Returns true if this person's e-mail address and password sign in.
    async fn elsewhere_works(&self, server: &Server) -> bool {
        let stranger = Visitor::stranger(server);
        let answer = stranger.post("/login", &self.credentials()).answer().await;
        match answer.status().as_u16() {
            303 => true,
            401 => false,
            other => panic!("the sign-in answered {other}"),
        }
    }
}
