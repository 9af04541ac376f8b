//! An account on a server under test, and authenticated requests.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::server::{Server, client};
use super::{body, expect};

/// Response of registration, sign-in and refresh.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    /// The whole body.
    pub body: Value,
}

impl Tokens {
    #[track_caller]
    pub fn from(body: Value) -> Tokens {
        let text = |name: &str| {
            body[name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name} in {body}"))
                .to_owned()
        };
        Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
            body,
        }
    }
}

/// A registered user with a session.
#[derive(Clone)]
pub struct User {
    pub id: String,
    pub email: String,
    pub password: String,
    pub tokens: Tokens,
    base: String,
    client: Client,
}

/// Returns a unique e-mail address.
pub fn email() -> String {
    format!("{}@example.org", uuid::Uuid::now_v7().simple())
}

/// Returns a strong password.
pub fn password() -> String {
    format!(
        "correct horse {}",
        &uuid::Uuid::now_v7().simple().to_string()[12..]
    )
}

impl User {
    /// Registers a new account over the API.
    pub async fn register(server: &Server) -> User {
        User::named(server, &email(), "Ada Lovelace").await
    }

    pub async fn named(server: &Server, email: &str, display_name: &str) -> User {
        let password = password();
        let client = client();
        let answer = client
            .post(server.url("/api/v1/auth/register"))
            .json(&json!({ "email": email, "password": password, "display_name": display_name }))
            .send()
            .await
            .expect("register");
        User::of(server, client, body(answer, 201).await, password)
    }

    /// Signs in to an existing account, in a new session.
    pub async fn login(server: &Server, email: &str, password: &str) -> User {
        let client = client();
        let answer = client
            .post(server.url("/api/v1/auth/login"))
            .json(&json!({ "email": email, "password": password }))
            .send()
            .await
            .expect("sign in");
        User::of(server, client, body(answer, 200).await, password.to_owned())
    }

    fn of(server: &Server, client: Client, answer: Value, password: String) -> User {
        let user = &answer["user"];
        User {
            id: user["id"].as_str().expect("an id").to_owned(),
            email: user["email"].as_str().expect("an e-mail").to_owned(),
            password,
            tokens: Tokens::from(answer.clone()),
            base: server.base.clone(),
            client,
        }
    }

    /// Starts another session of the same account.
    pub async fn again(&self, server: &Server) -> User {
        User::login(server, &self.email, &self.password).await
    }

    /// Returns the same user and tokens for a server on another port.
    pub fn on(&self, server: &Server) -> User {
        self.at(&server.base)
    }

    /// Returns the same user and tokens for another base URL, without a trailing slash.
    pub fn at(&self, base: &str) -> User {
        User {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// Creates a request with the access token in the `Authorization` header.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.tokens.access)
    }

    /// Creates a request with the access token in a cookie, like a script of the same origin.
    pub fn by_cookie(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header("cookie", format!("docket_access={}", self.tokens.access))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    pub fn post(&self, path: &str, json: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(json)
    }

    pub fn put(&self, path: &str, json: &Value) -> RequestBuilder {
        self.request(Method::PUT, path).json(json)
    }

    /// Creates a merge patch, with the content type of RFC 7396.
    pub fn patch(&self, path: &str, json: &Value) -> RequestBuilder {
        self.request(Method::PATCH, path)
            .header("content-type", "application/merge-patch+json")
            .body(json.to_string())
    }

    /// Creates an API token without expiry. Returns the token itself.
    pub async fn add_api_token(&self, name: &str, scopes: &[&str]) -> String {
        let new = json!({ "name": name, "scopes": scopes, "expires_in_days": null,
            "current_password": self.password });
        let answer = self.post("/api/v1/tokens", &new).send().await;
        let made = body(answer.expect("make a token"), 201).await;
        made["token"].as_str().expect("a token").to_owned()
    }

    /// Returns the same user with another token in the `Authorization` header.
    pub fn with_token(&self, token: &str) -> User {
        let mut other = self.clone();
        token.clone_into(&mut other.tokens.access);
        other
    }

    /// Returns the status of `GET /api/v1/me`: 200 while the access token is valid.
    pub async fn me_status(&self) -> u16 {
        let answer = self.get("/api/v1/me").send().await.expect("an answer");
        answer.status().as_u16()
    }

    /// Adds a task. Returns the response.
    pub async fn add_task(&self, title: &str) -> Value {
        let answer = self
            .post("/api/v1/tasks", &json!({ "title": title }))
            .send()
            .await
            .expect("add a task");
        body(answer, 201).await
    }

    /// Returns a task as currently stored.
    pub async fn task(&self, id: &str) -> Value {
        let path = format!("/api/v1/tasks/{id}");
        let answer = self.get(&path).send().await.expect("read a task");
        body(answer, 200).await
    }

    /// Returns a page of the list. `query` is the encoded query.
    pub async fn list(&self, query: &str) -> Value {
        let path = format!("/api/v1/tasks?{query}");
        let answer = self.get(&path).send().await.expect("list tasks");
        body(answer, 200).await
    }

    /// Returns the titles of that page, in order.
    pub async fn titles(&self, query: &str) -> Vec<String> {
        self.list(query).await["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|task| task["title"].as_str().expect("a title").to_owned())
            .collect()
    }

    /// Refreshes this session and stores the new tokens.
    pub async fn refresh(&mut self) {
        let answer = self
            .client
            .post(format!("{}/api/v1/auth/refresh", self.base))
            .json(&json!({ "refresh_token": self.tokens.refresh }))
            .send()
            .await
            .expect("refresh");
        self.tokens = Tokens::from(body(answer, 200).await);
    }

    /// Ends this session.
    pub async fn logout(&self) {
        let answer = self.request(Method::POST, "/api/v1/auth/logout").send();
        expect(answer.await.expect("sign out"), 204).await;
    }
}
