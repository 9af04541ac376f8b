//! Rate limits: keys and quotas, client addresses, and the effect of a flood of sign-ins on others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use sqlx::{AnyConnection, Executor, Row, query, raw_sql};

use crate::forms::visitor::{Page, Visitor};
use crate::support::{
    Ask, Server, TestDatabase, Tokens, User, email, header, jwt, password, together, until,
};

pub const WRONG: &str = "not the password 4711";

/// The test acts as the proxy and names the clients.
pub const BEHIND_A_PROXY: (&str, &str) = ("DOCKET_TRUSTED_PROXIES", "127.0.0.1");

pub fn sign_in(server: &Server, email: &str, password: &str, from: &str) -> RequestBuilder {
    server
        .post("/api/v1/auth/login")
        .header("x-forwarded-for", from)
        .json(&json!({ "email": email, "password": password }))
}

fn register(server: &Server, from: &str) -> RequestBuilder {
    let account = json!({ "email": email(), "password": password() });
    let request = server.post("/api/v1/auth/register").json(&account);
    request.header("x-forwarded-for", from)
}

/// Panics unless the response has `Retry-After`. Returns the seconds.
#[track_caller]
pub fn retry_after(answer: &Response) -> u64 {
    let text = header(answer, "retry-after");
    let seconds = text.parse().unwrap_or_else(|_| panic!("{text:?}"));
    assert!(seconds >= 1, "{seconds}");
    seconds
}

async fn stored(connection: &mut AnyConnection) -> Vec<String> {
    let rows = query("SELECT id FROM rate_limits ORDER BY id");
    let rows = rows.fetch_all(connection).await.expect("the limits");
    rows.iter().map(|row| row.get("id")).collect()
}

