//! Changes that are made without a connection, and wait until they can be sent.

use std::env;

use serde_json::{Value, json};
use thirtyfour::By;

use super::driver::{Browser, Person, row, within_row};
use super::offline::{awaits, holds, is_online, is_ready};
use crate::support::{Ask, Gate, Server, User, Way, until};

const STRIP: &str = "#offline";

/// A list in which tasks stay when they are done.
const LIST: &str = "/tasks?status=all";

/// A person with a browser behind a gate.
struct Someone {
    server: Server,
    gate: Gate,
    browser: Browser,
    person: Person,
    user: User,
}

impl Someone {
    async fn with(titles: &[&str]) -> Someone {
        let server = Server::start().await;
        let gate = Gate::before(&server.base).await;
        let browser = Browser::through(&server, &gate.url(&server.base)).await;
        let person = browser.registers().await;
        let user = User::login(&server, &person.email, &person.password).await;
        for title in titles {
            user.add_task(title).await;
        }
        is_ready(&browser).await;
        browser.goto(LIST).await;
        browser
            .holds("the list is there", &count(titles.len()))
            .await;
        Someone {
            server,
            gate,
            browser,
            person,
            user,
        }
    }

    async fn goes_offline(&self) {
        self.gate.set(Way::Shut);
    }

    /// Opens the way, and waits until nothing waits.
    async fn comes_online(&self) {
        self.gate.set(Way::Open);
        is_online(&self.browser).await;
        self.has_sent_all().await;
    }

    async fn has_sent_all(&self) {
        let script = "
            const waits = document.querySelector('#offline [data-waiting]');
            return document.getElementById('offline').hidden || !waits || waits.hidden";
        self.browser.holds("nothing waits", script).await;
    }

    /// Adds tasks with the form above the list.
    async fn adds(&self, text: &str) {
        self.browser.types("#new-title", text).await;
        let button = By::Css("#new-title-form .new-task-row button");
        self.browser.clicks(button).await;
        self.browser.holds_text("#new-title", "").await;
    }

    async fn ticks(&self, title: &str, done: bool) {
        let path = format!("//button[@aria-pressed='{}']", !done);
        self.browser.clicks(within_row(title, &path)).await;
        let path = format!("//button[@aria-pressed='{done}']");
        self.browser.sees(within_row(title, &path)).await;
    }

    /// Returns the tasks by title, with the count of each title.
    async fn tasks(&self) -> Vec<Value> {
        let user = self.user.on(&self.server);
        let list = user.list("status=all&limit=200").await;
        list["items"].as_array().expect("items").clone()
    }

    async fn task(&self, title: &str) -> Value {
        let tasks = self.tasks().await;
        let found: Vec<_> = tasks.iter().filter(|task| task["title"] == title).collect();
        assert_eq!(found.len(), 1, "{title}: {tasks:#?}");
        found[0].clone()
    }
}

fn count(tasks: usize) -> String {
    format!("return document.querySelectorAll('#task-list > li').length === {tasks}")
}

