//! Projects, sections and moves by hand in Chromium, with JavaScript and without.

use serde_json::json;
use thirtyfour::By;

use super::driver::Browser;
use crate::support::Server;

/// Clicks a button or a link with this text.
async fn presses(browser: &Browser, text: &str) {
    let path =
        format!("//main//*[self::button or self::a or self::summary][contains(., '{text}')]");
    browser.clicks(By::XPath(path)).await;
}

/// Panics unless the page says this at the top.
async fn says(browser: &Browser, message: &str) {
    browser.reads("#flash", message).await;
}

/// Waits until the second task is below the first.
async fn follows(browser: &Browser, first: &str, second: &str) {
    let path = format!("//li[.//a[.='{first}']]/following-sibling::li[.//a[.='{second}']]");
    browser.sees(By::XPath(path)).await;
}

async fn organises(browser: &Browser) {
    browser.registers().await;
    browser.goto("/projects").await;
    browser.types("#name", "Garden\n").await;
    says(browser, "Project added").await;
    browser.reads("h1", "Garden").await;
    for name in ["Now", "Later"] {
        browser.types("#new-section", &format!("{name}\n")).await;
        says(browser, "Section added").await;
        browser.sees(By::XPath(format!("//h2[.='{name}']"))).await;
    }
    for title in ["Dig", "Sow"] {
        let field = "//section[.//h2[.='Now']]//input[@name='text']";
        let field = browser.sees(By::XPath(field)).await;
        field.send_keys(format!("{title}\n")).await.expect("typed");
        browser.sees(By::LinkText(title)).await;
    }
    presses(browser, "Actions for Dig").await;
    presses(browser, "Move down: Dig").await;
    says(browser, "Task moved").await;
    follows(browser, "Sow", "Dig").await;
    browser.clicks(By::Css(".notice-undo button")).await;
    says(browser, "Undone").await;
    follows(browser, "Dig", "Sow").await;

    browser.clicks(By::LinkText("Dig")).await;
    let choice = "//select[@name='section_id']/option[.='Later']";
    browser.clicks(By::XPath(choice)).await;
    if browser.scripts {
        // The list beside the task changes with it.
        browser.reads("#toast", "Task moved").await;
    } else {
        let save = "//form[.//select[@name='section_id']]//button";
        browser.clicks(By::XPath(save)).await;
        says(browser, "Task moved").await;
        browser.clicks(By::Css(".detail-activity summary")).await;
        browser.clicks(By::LinkText("Show all activity")).await;
        browser.reads("main", "moved the task Dig").await;
        browser.back().await;
        browser.clicks(By::Css(".crumb a")).await;
    }
    browser
        .sees(By::XPath("//section[.//h2[.='Later']]//a[.='Dig']"))
        .await;

    let edit = "//section[.//h2[.='Later']]//summary";
    browser.clicks(By::XPath(edit)).await;
    let future =
        "//section[.//h2[.='Later']]//form[contains(@action, '/delete')]//option[.='Move to Now']";
    browser.clicks(By::XPath(future)).await;
    browser
        .clicks(By::XPath(
            "//section[.//h2[.='Later']]//button[.='Delete section']",
        ))
        .await;
    says(browser, "Section moved to the trash").await;
    browser
        .sees(By::XPath("//section[.//h2[.='Now']]//a[.='Dig']"))
        .await;
    browser.is_quiet().await;
}

#[tokio::test]
async fn a_project_is_organised() {
    let server = Server::start().await;
    organises(&Browser::start(&server).await).await;
}

#[tokio::test]
async fn a_project_is_organised_without_scripts() {
    let server = Server::start().await;
    organises(&Browser::without_scripts(&server).await).await;
}

/// Adds a project with sections, subtasks, labels and something in the trash. Returns its path.
pub async fn fill(user: &crate::support::User) -> String {
    let long = "Rindfleischetikettierung".repeat(5);
    let add = |noun: &'static str, body: serde_json::Value| async move {
        let answer = user.post(&format!("/api/v1/{noun}"), &body).send().await;
        let item = crate::support::body(answer.expect("an answer"), 201).await;
        item["id"].as_str().expect("an id").to_owned()
    };
    let project = add(
        "projects",
        json!({ "name": long, "description": "*Notes*" }),
    )
    .await;
    add(
        "projects",
        json!({ "name": "Part", "parent_id": project, "favourite": true }),
    )
    .await;
    let section = json!({ "project_id": project, "name": long });
    let section = add("sections", section).await;
    let archived = json!({ "project_id": project, "name": "Old" });
    let archived = add("sections", archived).await;
    let path = format!("/api/v1/sections/{archived}");
    let answer = user.patch(&path, &json!({ "archived": true })).send().await;
    crate::support::expect(answer.expect("an answer"), 200).await;
    let due = json!({ "date": "2026-04-01" });
    let task = json!({ "title": long, "section_id": section, "labels": ["home", "a b"],
        "priority": 1, "due": due, "deadline": "2026-04-02" });
    let task = add("tasks", task).await;
    add("tasks", json!({ "title": "Part", "parent_id": task })).await;
    let second = add("tasks", json!({ "title": "Second", "section_id": section })).await;
    let gone = add("tasks", json!({ "title": "Gone", "project_id": project })).await;
    let answer = user.delete(&format!("/api/v1/tasks/{gone}")).send().await;
    crate::support::expect(answer.expect("an answer"), 204).await;
    let change = json!({ "title": "Changed", "labels": ["home"] });
    let answer = user
        .patch(&format!("/api/v1/tasks/{second}"), &change)
        .send()
        .await;
    crate::support::expect(answer.expect("an answer"), 200).await;
    format!("/projects/{project}")
}