#[tokio::test]
async fn failed_sign_ins_are_limited_by_account_whether_it_exists_or_not() {
    let settings = [BEHIND_A_PROXY, ("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "3/1h")];
    let server = Server::with(&settings).await;
    let ada = User::register(&server).await;
    let bob = User::register(&server).await;
    for address in [ada.email.as_str(), "nobody@example.org"] {
        // Each from another address.
        for turn in 0..3 {
            let from = format!("192.0.2.{turn}");
            sign_in(&server, address, WRONG, &from).fails(401).await;
        }
        let upper = format!(" {} ", address.to_uppercase());
        let answer = sign_in(&server, &upper, WRONG, "192.0.2.9").is(429).await;
        assert!(retry_after(&answer) > 600);
        let limits = header(&answer, "ratelimit");
        assert!(limits.contains("\"sign-in-account\";r=0;"), "{limits}");
        let refused = sign_in(&server, address, WRONG, "192.0.2.9").fails(429);
        assert!(refused.await.detail().contains("minutes"));
    }
    // From elsewhere, even the correct password is rejected.
    sign_in(&server, &ada.email, &ada.password, "192.0.2.9")
        .fails(429)
        .await;
    sign_in(&server, &bob.email, &bob.password, "192.0.2.9")
        .gives(200)
        .await;
    // At an address with a session of the account, guesses from elsewhere lock nobody out.
    ada.again(&server).await;
}

#[tokio::test]
async fn a_right_password_gives_the_attempt_back() {
    let settings = [BEHIND_A_PROXY, ("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "2/1h")];
    let server = Server::with(&settings).await;
    let ada = User::register(&server).await;
    let from = "192.0.2.1";
    for _ in 0..2 {
        for _ in 0..2 {
            let right = sign_in(&server, &ada.email, &ada.password, from);
            let tokens = Tokens::from(right.gives(200).await);
            // Ends the session, so that the account has none at this address.
            let logout = server.post("/api/v1/auth/logout");
            logout.bearer_auth(tokens.access).is(204).await;
        }
        sign_in(&server, &ada.email, WRONG, from).fails(401).await;
    }
    sign_in(&server, &ada.email, &ada.password, from)
        .fails(429)
        .await;
}

#[tokio::test]
async fn an_allowance_recovers() {
    let settings = [("DOCKET_LIMIT_SIGN_IN_ADDRESS", "2/4s")];
    let server = Server::with(&settings).await;
    let ada = User::register(&server).await;
    let right = || sign_in(&server, &ada.email, &ada.password, "");
    until("the limit is met", || async {
        right().answer().await.status() == 429
    })
    .await;
    until("the limit has passed", || async {
        right().answer().await.status() == 200
    })
    .await;
}

#[tokio::test]
async fn sign_ins_are_limited_by_address() {
    let settings = [BEHIND_A_PROXY, ("DOCKET_LIMIT_SIGN_IN_ADDRESS", "3/1h")];
    let server = Server::with(&settings).await;
    let ada = User::register(&server).await;
    for (same, other) in [
        (["192.0.2.1"; 4], "192.0.2.2"),
        (
            [
                "2001:db8:0:1::1",
                "2001:db8:0:1::2",
                "2001:db8:0:1:ffff::3",
                "2001:db8:0:1::4",
            ],
            "2001:db8:0:2::1",
        ),
    ] {
        for from in &same[..3] {
            sign_in(&server, &email(), WRONG, from).fails(401).await;
        }
        let refused = sign_in(&server, &ada.email, &ada.password, same[3]).is(429);
        let refused = refused.await;
        retry_after(&refused);
        let policy = header(&refused, "ratelimit-policy");
        assert_eq!(policy, "\"sign-in-address\";q=3;w=3600");
        let answer = sign_in(&server, &ada.email, &ada.password, other).is(200);
        let limits = header(&answer.await, "ratelimit");
        assert!(
            limits.starts_with("\"sign-in-address\";r=2;t=1200, \"sign-in-account\";r="),
            "{limits}"
        );
    }
}

#[tokio::test]
async fn concurrent_guesses_are_each_counted() {
    let server = Server::with(&[("DOCKET_LIMIT_SIGN_IN_ADDRESS", "5/1h")]).await;
    let asked = (0..20).map(|_| sign_in(&server, &email(), WRONG, "").answer());
    let answers = together(asked.collect::<Vec<_>>()).await;
    let counted = answers.iter().filter(|answer| answer.status() == 401);
    assert_eq!(counted.count(), 5);
}

#[tokio::test]
async fn registrations_are_limited_by_address() {
    let settings = [BEHIND_A_PROXY, ("DOCKET_LIMIT_REGISTRATION", "2/1h")];
    let server = Server::with(&settings).await;
    // Invalid input costs nothing.
    let invalid = json!({ "email": "nobody", "password": password() });
    for _ in 0..3 {
        let request = server.post("/api/v1/auth/register").json(&invalid);
        request.fails(422).await.names("email");
    }
    for _ in 0..2 {
        let answer = register(&server, "127.0.0.1").is(201).await;
        assert!(header(&answer, "ratelimit").starts_with("\"registration\";r="));
    }
    retry_after(&register(&server, "127.0.0.1").is(429).await);
    register(&server, "192.0.2.2").gives(201).await;

    let visitor = Visitor::stranger(&server);
    let answer = visitor.post("/register", &visitor.registration());
    let answer = answer.is(429).await;
    retry_after(&answer);
    let page = Page::of(answer).await;
    page.is_whole().has("Too many attempts. Try again in");
    assert_eq!(page.element("email").get("value"), visitor.email);
    assert_eq!(page.element("password").get("value"), "");
}

#[tokio::test]
async fn a_refused_sign_in_comes_back_filled_in() {
    let server = Server::with(&[("DOCKET_LIMIT_SIGN_IN_ADDRESS", "1/1h")]).await;
    let ada = Visitor::stranger(&server);
    let [address, _] = ada.credentials();
    let form = [address, ("password", WRONG), ("next", "/settings")];
    ada.rejected(401, "/login", &form).await;
    let answer = ada.post("/login", &form).is(429).await;
    retry_after(&answer);
    assert_eq!(header(&answer, "ratelimit"), "", "of the API only");
    let page = Page::of(answer).await;
    page.is_whole().has_not(WRONG);
    let alert = page.between("role=\"alert\"", "</p>");
    assert!(alert.contains("Try again in 60 minutes."), "{alert}");
    assert_eq!(page.element("email").get("value"), ada.email);
    assert_eq!(page.element("password").get("value"), "");
    assert_eq!(page.tag("name=\"next\"").get("value"), "/settings");
}

#[tokio::test]
async fn refreshes_are_limited_by_address_and_so_are_those_of_browsers() {
    let settings = [BEHIND_A_PROXY, ("DOCKET_LIMIT_REFRESH", "2/1h")];
    let server = Server::with(&settings).await;
    let mut ada = User::register(&server).await;
    for _ in 0..2 {
        ada.refresh().await;
    }
    let body = json!({ "refresh_token": ada.tokens.refresh });
    let refresh = server.post("/api/v1/auth/refresh").json(&body);
    retry_after(&refresh.is(429).await);
    let token = format!("docket_refresh={}", ada.tokens.refresh);
    let page = server.get("/tasks").header("cookie", &token);
    let answer = page.is(429).await;
    retry_after(&answer);
    assert!(header(&answer, "content-type").starts_with("text/html"));
    // The token remains valid.
    let page = server.get("/tasks").header("cookie", &token);
    page.header("x-forwarded-for", "192.0.2.2").is(200).await;
}

#[tokio::test]
async fn unknown_refresh_tokens_keep_nobody_from_refreshing() {
    let server = Server::with(&[("DOCKET_LIMIT_REFRESH", "3/1h")]).await;
    let mut ada = User::register(&server).await;
    let ended = ada.again(&server).await;
    ended.logout().await;
    let wrong = |token: &str| {
        let body = json!({ "refresh_token": token });
        server.post("/api/v1/auth/refresh").json(&body)
    };
    for token in ["nonsense", &ended.tokens.refresh, &"A".repeat(118)] {
        let answer = wrong(token).is(401).await;
        let limits = header(&answer, "ratelimit");
        assert!(limits.starts_with("\"unknown-refresh\";r="), "{limits}");
    }
    retry_after(&wrong("nonsense").is(429).await);
    let page = server.get("/tasks");
    let page = page.header("cookie", "docket_refresh=nonsense");
    retry_after(&page.is(429).await);
    for _ in 0..3 {
        ada.refresh().await;
    }
}

#[tokio::test]
async fn password_confirmations_are_limited_by_user() {
    let server = Server::with(&[("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "2/1h")]).await;
    let ada = User::register(&server).await;
    let bob = User::register(&server).await;
    let delete = |user: &User, password: &str| {
        let body = json!({ "password": password });
        user.request(Method::DELETE, "/api/v1/me").json(&body)
    };
    for _ in 0..2 {
        delete(&ada, WRONG).fails(422).await.names("password");
    }
    retry_after(&delete(&ada, &ada.password).is(429).await);
    // A correct password is not counted.
    for name in ["one", "two", "three", "four"] {
        let patch = json!({
            "email": format!("{name}.{}", bob.email), "current_password": bob.password
        });
        bob.patch("/api/v1/me", &patch).is(200).await;
    }
}

#[tokio::test]
async fn the_api_is_limited_by_session() {
    let server = Server::with(&[("DOCKET_LIMIT_API", "40/10m")]).await;
    let ada = User::register(&server).await;
    let other = ada.again(&server).await;
    let mut left = Vec::new();
    let refused = loop {
        let answer = ada.get("/api/v1/tasks").answer().await;
        let limits = header(&answer, "ratelimit");
        assert_eq!(
            header(&answer, "ratelimit-policy"),
            "\"api\";q=40;w=600",
            "{limits}"
        );
        if answer.status() == 429 {
            assert!(limits.starts_with("\"api\";r=0;"), "{limits}");
            break answer;
        }
        assert_eq!(answer.status(), 200);
        let rest = limits.strip_prefix("\"api\";r=").expect("what is left");
        let rest = rest.split(';').next().expect("a number");
        left.push(rest.parse::<u32>().expect("a number"));
        assert!(left.len() < 50, "no end to it");
    };
    assert_eq!(left[..3], [39, 38, 37]);
    assert!((40..=44).contains(&left.len()), "{left:?}");
    assert!(
        left.windows(2).all(|pair| pair[1] <= pair[0] + 1),
        "{left:?}"
    );
    retry_after(&refused);
    ada.get("/api/v1/me").fails(429).await;
    ada.by_cookie(Method::GET, "/api/v1/me").fails(429).await;
    assert_eq!(other.me_status().await, 200);
    // New tokens of the session do not reset the quota, and pages count too.
    let mut refreshed = ada.clone();
    refreshed.refresh().await;
    refreshed.get("/api/v1/me").fails(429).await;
    let page = ada.by_cookie(Method::GET, "/tasks").is(429).await;
    retry_after(&page);
    let html = page.text().await.expect("a page");
    assert!(
        html.contains("<main") && html.contains("Try again in"),
        "{html}"
    );
    other.by_cookie(Method::GET, "/tasks").is(200).await;
}

#[tokio::test]
async fn requests_to_the_api_cost_no_write() {
    let server = Server::with(&[("DOCKET_LIMIT_API", "20/10m")]).await;
    let ada = User::register(&server).await;
    while ada.me_status().await == 200 {}
    let rows = stored(&mut server.database().await).await;
    assert!(!rows.iter().any(|id| id.starts_with("api ")), "{rows:?}");
}

#[tokio::test]
async fn a_limit_can_be_off() {
    let settings = [
        ("DOCKET_LIMIT_SIGN_IN_ACCOUNT", "0"),
        ("DOCKET_LIMIT_SIGN_IN_ADDRESS", "0"),
        ("DOCKET_LIMIT_REGISTRATION", "0"),
        ("DOCKET_LIMIT_REFRESH", "0"),
        ("DOCKET_LIMIT_API", "0"),
    ];
    let server = Server::with(&settings).await;
    let mut ada = User::register(&server).await;
    ada.again(&server).await;
    ada.refresh().await;
    let answer = ada.get("/api/v1/me").is(200).await;
    assert_eq!(header(&answer, "ratelimit"), "");
    assert_eq!(header(&answer, "ratelimit-policy"), "");
    assert!(stored(&mut server.database().await).await.is_empty());
}

#[tokio::test]
async fn the_database_holds_hashes_only_and_forgets_them() {
    let server = Server::start().await;
    let mut connection = server.database().await;
    connection
        .execute(raw_sql(
            "INSERT INTO rate_limits (id, whole_at) VALUES ('old', 1)",
        ))
        .await
        .expect("a row");
    server.run_job("expire_rate_limits").await;
    until("the row is gone", || async {
        stored(&mut server.database().await).await.is_empty()
    })
    .await;
    sign_in(&server, "Ada@example.org", WRONG, "")
        .fails(401)
        .await;
    let ids = stored(&mut connection).await;
    assert_eq!(ids.len(), 2, "{ids:?}");
    for id in ids {
        assert!(id.starts_with("sign-in-a"), "{id}");
        let (_, hash) = id.split_once(' ').expect("a hash");
        assert_eq!(hash.len(), 43, "{id}");
    }
}

#[tokio::test]
async fn an_address_is_taken_from_trusted_proxies_only() {
    let seen = async |settings: &[(&str, &str)], headers: &[&str]| {
        let server = Server::with(settings).await;
        let account = json!({ "email": email(), "password": password() });
        let mut request = server.post("/api/v1/auth/register").json(&account);
        for header in headers {
            request = request.header("x-forwarded-for", *header);
        }
        let tokens = Tokens::from(request.gives(201).await);
        let list = server.get("/api/v1/sessions").bearer_auth(tokens.access);
        let list = list.gives(200).await;
        list["items"][0]["address"].as_str().map(str::to_owned)
    };
    let spoofed = ["1.2.3.4, 203.0.113.9", "10.0.0.7"];
    let none: &[(&str, &str)] = &[];
    assert_eq!(seen(none, &spoofed).await.as_deref(), Some("127.0.0.1"));
    let other = [("DOCKET_TRUSTED_PROXIES", "192.0.2.1,10.0.0.0/8")];
    assert_eq!(seen(&other, &spoofed).await.as_deref(), Some("127.0.0.1"));
    let trusted = [("DOCKET_TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")];
    let address = seen(&trusted, &spoofed).await;
    assert_eq!(address.as_deref(), Some("203.0.113.9"));
    let address = seen(&trusted, &["203.0.113.9, <b>"]).await;
    assert_eq!(address.as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn a_spoofed_address_does_not_evade_a_limit() {
    let server = Server::with(&[("DOCKET_LIMIT_SIGN_IN_ADDRESS", "3/1h")]).await;
    for turn in 0..3 {
        let from = format!("192.0.2.{turn}");
        sign_in(&server, &email(), WRONG, &from).fails(401).await;
    }
    sign_in(&server, &email(), WRONG, "192.0.2.9")
        .fails(429)
        .await;
}

#[tokio::test]
async fn two_nodes_share_the_limits_but_that_of_requests() {
    let Some(database) = TestDatabase::create().await else {
        // A SQLite file belongs to one node.
        return;
    };
    let keys = jwt::entry("shared", &jwt::key(1));
    let settings = [
        ("DOCKET_JWT_KEYS", keys.as_str()),
        ("DOCKET_LIMIT_SIGN_IN_ADDRESS", "6/1h"),
        ("DOCKET_LIMIT_API", "100/1h"),
    ];
    let nodes = [
        Server::on(&database.url(), &settings).await,
        Server::on(&database.url(), &settings).await,
    ];
    let asked = (0..20).map(|turn| sign_in(&nodes[turn % 2], &email(), WRONG, "").answer());
    let answers = together(asked.collect::<Vec<_>>()).await;
    let counted = answers.iter().filter(|answer| answer.status() == 401);
    assert_eq!(counted.count(), 6);

    // Each node counts requests separately.
    let ada = User::register(&nodes[0]).await;
    let clients = [ada.on(&nodes[0]), ada.on(&nodes[1])];
    let asked = (0..240).map(|turn| clients[turn % 2].get("/api/v1/me").answer());
    let answers = together(asked.collect::<Vec<_>>()).await;
    let mut statuses = BTreeMap::new();
    for answer in answers {
        *statuses.entry(answer.status().as_u16()).or_insert(0) += 1;
    }
    // Some of the allowance may have recovered.
    let passed = statuses[&200];
    assert!((200..=210).contains(&passed), "{statuses:?}");
    assert_eq!(statuses.get(&429), Some(&(240 - passed)), "{statuses:?}");
}

/// Measures sequential list requests while `more` returns true for their number. Returns the median
/// and the 95th percentile.
async fn latency(user: &User, more: impl Fn(usize) -> bool) -> (Duration, Duration) {
    let mut times = Vec::new();
    while more(times.len()) {
        let started = Instant::now();
        user.get("/api/v1/tasks").is(200).await;
        times.push(started.elapsed());
    }
    times.sort();
    (times[times.len() / 2], times[times.len() * 95 / 100])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_sign_ins_is_bounded_and_leaves_lists_fast() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for number in 0..50 {
        ada.add_task(&format!("Task {number}")).await;
    }
    let calm = latency(&ada, |count| count < 100).await;
    let asked = (0..600).map(|_| {
        let request = sign_in(&server, &email(), WRONG, "");
        async move {
            let answer = request.answer().await;
            if answer.status() == 503 {
                retry_after(&answer);
            }
            answer.status().as_u16()
        }
    });
    let flood = tokio::spawn(together(asked.collect::<Vec<_>>()));
    let flooded = latency(&ada, |count| count == 0 || !flood.is_finished()).await;
    let mut statuses = BTreeMap::new();
    for status in flood.await.expect("the flood") {
        *statuses.entry(status).or_insert(0) += 1;
    }
    println!("lists (p50, p95): calm {calm:?}, in the flood {flooded:?}; sign-ins {statuses:?}");
    // Requests that would wait too long were rejected, and no one waited for all of them.
    assert!(statuses[&401] > 0, "{statuses:?}");
    assert!(statuses[&503] > 0, "{statuses:?}");
    assert_eq!(statuses.len(), 2, "{statuses:?}");
    assert!(flooded.0 < Duration::from_secs(1), "{flooded:?}");
    let log = server.log();
    let fault = log.lines().find(|line| line.contains("event=error"));
    assert_eq!(fault, None, "a flood is no fault");
}