#[tokio::test]
async fn changes_wait_in_order_and_are_made_once() {
    let mut someone = Someone::with(&["Buy milk", "Call home", "Read"]).await;
    let browser = &someone.browser;
    // The answer is lost, but the task is added.
    someone.gate.set(Way::Deaf);
    someone.adds("Write to Ada").await;
    browser.reads(STRIP, "1 change waits to be sent.").await;
    someone.goes_offline().await;
    someone.adds("Pay rent tomorrow p1").await;
    someone.ticks("Buy milk", true).await;
    browser
        .sees(within_row("Buy milk", "//span[.='Waiting']"))
        .await;

    browser.clicks(By::LinkText("Call home")).await;
    browser.goto(LIST).await;
    browser.reads(STRIP, "3 changes wait to be sent.").await;
    browser.sees(By::Css("#task-list .task-waiting")).await;
    browser
        .sees(within_row("Buy milk", "//button[@aria-pressed='true']"))
        .await;
    someone.ticks("Read", true).await;
    someone.ticks("Read", false).await;
    browser.clicks(By::Css("#offline button")).await;
    browser
        .reads("dialog .pending-changes", "Pay rent tomorrow p1")
        .await;
    browser.reads("dialog .pending-changes", "Open again").await;
    browser.clicks(By::Css("dialog .icon-button")).await;
    browser.reads(STRIP, "5 changes wait to be sent.").await;

    // Killed, and started again.
    someone.server.restart().await;
    someone.gate.leads_to(&someone.server.base);
    someone.comes_online().await;
    let browser = &someone.browser;
    browser
        .misses(By::Css(".task-waiting, .fact-waiting"))
        .await;
    assert_eq!(someone.tasks().await.len(), 5);
    someone.task("Write to Ada").await;
    assert_eq!(someone.task("Pay rent").await["priority"], 1);
    assert_eq!(someone.task("Buy milk").await["completed"], true);
    assert_eq!(someone.task("Read").await["completed"], false);
}

/// Opens a task in the pane, and comes back.
async fn opens(browser: &Browser, title: &str) {
    browser.clicks(By::LinkText(title)).await;
    browser.reads("#pane .detail-heading", title).await;
}

#[tokio::test]
async fn fields_of_a_task_are_edited_and_conflicts_are_shown() {
    let someone = Someone::with(&["Book the train", "Water plants", "Old"]).await;
    let browser = &someone.browser;
    let plants = someone.task("Water plants").await;
    let old = someone.task("Old").await;
    opens(browser, "Book the train").await;
    someone.goes_offline().await;
    browser.types("#title", "Book a train").await;
    browser.clicks(By::Css("#notes")).await;
    browser.reads(STRIP, "1 change waits").await;
    browser.types("#title", "Book two trains").await;
    browser.clicks(By::Css("#notes")).await;
    browser.reads(STRIP, "2 changes wait").await;
    browser.clicks(By::Css("#task-notes .part-head a")).await;
    browser.types("#description", "Window\nseats").await;
    browser
        .clicks(By::Css(".notes-form button[type=submit]"))
        .await;
    browser.reads("#task-notes .waiting-notes", "Window").await;
    browser.runs("document.getElementById('priority').value = '2'; document.getElementById('priority').dispatchEvent(new Event('change', { bubbles: true }))").await;
    browser.reads(STRIP, "4 changes wait").await;
    // A task that was not seen cannot be edited, but ticked.
    someone.ticks("Old", true).await;
    someone.adds("Plan #nowhere").await;
    browser.reads(STRIP, "6 changes wait").await;

    // Meanwhile, elsewhere.
    let path = format!("/api/v1/tasks/{}", old["id"].as_str().expect("an id"));
    someone.user.delete(&path).is(204).await;
    someone.comes_online().await;
    browser.reads(STRIP, "2 changes were not made.").await;
    let task = someone.task("Book two trains").await;
    assert_eq!(task["description"], "Window\nseats");
    assert_eq!(task["priority"], 2);
    browser.clicks(By::Css("#offline button")).await;
    browser
        .reads("dialog", "The task is not there any more.")
        .await;
    browser.reads("dialog", "Plan #nowhere").await;
    let button = "//dialog//li[contains(., 'Plan')]//button[@data-change='again']";
    browser.clicks(By::XPath(button)).await;
    browser.reads(STRIP, "1 change was not made.").await;
    someone.task("Plan").await;
    browser
        .clicks(By::Css("dialog [data-change=discard]"))
        .await;
    browser.misses(By::Css("dialog")).await;

    opens(browser, "Water plants").await;
    someone.goes_offline().await;
    browser.types("#title", "Water all plants").await;
    browser.clicks(By::Css("#notes")).await;
    browser.reads(STRIP, "1 change waits").await;
    let path = format!("/api/v1/tasks/{}", plants["id"].as_str().expect("an id"));
    let changed = json!({ "title": "Water the cactus" });
    someone.user.patch(&path, &changed).is(200).await;
    someone.comes_online().await;
    browser.reads(STRIP, "1 change was not made.").await;
    someone.task("Water the cactus").await;
    browser.clicks(By::Css("#offline button")).await;
    browser.reads("dialog", "changed elsewhere").await;
    browser.clicks(By::Css("dialog [data-change=again]")).await;
    until("the edit replaces the other one", || async {
        let tasks = someone.tasks().await;
        tasks.iter().any(|task| task["title"] == "Water all plants")
    })
    .await;
}

