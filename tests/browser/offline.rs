//! Pages without a connection: copies, and what remains in a browser.

use serde_json::{Value, json};
use thirtyfour::By;

use super::driver::{Browser, row};
use crate::support::{Gate, Server, User, Way, expect, until};

const STRIP: &str = "#offline";

/// Everything that a browser keeps, apart from cookies that scripts cannot see.
const REMAINS: &str = "
    const [names, databases] = await Promise.all([caches.keys(), indexedDB.databases()]);
    return { caches: names, databases, local: Object.keys(localStorage), session: Object.keys(sessionStorage),
        cookies: document.cookie };";

/// Runs an asynchronous script. Returns its result.
pub async fn awaits(browser: &Browser, script: &str) -> Value {
    browser
        .runs(&format!("return (async () => {{ {script} }})()"))
        .await
}

/// Waits until an asynchronous script returns true.
pub async fn holds(browser: &Browser, what: &str, script: &str) {
    browser
        .holds(what, &format!("return (async () => {{ {script} }})()"))
        .await;
}

/// Waits until the worker has the pages that it reads ahead.
pub async fn is_ready(browser: &Browser) {
    let script = "
        if (!navigator.serviceWorker.controller) return false;
        const name = (await caches.keys()).find((each) => each.startsWith('pages-'));
        return Boolean(name) && Boolean(await (await caches.open(name)).match('/today'));";
    holds(browser, "pages are kept", script).await;
}

/// Waits until there is a copy of a page.
async fn is_kept(browser: &Browser, path: &str) {
    let script = format!("return Boolean(await caches.match({path:?}))");
    holds(browser, &format!("{path} is kept"), &script).await;
}

/// Says to the page that there may be a connection, as the browser does.
pub async fn is_online(browser: &Browser) {
    browser.runs("dispatchEvent(new Event('online'))").await;
}

#[tokio::test]
async fn visited_pages_can_be_read_without_a_connection() {
    let server = Server::start().await;
    let gate = Gate::before(&server.base).await;
    let browser = Browser::through(&server, &gate.url(&server.base)).await;
    browser.registers().await;
    is_ready(&browser).await;
    let found = browser
        .asks_devtools("Page.getInstallabilityErrors", json!({}))
        .await;
    assert_eq!(found["installabilityErrors"], json!([]));
    let found = browser
        .asks_devtools("Page.getAppManifest", json!({}))
        .await;
    assert_eq!(found["errors"], json!([]));

    browser.goto("/tasks").await;
    browser.adds("Buy milk").await;
    browser.adds("Call home").await;
    browser.clicks(By::LinkText("Call home")).await;
    browser.sees(By::Css("#pane .detail-heading")).await;
    let task = browser.path().await;
    is_kept(&browser, &format!("{task}?fragment=")).await;
    browser.goto("/tasks").await;
    browser.lists(&["Call home", "Buy milk"]).await;
    let both = "const page = await caches.match('/tasks'); return (await page.text()).includes('Call home')";
    holds(&browser, "the copy is that of the last visit", both).await;
    browser.is_quiet().await;

    gate.set(Way::Shut);
    browser.goto("/tasks").await;
    browser
        .reads(STRIP, "You are offline. This page is from ")
        .await;
    browser.lists(&["Call home", "Buy milk"]).await;
    browser.clicks(By::LinkText("Call home")).await;
    browser.reads("#pane .detail-heading", "Call home").await;
    // The task was seen beside a list only.
    browser.goto(&task).await;
    browser.reads("main .detail-heading", "Call home").await;
    browser.reads(STRIP, "This page is from ").await;
    browser.goto("/labels").await;
    browser.reads("h1", "You are offline").await;
    browser.sees(By::Css("#kept-pages a[href$='/today']")).await;
    browser
        .goto("/tasks/new?title=A+page&url=https%3A%2F%2Fa.example%2F")
        .await;
    browser
        .holds_text("#text", "A page https://a.example/")
        .await;

    gate.set(Way::Open);
    browser.goto("/labels").await;
    browser.reads("h1", "Labels").await;
    gate.set(Way::Shut);
    browser.goto("/tasks").await;
    browser.reads(STRIP, "You are offline.").await;
    gate.set(Way::Open);
    is_online(&browser).await;
    browser.misses(By::Css("body[data-copy]")).await;
    browser.lists(&["Call home", "Buy milk"]).await;
}

