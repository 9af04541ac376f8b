//! Calendars, as used by a browser without JavaScript.

use docket::when::Date;
use serde_json::json;

use crate::forms::visitor::{Page, Visitor};
use crate::support::{Ask, Server, User};
use crate::views::{a_day_apart, created, moves_to};

/// A person with a browser, the same one as a client of the API, and today for both.
async fn person(server: &Server) -> (Visitor, User, Date) {
    let ada = Visitor::registered(server).await;
    let user = ada.by_api(server).await;
    let today = moves_to(&user, a_day_apart()[0]).await;
    (ada, user, today)
}

/// Returns the cell of a day, up to the next one.
fn cell(page: &Page, day: &str) -> Page {
    let start = format!("data-drop-due=\"{day}\"");
    Page(page.between(&start, "</td>").to_owned())
}

/// Returns the texts of entries.
fn entries(page: &Page) -> Vec<String> {
    let lists = page.0.split("<li ").skip(1);
    lists
        .map(|entry| {
            let text = entry.split("class=\"task-title\"").nth(1).expect("a title");
            let text = text.split("</a>").next().expect("an end");
            let text = text.split_once('>').expect("a tag").1;
            let parts = text
                .split('<')
                .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
            parts.collect::<String>()
        })
        .collect()
}

#[tokio::test]
async fn a_month_has_the_tasks_of_its_days() {
    let server = Server::start().await;
    let (ada, user, _) = person(&server).await;
    let house = json!({ "name": "House", "colour": "red" });
    let house = created(&user, "/api/v1/projects", house).await;
    let archived = created(&user, "/api/v1/projects", json!({ "name": "Old" })).await;
    for new in [
        json!({ "title": "Call", "due": { "date": "2031-03-10", "time": "09:05" } }),
        // 11:30 on the day before, in Berlin.
        json!({ "title": "Far", "due": { "date": "2031-03-10", "time": "00:30",
            "time_zone": "Pacific/Kiritimati" }, "project_id": house }),
        json!({ "title": "Tax", "due": { "date": "2031-03-04" }, "deadline": "2031-03-31" }),
        json!({ "title": "Rent", "deadline": "2031-03-12", "project_id": house }),
        json!({ "title": "Water", "due": { "date": "2031-03-01" },
            "recurrence": { "rrule": "FREQ=WEEKLY" } }),
        json!({ "title": "Some day" }),
        json!({ "title": "Other month", "due": { "date": "2031-05-01" } }),
        json!({ "title": "Gone", "due": { "date": "2031-03-10" }, "project_id": archived }),
        json!({ "title": "Ticked", "due": { "date": "2031-03-10" }, "completed": true }),
    ] {
        created(&user, "/api/v1/tasks", new).await;
    }
    let change = json!({ "archived": true });
    user.patch(&format!("/api/v1/projects/{archived}"), &change)
        .is(200)
        .await;
    let zone = json!({ "time_zone": "Europe/Berlin" });
    user.patch("/api/v1/me", &zone).is(200).await;

    let page = ada.page("/calendar?month=2031-03").await;
    page.is_whole()
        .has("March 2031</h2>")
        .has("Some day")
        .has_not("Other month");
    for (day, expected) in [
        ("2031-03-09", vec!["11:30 Far"]),
        ("2031-03-10", vec!["09:05 Call"]),
        ("2031-03-04", vec!["Tax"]),
        ("2031-03-31", vec!["Deadline: Tax"]),
        ("2031-03-12", vec!["Deadline: Rent"]),
        ("2031-03-01", vec!["Water"]),
        ("2031-03-08", vec!["Repeats: Water"]),
        ("2031-04-05", vec!["Repeats: Water"]),
        ("2031-03-11", vec![]),
    ] {
        assert_eq!(entries(&cell(&page, day)), expected, "{day}");
    }
    // Dates to come cannot be ticked, and a day leads to a new task.
    let coming = cell(&page, "2031-03-08");
    coming.has_not("<form").has("/tasks/new?due=2031-03-08");
    let present = cell(&page, "2031-03-01");
    assert_eq!(present.tag("name=\"due\"").get("value"), "2031-03-01");
    let toggle = present.tag("class=\"task-toggle\"").get("action");
    let next = present.tag("name=\"next\"").get("value");
    assert_eq!(next, "/calendar?month=2031-03");
    let form = [
        ("completed", "true"),
        ("due", "2031-03-01"),
        ("next", &*next),
    ];
    let page = ada.submit(&toggle, &form).await;
    assert_eq!(entries(&cell(&page, "2031-03-08")), ["Water"]);

    // A project has its own, as the layout that it keeps.
    let path = format!("/projects/{house}");
    let page = ada
        .submit(&format!("{path}/view"), &[("layout", "calendar")])
        .await;
    page.has("class=\"calendar-grid\"");
    let page = ada.page(&format!("{path}?month=2031-03")).await;
    assert_eq!(entries(&cell(&page, "2031-03-09")), ["11:30 Far"]);
    assert_eq!(entries(&cell(&page, "2031-03-12")), ["Deadline: Rent"]);
    page.has_not("Call").has_not("Water").has_not("Some day");
    page.has(&format!("project={house}"));
    let eve = Visitor::registered(&server).await;
    eve.get(&format!("{path}?layout=calendar")).is(404).await;
    eve.page("/calendar?month=2031-03").await.has_not("Tax");
}

