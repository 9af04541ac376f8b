//! Task forms: add, edit, complete, delete, and navigation in the list.

use std::collections::BTreeSet;

use serde_json::json;

use super::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User, header, query};

/// A text that would be markup or a script if it were not escaped.
const MARKUP: &str = "<script>alert('x')</script> & \"<b onmouseover='y'>\"";

/// Returns the id in the URL of the first task of a list.
fn first_id(page: &Page) -> String {
    let rest = page.between("class=\"task-title\"", ">");
    let (_, path) = rest.split_once("href=\"/tasks/").expect("a link");
    path.split('"').next().unwrap_or_default().to_owned()
}

/// Returns a signed-in visitor with one task, and the path of the task.
async fn with_task(server: &Server, title: &str) -> (Visitor, String) {
    let ada = Visitor::registered(server).await;
    let page = ada.submit("/tasks", &[("title", title)]).await;
    let path = format!("/tasks/{}", first_id(&page));
    (ada, path)
}

#[tokio::test]
async fn a_task_is_added() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let page = ada.page("/tasks").await;
    page.is_whole()
        .has("action=\"/tasks/quick\"")
        .has("for=\"new-title\"");
    assert_eq!(page.titles(), [""; 0]);

    let answer = ada
        .post("/tasks", &[("title", "  Buy milk ")])
        .is(303)
        .await;
    assert!(header(&answer, "location").starts_with("/tasks"));
    let page = ada.page("/tasks").await;
    assert_eq!(page.titles(), ["Buy milk"]);
    assert_eq!(page.flash(), "Task added");
    assert_eq!(page.element("new-title").get("value"), "");
    assert_eq!(ada.page("/tasks").await.flash(), "", "shown once");

    let form = [("title", "With notes"), ("description", "Two\r\nlines")];
    let page = ada.submit("/tasks", &form).await;
    assert_eq!(page.titles(), ["With notes", "Buy milk"], "newest first");
    let task = &ada.by_api(&server).await.list("").await["items"][0];
    let lines: Vec<_> = task["description"]
        .as_str()
        .expect("text")
        .lines()
        .collect();
    assert_eq!(lines, ["Two", "lines"]);
}

#[tokio::test]
async fn a_rejected_task_comes_back_filled_in() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    ada.submit("/tasks", &[("title", "Here before")]).await;
    let long = "x".repeat(501);
    for title in ["", "   ", &long, "nul \0 inside"] {
        let page = ada.rejected(422, "/tasks", &[("title", title)]).await;
        page.is_whole();
        page.error_of("new-title");
        assert_eq!(page.titles(), ["Here before"], "the list is still there");
        if !title.contains('\0') {
            assert_eq!(page.element("new-title").get("value"), title);
        }
    }
    let error = ada.rejected(422, "/tasks", &[]).await.error_of("new-title");
    assert_eq!(error, "Give the task a title.");
    assert_eq!(ada.page("/tasks").await.titles(), ["Here before"]);
}

#[tokio::test]
async fn a_task_is_edited() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server, "Bok the train").await;
    let page = ada.page(&path).await;
    page.is_whole().has(&format!("action=\"{path}\""));
    assert_eq!(page.text_area("title"), "Bok the train");
    page.has_not("id=\"description\"");
    let form = [
        ("title", "Book the\r\ntrain"),
        ("title_shown", "Bok the train"),
    ];
    let answer = ada.post(&path, &form).is(303).await;
    assert_eq!(header(&answer, "location"), path);
    let page = ada.page(&path).await;
    assert_eq!(page.flash(), "Saved");
    assert_eq!(page.text_area("title"), "Book the train");
    assert_eq!(ada.page(&path).await.flash(), "", "shown once");

    let notes = "\n*Window* seat\n\n<b>quiet</b> & \"cheap\"";
    let edit = format!("{path}?edit=notes");
    let page = ada.page(&edit).await;
    assert_eq!(page.text_area("description"), "");
    let shown = page.tag("name=\"description_shown\"").get("value");
    let form = [
        ("description", &*notes.replace('\n', "\r\n")),
        ("description_shown", &shown),
    ];
    ada.submit(&path, &form).await.has("<em>Window</em> seat");
    let page = ada.page(&edit).await;
    assert_eq!(page.text_area("description"), notes);
    assert_eq!(page.text_area("title"), "Book the train");
    // A form with all of it, as after a sign-in.
    let whole = [
        ("title", "Book it"),
        ("description", ""),
        ("completed", "true"),
    ];
    ada.submit(&path, &whole).await;
    assert_eq!(ada.page("/tasks?status=done").await.titles(), ["Book it"]);
}

