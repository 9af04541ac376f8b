//! axe-core on every page, in light and dark, on a phone and on a desktop.

use serde_json::{Value, json};
use thirtyfour::By;

use super::driver::Browser;
use super::organise::fill;
use crate::support::{Server, User};

const AXE: &str = include_str!("../vendor/axe.min.js");

/// Narrowest supported screen, as in WCAG 2.2, 1.4.10.
const NARROWEST: u32 = 320;

/// Every construct of Markdown.
const NOTES: &str = "# One\n\n## Two\n\n*a* **b** ~~c~~ `d` [e](https://example.org 'f')\n\n\
    - [ ] open\n- [x] done\n  - inside\n\n1. first\n\n> quoted `code` and [a link](/tasks)\n\n\
    ```sh\ncurl https://example.org\n```\n\n![A picture](https://example.org/x.png)\n\n---";

const RUN_AXE: &str = "
    const done = arguments[arguments.length - 1];
    axe.run().then(
        ({ violations }) => done(violations.map(({ id, help, nodes }) => ({
            id,
            help,
            nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })),
        }))),
        (error) => done([{ id: 'axe itself', help: String(error) }]),
    );";

/// Panics unless the current page is accessible and fits each screen.
async fn inspect(browser: &Browser, what: &str) {
    browser.is_quiet_but_for_the_status().await;
    let mut faults = Vec::new();
    browser.is_wide(NARROWEST).await;
    faults.extend(overflow(browser).await);
    browser.runs(AXE).await;
    look(browser, &mut faults).await;
    // The contents of disclosures are checked too.
    let opened = "
        const all = [...document.querySelectorAll('main details:not([open])')];
        for (const one of all) one.open = true;
        return all.length > 0;";
    browser.is_wide(NARROWEST).await;
    if browser.runs(opened).await == true {
        faults.extend(overflow(browser).await);
        look(browser, &mut faults).await;
    }
    assert!(
        faults.is_empty(),
        "{what} ({}):\n{}",
        browser.path().await,
        serde_json::to_string_pretty(&faults).expect("JSON")
    );
}

/// Runs axe-core in both colour schemes at both widths.
async fn look(browser: &Browser, faults: &mut Vec<Value>) {
    for scheme in ["light", "dark"] {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.devtools("Emulation.setEmulatedMedia", media).await;
        let query = format!("return matchMedia('(prefers-color-scheme: {scheme})').matches");
        browser.holds("the colour scheme", &query).await;
        settled(browser).await;
        for width in [360, 1280] {
            browser.is_wide(width).await;
            let found = browser.driver.execute_async(RUN_AXE, Vec::new()).await;
            let found = found.expect("axe-core").json().clone();
            for violation in found.as_array().expect("violations") {
                faults.push(json!({ "scheme": scheme, "width": width, "violation": violation }));
            }
        }
    }
}

/// Waits until all transitions have ended.
async fn settled(browser: &Browser) {
    let script = "return document.getAnimations().every((one) => one.playState !== 'running')";
    browser.holds("transitions have ended", script).await;
}

async fn overflow(browser: &Browser) -> Option<Value> {
    let script = "
        const page = document.documentElement;
        if (page.scrollWidth <= page.clientWidth) return null;
        return [...document.body.querySelectorAll('*')]
            .filter((one) => one.getBoundingClientRect().right > page.clientWidth + 1)
            .map((one) => one.outerHTML.slice(0, 120));";
    let wide = browser.runs(script).await;
    (!wide.is_null()).then(|| json!({ "wider than the screen": wide }))
}

#[tokio::test]
async fn pages_of_a_stranger() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let user = User::register(&server).await;
    for path in ["/", "/login", "/register", "/api/docs", "/nowhere"] {
        browser.goto(path).await;
        inspect(&browser, path).await;
    }

    browser.goto("/login").await;
    browser.types("#email", &user.email).await;
    browser.types("#password", "a wrong Guess 4711").await;
    browser.clicks(By::Css("main button[type=submit]")).await;
    browser.sees(By::Css("main [role=alert]")).await;
    inspect(&browser, "a wrong sign-in").await;

    browser.goto("/register").await;
    browser.types("#email", &user.email).await;
    browser.types("#password", "password1").await;
    browser.clicks(By::Css("main button[type=submit]")).await;
    browser.sees(By::Css("[aria-invalid=true]")).await;
    inspect(&browser, "a rejected registration").await;
}

#[tokio::test]
async fn the_page_of_a_server_without_registration() {
    let server = Server::with(&[("DOCKET_REGISTRATION", "false")]).await;
    let browser = Browser::start(&server).await;
    for path in ["/", "/register"] {
        browser.goto(path).await;
        inspect(&browser, path).await;
    }
}