#[tokio::test]
async fn tabs_send_once_and_an_upgrade_loses_nothing() {
    let someone = Someone::with(&["Read"]).await;
    let browser = &someone.browser;
    let first = browser.driver.window().await.expect("a tab");
    let second = browser.driver.new_tab().await.expect("a tab");
    browser
        .driver
        .switch_to_window(second)
        .await
        .expect("a tab");
    browser.goto(LIST).await;
    browser.sees(row("Read")).await;
    someone.goes_offline().await;
    someone.adds("From the second tab").await;
    browser.driver.switch_to_window(first).await.expect("a tab");
    // A tab in the background loads nothing.
    browser.devtools("Page.bringToFront", json!({})).await;
    browser.reads(STRIP, "1 change waits").await;
    someone.adds("From the first tab").await;
    someone.ticks("Read", true).await;

    // The program is replaced meanwhile: its worker has another version.
    let version = "return (await caches.keys()).find((name) => name.startsWith('files-')).slice(6)";
    let version = browser
        .runs(&format!("return (async () => {{ {version} }})()"))
        .await;
    let version = version.as_str().expect("a version").to_owned();
    let other = "0123456789abcdef";
    someone.gate.replaces("Accept-Encoding", "X-Accept-Encode");
    someone.gate.replaces("If-None-Match", "X-If-Not-Mine");
    someone.gate.replaces(&version, other);
    someone.gate.set(Way::Open);
    browser.runs("return navigator.serviceWorker.getRegistration().then((found) => found.update().then(() => true))").await;
    let script = format!("return (await caches.keys()).includes('files-{other}')");
    holds(browser, "the other version is there", &script).await;
    someone.comes_online().await;
    let titles: Vec<_> = someone
        .tasks()
        .await
        .iter()
        .map(|task| task["title"].clone())
        .collect();
    assert_eq!(titles.len(), 3, "{titles:?}");
    assert_eq!(someone.task("Read").await["completed"], true);
    browser.goto(LIST).await;
    browser.sees(row("From the second tab")).await;
    is_kept_by(browser, &version).await;

    // The other version takes over when no page is open for a moment.
    browser.driver.close_window().await.expect("one tab less");
    let second = browser.driver.windows().await.expect("tabs").remove(0);
    let opened = browser.driver.switch_to_window(second).await;
    opened.expect("a tab");
    browser.devtools("Page.bringToFront", json!({})).await;
    let script = format!(
        "const files = await caches.open('files-{other}');
        return Boolean(await files.match('/used'))"
    );
    until("the other version takes over", || async {
        browser.goto(LIST).await;
        let is_used = awaits(browser, &script).await == true;
        browser.driver.goto("about:blank").await.expect("no page");
        is_used
    })
    .await;
    browser.goto(LIST).await;
    is_kept_by(browser, other).await;
    someone.goes_offline().await;
    // This one has a copy of each version.
    for path in [LIST, "/today"] {
        browser.goto(path).await;
        browser.reads(STRIP, "You are offline.").await;
        let script = "return [...document.styleSheets].some((sheet) => sheet.cssRules.length)";
        assert_eq!(browser.runs(script).await, true, "{path} has no style");
    }
}

/// Waits until there is a copy of the list that the worker of a version made.
async fn is_kept_by(browser: &Browser, version: &str) {
    let script = format!(
        "const copy = await caches.match({LIST:?});
        return copy?.headers.get('Docket-Version') === {version:?}"
    );
    holds(browser, &format!("{version} keeps the page"), &script).await;
}

