//! Views: lists of tasks by question, on the day of the user.

mod arrange;
mod pages;

use docket::db::Timestamp;
use docket::when::{Date, Due, Zone, today};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header, query};

/// Zones that are a day apart at any time. One of the pairs is not close to midnight.
const PAIRS: [[&str; 2]; 2] = [
    ["Pacific/Kiritimati", "Pacific/Honolulu"],
    ["Pacific/Apia", "Pacific/Pago_Pago"],
];

/// Returns zones that are a day apart, in which the day does not end soon.
pub fn a_day_apart() -> [Zone; 2] {
    let zones = PAIRS.map(|pair| pair.map(|name| Zone::parse(name).expect("a zone")));
    let now = Timestamp::now();
    let ends_soon = |zone: Zone| today(now, zone) != today(now.plus_seconds(600), zone);
    match ends_soon(zones[0][0]) {
        true => zones[1],
        false => zones[0],
    }
}

/// Sets the zone of a user, and returns today there.
pub async fn moves_to(user: &User, zone: Zone) -> Date {
    let change = json!({ "time_zone": zone.as_str() });
    user.patch("/api/v1/me", &change).is(200).await;
    today(Timestamp::now(), zone)
}

pub async fn created(user: &User, path: &str, new: Value) -> String {
    let item = user.post(path, &new).gives(201).await;
    item["id"].as_str().expect("an id").to_owned()
}

/// Creates tasks with one request.
async fn fill(user: &User, tasks: impl Iterator<Item = Value>) {
    let commands: Vec<Value> = tasks
        .map(|task| json!({ "op": "create_task", "task": task }))
        .collect();
    let batch = json!({ "atomic": true, "commands": commands });
    user.post("/api/v1/batch", &batch).is(200).await;
}

/// Reads all pages of a view. The days of the pages are those of the items.
async fn walk(user: &User, view: &str, limit: usize) -> Vec<Value> {
    let limit = limit.to_string();
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut pairs = vec![("limit", limit.as_str())];
        pairs.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let path = format!("/api/v1/views/{view}?{}", query(&pairs));
        let page = user.get(&path).gives(200).await;
        let found = page["items"].as_array().expect("items");
        if let Some(days) = page["days"].as_array() {
            let counts = days.iter().map(|day| day["items"].as_u64().expect("items"));
            assert_eq!(counts.sum::<u64>() as usize, found.len(), "{path}");
        }
        items.extend(found.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) if items.len() < 300 => cursor = Some(next.to_owned()),
            Some(_) => panic!("the pages do not end"),
            None => return items,
        }
    }
}

fn titles(items: &[Value]) -> Vec<&str> {
    let titles = items.iter().map(|task| task["title"].as_str());
    titles.map(Option::unwrap).collect()
}

fn ids(items: &[Value]) -> Vec<&str> {
    let ids = items.iter().map(|task| task["id"].as_str());
    ids.map(Option::unwrap).collect()
}