#[tokio::test]
async fn the_list() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    inspect(&browser, "an empty list, with a message").await;

    browser.goto("/tasks").await;
    browser.adds("Call home").await;
    browser.adds(&"Donaudampfschifffahrt".repeat(15)).await;
    browser.adds("\u{5e9}\u{5dc}\u{5d5}\u{5dd}").await;
    browser.clicks(By::Css("#task-list .toggle")).await;
    browser.reads("#toast", "Done: ").await;
    inspect(&browser, "a list after changes in place").await;

    browser.goto("/tasks").await;
    browser.types("#new-title", "   \n").await;
    browser.sees(By::Css("#new-title-error")).await;
    inspect(&browser, "a rejected title").await;

    browser.goto("/tasks").await;
    let removed = browser.driver.delete_all_cookies().await;
    removed.expect("no cookies");
    browser.clicks(By::Css("#task-list .toggle")).await;
    browser.sees(By::Css("#toast [role=alert] a")).await;
    inspect(&browser, "a notice about a session that has ended").await;
    browser.goto("/login").await;
    browser.signs_in(&person).await;
    browser.arrives("/today").await;
    for path in [
        "/tasks?status=done",
        "/tasks?status=all&sort=title",
        "/tasks?q=nothing+like+it",
        "/tasks?status=some",
    ] {
        browser.goto(path).await;
        inspect(&browser, path).await;
    }
}

#[tokio::test]
async fn selection_shortcuts_and_the_palette() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    user.add_task("Errand").await;
    browser.goto("/inbox").await;
    browser
        .runs("document.querySelector('.pick').click()")
        .await;
    let menus = "for (const menu of document.querySelectorAll('.bulk details')) menu.open = true;";
    browser.runs(menus).await;
    inspect(&browser, "a selected task").await;
    browser.clicks(By::Css("#select [value=choose]")).await;
    browser.sees(By::Css("dialog #due")).await;
    inspect(&browser, "the form of all changes").await;
    browser.goto("/shortcuts").await;
    inspect(&browser, "the shortcuts").await;
    browser.is_wide(1280).await;
    browser.clicks(By::Css("[data-palette]")).await;
    browser.sees(By::Css("#palette-0")).await;
    inspect(&browser, "the palette").await;
}

#[tokio::test]
async fn a_long_list() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    for number in 0..51 {
        user.add_task(&format!("Errand {number}")).await;
    }
    browser.goto("/tasks").await;
    browser.sees(By::Css(".more a")).await;
    inspect(&browser, "a list with more").await;
}

#[tokio::test]
async fn projects_labels_filters_and_the_trash() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    let project = fill(&user).await;
    let pages = ["", "/edit", "/activity"].map(|page| format!("{project}{page}"));
    let mut filters = Vec::new();
    for (name, expression) in [("Urgent", "p1 | @home"), ("Done", "done = true")] {
        let new = json!({ "name": name, "expression": expression, "favourite": true });
        let answer = user.post("/api/v1/filters", &new).send().await;
        let filter = crate::support::body(answer.expect("an answer"), 201).await;
        filters.push(format!(
            "/filters/{}",
            filter["id"].as_str().expect("an id")
        ));
    }
    let edit = format!("{}/edit", filters[0]);
    let others = ["/projects", "/labels", "/trash", "/filters", "/filters/new"];
    let others: Vec<_> = others
        .map(str::to_owned)
        .into_iter()
        .chain(filters)
        .collect();
    for path in pages.iter().chain(&others) {
        browser.goto(path).await;
        inspect(&browser, path).await;
    }
    browser.goto(&edit).await;
    browser.types("#expression", "today & | p1").await;
    browser
        .clicks(By::Css("form.panel button[type=submit]"))
        .await;
    browser.sees(By::Css("#expression-error")).await;
    inspect(&browser, "a rejected filter").await;
    let board = user.patch(&format!("/api/v1{project}"), &json!({ "view": "board" }));
    crate::support::expect(board.send().await.expect("an answer"), 200).await;
    browser.goto(&project).await;
    inspect(&browser, "a board").await;
}

#[tokio::test]
async fn views() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    for path in ["/today", "/upcoming", "/search"] {
        browser.goto(path).await;
        inspect(&browser, "an empty view").await;
    }
    let user = User::login(&server, &person.email, &person.password).await;
    super::views::fill(&user).await;
    for path in [
        "/inbox",
        "/today",
        "/upcoming",
        "/completed",
        "/labels/errand",
        "/search?q=due",
        "/tasks?layout=board&group=priority",
        "/calendar",
        "/calendar?week=2031-W11&day=2031-03-10",
    ] {
        browser.goto(path).await;
        inspect(&browser, "a view").await;
    }
}

