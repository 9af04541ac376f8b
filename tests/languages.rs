//! Languages of pages and errors: by the profile, by `Accept-Language`, and two made for tests.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, email, header};

const ME: &str = "/api/v1/me";

fn in_language(request: RequestBuilder, language: &str) -> RequestBuilder {
    request.header("Accept-Language", language)
}

/// Returns a page of a user whose browser prefers a language.
async fn page(user: &User, path: &str, language: &str) -> Response {
    in_language(user.by_cookie(Method::GET, path), language)
        .answer()
        .await
}

async fn text(answer: Response) -> String {
    answer.text().await.expect("a text")
}

#[tokio::test]
async fn the_browser_decides_unless_the_profile_does() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for (accepted, expected) in [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, de;q=0.2", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("de;q=0", "en"),
        ("fr", "en"),
        (";;q=,,\u{e9}, *", "en"),
    ] {
        let answer = in_language(server.get("/login"), accepted).is(200).await;
        assert_eq!(header(&answer, "Content-Language"), expected, "{accepted}");
        let vary = header(&answer, "Vary");
        assert!(vary.contains("Accept-Language"), "{vary}");
        let login = text(answer).await;
        assert!(login.contains(&format!("<html lang=\"{expected}\" dir=\"ltr\"")));
        let heading = match expected {
            "de" => "<h1>Anmelden</h1>",
            _ => "<h1>Sign in</h1>",
        };
        assert!(login.contains(heading), "{accepted}");
    }
    // The list and the sidebar are kept in memory, and must not keep their language.
    user.add_task("Milk").await;
    for (accepted, words) in [
        ("de", "Alle Aufgaben"),
        ("en", "All tasks"),
        ("de", "Alle Aufgaben"),
    ] {
        let tasks = text(page(&user, "/tasks", accepted).await).await;
        assert_eq!(tasks.matches(words).count(), 4, "{accepted}: {tasks}");
    }
    let patch = json!({ "language": "de" });
    assert_eq!(user.patch(ME, &patch).gives(200).await["language"], "de");
    let answer = page(&user, "/tasks", "en").await;
    assert_eq!(header(&answer, "Content-Language"), "de");
    assert!(!header(&answer, "Vary").contains("Accept-Language"));
    assert!(text(answer).await.contains("Alle Aufgaben"));
    user.patch(ME, &json!({ "language": null })).is(200).await;
    assert!(
        text(page(&user, "/tasks", "en").await)
            .await
            .contains("All tasks")
    );
}

#[tokio::test]
async fn problems_are_in_the_language_of_the_client_and_keep_their_codes() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let token = user.add_api_token("Words", &["tasks:write"]).await;
    let by_token = user.with_token(&token);
    let long = json!({ "title": "a".repeat(1_501) });
    for (who, language) in [(&user, "de"), (&by_token, "de"), (&user, "en"), (&user, "")] {
        let request = in_language(who.post("/api/v1/tasks", &long), language);
        let answer = request.is(422).await;
        let expected = if language == "de" { "de" } else { "en" };
        assert_eq!(header(&answer, "Content-Language"), expected);
        let problem: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(problem["type"], "/api/docs#problem-invalid");
        let error = &problem["errors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!("title"), &json!("too_long"))
        );
        let (title, message) = match expected {
            "de" => (
                "Ungültige Eingabe",
                "Das sind 1.501 Zeichen; ein Titel darf 500 haben.",
            ),
            _ => (
                "Invalid input",
                "That's 1,501 characters; a title can have 500.",
            ),
        };
        assert_eq!(problem["title"], title);
        assert_eq!(error["message"], message);
        assert_eq!(problem["detail"], message);
    }
    // The profile wins, also for a request that fails before its handler.
    user.patch(ME, &json!({ "language": "de" })).is(200).await;
    for (request, detail) in [
        (
            user.get("/api/v1/tasks/01a21dc8-629d-7579-b6b4-db1eadf2f23a"),
            "Hier ist nichts, oder es gehört jemand anderem.",
        ),
        (
            user.post("/api/v1/tasks", &json!({ "titel": "x" })),
            "Es gibt kein Feld titel.",
        ),
        (
            by_token.get(ME),
            "Dem API-Token fehlt die Berechtigung account.",
        ),
    ] {
        let answer = in_language(request, "en").answer().await;
        let problem: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(problem["detail"], detail);
    }
    // Results of a batch that were stored are told in the language of whoever asks again.
    let batch = json!({ "commands": [{ "op": "create_task", "titel": "" }] });
    let of = |language: &'static str| {
        let request = by_token.post("/api/v1/batch", &batch);
        in_language(request.header("Idempotency-Key", "once"), language)
    };
    user.patch(ME, &json!({ "language": null })).is(200).await;
    for (language, detail) in [
        ("de", "Es gibt kein Feld titel."),
        ("en", "There is no field titel."),
    ] {
        let results = of(language).gives(200).await;
        assert_eq!(
            results["results"][0]["problem"]["detail"], detail,
            "{results}"
        );
    }
}

