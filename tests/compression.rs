//! Compressed responses: each coding has the same text and its own entity tag, and no secret is
//! compressed next to what somebody else has written.

use std::io::Read;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;

use crate::support::{Ask, Server, User, header};

const TASKS: &str = "/api/v1/tasks";

/// The header that Chromium sends.
const BROWSER: &str = "gzip, deflate, br, zstd";

/// Returns a user with a list of some kilobytes, and a task of its own.
async fn user_with_tasks(server: &Server) -> (User, String) {
    let user = User::register(server).await;
    for number in 0..12 {
        user.add_task(&format!("Water the tomatoes, row {number}"))
            .await;
    }
    let long = json!({ "title": "Read", "description": "A chapter of the book. ".repeat(100) });
    let task = user.post(TASKS, &long).gives(201).await;
    let path = format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    (user, path)
}

/// Returns the path of the style sheet and of a script, as a page has them.
async fn assets(user: &User) -> Vec<String> {
    let page = user.by_cookie(Method::GET, "/today").is(200).await;
    let page = page.text().await.expect("a page");
    let paths = page.split('"').filter(|text| text.starts_with("/static/"));
    let paths: Vec<_> = paths
        .filter(|path| path.ends_with(".css") || path.ends_with("main.js"))
        .map(str::to_owned)
        .collect();
    assert!(paths.len() >= 2, "{page}");
    paths
}

/// Returns the headers that the response depends on: the language of a page is that of the browser.
fn varies_by(path: &str) -> &'static str {
    match path {
        "/tasks" | "/nowhere" => "Accept-Language, Accept-Encoding",
        _ => "Accept-Encoding",
    }
}

/// Returns the coding that a browser gets. Static files are compressed when the program is built.
fn for_a_browser(path: &str) -> &'static str {
    match path.starts_with("/static/") {
        true => "br",
        false => "zstd",
    }
}

fn accepting(request: RequestBuilder, codings: &str) -> RequestBuilder {
    request.header("accept-encoding", codings)
}

fn coding(answer: &Response) -> String {
    header(answer, "content-encoding")
}

/// Returns the text of a response in its coding.
async fn text(answer: Response) -> String {
    let coding = coding(&answer);
    let length = header(&answer, "content-length");
    let sent = answer.bytes().await.expect("a body");
    assert_eq!(length, sent.len().to_string());
    let mut text = Vec::new();
    match coding.as_str() {
        "zstd" => zstd::stream::copy_decode(&sent[..], &mut text).expect("Zstandard"),
        "br" => brotli::BrotliDecompress(&mut &sent[..], &mut text).expect("Brotli"),
        "gzip" => {
            let mut decoder = flate2::read::GzDecoder::new(&sent[..]);
            decoder.read_to_end(&mut text).expect("gzip");
        }
        "" => text = sent.to_vec(),
        other => panic!("a coding {other}"),
    }
    String::from_utf8(text).expect("UTF-8")
}

#[tokio::test]
async fn every_coding_is_the_same_text() {
    let server = Server::start().await;
    let (user, task) = user_with_tasks(&server).await;
    let mut paths = assets(&user).await;
    paths.extend(["/tasks", TASKS, &task, "/api/openapi.json", "/nowhere"].map(str::to_owned));
    for path in &paths {
        let get = |method| match path.starts_with(TASKS) {
            true => user.request(method, path),
            false => user.by_cookie(method, path),
        };
        let plain = get(Method::GET).answer().await;
        assert_eq!(coding(&plain), "", "{path}");
        assert_eq!(header(&plain, "vary"), varies_by(path), "{path}");
        let plain = text(plain).await;
        for (accepted, expected) in [
            ("gzip", "gzip"),
            ("br", "br"),
            (BROWSER, for_a_browser(path)),
            ("zstd;q=0.5, br", "br"),
            ("br;q=0, gzip;q=0.1", "gzip"),
            ("gzip;q=0", ""),
            ("identity", ""),
            ("deflate", ""),
        ] {
            let answer = accepting(get(Method::GET), accepted).answer().await;
            assert_eq!(coding(&answer), expected, "{path}: {accepted}");
            assert_eq!(header(&answer, "vary"), varies_by(path), "{path}");
            let length = header(&answer, "content-length");
            let is_smaller = length.parse::<usize>().expect("a length") < plain.len();
            assert_eq!(is_smaller, !expected.is_empty(), "{path}: {accepted}");
            let head = accepting(get(Method::HEAD), accepted).answer().await;
            assert_eq!(coding(&head), expected, "HEAD {path}: {accepted}");
            assert_eq!(header(&head, "content-length"), length, "HEAD {path}");
            assert_eq!(
                header(&head, "etag"),
                header(&answer, "etag"),
                "HEAD {path}"
            );
            assert!(text(answer).await == plain, "{path}: {accepted}");
        }
    }
}