#[tokio::test]
async fn a_rejected_edit_keeps_what_was_written() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server, "Unchanged").await;
    let form = [
        ("title", " "),
        ("description", "Long thoughts\r\nin two lines"),
    ];
    let page = ada.rejected(422, &path, &form).await;
    page.is_whole();
    page.error_of("title");
    let kept = page.text_area("description").replace("\r\n", "\n");
    assert_eq!(kept, "Long thoughts\nin two lines");

    let long = "x".repeat(50_001);
    let page = ada.rejected(422, &path, &[("description", &long)]).await;
    let message = "That's 50,001 characters; a description can have 50,000.";
    assert_eq!(page.error_of("description"), message);
    assert_eq!(page.text_area("description"), long);
    assert_eq!(page.text_area("title"), "Unchanged");
    for other in ["", "one", "-1", "1", "99999999999999999999"] {
        let form = [("title", "T"), ("description", ""), ("version", other)];
        ada.rejected(409, &path, &form).await;
    }
    assert_eq!(ada.page(&path).await.text_area("title"), "Unchanged");
}

#[tokio::test]
async fn a_stale_edit_loses_neither_text() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server, "First").await;
    let edit = format!("{path}?edit=notes");
    let shown = |page: &Page| page.tag("name=\"description_shown\"").get("value");
    let before = shown(&ada.page(&edit).await);
    let notes = |text: &'static str| [("description", text), ("description_shown", &before)];
    ada.submit(&path, &notes("Their notes")).await;
    let page = ada.rejected(409, &path, &notes("My notes")).await;
    page.is_whole().has("role=\"alert\"").has("Their notes");
    assert_eq!(page.text_area("description"), "My notes");
    assert_eq!(
        ada.page(&edit).await.text_area("description"),
        "Their notes"
    );
    // In place, the form comes back in the same way.
    let answer = ada.in_place(&path, &notes("My notes")).is(409).await;
    let fragment = Page::of(answer).await;
    fragment.is_fragment().has("role=\"alert\"");
    assert_eq!(fragment.text_area("description"), "My notes");

    // Changes of other fields are no conflict, and the user has seen this one.
    ada.submit(&path, &[("priority", "1")]).await;
    let tag = shown(&page);
    let form = [("description", "My notes"), ("description_shown", &*tag)];
    ada.submit(&path, &form).await.has("<p>My notes</p>");

    let title = |text| [("title", text), ("title_shown", "First")];
    ada.submit(&path, &title("Theirs")).await;
    let page = ada.rejected(409, &path, &title("Mine")).await;
    assert_eq!(page.text_area("title"), "Mine");
    page.has("Theirs");
}