#[tokio::test]
async fn notices_forms_and_dates_are_in_the_language_of_the_page() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let preferences = json!({ "language": "de", "date_order": "dmy" });
    user.patch(ME, &preferences).is(200).await;
    let task =
        json!({ "title": "Milch", "due": { "date": "2026-03-02" }, "deadline": "2099-03-02" });
    let task = user.post("/api/v1/tasks", &task).gives(201).await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    let submit = |path: &str, form: &[(&str, &str)]| {
        let request = user.by_cookie(Method::POST, path);
        request.header("Origin", server.url("")).form(form)
    };
    let detail = text(page(&user, &path, "en").await).await;
    for words in [
        "2. März 2099",
        "Teilaufgaben",
        "aria-label=\"Eigenschaften\"",
        "Fällig",
    ] {
        assert!(detail.contains(words), "{words}: {detail}");
    }
    let rejected = text(submit(&path, &[("title", " ")]).is(422).await).await;
    assert!(
        rejected.contains("Gib der Aufgabe einen Titel."),
        "{rejected}"
    );
    let answer = submit(&format!("{path}/delete"), &[("next", "/today")])
        .is(303)
        .await;
    let cookie = header(&answer, "Set-Cookie");
    let flash = cookie.split(';').next().unwrap_or_default().to_owned();
    let cookies = format!("docket_access={}; {flash}", user.tokens.access);
    let today = server.get("/today").header("Cookie", cookies);
    let today = text(today.is(200).await).await;
    assert!(today.contains("„Milch“ gelöscht"), "{today}");
    let calendar = text(page(&user, "/calendar?month=2026-03", "en").await).await;
    for words in [
        "März 2026",
        "<abbr title=\"Montag\">Mo</abbr>",
        "Montag, 2. März 2026",
    ] {
        assert!(calendar.contains(words), "{words}");
    }
    let form = [("email", "x"), ("password", "y")];
    let request = in_language(server.post("/register"), "de").form(&form);
    let page = text(request.is(422).await).await;
    assert!(
        page.contains("Ein Passwort braucht mindestens 8 Zeichen."),
        "{page}"
    );
}

/// Elements without an end.
const VOID: [&str; 9] = [
    "br", "hr", "img", "input", "link", "meta", "path", "circle", "use",
];

/// Returns the texts of a page that nobody has entered.
fn texts_of(html: &str) -> Vec<String> {
    const SEEN: [&str; 4] = [" title=\"", " placeholder=\"", " aria-label=\"", " alt=\""];
    let mut texts = Vec::new();
    let mut open: Vec<(String, bool)> = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name: String = tag.chars().take_while(|c| c.is_alphanumeric()).collect();
        if let Some(ended) = tag.strip_prefix('/') {
            if let Some(place) = open.iter().rposition(|(name, _)| name == ended.trim()) {
                open.truncate(place);
            }
        } else if !name.is_empty() {
            let is_entered = ["script", "style", "code", "kbd", "bdi", "svg"]
                .contains(&name.as_str())
                || tag.contains("dir=\"auto\"")
                || tag.contains("time_zone")
                || tag.contains("due_zone");
            let is_hidden = is_entered || open.last().is_some_and(|(_, hidden)| *hidden);
            if !is_hidden {
                for attribute in SEEN {
                    let values = tag.split(attribute).skip(1);
                    texts.extend(
                        values
                            .filter_map(|rest| rest.split('"').next())
                            .map(str::to_owned),
                    );
                }
            }
            if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
                open.push((name, is_hidden));
            }
        }
        if !open.last().is_some_and(|(_, hidden)| *hidden) {
            texts.push(text.trim().to_owned());
        }
    }
    texts
}

