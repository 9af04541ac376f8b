//! Limits on password checks: per account and user, right or wrong, and in concurrency.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::RequestBuilder;
use serde_json::json;

use crate::limits::{BEHIND_A_PROXY, WRONG, retry_after, sign_in};
use crate::support::{Ask, Server, Tokens, User, email, header, together, until};

#[tokio::test]
async fn right_passwords_are_limited_too() {
    let settings = [BEHIND_A_PROXY, ("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "2/1h")];
    let server = Server::with(&settings).await;
    let ada = User::register(&server).await;
    let bob = User::register(&server).await;
    // By account, at addresses without a session of it.
    for turn in 0..6 {
        let from = format!("192.0.2.{turn}");
        let right = sign_in(&server, &ada.email, &ada.password, &from);
        let tokens = Tokens::from(right.gives(200).await);
        let logout = server.post("/api/v1/auth/logout");
        logout.bearer_auth(tokens.access).is(204).await;
    }
    let right = sign_in(&server, &ada.email, &ada.password, "192.0.2.9");
    let refused = right.is(429).await;
    retry_after(&refused);
    let limits = header(&refused, "ratelimit");
    assert!(limits.contains("\"password-check\";r=0;"), "{limits}");
    // At an address with a session, the account has a separate allowance.
    ada.again(&server).await;
    // By user, when confirming an action.
    let confirm = |user: &User, turn: usize| {
        let patch = json!({
            "email": format!("{turn}.{}", user.email), "current_password": user.password
        });
        user.patch("/api/v1/me", &patch)
    };
    for turn in 0..6 {
        confirm(&ada, turn).is(200).await;
    }
    retry_after(&confirm(&ada, 6).is(429).await);
    confirm(&bob, 0).is(200).await;
}

#[tokio::test]
async fn guesses_from_elsewhere_leave_the_owner_checks() {
    let settings = [BEHIND_A_PROXY, ("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "2/4s")];
    let server = Server::with(&settings).await;
    let ada = User::register(&server).await;
    ada.logout().await;
    let guessing = (0..200).map(|turn| {
        let from = format!("192.0.2.{turn}");
        sign_in(&server, &ada.email, WRONG, &from).answer()
    });
    together(guessing.collect::<Vec<_>>()).await;
    // Only guesses within the account's limit were checked.
    until("the owner gets in", || async {
        let answer = sign_in(&server, &ada.email, &ada.password, "198.51.100.7").answer();
        let answer = answer.await;
        let limits = header(&answer, "ratelimit");
        assert!(!limits.contains("\"password-check\";r=0;"), "{limits}");
        answer.status() == 200
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_with_an_endless_email_costs_nothing() {
    let server = Server::with(&[("DOCKET_LIMIT_SIGN_IN_ADDRESS", "3/1h")]).await;
    let user = User::register(&server).await;
    // Combining marks that case folding would have to sort, as many as a body can contain.
    let endless = "\u{345}\u{301}".repeat(1_200);
    for _ in 0..5 {
        let answer = sign_in(&server, &endless, &user.password, "").is(401).await;
        assert_eq!(header(&answer, "ratelimit"), "", "it was counted");
        let form = [("email", &endless), ("password", &user.password)];
        server.post("/login").form(&form).is(401).await;
    }
    let account = json!({ "email": endless, "password": user.password });
    let register = server.post("/api/v1/auth/register").json(&account);
    register.fails(422).await.names("email");
    let patch = json!({ "email": endless, "current_password": user.password });
    user.patch("/api/v1/me", &patch)
        .fails(422)
        .await
        .names("email");
    let padded = format!("{}{}{}", " ".repeat(300), user.email, " ".repeat(300));
    User::login(&server, &padded, &user.password).await;
}

/// More clients than can get a permit within the maximum wait of a sign-in.
const CLIENTS: usize = 250;

/// Sends more requests than can be answered in time, while other users sign in.
async fn others_sign_in_during(
    server: &Server,
    request: impl Fn(usize) -> RequestBuilder + Clone + Send + 'static,
) {
    let bob = User::register(server).await;
    let running = Arc::new(AtomicBool::new(true));
    let busy = Arc::new(AtomicUsize::new(0));
    let clients = (0..CLIENTS).map(|client| {
        let (request, running, busy) = (request.clone(), running.clone(), busy.clone());
        async move {
            while running.load(Ordering::Relaxed) {
                if request(client).answer().await.status() == 503 {
                    busy.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    let flood = tokio::spawn(together(clients.collect::<Vec<_>>()));
    until("there are too many", || async {
        busy.load(Ordering::Relaxed) > CLIENTS / 2
    })
    .await;
    for _ in 0..5 {
        let request = sign_in(server, &bob.email, &bob.password, "198.51.100.7");
        request.is(200).await;
    }
    running.store(false, Ordering::Relaxed);
    flood.await.expect("the flood");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_user_leaves_password_hashing_to_others() {
    let server = Server::with(&[BEHIND_A_PROXY]).await;
    let ada = User::register(&server).await;
    others_sign_in_during(&server, move |client| {
        // Each password is checked and scored, but not changed.
        let change = json!({
            "current_password": ada.password, "new_password": "password".repeat(16)
        });
        let request = ada.put("/api/v1/me/password", &change);
        request.header("x-forwarded-for", format!("192.0.2.{client}"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_leaves_password_hashing_to_others() {
    let server = Server::with(&[BEHIND_A_PROXY]).await;
    let stranger = User::register(&server).await;
    others_sign_in_during(&server, move |_| {
        let guess = json!({ "email": email(), "password": WRONG });
        let request = stranger.post("/api/v1/auth/login", &guess);
        request.header("x-forwarded-for", "192.0.2.1")
    })
    .await;
}