/// Returns the ids of the tasks that a filter selects, sorted.
async fn selected(user: &User, filter: &str) -> Vec<String> {
    let list = user
        .list(&query(&[("filter", filter), ("limit", "200")]))
        .await;
    assert_eq!(list["next_cursor"], Value::Null);
    let mut ids: Vec<String> = ids(list["items"].as_array().expect("items"))
        .into_iter()
        .map(str::to_owned)
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn today_and_upcoming_are_sorted_by_day_time_and_priority() {
    let server = Server::start().await;
    let [zone, _] = a_day_apart();
    let user = User::register(&server).await;
    let today = moves_to(&user, zone).await;
    let day = |days: i64| today.plus_days(days).to_string();
    let project = created(&user, "/api/v1/projects", json!({ "name": "Work" })).await;
    let archived = created(&user, "/api/v1/projects", json!({ "name": "Old" })).await;
    let at = |days, time: &str| json!({ "date": day(days), "time": time });
    let on = |days| json!({ "date": day(days) });
    let tasks = [
        json!({ "title": "today, low", "due": on(0) }),
        json!({ "title": "today, high", "due": on(0), "priority": 1, "project_id": project }),
        json!({ "title": "today, 17:00", "due": at(0, "17:00") }),
        json!({ "title": "today, 09:00", "due": at(0, "09:00"), "project_id": project }),
        json!({ "title": "deadline today", "due": on(3), "deadline": day(0), "priority": 2 }),
        json!({ "title": "long overdue", "due": on(-400), "deadline": day(9) }),
        json!({ "title": "deadline yesterday", "deadline": day(-1) }),
        json!({ "title": "in a year", "due": at(366, "08:00") }),
        json!({ "title": "tomorrow", "due": on(1), "start": day(1) }),
        json!({ "title": "tomorrow, 00:00", "due": at(1, "00:00"), "deadline": day(1) }),
        json!({ "title": "deadline in two days", "deadline": day(2), "start": day(-1) }),
        json!({ "title": "not started", "due": on(0), "start": day(1) }),
        json!({ "title": "starts today", "due": on(0), "start": day(0), "priority": 3 }),
        json!({ "title": "no date", "start": day(5) }),
        json!({ "title": "no date at all" }),
        json!({ "title": "done", "due": on(0), "completed": true }),
        json!({ "title": "archived", "due": on(0), "project_id": archived }),
    ];
    fill(&user, tasks.into_iter()).await;
    let hide = json!({ "archived": true });
    user.patch(&format!("/api/v1/projects/{archived}"), &hide)
        .is(200)
        .await;

    let expected = [
        "long overdue",
        "deadline yesterday",
        "today, 09:00",
        "today, 17:00",
        "today, high",
        "deadline today",
        "starts today",
        "today, low",
    ];
    let upcoming = [
        "tomorrow, 00:00",
        "tomorrow",
        "deadline in two days",
        "in a year",
    ];
    for limit in [1, 3, 50] {
        assert_eq!(titles(&walk(&user, "today", limit).await), expected);
        assert_eq!(titles(&walk(&user, "upcoming", limit).await), upcoming);
    }
    let inbox = walk(&user, "inbox", 4).await;
    let names = titles(&inbox);
    assert!(names.is_sorted_by_key(|name| inbox.iter().position(|task| task["title"] == **name)));
    assert_eq!(names.len(), 10, "{names:?}");
    for hidden in ["not started", "no date", "tomorrow", "done", "today, high"] {
        assert!(!names.contains(&hidden), "{hidden}");
    }
    assert_eq!(walk(&user, "all", 5).await.len(), 15);

    let page = user.get("/api/v1/views/today").gives(200).await;
    assert_eq!(page["date"], day(0));
    let days = [
        json!({ "date": day(-400), "items": 1 }),
        json!({ "date": day(-1), "items": 1 }),
        json!({ "date": day(0), "items": 6 }),
    ];
    assert_eq!(page["days"], json!(days));
    let counts = user.get("/api/v1/counts").gives(200).await;
    let views = json!({ "all": 15, "inbox": 10, "overdue": 2, "today": 8, "upcoming": 4 });
    assert_eq!(counts["views"], views);

    // The manual order is that of the tasks with the same day and priority.
    let list = walk(&user, "today", 50).await;
    let (high, low) = (&list[4], &list[7]);
    let change = json!({ "priority": 1 });
    let path = |task: &Value| format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    user.patch(&path(low), &change).is(200).await;
    let first = [low["title"].clone(), high["title"].clone()];
    let list = walk(&user, "today", 50).await;
    assert_eq!([list[4]["title"].clone(), list[5]["title"].clone()], first);

    // Completing, deleting and undoing reach the views as they reach the lists.
    user.put(&format!("{}/completion", path(&list[0])), &json!({}))
        .is(200)
        .await;
    let deleted = user.delete(&path(&list[1])).is(204).await;
    assert_eq!(walk(&user, "today", 50).await.len(), 6);
    let change = header(&deleted, "docket-change").to_owned();
    let undo = format!("/api/v1/changes/{change}/undo");
    user.post(&undo, &json!({})).is(200).await;
    let titles_now = walk(&user, "today", 50).await;
    assert_eq!(titles(&titles_now)[0], "deadline yesterday");
    let done = walk(&user, "completed", 1).await;
    assert_eq!(titles(&done), ["long overdue", "done"]);

    let stranger = User::register(&server).await;
    for view in ["inbox", "today", "upcoming", "completed", "all"] {
        assert_eq!(walk(&stranger, view, 50).await, [Value::Null; 0], "{view}");
    }
    user.get("/api/v1/views/tomorrow").is(404).await;
    for wrong in ["limit=0", "limit=201", "cursor=x", "sort=due"] {
        user.get(&format!("/api/v1/views/today?{wrong}"))
            .is(422)
            .await;
    }
}

/// A task with a due date of any kind around a day.
fn any_task(number: usize, day: Date) -> Value {
    const TIMES: [&str; 4] = ["00:00", "10:30", "12:00", "23:59"];
    const ZONES: [&str; 5] = [
        "Pacific/Kiritimati",
        "Pacific/Honolulu",
        "Pacific/Apia",
        "Europe/Berlin",
        "Pacific/Pago_Pago",
    ];
    let date = day.plus_days((number * 5 % 9) as i64 - 4).to_string();
    let due = match number % 8 {
        0 => json!({ "date": date }),
        1 => json!({ "date": date, "time": TIMES[number % 4] }),
        2 => Value::Null,
        _ => json!({
            "date": date, "time": TIMES[number * 7 % 4], "time_zone": ZONES[number * 3 % 5],
        }),
    };
    let deadline = day.plus_days((number * 7 % 11) as i64 - 5);
    let has_deadline = due.is_null() || number.is_multiple_of(3);
    json!({
        "title": format!("Task {number}"),
        "priority": 1 + number % 4,
        "due": due,
        "deadline": has_deadline.then(|| deadline.to_string()),
    })
}

/// Returns the day of a task, and the place of the task among those of all days.
fn place(task: &Value, zone: Zone) -> (Date, String, i64, String, String) {
    let due: Option<Due> = serde_json::from_value(task["due"].clone()).expect("a due date");
    let deadline = task["deadline"]
        .as_str()
        .map(|text| Date::parse(text).expect("a date"));
    let due_day = due.map(|due| due.day_in(zone));
    let day = due_day.into_iter().chain(deadline).min().expect("a day");
    let local = due
        .filter(|_| due_day == Some(day))
        .and_then(|due| due.instant(zone))
        .map(|instant| zone.local(instant).1.to_string());
    let text = |name: &str| task[name].as_str().expect(name).to_owned();
    (
        day,
        // A day without a time ends after all its times.
        local.unwrap_or("24:00".into()),
        task["priority"].as_i64().expect("a priority"),
        text("position"),
        text("id"),
    )
}

#[tokio::test]
async fn a_day_is_that_of_the_user_in_any_zone() {
    let server = Server::start().await;
    let zones = a_day_apart();
    let user = User::register(&server).await;
    let middle = moves_to(&user, zones[1]).await;
    let mut projects = vec![Value::Null];
    for number in 0..3 {
        let new = json!({ "name": format!("Project {number}") });
        projects.push(json!(created(&user, "/api/v1/projects", new).await));
    }
    let tasks = (0..90).map(|number| {
        let mut task = any_task(number, middle);
        task["project_id"] = projects[number % 4].clone();
        task
    });
    fill(&user, tasks).await;
    let all = user.list("limit=200").await;
    let all = all["items"].as_array().expect("items");
    let mut tags = Vec::new();
    for zone in zones {
        let today = moves_to(&user, zone).await;
        let mut places: Vec<_> = all.iter().map(|task| place(task, zone)).collect();
        places.sort();
        let of = |is_upcoming: bool| {
            let places = places.iter();
            let found = places.filter(|place| (place.0 > today) == is_upcoming);
            found.map(|place| place.4.as_str()).collect::<Vec<_>>()
        };
        for limit in [4, 7, 200] {
            assert_eq!(ids(&walk(&user, "today", limit).await), of(false), "{zone}");
            assert_eq!(
                ids(&walk(&user, "upcoming", limit).await),
                of(true),
                "{zone}"
            );
        }
        // The filters are those of docs/views.md.
        let sorted = |mut ids: Vec<&str>| {
            ids.sort_unstable();
            ids.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let filter = "(date before: tomorrow | deadline before: tomorrow) & !start after: today";
        assert_eq!(selected(&user, filter).await, sorted(of(false)), "{zone}");
        let filter = "(date after: today | deadline after: today) \
                      & !date before: tomorrow & !deadline before: tomorrow";
        assert_eq!(selected(&user, filter).await, sorted(of(true)), "{zone}");
        let overdue = places.iter().filter(|place| place.0 < today).count();
        let request = user.get("/api/v1/counts");
        let counts = request.is(200).await;
        tags.push(header(&counts, "etag").to_owned());
        let counts: Value = counts.json().await.expect("JSON");
        let numbers = ["overdue", "today", "upcoming"].map(|name| counts["views"][name].clone());
        let expected = [overdue, of(false).len(), of(true).len()];
        assert_eq!(json!(numbers), json!(expected), "{zone}");
        for view in ["today", "upcoming"] {
            let path = format!("/api/v1/views/{view}");
            let answer = user.get(&path).is(200).await;
            let tag = header(&answer, "etag").to_owned();
            let unchanged = user.get(&path).header("if-none-match", &tag);
            unchanged.is(304).await;
            tags.push(tag);
        }
    }
    // Nothing but the day has changed.
    let (one, other) = tags.split_at(3);
    assert!(one.iter().all(|tag| !other.contains(tag)), "{tags:?}");
}

#[tokio::test]
async fn every_page_has_the_sidebar_and_so_have_their_errors() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let project = user.post("/api/v1/projects", &json!({ "name": "Garden" }));
    let project = project.gives(201).await["id"].clone();
    let project = project.as_str().expect("an id");
    let nobody = "0192f0c1-2345-7000-8000-000000000000";
    for (path, status) in [
        ("/today", 200),
        ("/inbox", 200),
        ("/upcoming", 200),
        ("/completed", 200),
        ("/tasks", 200),
        ("/calendar", 200),
        ("/search", 200),
        ("/search?q=x", 200),
        (&format!("/projects/{project}"), 200),
        ("/today?cursor=x", 422),
        ("/tasks?status=some", 422),
        ("/tasks?limit=0", 422),
        (&format!("/tasks?project={nobody}"), 404),
        ("/calendar?month=x", 422),
        ("/search?q=x&cursor=x", 422),
        ("/labels/nothing", 404),
        (&format!("/sections/{nobody}"), 404),
        (&format!("/projects/{nobody}"), 404),
        (&format!("/filters/{nobody}"), 404),
    ] {
        // The second time, the page comes from the cache.
        for _ in 0..2 {
            let page = user.by_cookie(Method::GET, path).is(status).await;
            let html = page.text().await.expect("a page");
            let sidebars = html.matches("<nav id=\"sidebar\"").count();
            assert_eq!(sidebars, 1, "{path}: {html}");
            let link = format!("href=\"/projects/{project}\"");
            assert!(html.contains(&link), "{path}: {html}");
            let here = format!("href=\"{path}\" aria-current=\"page\"");
            let is_linked = status == 200 && path != "/search" && !path.contains('?');
            assert_eq!(html.contains(&here), is_linked, "{path}: {html}");
        }
    }
}