#[tokio::test]
async fn nothing_of_a_user_remains_for_another_one() {
    let server = Server::start().await;
    let browser = Browser::through(&server, &server.base).await;
    let ada = browser.registers().await;
    is_ready(&browser).await;
    browser.goto("/tasks").await;
    browser.adds("A secret present").await;
    is_kept(&browser, "/tasks").await;
    browser.clicks(By::LinkText("A secret present")).await;
    browser.clicks(By::Css("a[href$='edit=notes']")).await;
    browser.types("#description", "Hidden in the attic").await;
    let mine = browser.runs("return document.body.dataset.user").await;

    // The session ends elsewhere, and the user comes back: what was written is still there.
    let user = User::login(&server, &ada.email, &ada.password).await;
    let answer = user.delete("/api/v1/sessions").send().await;
    expect(answer.expect("an answer"), 204).await;
    browser.runs("window.onbeforeunload = null; document.querySelector('[data-warns]').dataset.warns = ''").await;
    browser.goto("/tasks").await;
    browser.arrives("/login?next=%2Ftasks").await;
    let gone = "return !(await caches.keys()).some((name) => name.startsWith('pages-'))";
    holds(&browser, "no page is kept", gone).await;
    let drafts =
        "return Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length";
    assert_eq!(browser.runs(drafts).await, 1);

    // Somebody else signs in.
    browser.goto("/register").await;
    browser.registers().await;
    let theirs = browser.runs("return document.body.dataset.user").await;
    assert_ne!(mine, theirs);
    assert_eq!(browser.runs(drafts).await, 0);
    is_ready(&browser).await;
    let everything = "
        const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
        for (const name of await caches.keys()) {
            for (const answer of await (await caches.open(name)).matchAll()) texts.push(await answer.text());
        }
        return texts.join('\\n')";
    let text = awaits(&browser, everything).await;
    let text = text.as_str().expect("a text");
    assert!(!text.contains("secret present") && !text.contains("attic"));
    assert!(!text.contains(mine.as_str().expect("a mark")));

    // Another tab leaves with this one.
    browser.goto("/tasks").await;
    browser.adds("A plan").await;
    let here = browser.driver.window().await.expect("a tab");
    let there = browser.driver.new_tab().await.expect("a tab");
    browser
        .driver
        .switch_to_window(there.clone())
        .await
        .expect("a tab");
    browser.goto("/tasks").await;
    browser.sees(row("A plan")).await;
    browser.signs_out().await;
    browser.arrives("/").await;
    let nothing =
        json!({ "caches": [], "databases": [], "local": [], "session": [], "cookies": "" });
    assert_eq!(awaits(&browser, REMAINS).await, nothing);
    browser.driver.switch_to_window(here).await.expect("a tab");
    browser.arrives("/").await;
    until("nothing remains", || async {
        awaits(&browser, REMAINS).await == nothing
    })
    .await;
    let cookies = browser.driver.get_all_cookies().await.expect("the cookies");
    assert!(cookies.is_empty(), "{cookies:?}");
}

#[tokio::test]
async fn without_a_service_worker_pages_work_as_ever() {
    let server = Server::start().await;
    let browser = Browser::by_name(&server).await;
    browser.registers().await;
    assert_eq!(
        browser.runs("return 'serviceWorker' in navigator").await,
        false
    );
    browser.goto("/tasks").await;
    browser.adds("Buy milk").await;
    browser.goto("/tasks/new").await;
    browser.types("#text", "Call home").await;
    browser.clicks(By::Css("main .button[type=submit]")).await;
    browser.arrives("/tasks").await;
    browser.lists(&["Call home", "Buy milk"]).await;
    browser.signs_out().await;
    browser.arrives("/").await;
    assert_eq!(
        browser.runs("return Object.keys(localStorage)").await,
        json!([])
    );
}
