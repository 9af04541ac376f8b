//! The pictures of README.md. `just pictures` takes them again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;

use super::driver::{Browser, Person};
use crate::support::{Ask, Server, User};

/// Name, path, and size of each picture.
const PICTURES: [(&str, Page, u32, u32); 3] = [
    ("today", Page::Today, 1200, 720),
    ("board", Page::Board, 1200, 620),
    ("phone", Page::Today, 390, 720),
];

#[derive(Clone, Copy)]
enum Page {
    Today,
    Board,
}

#[tokio::test]
#[ignore = "writes files into docs/pictures"]
async fn the_readme_shows_the_pages() {
    let server = Server::start().await;
    let user = User::named(&server, "maya@example.org", "Maya Lindqvist").await;
    let board = fill(&user).await;
    let browser = Browser::start(&server).await;
    let person = Person {
        email: user.email.clone(),
        password: user.password.clone(),
    };
    browser.goto("/login").await;
    browser.signs_in(&person).await;
    browser.arrives("/today").await;
    for theme in ["light", "dark"] {
        let look = json!({ "theme": theme, "suggestions": "hidden" });
        user.patch("/api/v1/me", &look).is(200).await;
        for (name, page, width, height) in PICTURES {
            let metrics = json!({
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
            });
            let set = "Emulation.setDeviceMetricsOverride";
            browser.devtools(set, metrics).await;
            browser
                .goto(match page {
                    Page::Today => "/today",
                    Page::Board => &board,
                })
                .await;
            let asked = json!({ "format": "png" });
            let shot = browser.driver.cdp();
            let shot = shot.send_raw("Page.captureScreenshot", asked).await;
            let shot: Value = shot.expect("a picture");
            let data = shot["data"].as_str().expect("its data");
            let data = STANDARD.decode(data).expect("base64");
            let file = format!("docs/pictures/{name}-{theme}.png");
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            std::fs::write(file, data).expect("a file");
        }
    }
}

/// Adds the data that the pictures show. Returns the path of the board.
async fn fill(user: &User) -> String {
    let add = async |kind: &str, new: Value| {
        let item = user.post(&format!("/api/v1/{kind}"), &new);
        let item = item.gives(201).await;
        item["id"].as_str().map(str::to_owned).unwrap_or_default()
    };
    let project = async |name: &str, colour: &str, view: &str| {
        let new = json!({ "name": name, "colour": colour, "view": view });
        add("projects", new).await
    };
    let home = project("Home", "teal", "list").await;
    let work = project("Work", "indigo", "list").await;
    let garden = project("Garden", "green", "board").await;
    let mut sections = Vec::new();
    for name in ["Beds", "Greenhouse", "Tools"] {
        let new = json!({ "project_id": garden, "name": name });
        sections.push(add("sections", new).await);
    }
    // In the words of quick add, so that all days are those of today.
    for line in [
        "Pay invoice 2293 #Work p2 3 days ago",
        "Return the library books @errand yesterday",
        "Renew the passport #Home p1 today 9:00",
        "Call the dentist @phone today",
        "Prepare the meeting with Aisha #Work p3 today 15:30",
        "Water the tomatoes #Garden /Greenhouse every 2 days",
        "Buy light bulbs @errand today",
        "Book the train to Lisbon in 4 days",
        "Quarterly report #Work next friday",
        "Write to grandmother",
    ] {
        let new = json!({ "text": line, "create_missing": true });
        user.post("/api/v1/tasks/quick", &new).is(201).await;
    }
    for (section, title, more) in [
        (
            0,
            "Plant garlic before the first frost",
            json!({ "priority": 2 }),
        ),
        (0, "Turn the compost", json!({ "labels": ["weekend"] })),
        (0, "Cut back the raspberries", json!({})),
        (
            1,
            "Mend the pane by the door",
            json!({ "labels": ["weekend"] }),
        ),
        (2, "Sharpen the shears", json!({})),
        (2, "Oil the handles", json!({})),
    ] {
        let mut new =
            json!({ "title": title, "project_id": garden, "section_id": sections[section] });
        let members = new.as_object_mut().expect("an object");
        members.extend(more.as_object().cloned().unwrap_or_default());
        add("tasks", new).await;
    }
    let favourite = json!({ "favourite": true });
    for project in [&home, &work] {
        let path = format!("/api/v1/projects/{project}");
        user.patch(&path, &favourite).is(200).await;
    }
    format!("/projects/{garden}")
}
