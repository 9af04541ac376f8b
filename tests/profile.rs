//! Concurrent profile changes by sessions, tokens and forms: none is lost, and none succeeds with a
//! replaced password.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, email, password, together};

const ME: &str = "/api/v1/me";

const ROUNDS: usize = 12;

#[tokio::test]
async fn a_name_and_an_email_that_change_at_once_both_last() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let token = user.add_api_token("Profile", &["account"]).await;
    let bearer = user.with_token(&token);
    for round in 0..ROUNDS {
        let (address, name) = (email(), format!("Ada {round}"));
        let new_email = json!({ "email": address, "current_password": user.password });
        let new_name = json!({ "display_name": name });
        // By a session or a token; a form follows below.
        let renaming = if round % 2 == 0 { &user } else { &bearer };
        // Changing the address takes longer, because it verifies the password.
        let renames = (0..4).map(|_| renaming.patch(ME, &new_name).is(200));
        let mut all: Vec<_> = renames.map(boxed).collect();
        all.push(boxed(user.patch(ME, &new_email).is(200)));
        together(all).await;
        let me = user.get(ME).gives(200).await;
        assert_eq!(me["email"], address, "round {round}");
        assert_eq!(me["display_name"], name, "round {round}");
    }
    let changes = kinds(&user).await;
    let changes = changes.iter().filter(|kind| *kind == "email_changed");
    assert_eq!(changes.count(), ROUNDS);
}

#[tokio::test]
async fn a_form_that_changes_the_name_leaves_the_email_alone() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let mut address = user.email.clone();
    for round in 0..ROUNDS {
        let name = format!("Ada {round}");
        // The form also sends the address, as it was when the page was loaded.
        let form = [
            ("display_name", name.as_str()),
            ("email", &address),
            ("current_password", ""),
        ];
        let rename = || {
            let request = user.by_cookie(Method::POST, "/settings/profile");
            let request = request.header("sec-fetch-site", "same-origin");
            request.form(&form)
        };
        let next = email();
        let new_email = json!({ "email": next, "current_password": user.password });
        let changing = tokio::spawn(user.patch(ME, &new_email).is(200));
        while !changing.is_finished() {
            let renames: Vec<_> = (0..3).map(|_| rename().answer()).collect();
            for answer in together(renames).await {
                // If the form arrives after the change, it requires the password.
                let status = answer.status().as_u16();
                assert!(matches!(status, 303 | 422), "{status}");
            }
        }
        changing.await.expect("the change");
        let me = user.get(ME).gives(200).await;
        assert_eq!(me["email"], next, "round {round}");
        address = next;
    }
}

#[tokio::test]
async fn an_email_changes_only_with_the_password_of_that_moment() {
    // Several hashes at once, so that the password can change between its confirmation and the
    // write.
    let server = Server::with(&[("DOCKET_ARGON2_JOBS", "4")]).await;
    let mut user = User::register(&server).await;
    for round in 0..ROUNDS {
        let new = password();
        let new_password = json!({ "current_password": user.password, "new_password": new });
        let new_email = || {
            let patch = json!({ "email": email(), "current_password": user.password });
            boxed(user.patch(ME, &patch).answer())
        };
        let mut all: Vec<_> = (0..5).map(|_| new_email()).collect();
        let change = user.put("/api/v1/me/password", &new_password);
        all.insert(1, boxed(change.is(204)));
        for answer in together(all).await {
            let status = answer.status().as_u16();
            assert!(matches!(status, 200 | 204 | 422), "{status}");
        }
        let latest = kinds(&user).await;
        let of = |wanted: &str| latest.iter().position(|kind| kind == wanted);
        // The newest event is first.
        assert!(
            of("email_changed").is_none() || of("password_changed") < of("email_changed"),
            "round {round}: {latest:?}"
        );
        user.password = new;
    }
}

type Answering = std::pin::Pin<Box<dyn Future<Output = reqwest::Response> + Send>>;

/// Boxes a future, so that requests of several kinds can be sent together.
fn boxed(answering: impl Future<Output = reqwest::Response> + Send + 'static) -> Answering {
    Box::pin(answering)
}

/// Returns the kinds of a user's events, newest first.
async fn kinds(user: &User) -> Vec<String> {
    let page = user
        .get("/api/v1/security-events?limit=100")
        .gives(200)
        .await;
    let kind = |event: &Value| event["kind"].as_str().expect("a kind").to_owned();
    page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(kind)
        .collect()
}
