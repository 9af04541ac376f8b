//! Pages of views, as used by a browser without JavaScript.

use docket::when::Date;
use serde_json::json;

use super::{a_day_apart, created, moves_to};
use crate::forms::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User, header};

/// Returns the headings of the groups of a page.
pub fn headings(page: &Page) -> Vec<String> {
    page.0
        .split("<h2 id=\"group-")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split_once('<'))
        .map(|(heading, _)| heading.to_owned())
        .collect()
}

/// A person with a browser, the same one as a client of the API, and today for both.
pub async fn person(server: &Server) -> (Visitor, User, Date) {
    let ada = Visitor::registered(server).await;
    let user = ada.by_api(server).await;
    let [zone, _] = a_day_apart();
    let today = moves_to(&user, zone).await;
    let change = json!({ "date_order": "dmy" });
    user.patch("/api/v1/me", &change).is(200).await;
    (ada, user, today)
}

pub async fn task(user: &User, title: &str, due: Date) -> String {
    let new = json!({ "title": title, "due": { "date": due.to_string() }, "labels": ["a/b ü"] });
    created(user, "/api/v1/tasks", new).await
}

#[tokio::test]
async fn views_have_groups_forms_and_pages() {
    let server = Server::start().await;
    let (ada, user, today) = person(&server).await;
    for path in ["/inbox", "/today", "/upcoming", "/completed"] {
        ada.page(path).await.is_whole().has("No tasks yet");
    }
    task(&user, "Late", today.plus_days(-3)).await;
    task(&user, "Later", today.plus_days(-2)).await;
    task(&user, "Now", today).await;
    for days in [1, 1, 400] {
        task(&user, &format!("In {days}"), today.plus_days(days)).await;
    }

    let page = ada.page("/today").await;
    assert_eq!(page.titles(), ["Late", "Later", "Now"]);
    let found = headings(&page);
    assert_eq!(found[0], "Overdue");
    assert!(found[1].ends_with(" · Today"), "{found:?}");
    let day = format!(" {} ", today.day());
    assert!(found[1].contains(&day), "{found:?}");

    // The new task has the date of the view, and leads back to it.
    let form = |page: &Page, title: &str| {
        let value = |name: &str| page.tag(&format!("name=\"{name}\"")).get("value");
        [
            ("title", title.to_owned()),
            ("due_date", value("due_date")),
            ("next", value("next")),
        ]
    };
    let fields = form(&page, "Urgent");
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let page = ada.submit("/tasks", &fields).await;
    assert_eq!(page.titles(), ["Late", "Later", "Now", "Urgent"]);
    assert_eq!(page.flash(), "Task added");
    let wrong = [("title", " "), fields[1], fields[2]];
    let page = ada.rejected(422, "/tasks", &wrong).await;
    assert_eq!(
        page.tag("name=\"due_date\"").get("value"),
        today.to_string()
    );
    let wrong = [("title", "Kept"), ("due_date", "soon")];
    let page = ada.rejected(422, "/tasks", &wrong).await;
    assert_eq!(page.element("title").get("value"), "Kept");

    // All overdue tasks move to today, and back with one undo.
    let page = ada.submit("/today/reschedule", &[]).await;
    assert_eq!(page.flash(), "2 tasks are due today now");
    assert_eq!(headings(&page), [found[1].clone()]);
    page.has_not("/today/reschedule");
    let undo = page.tag("class=\"notice-undo\"").get("action");
    let page = ada.submit(&undo, &[("next", "/today")]).await;
    assert_eq!(headings(&page), found);
    let again = ada.get("/today/reschedule").is(303).await;
    assert_eq!(header(&again, "location"), "/today");

    // Pages keep their place: ticking leads back to the same one.
    let first = ada.page("/upcoming?limit=1").await;
    let tomorrow = &headings(&first)[0];
    assert!(tomorrow.ends_with(" · Tomorrow"), "{tomorrow}");
    let second = first.tag("href=\"/upcoming?").get("href");
    let page = ada.page(&second).await;
    assert_eq!(
        (page.titles(), headings(&page)[0] == *tomorrow),
        (vec!["In 1".into()], true)
    );
    let toggle = page.tag("class=\"task-toggle\"").get("action");
    let next = page.tag("name=\"next\"").get("value");
    assert_eq!(next, second);
    let answer = ada.post(&toggle, &[("completed", "true"), ("next", &next)]);
    assert_eq!(header(&answer.is(303).await, "location"), second);
    let page = ada.page(&second).await;
    assert_eq!(page.titles(), ["In 400"]);
    let year = today.plus_days(400).year().to_string();
    assert!(headings(&page)[0].ends_with(&year));

    let page = ada.page("/completed").await;
    assert_eq!(
        (page.titles(), headings(&page)),
        (vec!["In 1".into()], vec![found[1].clone()])
    );
    ada.page("/inbox").await.has("Urgent");
    for wrong in ["/today?cursor=x", "/inbox?limit=0", "/upcoming?q=x"] {
        ada.get(wrong).is(422).await;
    }
    let eve = Visitor::registered(&server).await;
    ada.page("/today").await.has("Urgent");
    eve.page("/today").await.has("No tasks yet");
    let stranger = Visitor::stranger(&server);
    let answer = stranger.get("/today").is(303).await;
    assert_eq!(header(&answer, "location"), "/login?next=%2Ftoday");
}

