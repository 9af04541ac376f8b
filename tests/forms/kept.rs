//! The text of a form is preserved, whatever prevented its submission.

use sqlx::{AnyConnection, Executor};

use super::visitor::{Page, Visitor, cookies};
use crate::support::{Ask, Engine, Server, header, until};

const NOTES: &str = "Long thoughts\r\n\r\n\"in\" <three> paragraphs \\ & more";

/// Returns a signed-in visitor with one task, and the path of the task.
async fn with_task(server: &Server) -> (Visitor, String) {
    let ada = Visitor::registered(server).await;
    let task = ada.by_api(server).await.add_task("As it was").await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    (ada, path)
}

/// An edit of a version that is not the current one.
fn edit() -> [(&'static str, &'static str); 4] {
    edit_of("1")
}

fn edit_of(version: &str) -> [(&'static str, &str); 4] {
    [
        ("title", "As it is now"),
        ("description", NOTES),
        ("completed", "true"),
        ("version", version),
    ]
}

/// Returns the version of the task with the page at `path`.
async fn version_of(server: &Server, ada: &Visitor, path: &str) -> String {
    let id = path.trim_start_matches("/tasks/");
    let task = ada.by_api(server).await.task(id).await;
    task["version"].to_string()
}

/// Panics unless the page has a form for the path, filled in with [`edit`].
#[track_caller]
fn is_filled_in(page: &Page, path: &str) {
    page.is_whole().has(&format!("action=\"{path}\""));
    assert_eq!(page.element("title").get("value"), "As it is now");
    let notes = page.text_area("description").replace("\r\n", "\n");
    assert_eq!(notes, NOTES.replace("\r\n", "\n"));
}

/// Panics unless the page has the whole form of [`edit`] for the task.
#[track_caller]
fn is_the_edit(page: &Page, path: &str) {
    is_filled_in(page, path);
    assert!(page.tag("name=\"completed\"").0.contains(" checked"));
    assert_eq!(page.tag("name=\"version\"").get("value"), "1");
}

/// Ends the session of a visitor from another browser. Returns that browser.
async fn signed_out_elsewhere(server: &Server, ada: &Visitor) -> Visitor {
    let other = ada.elsewhere(server).await;
    other.submit("/settings/sessions/end-others", &[]).await;
    other
}

/// Signs in with the form of the response. Returns the next page.
async fn signs_in(ada: &Visitor, page: &Page) -> Page {
    page.is_whole()
        .has("Your session has ended. Sign in to go on.");
    let kept = page.tag("name=\"kept\"").get("value");
    let next = page.tag("name=\"next\"").get("value");
    let wrong = [
        ("email", ada.email.as_str()),
        ("password", "a wrong Guess 4711"),
        ("next", &next),
        ("kept", &kept),
    ];
    let page = ada.rejected(401, "/login", &wrong).await;
    assert_eq!(page.tag("name=\"kept\"").get("value"), kept);
    let [address, secret] = ada.credentials();
    let form = [address, secret, ("next", &next), ("kept", &kept)];
    let answer = ada.post("/login", &form).is(200).await;
    assert!(!cookies(&answer).is_empty());
    let page = Page::of(answer).await;
    page.has(&ada.email).has("action=\"/logout\"");
    page
}

#[tokio::test]
async fn an_edit_survives_the_end_of_its_session() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server).await;
    let other = signed_out_elsewhere(&server, &ada).await;
    let page = ada.rejected(401, &path, &edit()).await;
    let page = signs_in(&ada, &page).await;
    is_the_edit(&page, &path);
    let saved = other.page(&path).await;
    assert_eq!(saved.text_area("title"), "As it was");
    let version = version_of(&server, &other, &path).await;
    ada.submit(&path, &edit_of(&version)).await;
    let saved = ada.page(&format!("{path}?edit=notes")).await;
    assert_eq!(saved.text_area("title"), "As it is now");
    assert_eq!(saved.text_area("description"), NOTES.replace("\r\n", "\n"));

    // A form with one field comes back with that field.
    let page = ada.page(&format!("{path}?edit=notes")).await;
    let shown = page.tag("name=\"description_shown\"").get("value");
    signed_out_elsewhere(&server, &ada).await;
    let notes = [("description", "Short"), ("description_shown", &*shown)];
    let page = ada.rejected(401, &path, &notes).await;
    let page = signs_in(&ada, &page).await;
    page.has_not("name=\"title\"").has_not("name=\"priority\"");
    assert_eq!(page.text_area("description"), "Short");
    let kept = page.tag("name=\"description_shown\"").get("value");
    assert_eq!(kept, shown);
    ada.submit(&path, &notes).await.has("<p>Short</p>");
}