#[tokio::test]
async fn a_task_is_completed_from_the_list() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server, "Water the tomatoes").await;
    let completion = format!("{path}/completion");
    let page = ada.page("/tasks").await;
    page.has(&format!("action=\"{completion}\""));
    let button = page.tag("aria-pressed=");
    assert_eq!(button.get("aria-pressed"), "false");
    assert_eq!(button.get("name"), "completed");
    assert_eq!(button.get("value"), "true");

    let answer = ada
        .post(&completion, &[("completed", "true")])
        .is(303)
        .await;
    assert_eq!(header(&answer, "location"), "/tasks");
    assert_eq!(ada.page("/tasks").await.titles(), [""; 0]);
    let done = ada.page("/tasks?status=done").await;
    assert_eq!(done.titles(), ["Water the tomatoes"]);
    let button = done.tag("aria-pressed=");
    assert_eq!(button.get("aria-pressed"), "true");
    assert_eq!(button.get("value"), "false");

    // Back to the previous list, and nowhere else.
    let next = done.tag("name=\"next\"").get("value");
    assert!(next.starts_with("/tasks?status=done"), "{next}");
    let form = [("completed", "false"), ("next", next.as_str())];
    let answer = ada.post(&completion, &form).is(303).await;
    assert_eq!(header(&answer, "location"), next);
    for evil in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/e",
    ] {
        let form = [("completed", "true"), ("next", evil)];
        let answer = ada.post(&completion, &form).is(303).await;
        assert_eq!(header(&answer, "location"), "/tasks", "{evil:?}");
    }
    for form in [&[][..], &[("completed", "")], &[("completed", "maybe")]] {
        ada.rejected(422, &completion, form).await.is_whole();
    }
}

#[tokio::test]
async fn a_stale_page_undoes_no_tick() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server, "Water the tomatoes").await;
    let id = path.trim_start_matches("/tasks/");
    let api = ada.by_api(&server).await;
    let completion = format!("{path}/completion");
    for completed in ["true", "false"] {
        let form = [("completed", completed)];
        ada.post(&completion, &form).is(303).await;
        let saved = api.task(id).await;
        assert_eq!(saved["completed"].to_string(), completed);
        // Another tab still shows the previous state, with its button.
        ada.post(&completion, &form).is(303).await;
        ada.in_place(&completion, &form).is(200).await;
        assert_eq!(api.task(id).await, saved, "nothing was changed again");
    }
}

#[tokio::test]
async fn a_task_is_deleted() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server, "Old news").await;
    let delete = format!("{path}/delete");
    for place in ["/tasks", &path] {
        ada.page(place).await.has(&format!("action=\"{delete}\""));
    }
    let answer = ada.post(&delete, &[]).is(303).await;
    assert_eq!(header(&answer, "location"), "/tasks");
    let page = ada.page("/tasks?status=all").await;
    assert_eq!(page.titles(), [""; 0]);
    assert_eq!(page.flash(), "Deleted “Old news”");
    let form = [("title", "T"), ("version", "1"), ("completed", "true")];
    for gone in [delete, format!("{path}/completion"), path.clone()] {
        ada.rejected(404, &gone, &form).await.is_whole();
    }
    Page::of(ada.get(&path).is(404).await).await.is_whole();
}

#[tokio::test]
async fn the_list_is_filtered_searched_and_sorted() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let api = ada.by_api(&server).await;
    for (title, completed) in [("Cherry", false), ("apple", true), ("Banana", false)] {
        let body = json!({ "title": title, "completed": completed });
        api.post("/api/v1/tasks", &body).gives(201).await;
    }
    for (path, titles) in [
        ("/tasks", vec!["Banana", "Cherry"]),
        ("/tasks?status=open", vec!["Banana", "Cherry"]),
        ("/tasks?status=done", vec!["apple"]),
        ("/tasks?status=all", vec!["Banana", "apple", "Cherry"]),
        (
            "/tasks?status=all&sort=title",
            vec!["apple", "Banana", "Cherry"],
        ),
        (
            "/tasks?status=all&sort=-title",
            vec!["Cherry", "Banana", "apple"],
        ),
        ("/tasks?sort=created_at", vec!["Cherry", "Banana"]),
        ("/tasks?status=all&q=AN", vec!["Banana"]),
        ("/tasks?status=all&q=", vec!["Banana", "apple", "Cherry"]),
        ("/tasks?status=done&q=an", vec![]),
    ] {
        assert_eq!(ada.page(path).await.titles(), titles, "{path}");
    }
    let page = ada.page("/tasks?status=all&q=an&sort=title").await;
    assert_eq!(page.element("q").get("value"), "an");
    assert!(page.tag("value=\"title\"").0.contains(" selected"));
    assert_eq!(page.chosen("view-status"), "all");

    for wrong in [
        "status=some",
        "sort=colour",
        "limit=0",
        "cursor=made-up",
        "colour=blue",
        &query(&[("q", &"x".repeat(201))]),
    ] {
        let page = Page::of(ada.get(&format!("/tasks?{wrong}")).is(422).await).await;
        page.is_whole().has("href=\"/tasks\"");
    }
}