#[tokio::test]
async fn labels_sections_and_searches_have_pages() {
    let server = Server::start().await;
    let (ada, user, today) = person(&server).await;
    let id = task(&user, "Buy paint", today).await;
    let project = created(&user, "/api/v1/projects", json!({ "name": "House" })).await;
    let new = json!({ "name": "Walls", "project_id": project });
    let section = created(&user, "/api/v1/sections", new).await;

    let list = ada.page("/labels").await;
    let path = list.tag("class=\"row-name\"").get("href");
    let page = ada.page(&path).await;
    page.is_whole().has("b ü</h1>");
    assert_eq!(page.titles(), ["Buy paint"]);
    let next = page.tag("name=\"next\"").get("value");
    let form = [
        ("title", "Buy a brush"),
        ("label", "a/b ü"),
        ("next", &*next),
    ];
    let page = ada.submit("/tasks", &form).await;
    assert_eq!(page.titles(), ["Buy a brush", "Buy paint"]);
    let complete = format!("/tasks/{id}/completion");
    ada.submit(&complete, &[("completed", "true"), ("next", &next)])
        .await;
    assert_eq!(ada.page(&path).await.titles(), ["Buy a brush"]);
    let done = format!("{path}?status=done");
    assert_eq!(ada.page(&done).await.titles(), ["Buy paint"]);

    let path = format!("/sections/{section}");
    ada.page(&path).await.has("No tasks in this section");
    let form = [
        ("title", "Paint"),
        ("project_id", &*project),
        ("section_id", &*section),
        ("next", &*path),
    ];
    let page = ada.submit("/tasks", &form).await;
    page.has("<h1 dir=\"auto\">Walls</h1>");
    assert_eq!(page.titles(), ["Paint"]);

    assert_eq!(ada.page("/search").await.titles(), [""; 0]);
    let page = ada.page("/search?q=PAINT").await;
    assert_eq!(page.titles(), ["Paint", "Buy paint"]);
    let open = ada.page("/search?q=PAINT&status=open").await;
    assert_eq!(open.titles(), ["Paint"]);
    ada.page("/search?q=%23House").await.has("match a filter");
    let page = ada.page("/search?q=x+%26+%26").await;
    page.has("Nothing matches").has("If it is a filter");
    let page = ada.page("/search?q=paint&limit=1").await;
    let next = page
        .tag("href=\"/search?q=paint&amp;status=all&amp;limit=1&amp;cursor")
        .get("href");
    assert_eq!(ada.page(&next).await.titles(), ["Buy paint"]);

    // Deleted tasks are below, and are not among those in a state.
    let action = ada
        .page("/search?q=paint")
        .await
        .tag("/completion\"")
        .get("action");
    let id = action.split('/').nth(2).expect("an id").to_owned();
    ada.submit(&format!("/tasks/{id}/delete"), &[]).await;
    let page = ada.page("/search?q=paint").await;
    page.has("In the trash")
        .has(&format!("/trash/{id}/restore"));
    assert_eq!(page.titles(), ["Buy paint"]);
    let open = ada.page("/search?q=paint&status=open").await;
    open.has_not("In the trash");
    ada.submit(&format!("/trash/{id}/purge"), &[]).await;
    ada.page("/search?q=paint").await.has_not("In the trash");

    let eve = Visitor::registered(&server).await;
    let unknown = format!("/labels/{}", uuid::Uuid::now_v7());
    let answer = ada.get(&unknown).is(303).await;
    assert_eq!(header(&answer, "location"), "/labels");
    for hidden in [path.as_str(), "/labels/a%2Fb%20%C3%BC"] {
        eve.get(hidden).is(404).await;
    }
    assert_eq!(eve.page("/search?q=paint").await.titles(), [""; 0]);
}
