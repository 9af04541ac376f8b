//! Several nodes on one database behind a load balancer. To a client they act as one server.

use std::collections::BTreeSet;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Balancer, Server, TestDatabase, Tokens, User, jwt, together, until};

/// Maximum time until a revocation on one node takes effect on all.
const REVOCATION: Duration = Duration::from_secs(1);

struct Cluster {
    balancer: Balancer,
    nodes: [Server; 2],
    _database: TestDatabase,
}

impl Cluster {
    /// Starts two nodes. `None` on SQLite, whose file belongs to one node.
    async fn start() -> Option<Cluster> {
        let database = TestDatabase::create().await?;
        let keys = jwt::entry("shared", &jwt::key(1));
        let settings = [
            ("DOCKET_JWT_KEYS", keys.as_str()),
            // Time for the load balancer to notice.
            ("DOCKET_DRAIN_SECONDS", "2"),
        ];
        let nodes = [
            Server::on(&database.url(), &settings).await,
            Server::on(&database.url(), &settings).await,
        ];
        let balancer = Balancer::before(&[&nodes[0], &nodes[1]]).await;
        let cluster = Cluster {
            balancer,
            nodes,
            _database: database,
        };
        let probe = crate::support::client();
        until("the balancer sends to both nodes", || async {
            let url = format!("{}/health/live", cluster.balancer.base);
            probe.get(&url).answer().await.status() == 200
        })
        .await;
        Some(cluster)
    }

    /// Returns the user as a client of each node.
    fn clients(&self, user: &User) -> [User; 2] {
        [user.on(&self.nodes[0]), user.on(&self.nodes[1])]
    }
}

#[tokio::test]
async fn a_session_is_valid_and_ends_on_all_nodes() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let ada = User::register(&cluster.nodes[0]).await;
    let laptop = ada.again(&cluster.nodes[1]).await;
    for user in [&ada, &laptop] {
        for client in cluster.clients(user) {
            assert_eq!(client.me_status().await, 200);
        }
    }
    laptop.logout().await;
    let ended = Instant::now();
    for client in cluster.clients(&laptop) {
        assert_eq!(client.me_status().await, 401);
    }
    assert!(ended.elapsed() < REVOCATION, "{:?}", ended.elapsed());

    let phone = ada.again(&cluster.nodes[1]).await;
    let change =
        json!({ "current_password": ada.password, "new_password": "seven grey whales 88" });
    ada.put("/api/v1/me/password", &change).is(204).await;
    let changed = Instant::now();
    for client in cluster.clients(&phone) {
        assert_eq!(client.me_status().await, 401);
    }
    assert!(changed.elapsed() < REVOCATION, "{:?}", changed.elapsed());
    for client in cluster.clients(&ada) {
        assert_eq!(client.me_status().await, 200);
    }
}

#[tokio::test]
async fn a_refresh_token_is_spent_on_all_nodes() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let ada = User::register(&cluster.nodes[0]).await;
    let refresh = |node: usize, token: &str| {
        let body = json!({ "refresh_token": token });
        cluster.nodes[node].post("/api/v1/auth/refresh").json(&body)
    };
    // Concurrent refreshes on both nodes return the same successor.
    let asked = (0..8).map(|turn| refresh(turn % 2, &ada.tokens.refresh).gives(200));
    let answers: Vec<Value> = together(asked.collect::<Vec<_>>()).await;
    let first = Tokens::from(answers[0].clone());
    for answer in &answers {
        assert_eq!(answer["refresh_token"], first.refresh);
    }
    // The successor is used on one node. From then on, the first token counts as stolen on the
    // other.
    let second = Tokens::from(refresh(1, &first.refresh).gives(200).await);
    refresh(0, &ada.tokens.refresh).fails(401).await;
    for node in 0..2 {
        refresh(node, &second.refresh).fails(401).await;
        let me = cluster.nodes[node].get("/api/v1/me");
        me.bearer_auth(&second.access).fails(401).await;
    }
}

#[tokio::test]
async fn an_idempotency_key_is_shared_by_all_nodes() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let ada = User::register(&cluster.nodes[0]).await;
    let clients = cluster.clients(&ada);
    for round in 0..5 {
        let task = json!({ "title": format!("Round {round}") });
        let asked = (0..8).map(|turn| {
            let request = clients[turn % 2].post("/api/v1/tasks", &task);
            let key = format!("round-{round}");
            request.header("idempotency-key", key).gives(201)
        });
        let answers: Vec<Value> = together(asked.collect::<Vec<_>>()).await;
        for answer in &answers {
            assert_eq!(answer["id"], answers[0]["id"]);
        }
    }
    assert_eq!(ada.titles("").await.len(), 5);
}

#[tokio::test]
async fn no_toggle_is_lost_between_nodes() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let ada = User::register(&cluster.nodes[0]).await;
    let task = ada.add_task("Switch").await;
    let id = task["id"].as_str().expect("an id");
    let path = format!("/api/v1/tasks/{id}/toggle");
    let clients = cluster.clients(&ada);
    let asked = (0..20).map(|turn| clients[turn % 2].post(&path, &json!({})).gives(200));
    let answers = together(asked.collect::<Vec<_>>()).await;
    let versions: BTreeSet<_> = answers
        .iter()
        .map(|task| task["version"].as_i64())
        .collect();
    assert_eq!(versions.len(), 20);
    let after = ada.task(id).await;
    assert_eq!(
        after["version"].as_i64(),
        versions.last().copied().flatten()
    );
    assert_eq!(after["completed"], false);
}

#[tokio::test]
async fn a_node_ends_under_load_and_no_request_fails() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let ada = User::register(&cluster.nodes[0]).await;
    let ada = ada.at(&cluster.balancer.base);
    let running = Arc::new(AtomicBool::new(true));
    let answered = Arc::new(AtomicUsize::new(0));
    let clients = (0..8).map(|client| {
        let (ada, running) = (ada.clone(), Arc::clone(&running));
        let answered = Arc::clone(&answered);
        async move {
            let mut added = Vec::new();
            while running.load(Ordering::Relaxed) {
                let task = ada.add_task(&format!("{client} {}", added.len())).await;
                added.push(task["id"].as_str().expect("an id").to_owned());
                ada.request(Method::GET, "/api/v1/tasks").is(200).await;
                answered.fetch_add(2, Ordering::Relaxed);
            }
            added
        }
    });
    let load = tokio::spawn(together(clients.collect::<Vec<_>>()));
    let more = async |wanted: usize| {
        let start = answered.load(Ordering::Relaxed);
        until("requests are answered", || async {
            load.is_finished() || answered.load(Ordering::Relaxed) >= start + wanted
        })
        .await;
    };
    more(200).await;
    let [mut leaving, _staying] = cluster.nodes;
    let status = tokio::task::spawn_blocking(move || leaving.stop()).await;
    let status = status.expect("the thread");
    assert!(status.success(), "{status}");
    more(200).await;
    running.store(false, Ordering::Relaxed);
    let mut added: Vec<String> = load.await.expect("every request").concat();

    // Every acknowledged write exists exactly once.
    let mut cursor = None;
    let mut found = Vec::new();
    loop {
        let page = match &cursor {
            None => ada.list("limit=200").await,
            Some(cursor) => ada.list(&format!("limit=200&cursor={cursor}")).await,
        };
        let items = page["items"].as_array().expect("items");
        found.extend(
            items
                .iter()
                .map(|task| task["id"].as_str().expect("an id").to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    added.sort();
    found.sort();
    assert_eq!(found, added);
}