#[tokio::test]
async fn more_leads_through_the_whole_list() {
    let server = Server::start().await;
    let ada = Visitor::registered(&server).await;
    let api = ada.by_api(&server).await;
    for number in 0..120 {
        api.add_task(&format!("Errand {number:03}")).await;
    }
    api.add_task("Another matter").await;
    let mut path = format!("/tasks?{}", query(&[("q", "errand"), ("sort", "title")]));
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = ada.page(&path).await;
        assert_eq!(page.element("q").get("value"), "errand");
        assert!(page.tag("value=\"title\"").0.contains(" selected"));
        seen.extend(page.titles());
        pages += 1;
        if !page.0.contains("class=\"more\"") {
            break;
        }
        let rest = page.between("class=\"more\"", "</p>");
        path = Page(rest.to_owned()).tag("href=").get("href");
        assert!(path.starts_with("/tasks?"), "{path}");
    }
    let expected: Vec<_> = (0..120)
        .map(|number| format!("Errand {number:03}"))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn user_text_is_escaped() {
    let server = Server::start().await;
    let (ada, path) = with_task(&server, MARKUP).await;
    let form = [("title", MARKUP), ("description", MARKUP)];
    ada.submit(&path, &form).await;
    let other = format!("{MARKUP} again");
    let search = format!("/tasks?{}", query(&[("q", MARKUP), ("status", "all")]));
    let nothing = format!("/tasks?{}", query(&[("q", "<b>none</b>")]));
    for page in [
        ada.page("/tasks").await,
        ada.page(&path).await,
        ada.page(&search).await,
        ada.page(&nothing).await,
        ada.page(&format!("{path}?edit=notes")).await,
        ada.rejected(409, &path, &[form[0], ("version", "1")]).await,
        ada.rejected(409, &path, &[("title", &other), ("title_shown", "x")])
            .await,
        ada.rejected(422, "/tasks", &[("title", &MARKUP.repeat(20))])
            .await,
        ada.submit(
            &format!("{path}/completion"),
            &[("completed", "true"), ("next", "/tasks?status=done")],
        )
        .await,
        ada.submit(&format!("{path}/delete"), &[]).await,
    ] {
        page.is_whole()
            .has_not("<script>")
            .has_not("<b onmouseover")
            .has_not("<b>none");
    }
    ada.submit("/tasks", &[("title", MARKUP)]).await;
    assert_eq!(ada.page("/tasks").await.titles(), [MARKUP]);
}

#[tokio::test]
async fn another_users_tasks_are_not_there() {
    let server = Server::start().await;
    let other = User::register(&server).await;
    let task = other.add_task("Private").await;
    let id = task["id"].as_str().expect("an id");
    let ada = Visitor::registered(&server).await;
    let nobodys = uuid::Uuid::now_v7().to_string();
    let mut pages = BTreeSet::new();
    for id in [id, &nobodys, "1", "not-an-id"] {
        let path = format!("/tasks/{id}");
        let page = Page::of(ada.get(&path).is(404).await).await;
        page.is_whole().has_not("Private");
        pages.insert(page.0.replace(&path, ""));
        let form = [
            ("title", "Mine now"),
            ("version", "1"),
            ("completed", "true"),
        ];
        for path in [
            path.clone(),
            format!("{path}/completion"),
            format!("{path}/delete"),
        ] {
            ada.rejected(404, &path, &form).await.is_whole();
        }
    }
    assert_eq!(pages.len(), 1, "an id that exists must not be betrayed");
    assert_eq!(other.task(id).await, task);
}
