//! Hosted PostgreSQL: over TLS, and behind a pooler that may use another connection for each
//! transaction.

use crate::support::{
    Ask, Engine, Pooler, Ran, Server, TestDatabase, User, docket, query as form, together, until,
};

async fn behind_a_pooler() -> Option<(TestDatabase, Pooler)> {
    if Engine::chosen() != Engine::Postgres {
        return None;
    }
    let database = TestDatabase::create().await?;
    let pooler = Pooler::before(&database.url()).await;
    Some((database, pooler))
}

fn verify_full(authority: &std::path::Path) -> String {
    let authority = authority.to_str().expect("a path in UTF-8");
    form(&[("sslmode", "verify-full"), ("sslrootcert", authority)])
}

/// Returns the URL of the database through the pooler, with a verified certificate.
fn trusted(database: &TestDatabase, pooler: &Pooler) -> String {
    let parameters = verify_full(&pooler.authority());
    pooler.url(&database.url(), "localhost", &parameters)
}

/// Runs `docket user list` through the pooler.
fn user_list(database: &TestDatabase, pooler: &Pooler, host: &str, parameters: &str) -> Ran {
    let home = tempfile::TempDir::new().expect("a directory");
    let url = pooler.url(&database.url(), host, parameters);
    docket(home.path(), &["user", "list"])
        .env("DOCKET_DATABASE_URL", &url)
        .env("DOCKET_DATABASE_PREPARED", "false")
        .output()
}

#[tokio::test]
async fn only_the_right_certificate_for_the_right_name_is_taken() {
    let Some((database, pooler)) = behind_a_pooler().await else {
        return;
    };
    let right = verify_full(&pooler.authority());
    user_list(&database, &pooler, "localhost", &right).exits(0);
    let other = verify_full(&pooler.other_authority());
    for (host, parameters, what) in [
        ("localhost", other.as_str(), "another authority"),
        ("127.0.0.1", right.as_str(), "another name"),
        ("localhost", "sslmode=verify-full", "no authority"),
        ("localhost", "sslmode=disable", "no TLS"),
    ] {
        let ran = user_list(&database, &pooler, host, parameters);
        assert_eq!(ran.code, Some(1), "{what}: {ran:?}");
        assert!(
            ran.stderr.starts_with("error: database: "),
            "{what}: {ran:?}"
        );
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_mixes_nothing_up() {
    let Some((database, pooler)) = behind_a_pooler().await else {
        return;
    };
    let url = trusted(&database, &pooler);
    // More connections than the pooler has. Each statement may reach a server that has not seen the
    // previous one.
    let settings = [
        ("DOCKET_DATABASE_CONNECTIONS", "8"),
        ("DOCKET_DATABASE_PREPARED", "false"),
    ];
    let nodes = [
        Server::on(&url, &settings).await,
        Server::on(&url, &settings).await,
    ];
    let mut users = Vec::new();
    for node in nodes.iter().cycle().take(4) {
        users.push(User::register(node).await);
    }
    let work = users.iter().enumerate().flat_map(|(number, user)| {
        (0..4).map(move |part| {
            let user = user.clone();
            async move {
                for turn in 0..20 {
                    let title = format!("{number} {part} {turn}");
                    let task = user.add_task(&title).await;
                    let id = task["id"].as_str().expect("an id").to_owned();
                    assert_eq!(user.task(&id).await["title"], title);
                    let found = user.titles(&form(&[("q", title.as_str())])).await;
                    assert!(found.contains(&title), "{found:?}");
                    for other in user.titles("limit=200").await {
                        assert!(other.starts_with(&format!("{number} ")), "{other}");
                    }
                }
            }
        })
    });
    together(work.collect::<Vec<_>>()).await;
    for user in users {
        assert_eq!(user.titles("limit=200").await.len(), 80);
    }
    for node in &nodes {
        let log = node.log();
        assert!(!log.contains(" error "), "{log}");
    }
}

#[tokio::test]
async fn a_pooler_that_cannot_follow_prepared_statements_is_explained() {
    let Some((database, pooler)) = behind_a_pooler().await else {
        return;
    };
    let url = trusted(&database, &pooler);
    let server = Server::on(&url, &[]).await;
    let crowd = || {
        let answers = (0..20).map(|_| server.get("/health/ready").answer());
        together(answers.collect::<Vec<_>>())
    };
    until("the pooler mixes connections up", || async {
        crowd().await;
        server.log().contains("set database_prepared to false")
    })
    .await;
}