#[tokio::test]
async fn a_known_coding_is_not_sent_again_and_another_one_is() {
    let server = Server::start().await;
    let (user, task) = user_with_tasks(&server).await;
    let mut paths = assets(&user).await;
    paths.extend([TASKS.to_owned(), task]);
    for path in &paths {
        let get = |codings| accepting(user.get(path), codings);
        let tag = async |codings| header(&get(codings).is(200).await, "etag");
        let [plain, gzip, brotli] = [tag("").await, tag("gzip").await, tag("br").await];
        assert!(plain.starts_with('"') && plain != gzip && plain != brotli && gzip != brotli);
        for (codings, known, expected) in [
            ("", &plain, 304),
            ("gzip", &gzip, 304),
            ("br", &brotli, 304),
            // No coding is always accepted.
            ("gzip", &plain, 304),
            // The client could not read it.
            ("", &gzip, 200),
            ("gzip", &brotli, 200),
            ("br;q=0, gzip", &brotli, 200),
        ] {
            for known in [
                known.clone(),
                format!("W/{known}"),
                format!("\"x\", {known}"),
            ] {
                let answer = get(codings)
                    .header("if-none-match", &known)
                    .is(expected)
                    .await;
                if expected == 304 {
                    let tag = known.rsplit([' ', '/']).next().unwrap_or_default();
                    assert_eq!(header(&answer, "etag"), tag, "{path}: {codings}");
                    assert_eq!(header(&answer, "vary"), "Accept-Encoding", "{path}");
                    assert_eq!(coding(&answer), "", "{path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_change_needs_the_tag_of_any_coding() {
    let server = Server::start().await;
    let (user, path) = user_with_tasks(&server).await;
    for (number, codings) in ["", "gzip", "br", "zstd"].into_iter().enumerate() {
        let etag = header(&accepting(user.get(&path), codings).is(200).await, "etag");
        let change = |title: String| {
            let patch = user.patch(&path, &json!({ "title": title }));
            patch.header("if-match", &etag)
        };
        let changed = change(format!("Read chapter {number}")).is(200).await;
        assert_eq!(coding(&changed), "");
        // It is the tag of an earlier version now.
        change("Read no more".into()).fails(412).await;
    }
}

#[tokio::test]
async fn small_texts_pictures_and_secrets_are_sent_as_they_are() {
    let server = Server::start().await;
    let (user, _) = user_with_tasks(&server).await;
    for path in ["/static/icon-192.png", "/static/icon.svg", "/health/live"] {
        let answer = accepting(server.get(path), BROWSER).is(200).await;
        assert_eq!(coding(&answer), "", "{path}");
    }
    let me = accepting(user.get("/api/v1/me"), BROWSER).is(200).await;
    assert_eq!(
        (coding(&me), header(&me, "vary")),
        ("".into(), "Accept-Encoding".into())
    );

    // The page with a new token is the response to a form that chose its name.
    let form = [
        ("name", "Script"),
        ("scopes", "tasks:read"),
        ("expires_in_days", "7"),
        ("current_password", user.password.as_str()),
    ];
    let made = user.by_cookie(Method::POST, "/settings/tokens").form(&form);
    let made = accepting(made, BROWSER).header("sec-fetch-site", "same-origin");
    let made = made.is(200).await;
    assert_eq!(coding(&made), "");
    assert!(text(made).await.contains("dkt_"));

    // Another site can open a search of its choice, and watch its size.
    for (site, expected) in [
        ("same-origin", "zstd"),
        ("none", "zstd"),
        ("same-site", ""),
        ("cross-site", ""),
    ] {
        let search = user.by_cookie(Method::GET, "/search?q=tomatoes");
        let search = accepting(search, BROWSER).header("sec-fetch-site", site);
        assert_eq!(coding(&search.is(200).await), expected, "{site}");
        let style = server.get("/static/app.css").header("sec-fetch-site", site);
        assert_eq!(
            coding(&accepting(style, BROWSER).is(200).await),
            "br",
            "{site}"
        );
    }
}

#[tokio::test]
async fn a_list_from_the_cache_is_the_same_in_every_coding() {
    let server = Server::start().await;
    let (user, _) = user_with_tasks(&server).await;
    for path in ["/tasks", TASKS] {
        let get = |codings| {
            let request = match path {
                TASKS => user.get(path),
                _ => user.by_cookie(Method::GET, path),
            };
            accepting(request, codings)
        };
        for title in ["Buy seeds", "Buy pots"] {
            user.add_task(title).await;
            let mut texts = Vec::new();
            for codings in ["zstd", "zstd", "gzip", "br", "", "br", "zstd"] {
                let answer = get(codings).is(200).await;
                assert_eq!(coding(&answer), codings, "{path}");
                texts.push(text(answer).await);
            }
            assert!(texts[0].contains(title), "{path}");
            assert!(texts.iter().all(|text| *text == texts[0]), "{path}");
        }
    }
}
