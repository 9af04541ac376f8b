//! Input validation: invalid input is rejected with the name of the field, and valid extremes are
//! accepted.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, email, password, problem, query};

const TASKS: &str = "/api/v1/tasks";

fn post_bytes(user: &User, body: impl Into<reqwest::Body>) -> RequestBuilder {
    user.request(Method::POST, TASKS)
        .header("content-type", "application/json")
        .body(body)
}

async fn assert_no_task(user: &User) {
    assert_eq!(user.list("").await["items"], json!([]));
}

#[tokio::test]
async fn malformed_json_is_a_400() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for text in [
        "",
        " ",
        "{",
        "}",
        "title",
        "{\"title\"}",
        "{\"title\": \"x\"",
        "{\"title\": \"x\",}",
        "{'title': 'x'}",
        "{\"title\": \"x\"} {}",
        "{\"title\": NaN}",
        "{\"title\": \"\n\"}",
        "{\"title\": \"\\x\"}",
        "\u{feff}{\"title\": \"x\"}",
        "// {}\n",
    ] {
        post_bytes(&ada, text).fails(400).await;
    }
    assert_no_task(&ada).await;
}

#[tokio::test]
async fn bad_utf8_is_a_400() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for title in [
        b"\xff".as_slice(),
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"caf\xe9",
    ] {
        let body = [b"{\"title\": \"", title, b"\"}"].concat();
        post_bytes(&ada, body).fails(400).await;
    }
    // Half a surrogate pair is not a character, in any notation.
    let answer = post_bytes(&ada, r#"{"title": "\ud800"}"#).answer().await;
    let status = answer.status().as_u16();
    assert!(matches!(status, 400 | 422), "{status}");
    problem(answer, status).await;
    for bad in ["q=%ff", "q=%c3%28", "status=%ff", "%ff=1"] {
        let answer = ada.get(&format!("{TASKS}?{bad}")).answer().await;
        let status = answer.status().as_u16();
        assert!(matches!(status, 400 | 422), "{bad}: {status}");
        problem(answer, status).await;
    }
    assert_no_task(&ada).await;
}

#[tokio::test]
async fn a_duplicate_field_is_rejected() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let twice = r#"{"title": "one", "title": "two"}"#;
    let answer = post_bytes(&ada, twice).answer().await;
    assert_eq!(answer.status().as_u16() / 100, 4);
    for bad in ["limit=1&limit=2", "q=a&q=b", "status=open&status=done"] {
        let answer = ada.get(&format!("{TASKS}?{bad}")).answer().await;
        assert_eq!(answer.status().as_u16() / 100, 4, "{bad}");
    }
    let form = ada
        .by_cookie(Method::POST, "/tasks")
        .form(&[("title", "one"), ("title", "two")]);
    assert_eq!(form.answer().await.status().as_u16() / 100, 4);
    // A query parameter is not a field of the body.
    let empty = ada.post(&format!("{TASKS}?title=three"), &json!({}));
    empty.fails(422).await.names("title");
    assert_no_task(&ada).await;
}

#[tokio::test]
async fn deep_nesting_does_no_harm() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let value = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        for body in [value.clone(), format!("{{\"title\": {value}}}")] {
            let answer = post_bytes(&ada, body).answer().await;
            let status = answer.status().as_u16();
            assert!(matches!(status, 400 | 422), "{status}");
            problem(answer, status).await;
        }
    }
    assert_eq!(ada.me_status().await, 200);
}