#[tokio::test]
async fn a_calendar_leads_to_other_months_weeks_and_days() {
    let server = Server::start().await;
    let (ada, user, today) = person(&server).await;
    let start = json!({ "week_start": "sunday" });
    user.patch("/api/v1/me", &start).is(200).await;
    for number in 0..6 {
        let new = json!({ "title": format!("Task {number}"), "due": { "date": "2031-03-10" } });
        created(&user, "/api/v1/tasks", new).await;
    }
    let page = ada.page("/calendar").await;
    assert_eq!(page.0.matches("aria-current=\"date\"").count(), 1);
    cell(&page, &today.to_string()).has(&format!("datetime=\"{today}\""));
    let page = ada.page("/calendar?month=2031-12").await;
    assert_eq!(
        page.tag("rel=\"prev\"").get("href"),
        "/calendar?month=2031-11"
    );
    assert_eq!(
        page.tag("rel=\"next\"").get("href"),
        "/calendar?month=2032-01"
    );
    page.has_not("aria-current=\"date\"");
    let days = page.between("<thead>", "</thead>");
    assert!(days.find("Sunday") < days.find("Monday"));

    let page = ada.page("/calendar?month=2031-03").await;
    let busy = cell(&page, "2031-03-10");
    assert_eq!(entries(&busy).len(), 4);
    busy.has("+2 more");
    let day = busy.tag("class=\"day-more\"").get("href");
    assert_eq!(day, "/calendar?month=2031-03&day=2031-03-10#day");
    let page = ada.page(day.trim_end_matches("#day")).await;
    page.has("day-asked");
    let list = page.between("id=\"day\"", "</section>");
    assert_eq!(list.matches("<li class=\"day-task").count(), 6);

    let page = ada.page("/calendar?week=2031-W11").await;
    page.has("9–15 March 2031</h2>");
    assert_eq!(entries(&cell(&page, "2031-03-10")).len(), 6);
    assert_eq!(
        page.tag("rel=\"next\"").get("href"),
        "/calendar?week=2031-W12"
    );
    page.has("href=\"/calendar?month=2031-03\"");
    for (wrong, field) in [
        ("month=2031-13", "month"),
        ("month=0000-01", "month"),
        ("week=2031-W54", "week"),
        ("day=soon", "day"),
        ("year=2031", "year"),
    ] {
        let answer = ada.get(&format!("/calendar?{wrong}")).is(422).await;
        Page::of(answer).await.has(field);
    }
    for end in [
        "month=0001-01",
        "month=9999-12",
        "week=9999-W52",
        "week=0001-W01",
    ] {
        ada.page(&format!("/calendar?{end}")).await.is_whole();
    }
}
