//! Browser sessions: an expired access cookie is silently renewed with the refresh cookie.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;

use crate::support::{Ask, Server, Tokens, User, header, jwt, together};

const AGENT: &str = "Browser/1";

/// A signed-in browser whose access cookie has expired.
struct Browser {
    server: Server,
    user: User,
    expired: String,
}

impl Browser {
    async fn start() -> Browser {
        let key = jwt::key(6);
        let server = Server::with(&[("DOCKET_JWT_KEYS", &jwt::entry("k", &key))]).await;
        let mut user = User::register(&server).await;
        // The session belongs to the browser, including its User-Agent.
        let login = server
            .post("/api/v1/auth/login")
            .header("user-agent", AGENT);
        let credentials = json!({ "email": user.email, "password": user.password });
        user.tokens = Tokens::from(login.json(&credentials).gives(200).await);
        let mut claims = jwt::claims(&user.tokens.access);
        claims["exp"] = json!(jwt::now() - 600);
        claims["iat"] = json!(jwt::now() - 1_500);
        let expired = jwt::mint(&jwt::plain_header("k"), &claims, &key);
        Browser {
            server,
            user,
            expired,
        }
    }

    fn ask(&self, method: Method, path: &str, access: &str, refresh: &str) -> RequestBuilder {
        let cookies = [("docket_access", access), ("docket_refresh", refresh)];
        let cookies: Vec<_> = cookies
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.server
            .request(method, path)
            .header("cookie", cookies.join("; "))
            .header("user-agent", AGENT)
            .header("sec-fetch-site", "same-origin")
    }
}

/// Returns the value of a cookie set by a response; empty if it sets none.
fn cookie(answer: &Response, name: &str) -> String {
    let prefix = format!("{name}=");
    answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| value.to_str().ok()?.strip_prefix(&prefix))
        .map(|rest| rest.split(';').next().unwrap_or_default().to_owned())
        .next_back()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_page_renews_an_expired_token() {
    let browser = Browser::start().await;
    let refresh = &browser.user.tokens.refresh;
    let answer = browser.ask(Method::GET, "/settings/profile", &browser.expired, refresh);
    let answer = answer.is(200).await;
    let (access, next) = (
        cookie(&answer, "docket_access"),
        cookie(&answer, "docket_refresh"),
    );
    assert!(!access.is_empty() && !next.is_empty());
    assert_ne!(&next, refresh);
    let claims = jwt::claims(&access);
    assert_eq!(claims["sub"], browser.user.id);
    assert_eq!(claims["sid"], jwt::claims(&browser.expired)["sid"]);

    // A valid token is not replaced.
    let answer = browser
        .ask(Method::GET, "/settings/profile", &access, &next)
        .is(200)
        .await;
    assert_eq!(cookie(&answer, "docket_access"), "");
    // The access cookie itself may be missing.
    let answer = browser
        .ask(Method::GET, "/settings/profile", "", &next)
        .is(200)
        .await;
    assert!(!cookie(&answer, "docket_access").is_empty());
}

#[tokio::test]
async fn concurrent_tabs_stay_signed_in() {
    let browser = Browser::start().await;
    let refresh = &browser.user.tokens.refresh;
    let asks: Vec<_> = (0..6)
        .map(|_| {
            browser
                .ask(Method::GET, "/settings/profile", &browser.expired, refresh)
                .is(200)
        })
        .collect();
    let mut last = String::new();
    for answer in together(asks).await {
        last = cookie(&answer, "docket_refresh");
        assert!(!last.is_empty());
    }
    browser
        .ask(Method::GET, "/settings/profile", "", &last)
        .is(200)
        .await;
}

#[tokio::test]
async fn a_form_is_not_lost_to_an_expired_token() {
    let browser = Browser::start().await;
    let refresh = &browser.user.tokens.refresh;
    let post = browser.ask(Method::POST, "/tasks", &browser.expired, refresh);
    let answer = post.form(&[("title", "Written slowly")]).is(303).await;
    assert!(header(&answer, "location").starts_with("/tasks"));
    assert_eq!(browser.user.titles("").await, ["Written slowly"]);
}

#[tokio::test]
async fn an_ended_session_is_not_renewed() {
    let browser = Browser::start().await;
    let refresh = &browser.user.tokens.refresh;
    browser.user.logout().await;
    for access in [browser.expired.as_str(), ""] {
        let answer = browser
            .ask(Method::GET, "/settings/profile", access, refresh)
            .is(303)
            .await;
        assert!(header(&answer, "location").starts_with("/login"));
    }
}

#[tokio::test]
async fn signing_out_takes_the_cookies_away() {
    let browser = Browser::start().await;
    let tokens = &browser.user.tokens;
    let logout = browser.ask(Method::POST, "/logout", &tokens.access, &tokens.refresh);
    let answer = logout.form(&[("", "")][..0]).is(303).await;
    assert_eq!(header(&answer, "location"), "/");
    for name in ["docket_access", "docket_refresh"] {
        let removed = answer.headers().get_all("set-cookie").iter().any(|value| {
            let text = value.to_str().unwrap_or_default().to_lowercase();
            text.starts_with(&format!("{name}=;")) && text.contains("max-age=0")
        });
        assert!(removed, "{name} stays");
    }
    assert_eq!(browser.user.me_status().await, 401);
}

#[tokio::test]
async fn a_foreign_page_cannot_act_by_renewal() {
    let browser = Browser::start().await;
    let cookies = format!(
        "docket_access={}; docket_refresh={}",
        browser.expired, browser.user.tokens.refresh
    );
    let post = browser.server.post("/tasks").header("cookie", cookies);
    let post = post.header("sec-fetch-site", "cross-site");
    post.form(&[("title", "From elsewhere")]).is(403).await;
    assert_eq!(browser.user.titles("").await, [""; 0]);
}