#[tokio::test]
async fn nul_is_refused_wherever_it_comes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("A task").await;
    let path = format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    let nul = "a\0b";
    let add = |body: Value| ada.post(TASKS, &body);
    add(json!({ "title": nul })).fails(422).await.names("title");
    let described = json!({ "title": "x", "description": nul });
    add(described).fails(422).await.names("description");
    ada.patch(&path, &json!({ "title": nul }))
        .fails(422)
        .await
        .names("title");
    let described = json!({ "title": "x", "description": nul });
    ada.put(&path, &described)
        .fails(422)
        .await
        .names("description");
    let name = json!({ "display_name": nul });
    ada.patch("/api/v1/me", &name)
        .fails(422)
        .await
        .names("display_name");
    ada.get(&format!("{TASKS}?q=a%00b"))
        .fails(422)
        .await
        .names("q");

    let register = |email: &str, password: &str, name: &str| {
        let body = json!({ "email": email, "password": password, "display_name": name });
        server.post("/api/v1/auth/register").json(&body)
    };
    let (address, secret) = (email(), password());
    register(&format!("a\0{address}"), &secret, "A")
        .fails(422)
        .await
        .names("email");
    register(&address, &format!("{secret}\0"), "A")
        .fails(422)
        .await
        .names("password");
    register(&address, &secret, nul)
        .fails(422)
        .await
        .names("display_name");
    for path in ["/api/v1/tasks/%00", "/api/v1/%00", "/api/v1/tasks/a%00b"] {
        ada.get(path).fails(404).await;
    }
}

#[tokio::test]
async fn an_unknown_field_is_named() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("A task").await;
    let path = format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    let secret = password();
    for (method, path, body) in [
        (
            Method::POST,
            "/api/v1/auth/register",
            json!({ "email": email(), "password": secret }),
        ),
        (
            Method::POST,
            "/api/v1/auth/login",
            json!({ "email": ada.email, "password": secret }),
        ),
        (
            Method::POST,
            "/api/v1/auth/refresh",
            json!({ "refresh_token": ada.tokens.refresh }),
        ),
        (Method::PATCH, "/api/v1/me", json!({ "display_name": "x" })),
        (
            Method::PUT,
            "/api/v1/me/password",
            json!({ "current_password": ada.password, "new_password": secret }),
        ),
        (
            Method::DELETE,
            "/api/v1/me",
            json!({ "password": ada.password }),
        ),
        (Method::POST, TASKS, json!({ "title": "x" })),
        (Method::PUT, path.as_str(), json!({ "title": "x" })),
        (Method::PATCH, path.as_str(), json!({ "title": "x" })),
    ] {
        for unknown in ["colour", "id", "user_id", "is_admin"] {
            let mut body = body.clone();
            body[unknown] = json!("x");
            let problem = ada
                .request(method.clone(), path)
                .json(&body)
                .fails(422)
                .await;
            problem.names(unknown);
        }
    }
    assert_eq!(ada.list("").await["items"], json!([task]));
    assert_eq!(ada.me_status().await, 200);
}

#[tokio::test]
async fn a_wrong_type_is_named() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for wrong in [
        json!(5),
        json!(true),
        json!(null),
        json!([]),
        json!({}),
        json!(1.5),
    ] {
        let problem = ada.post(TASKS, &json!({ "title": wrong })).fails(422).await;
        problem.names("title");
    }
    for wrong in [json!(5), json!([]), json!({ "a": 1 })] {
        let body = json!({ "title": "x", "description": wrong });
        ada.post(TASKS, &body).fails(422).await.names("description");
    }
    for wrong in [json!("true"), json!(1), json!([])] {
        let body = json!({ "title": "x", "completed": wrong });
        ada.post(TASKS, &body).fails(422).await.names("completed");
    }
    for whole in [json!([]), json!("x"), json!(5), json!(null), json!(true)] {
        ada.post(TASKS, &whole).fails(422).await;
    }
    // An array of the values, in the order of the fields.
    let whole = json!(["x", "y", true]);
    ada.post(TASKS, &whole).fails(422).await.names("body");
    ada.post(TASKS, &json!({})).fails(422).await.names("title");
    assert_no_task(&ada).await;

    let login = |body: Value| server.post("/api/v1/auth/login").json(&body);
    let wrong = json!({ "email": 5, "password": "x" });
    login(wrong).fails(422).await.names("email");
    login(json!({ "email": ada.email }))
        .fails(422)
        .await
        .names("password");
    let refresh = server.post("/api/v1/auth/refresh").json(&json!({}));
    refresh.fails(422).await.names("refresh_token");
}