#[tokio::test]
async fn a_full_storage_loses_nothing_and_an_ended_session_waits() {
    let someone = Someone::with(&["Read", "Write"]).await;
    let browser = &someone.browser;
    let origin = browser.runs("return location.origin").await;
    let quota = |bytes: Option<u32>| match bytes {
        Some(bytes) => json!({ "origin": origin, "quotaSize": bytes }),
        None => json!({ "origin": origin }),
    };
    browser
        .devtools("Storage.overrideQuotaForOrigin", quota(Some(1)))
        .await;
    browser.goto("/inbox").await;
    browser.reads("h1", "Inbox").await;
    browser.goto(LIST).await;
    someone.goes_offline().await;
    browser.types("#new-title", "No room\n").await;
    browser.reads("#toast", "no room left").await;
    browser.holds_text("#new-title", "No room").await;
    browser
        .devtools("Storage.overrideQuotaForOrigin", quota(None))
        .await;
    browser.types("#new-title", "Enough room\n").await;
    browser.reads(STRIP, "1 change waits").await;

    // The session ends while the change waits.
    let ended = someone.user.delete("/api/v1/sessions").send().await;
    crate::support::expect(ended.expect("an answer"), 204).await;
    someone.gate.set(Way::Open);
    is_online(browser).await;
    browser.reads(STRIP, "Sign in to send them").await;
    browser
        .holds(
            "the link is there",
            "return !document.querySelector('[data-sign-in]').hidden",
        )
        .await;
    browser.goto("/login").await;
    browser.signs_in(&someone.person).await;
    browser.arrives("/today").await;
    let again = User::login(
        &someone.server,
        &someone.person.email,
        &someone.person.password,
    );
    let again = again.await;
    until("the change is sent", || async {
        again.list("").await["items"].as_array().map(Vec::len) == Some(3)
    })
    .await;
}

/// A generator of numbers that is good enough to choose actions.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("a number") % bound
    }
}

/// `DOCKET_OFFLINE_ACTIONS` is the number of actions, `DOCKET_OFFLINE_SEED` that of the series.
#[tokio::test]
async fn random_changes_are_each_made_once() {
    let number = |name: &str, default: u64| {
        let set = env::var(name).ok().and_then(|text| text.parse().ok());
        set.unwrap_or(default)
    };
    let actions = number("DOCKET_OFFLINE_ACTIONS", 12);
    let mut dice = Dice(number("DOCKET_OFFLINE_SEED", 7));
    let titles = ["One", "Two", "Three", "Four"];
    let someone = Someone::with(&titles).await;
    let browser = &someone.browser;
    let mut done = [false; 4];
    let mut added = Vec::new();
    someone.goes_offline().await;
    for action in 0..actions {
        match dice.below(8) {
            0..3 => {
                let title = format!("Added {action}");
                someone.adds(&title).await;
                added.push(title);
            }
            3..7 => {
                let task = dice.below(titles.len());
                done[task] = !done[task];
                someone.ticks(titles[task], done[task]).await;
            }
            // A copy of the page, with the changes over it.
            _ => browser.goto(LIST).await,
        }
    }
    someone.comes_online().await;
    let tasks = someone.tasks().await;
    assert_eq!(tasks.len(), titles.len() + added.len());
    for (title, done) in titles.iter().zip(done) {
        assert_eq!(someone.task(title).await["completed"], done, "{title}");
    }
    // In order: ids grow with time.
    let mut found: Vec<_> = tasks
        .iter()
        .filter(|task| added.iter().any(|title| task["title"] == *title))
        .collect();
    found.sort_by_key(|task| task["id"].as_str().unwrap_or_default().to_owned());
    let found: Vec<_> = found.iter().map(|task| task["title"].clone()).collect();
    assert_eq!(found, added);
}