#[tokio::test]
async fn a_new_task_survives_the_end_of_its_session() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    signed_out_elsewhere(&server, &ada).await;
    let form = [("title", "Bread \"&\" <butter>"), ("description", NOTES)];
    let page = ada.rejected(401, "/tasks", &form).await;
    let page = signs_in(&ada, &page).await;
    page.has("action=\"/tasks\"");
    assert_eq!(page.element("title").get("value"), form[0].1);
    let notes = page.text_area("description").replace("\r\n", "\n");
    assert_eq!(notes, NOTES.replace("\r\n", "\n"));
    assert_eq!(ada.page("/tasks").await.titles(), [""; 0]);
    // Rejecting a title here loses nothing either.
    let refused = [("title", " "), ("description", NOTES)];
    let page = ada.rejected(422, "/tasks", &refused).await;
    page.error_of("title");
    let notes = page.text_area("description").replace("\r\n", "\n");
    assert_eq!(notes, NOTES.replace("\r\n", "\n"));
    assert_eq!(ada.submit("/tasks", &form).await.titles(), [form[0].1]);
}

#[tokio::test]
async fn the_longest_notes_survive_the_end_of_a_session() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    signed_out_elsewhere(&server, &ada).await;
    let notes = "\u{1f4dd}".repeat(50_000);
    let form = [("title", "Long"), ("description", notes.as_str())];
    let page = ada.rejected(401, "/tasks", &form).await;
    let page = signs_in(&ada, &page).await;
    assert_eq!(page.text_area("description"), notes);
    assert_eq!(ada.submit("/tasks", &form).await.titles(), ["Long"]);
}

#[tokio::test]
async fn a_profile_survives_the_end_of_its_session_but_for_the_password() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    signed_out_elsewhere(&server, &ada).await;
    let form = [
        ("display_name", "Countess"),
        ("email", "countess@example.org"),
        ("time_zone", "Asia/Tokyo"),
        ("week_start", "saturday"),
        ("date_order", "dmy"),
        ("clock", "12h"),
        ("quick_add_style", "vikunja"),
        ("current_password", ada.password.as_str()),
    ];
    let page = ada.rejected(401, "/settings/profile", &form).await;
    page.has_not(&ada.password);
    let page = signs_in(&ada, &page).await;
    page.has("action=\"/settings/profile\"")
        .has_not(&ada.password);
    let name = page.element("profile-display_name").get("value");
    assert_eq!(name, "Countess");
    let address = page.element("profile-email").get("value");
    assert_eq!(address, "countess@example.org");
    for (name, value) in &form[2..7] {
        assert_eq!(page.chosen(&format!("profile-{name}")), *value);
    }
    ada.submit("/settings/profile", &form).await.has("Countess");
}

#[tokio::test]
async fn passwords_of_a_session_that_has_ended_come_back_nowhere() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    signed_out_elsewhere(&server, &ada).await;
    let secret = ada.password.as_str();
    for (path, fields) in [
        (
            "/settings/password",
            vec![("current_password", secret), ("new_password", "another 7")],
        ),
        ("/settings/delete", vec![("password", secret)]),
        (
            "/settings/tokens",
            vec![("name", "Script"), ("current_password", secret)],
        ),
    ] {
        let page = ada.rejected(401, path, &fields).await;
        page.has_not(secret).has_not("another 7").has_not("kept");
    }
}

#[tokio::test]
async fn another_account_is_neither_shown_nor_given_the_text() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server).await;
    let other = signed_out_elsewhere(&server, &ada).await;
    let page = ada.rejected(401, &path, &edit()).await;
    let ben = Visitor::registered(&server).await;
    ben.submit("/logout", &[]).await;
    let (kept, next) = (page.tag("name=\"kept\""), page.tag("name=\"next\""));
    let (kept, next) = (kept.get("value"), next.get("value"));
    let [address, secret] = ben.credentials();
    let form = [address, secret, ("next", &*next), ("kept", &*kept)];
    let answer = ben.post("/login", &form).is(303).await;
    assert!(
        !answer
            .text()
            .await
            .expect("a text")
            .contains("As it is now")
    );
    assert_eq!(ben.page("/tasks?status=all").await.titles(), [""; 0]);

    // The task does not belong to this account, so the text can become a new task.
    let page = ben.rejected(404, &path, &edit()).await;
    page.has("role=\"alert\"");
    is_filled_in(&page, "/tasks");
    assert_eq!(ben.page("/tasks?status=all").await.titles(), [""; 0]);
    let saved = other.page(&path).await;
    assert_eq!(saved.text_area("title"), "As it was");
    let form = &edit()[..2];
    assert_eq!(ben.submit("/tasks", form).await.titles(), ["As it is now"]);
}