#[tokio::test]
async fn a_title_has_1_to_500_characters_after_trimming() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let emoji = "\u{1f600}".repeat(500);
    for good in [
        "x",
        &"x".repeat(500),
        &emoji,
        &format!("  {}  ", "x".repeat(500)),
    ] {
        let task = ada.add_task(good).await;
        assert_eq!(task["title"], good.trim());
    }
    for bad in [
        "",
        "   ",
        "\t\n",
        "\u{a0}\u{2003}",
        &"x".repeat(501),
        &format!("{emoji}x"),
    ] {
        let problem = ada.post(TASKS, &json!({ "title": bad })).fails(422).await;
        problem.names("title");
    }
}

#[tokio::test]
async fn a_description_has_up_to_50_000_characters() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for character in ["x", "\u{1f600}"] {
        let most = character.repeat(50_000);
        let body = json!({ "title": "Long", "description": most });
        let task = ada.post(TASKS, &body).gives(201).await;
        let read = ada.task(task["id"].as_str().expect("an id")).await;
        assert!(read["description"] == json!(most), "the text was changed");
        let body = json!({ "title": "Long", "description": format!("{most}x") });
        ada.post(TASKS, &body).fails(422).await.names("description");
    }
}

#[tokio::test]
async fn list_parameters_out_of_range_are_named() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for (name, value) in [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "ten"),
        ("limit", ""),
        ("limit", "99999999999999999999999"),
        ("status", "closed"),
        ("status", "OPEN"),
        ("sort", "version"),
        ("sort", "--title"),
        ("sort", "title; DROP TABLE tasks"),
        ("cursor", "x"),
        ("cursor", "AAAA"),
        ("cursor", "e30"),
        ("cursor", "%"),
        ("cursor", "\u{e9}"),
        ("colour", "red"),
        ("page", "2"),
        ("Limit", "5"),
    ] {
        let path = format!("{TASKS}?{}", query(&[(name, value)]));
        ada.get(&path).fails(422).await.names(name);
    }
    for good in ["limit=1", "limit=200", "status=all", "sort=-title", "q="] {
        ada.list(good).await;
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_sort() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for title in ["a", "b", "c"] {
        ada.add_task(title).await;
    }
    let page = ada.list("limit=1&sort=title").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
    for sort in ["-title", "created_at", "-updated_at"] {
        let pairs = [("sort", sort), ("limit", "1"), ("cursor", cursor.as_str())];
        let path = format!("{TASKS}?{}", query(&pairs));
        ada.get(&path).fails(422).await.names("cursor");
    }
    let default = format!("{TASKS}?{}", query(&[("cursor", &cursor)]));
    ada.get(&default).fails(422).await.names("cursor");
    // Every character matters: a changed cursor is rejected or leads to the user's own tasks.
    for at in 0..cursor.len() {
        let mut changed = cursor.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        let path = format!(
            "{TASKS}?{}",
            query(&[("sort", "title"), ("cursor", &changed)])
        );
        let status = ada.get(&path).answer().await.status();
        assert!(status == 200 || status == 422, "{changed}: {status}");
    }
}

#[tokio::test]
async fn a_malformed_id_is_a_404() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let long = "a".repeat(3_000);
    for id in [
        "1",
        "x",
        "%2e%2e",
        "%20",
        "%f0%9f%98%80",
        "%ff",
        "' OR 1=1",
        &long,
    ] {
        ada.get(&format!("{TASKS}/{id}")).fails(404).await;
    }
}

#[tokio::test]
async fn several_wrong_fields_are_named_together() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let body = json!({ "title": "", "description": "x".repeat(50_001) });
    let problem = ada.post(TASKS, &body).fails(422).await;
    problem.names("title").names("description");
    let body = json!({ "email": "nobody", "password": "short" });
    let problem = server
        .post("/api/v1/auth/register")
        .json(&body)
        .fails(422)
        .await;
    problem.names("email").names("password");
    ada.get(&format!("{TASKS}?limit=0&status=x"))
        .fails(422)
        .await;
}