/// A request of a page: its method, its path and the fields of its form.
type Asked<'f> = (Method, String, Vec<(&'f str, &'f str)>);

/// Returns the words of a text that are not translated.
fn plain(text: &str) -> Option<&str> {
    let text = text.trim();
    // Names, what was entered, ISO weeks, scopes, and an attribute with `>` in its value.
    let known = [
        "Docket",
        "English",
        "Deutsch",
        "@",
        "UTC",
        "“p1”",
        " 2026-W",
        "tasks:read",
        "hx-target",
    ];
    let is_plain = text
        .replace("&amp;", "")
        .contains(|c: char| c.is_ascii_alphabetic());
    (is_plain && !known.iter().any(|known| text.contains(known))).then_some(text)
}

#[tokio::test]
async fn every_text_of_every_page_is_translated() {
    let server = Server::start().await;
    // The names and titles have no letters, so that each plain letter is a text of Docket.
    let user = User::named(&server, &email(), "\u{2660}").await;
    let id = |item: &serde_json::Value| item["id"].as_str().expect("an id").to_owned();
    let new = json!({ "name": "\u{2663} 7" });
    let project = id(&user.post("/api/v1/projects", &new).gives(201).await);
    let section = json!({ "project_id": project, "name": "\u{2665} 1" });
    let section = id(&user.post("/api/v1/sections", &section).gives(201).await);
    let filter = json!({ "name": "\u{2666}", "expression": "today & p1" });
    let filter = id(&user.post("/api/v1/filters", &filter).gives(201).await);
    let task = json!({
        "title": "\u{2460}", "project_id": project, "section_id": section, "labels": ["\u{2461}"],
        "due": { "date": "2026-03-02", "time": "09:00" }, "priority": 1, "deadline": "2099-03-02",
        "recurrence": { "rrule": "FREQ=DAILY" }, "reminders": [{ "minutes_before": 30 }],
        "description": "- [ ] 1",
    });
    let task = id(&user.post("/api/v1/tasks", &task).gives(201).await);
    let child = json!({ "title": "\u{2462}", "parent_id": task });
    user.post("/api/v1/tasks", &child).is(201).await;
    let gone = id(&user.add_task("\u{2463}").await);
    user.delete(&format!("/api/v1/tasks/{gone}")).is(204).await;
    let done = id(&user.add_task("\u{2464}").await);
    let done = format!("/api/v1/tasks/{done}/completion");
    user.put(&done, &json!({})).answer().await;
    user.add_api_token("\u{2465}", &["tasks:read"]).await;

    let of = |path: String| (Method::GET, path, Vec::new());
    let mut requests: Vec<Asked<'_>> = [
        "/today",
        "/inbox",
        "/upcoming",
        "/completed",
        "/tasks",
        "/tasks?layout=board&group=date",
        "/tasks?group=priority&status=all",
        "/tasks?group=label",
        "/tasks?q=%E2%91%A0",
        "/search",
        "/search?q=1",
        "/search?q=%40+%26",
        "/calendar",
        "/calendar?month=2026-03",
        "/projects",
        "/labels",
        "/labels/%E2%91%A1",
        "/filters",
        "/filters/new",
        "/tasks/new",
        "/trash",
        "/trash?q=1",
        "/settings/profile",
        "/settings/appearance",
        "/settings/security",
        "/settings/activity",
        "/settings/tokens",
        "/settings/data",
        "/settings/delete",
        "/shortcuts",
        "/offline",
        "/nothing",
        "/tasks/dates?words=1",
    ]
    .map(|path| of(path.to_owned()))
    .into();
    for path in ["", "?edit=notes", "?edit=parent", "/activity"] {
        requests.push(of(format!("/tasks/{task}{path}")));
    }
    for path in ["", "/edit", "/activity"] {
        requests.push(of(format!("/projects/{project}{path}")));
    }
    requests.push(of(format!("/tasks/new?project={project}")));
    requests.push(of(format!("/sections/{section}")));
    requests.push(of(format!("/filters/{filter}")));
    requests.push(of(format!("/filters/{filter}/edit")));
    for (path, form) in [
        (
            "/tasks/bulk",
            vec![("id", task.as_str()), ("action", "choose")],
        ),
        (
            "/tasks/bulk",
            vec![("id", &task), ("due", "?"), ("priority", "9")],
        ),
        ("/tasks/quick", vec![("text", "")]),
        ("/tasks/quick", vec![("text", "#\u{2463} 1")]),
        ("/tasks/quick/preview", vec![("text", "1 p1 9:00\n 2")]),
        ("/projects", vec![("name", "")]),
        ("/labels", vec![("name", ".")]),
        ("/filters", vec![("name", ""), ("expression", "(")]),
        ("/sections", vec![("name", ""), ("project_id", &project)]),
        (
            "/settings/profile",
            vec![("email", "1"), ("time_zone", "1")],
        ),
        (
            "/settings/password",
            vec![("current_password", "1"), ("new_password", "2")],
        ),
        ("/settings/tokens", vec![("name", "")]),
        ("/settings/delete", vec![("password", "1")]),
        (&format!("/tasks/{task}"), vec![("title", "")]),
        (
            &format!("/tasks/{task}"),
            vec![("due_words", "?"), ("repeat", "?")],
        ),
    ] {
        requests.push((Method::POST, path.to_owned(), form));
    }
    let mut faults = Vec::new();
    for (method, path, form) in &requests {
        let mut request = user.by_cookie(method.clone(), path);
        if *method == Method::POST {
            request = request.header("Origin", server.url("")).form(form);
        }
        let answer = in_language(request, "en-XA").answer().await;
        assert!(
            answer.status().as_u16() < 500,
            "{path}: {}",
            answer.status()
        );
        assert_eq!(header(&answer, "Content-Language"), "en-XA", "{path}");
        let html = text(answer).await;
        let texts = texts_of(&html);
        let plain = texts.iter().filter_map(|text| plain(text));
        faults.extend(plain.map(|text| format!("{path}: {text}")));
    }
    for path in ["/", "/login", "/register"] {
        let html = text(in_language(server.get(path), "en-XA").is(200).await).await;
        let texts = texts_of(&html);
        let plain = texts.iter().filter_map(|text| plain(text));
        faults.extend(plain.map(|text| format!("{path}: {text}")));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn the_app_is_installed_in_the_language_of_the_page() {
    let server = Server::start().await;
    for (language, shortcuts) in [
        ("en", ["Add task", "Today", "Inbox", "Search"]),
        ("de", ["Aufgabe hinzufügen", "Heute", "Eingang", "Suchen"]),
    ] {
        let page = in_language(server.get("/login"), language).is(200).await;
        let page = text(page).await;
        let link = r#"<link rel="manifest" href=""#;
        let (_, rest) = page.split_once(link).expect("a manifest");
        let (url, _) = rest.split_once('"').expect("a URL");
        let answer = server.get(url).is(200).await;
        let content_type = header(&answer, "Content-Type");
        assert_eq!(content_type, "application/manifest+json");
        let tag = header(&answer, "ETag");
        let manifest: Value = answer.json().await.expect("JSON");
        assert_eq!(manifest["lang"], language);
        assert_eq!(manifest["start_url"], "/today");
        let named = manifest["shortcuts"].as_array().expect("shortcuts");
        let names: Vec<_> = named.iter().map(|shortcut| &shortcut["name"]).collect();
        assert_eq!(names, shortcuts);
        server.get(url).header("If-None-Match", tag).is(304).await;
    }
    let other = server.get("/site.webmanifest?language=xx").is(200).await;
    let other: Value = other.json().await.expect("JSON");
    assert_eq!(other["lang"], "en");
}