#[tokio::test]
async fn a_whole_form_that_is_rejected_comes_back_whole() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server).await;
    ada.submit(&path, &[("title", "Theirs")]).await;
    let page = ada.rejected(409, &path, &edit()).await;
    page.has("role=\"alert\"").has("Theirs");
    is_filled_in(&page, &path);
    // The user has seen what is saved.
    let version = page.tag("name=\"version\"").get("value");
    assert_eq!(version, version_of(&server, &ada, &path).await);
    let mut form = edit_of(&version);
    form[0].1 = " ";
    let page = ada.rejected(422, &path, &form).await;
    page.error_of("title");
    assert!(page.tag("name=\"completed\"").0.contains(" checked"));
    ada.submit(&path, &edit_of(&version)).await;
    let done = ada.page("/tasks?status=done").await;
    assert_eq!(done.titles(), ["As it is now"]);
}

#[tokio::test]
async fn an_edit_of_a_deleted_task_can_be_saved_as_a_new_one() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server).await;
    ada.submit(&format!("{path}/delete"), &[]).await;
    let page = ada.rejected(404, &path, &edit()).await;
    is_filled_in(&page, "/tasks");
}

#[tokio::test]
async fn a_sign_in_carries_nothing_but_the_known_forms() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/logout", &[]).await;
    let [address, secret] = ada.credentials();
    for kept in [
        "{}",
        "no JSON",
        r#"{"form":"new_task","title":"T","description":"","action":"//evil.example"}"#,
        r#"{"form":"task","id":"//evil.example","fields":{"title":"T"}}"#,
        r#"{"form":"password","current_password":"a","new_password":"b"}"#,
    ] {
        let form = [address, secret, ("kept", kept)];
        let answer = ada.post("/login", &form).is(303).await;
        assert_eq!(header(&answer, "location"), "/today", "{kept}");
        ada.submit("/logout", &[]).await;
    }
    // Another site can neither supply a text nor sign in.
    let kept = r#"{"form":"new_task","title":"Theirs","description":""}"#;
    for (path, fields) in [
        ("/tasks", vec![("title", "Theirs")]),
        ("/login", vec![address, secret, ("kept", kept)]),
    ] {
        let cross = ada
            .foreign(path, &fields)
            .header("sec-fetch-site", "cross-site");
        let page = Page::of(cross.is(403).await).await;
        page.has_not("Theirs");
    }
    assert!(!ada.is_signed_in().await);
}

/// Locks the rows of all users and projects. Every write of a user waits for one of them.
async fn hold(server: &Server) -> AnyConnection {
    let mut holder = server.database().await;
    let statements: &[&'static str] = match Engine::chosen() {
        Engine::Sqlite => &["BEGIN IMMEDIATE"],
        _ => &[
            "BEGIN",
            "SELECT id FROM users FOR UPDATE",
            "SELECT id FROM projects FOR UPDATE",
        ],
    };
    for sql in statements {
        holder.execute(*sql).await.expect("the lock");
    }
    holder
}

/// Sends a form that must come back with the status and a message. Returns the page.
async fn comes_back(ada: &Visitor, status: u16, path: &str, fields: &[(&str, &str)]) -> Page {
    let answer = ada.post(path, fields).is(status).await;
    let waits = !header(&answer, "retry-after").is_empty();
    assert_eq!(waits, matches!(status, 429 | 503), "{path}");
    let page = Page::of(answer).await;
    page.is_whole().has("role=\"alert\"").has("<title>Error: ");
    page.has_not(&ada.password);
    match (status, path) {
        (503, "/login") => page.has("Docket can&#39;t sign you in right now."),
        (503, _) => page.has("Docket can&#39;t save right now."),
        (429, _) => page.has("Too many attempts."),
        _ => page.has("Something went wrong on the server."),
    };
    page
}

/// Panics unless each form of a user comes back filled in.
async fn all_come_back(ada: &Visitor, status: u16, path: &str) {
    let page = comes_back(ada, status, path, &edit()).await;
    is_the_edit(&page, path);

    let page = comes_back(ada, status, "/tasks", &[("title", "Bread & butter")]).await;
    // The line of the list, or a form of its own if the list cannot be read.
    let name = page.tag("value=\"Bread &amp; butter\"").get("name");
    assert!(["text", "title"].contains(&name.as_str()), "{name}");
    let form = [("text", "Bread & butter p1\r\n  #Home?")];
    let page = comes_back(ada, status, "/tasks/quick", &form).await;
    assert_eq!(page.text_area("text"), "Bread & butter p1\n  #Home?");

    let form = [
        ("display_name", "Countess"),
        ("email", &ada.email),
        ("current_password", &ada.password),
    ];
    let page = comes_back(ada, status, "/settings/profile", &form).await;
    let name = page.element("profile-display_name").get("value");
    assert_eq!(name, "Countess");
}