#[tokio::test]
async fn a_task() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let user = User::login(&server, &person.email, &person.password).await;
    let description = format!(
        "Long words: {}\n\n{NOTES}\n\n|{}\n|{}",
        "Rindfleischetikettierung".repeat(20),
        "Column|".repeat(12),
        "-|".repeat(12),
    );
    let new = json!({ "title": "Read the *manual*", "description": description });
    let answer = user.post("/api/v1/tasks", &new).send().await;
    let task = crate::support::body(answer.expect("an answer"), 201).await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    browser.goto(&path).await;
    inspect(&browser, "a task").await;

    browser.goto(&path).await;
    browser.clicks(By::Css("a[href$='edit=notes']")).await;
    browser.sees(By::Id("description")).await;
    inspect(&browser, "notes that are edited").await;

    browser.goto(&path).await;
    browser.types("#title", "   ").await;
    browser.clicks(By::Css("#notes")).await;
    browser.sees(By::Css("#title-error")).await;
    inspect(&browser, "a rejected edit").await;

    browser.goto(&path).await;
    // A page that is told of the change before someone types would show it.
    browser.types("#title", "Changed here").await;
    let change = json!({ "title": "Changed elsewhere", "completed": true });
    let answer = user.patch(&path.replace("/tasks", "/api/v1/tasks"), &change);
    let answer = answer.send().await.expect("an answer");
    crate::support::expect(answer, 200).await;
    browser.clicks(By::Css("#notes")).await;
    browser.sees(By::Css("#task [role=alert]")).await;
    inspect(&browser, "a stale edit").await;

    browser
        .goto(&format!("/tasks/{}", uuid::Uuid::now_v7()))
        .await;
    inspect(&browser, "a task that is not there").await;

    // Without htmx, as where its script could not be loaded.
    let save = By::Css("form.panel button[type=submit]");
    browser.goto(&format!("{path}?edit=notes")).await;
    browser.types("#description", "Kept").await;
    let removed = browser.driver.delete_all_cookies().await;
    removed.expect("no cookies");
    browser
        .runs("document.querySelector('.notes-form').submit()")
        .await;
    browser.sees(By::Css("input[name=kept]")).await;
    inspect(&browser, "a sign-in page that keeps a form").await;
    browser.signs_in(&person).await;
    browser.reads("h1", "Not saved yet").await;
    inspect(&browser, "a form that is not saved yet").await;
    let answer = user.delete(&path.replace("/tasks", "/api/v1/tasks"));
    crate::support::expect(answer.send().await.expect("an answer"), 204).await;
    browser.clicks(save).await;
    browser.sees(By::Css("form[action='/tasks']")).await;
    inspect(&browser, "a form whose task is gone").await;
}

#[tokio::test]
async fn the_settings() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    for _ in 0..2 {
        User::login(&server, &person.email, &person.password).await;
    }
    for page in ["profile", "appearance", "security", "data", "delete"] {
        browser.goto(&format!("/settings/{page}")).await;
        inspect(&browser, page).await;
    }

    browser.goto("/settings/tokens").await;
    inspect(&browser, "no API tokens").await;
    let make = By::Css("form[action='/settings/tokens'] button");
    browser.goto("/settings/tokens").await;
    browser.types("#name", "Backup script").await;
    browser
        .types("#current_password", "a wrong Guess 4711")
        .await;
    browser.clicks(make.clone()).await;
    browser.sees(By::Css("#scopes-error")).await;
    inspect(&browser, "a rejected API token").await;
    browser
        .clicks(By::Css("input[name=scopes][value='tasks:read']"))
        .await;
    browser.types("#current_password", &person.password).await;
    browser.clicks(make).await;
    browser.sees(By::Css("#made-token")).await;
    inspect(&browser, "a new API token").await;

    browser.goto("/settings/profile").await;
    browser
        .types("#profile-email", "somebody.else@example.org")
        .await;
    browser
        .clicks(By::Css("form[action='/settings/profile'] button"))
        .await;
    browser
        .sees(By::Css("#profile-current_password-error"))
        .await;
    inspect(&browser, "a rejected profile").await;

    browser.goto("/settings/security").await;
    browser
        .types("#password-current_password", "a wrong Guess 4711")
        .await;
    browser.types("#password-new_password", "password1").await;
    browser
        .clicks(By::Css("form[action='/settings/password'] button"))
        .await;
    browser
        .sees(By::Css("form[action='/settings/password'] .error"))
        .await;
    inspect(&browser, "a rejected password").await;

    browser.goto("/settings/delete").await;
    browser
        .types("#delete-password", "a wrong Guess 4711")
        .await;
    browser
        .clicks(By::Css("form[action='/settings/delete'] button"))
        .await;
    browser.sees(By::Css("#delete-password-error")).await;
    inspect(&browser, "a deletion with a wrong password").await;

    browser.goto("/settings/activity?limit=2").await;
    inspect(&browser, "the activity").await;
}