/// Panics unless the form of a visitor comes back filled in, without the password.
async fn comes_back_to_a_stranger(ada: &Visitor, status: u16, path: &str) {
    let page = comes_back(ada, status, path, &ada.registration()).await;
    page.has(&format!("action=\"{path}\""));
    assert_eq!(page.element("email").get("value"), ada.email);
}

#[tokio::test]
async fn forms_come_back_when_the_database_is_locked() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server).await;
    let stranger = Visitor::stranger(&server);
    let mut holder = hold(&server).await;
    all_come_back(&ada, 503, &path).await;
    // On engines with row locks, visitors can insert new rows.
    if Engine::chosen() == Engine::Sqlite {
        comes_back_to_a_stranger(&stranger, 503, "/login").await;
        comes_back_to_a_stranger(&stranger, 503, "/register").await;
    }
    // In place, the form stays as it is.
    let answer = ada.in_place("/tasks", &[("title", "Bread")]).is(503).await;
    assert_eq!(header(&answer, "hx-retarget"), "#toast");

    holder.execute("ROLLBACK").await.expect("no lock");
    let version = version_of(&server, &ada, &path).await;
    ada.submit(&path, &edit_of(&version)).await;
    let page = ada.submit("/tasks", &[("title", "Bread & butter")]).await;
    assert_eq!(page.titles(), ["Bread & butter"]);
}

#[tokio::test]
async fn forms_come_back_when_the_database_fails() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server).await;
    let stranger = Visitor::stranger(&server);
    let mut connection = server.database().await;
    let gone = "ALTER TABLE tasks RENAME TO gone";
    connection.execute(gone).await.expect("no tasks");
    let page = comes_back(&ada, 500, &path, &edit()).await;
    is_the_edit(&page, &path);
    let shown = page.between("Reference: ", "<").trim();
    until("the log has the reason", || async {
        server.log().contains(shown)
    })
    .await;
    let page = comes_back(&ada, 500, "/tasks", &[("title", "Bread")]).await;
    assert_eq!(page.element("title").get("value"), "Bread");

    // Now not even authentication works.
    let gone = "ALTER TABLE users RENAME TO all_gone";
    connection.execute(gone).await.expect("no users");
    all_come_back(&ada, 500, &path).await;
    comes_back_to_a_stranger(&stranger, 500, "/login").await;
    comes_back_to_a_stranger(&stranger, 500, "/register").await;
}

#[tokio::test]
async fn rate_limited_forms_come_back_filled_in() {
    let server = Server::with(&[("DOCKET_LIMIT_API", "40/1h")]).await;
    let (ada, path) = with_task(&server).await;
    for _ in 0..100 {
        if ada.get("/settings/profile").answer().await.status() == 429 {
            break;
        }
    }
    all_come_back(&ada, 429, &path).await;
    let answer = ada.in_place("/tasks", &[("title", "Bread")]).is(429).await;
    assert_eq!(header(&answer, "hx-retarget"), "#toast");
}

#[tokio::test]
async fn the_names_of_projects_sections_and_labels_survive_the_end_of_a_session() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/projects", &[("name", "Garden")]).await;
    let other = signed_out_elsewhere(&server, &ada).await;
    let page = other.page("/projects").await;
    let id = page.0.rsplit("/projects/").next().expect("a project");
    let id = &id[..36];
    let edit = format!("/projects/{id}/edit");
    let new_task = [("title", "Kept"), ("project_id", id)];
    for (path, field, form) in [
        (
            "/projects",
            "name",
            vec![("name", "Kept"), ("colour", "red")],
        ),
        (&edit, "name", vec![("name", "Kept"), ("favourite", "true")]),
        ("/labels", "name", vec![("name", "Kept")]),
        (
            "/sections",
            "name",
            vec![("name", "Kept"), ("project_id", id)],
        ),
        (
            "/filters",
            "name",
            vec![
                ("name", "Kept"),
                ("expression", "today & p1"),
                ("colour", "red"),
                ("favourite", "true"),
            ],
        ),
        ("/tasks", "title", new_task.to_vec()),
    ] {
        let page = ada.rejected(401, path, &form).await;
        let page = signs_in(&ada, &page).await;
        page.has(&format!("action=\"{path}\""));
        assert_eq!(page.element(field).get("value"), "Kept", "{path}");
        for (name, value) in form.iter().filter(|(name, _)| *name != field) {
            let hidden = page.tag(&format!("name=\"{name}\""));
            assert_eq!(hidden.get("value"), *value, "{path} {name}");
        }
        ada.submit(path, &form).await.has("Kept");
        other.submit("/settings/sessions/end-others", &[]).await;
    }
}
