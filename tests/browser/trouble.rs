//! Errors are visible where the user is looking, and no text is lost.

use serde_json::json;
use sqlx::Executor;
use thirtyfour::{By, Key};

use super::driver::{Browser, Person, row, within_row};
use crate::support::{Engine, Server, User, until};

const NOTICE: &str = "#toast [role=alert]";

/// True if the middle of the notice is visible and not covered.
const IN_SIGHT: &str = "
    const notice = document.querySelector('#toast [role=alert]');
    if (!notice) return false;
    const { left, right, top, bottom } = notice.getBoundingClientRect();
    const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth
        && notice.contains(over);";

/// True if the box of the last row, under the mouse, has no tick.
const NO_TICK: &str = "
    const icon = document.querySelector('#task-list > li:last-child .toggle .icon');
    return getComputedStyle(icon).opacity === '0'";

/// Registers a user with a list longer than the window.
async fn with_a_long_list(server: &Server, browser: &Browser) -> (Person, User) {
    let person = browser.registers().await;
    let user = User::login(server, &person.email, &person.password).await;
    for number in (1..=25).rev() {
        user.add_task(&format!("Errand {number}")).await;
    }
    browser.goto("/tasks").await;
    browser.sees(row("Errand 25")).await;
    (person, user)
}

/// Ticks the last task of the list, far from the top of the page.
async fn ticks_the_last(browser: &Browser) {
    let last = browser.sees(within_row("Errand 25", "//button")).await;
    last.scroll_into_view().await.expect("the last row");
    last.click().await.expect("a click");
    let scrolled = "return scrollY > 200 || innerHeight >= document.body.scrollHeight";
    browser.holds("the page is scrolled", scrolled).await;
}

/// Panics unless the notice is visible and the last task is unchanged.
async fn is_told(browser: &Browser, text: &str) {
    browser.reads(NOTICE, text).await;
    browser.holds("the notice is in sight", IN_SIGHT).await;
    browser
        .sees(within_row("Errand 25", "//button[@aria-pressed='false']"))
        .await;
    browser.holds("there is no tick", NO_TICK).await;
}

async fn ends_all_sessions(user: &User) {
    let answer = user.delete("/api/v1/sessions").send().await;
    crate::support::expect(answer.expect("an answer"), 204).await;
}

#[tokio::test]
async fn an_unreachable_server_is_visible() {
    let mut server = Server::start().await;
    let browser = Browser::start(&server).await;
    with_a_long_list(&server, &browser).await;
    server.stop();
    for (width, height) in [(1280, 800), (390, 844)] {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        browser
            .devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        ticks_the_last(&browser).await;
        is_told(&browser, "cannot be reached").await;
        browser.clicks(By::Css(".toast-close")).await;
        browser.misses(By::Css(NOTICE)).await;
    }
    browser.types("#new-title", "Nobody hears it\n").await;
    browser.reads(NOTICE, "cannot be reached").await;
    browser.holds_text("#new-title", "Nobody hears it").await;
    let escape = browser.driver.action_chain().send_keys(Key::Escape);
    escape.perform().await.expect("a key");
    browser.misses(By::Css(NOTICE)).await;
    browser.holds_text("#new-title", "Nobody hears it").await;
}

#[tokio::test]
async fn a_notice_is_seen_without_motion_and_in_forced_colours() {
    let mut server = Server::start().await;
    let browser = Browser::start(&server).await;
    with_a_long_list(&server, &browser).await;
    let media = json!({ "features": [
        { "name": "prefers-reduced-motion", "value": "reduce" },
        { "name": "forced-colors", "value": "active" },
    ] });
    browser.devtools("Emulation.setEmulatedMedia", media).await;
    server.stop();
    ticks_the_last(&browser).await;
    is_told(&browser, "cannot be reached").await;
    let outlined = "
        const { borderTopStyle, borderTopWidth } =
            getComputedStyle(document.querySelector('#toast [role=alert]'));
        return borderTopStyle === 'solid' && parseFloat(borderTopWidth) > 0";
    browser.holds("its edge is to be seen", outlined).await;
}

#[tokio::test]
async fn the_end_of_a_session_is_visible_and_loses_no_text() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let (person, user) = with_a_long_list(&server, &browser).await;
    ends_all_sessions(&user).await;
    ticks_the_last(&browser).await;
    is_told(&browser, "Your session has ended.").await;

    browser.types("#new-title", "Written in vain?\n").await;
    browser.reads(NOTICE, "Your session has ended.").await;
    browser.holds_text("#new-title", "Written in vain?").await;
    let list = browser.driver.window().await.expect("a tab");
    browser.clicks(By::Css("#toast a")).await;
    until("the sign-in page has a tab of its own", || async {
        browser
            .driver
            .windows()
            .await
            .is_ok_and(|tabs| tabs.len() == 2)
    })
    .await;
    let tabs = browser.driver.windows().await.expect("the tabs");
    let other = tabs.into_iter().find(|tab| *tab != list).expect("a tab");
    let switched = browser.driver.switch_to_window(other).await;
    switched.expect("the sign-in page");
    browser.signs_in(&person).await;
    browser.arrives("/tasks").await;

    let switched = browser.driver.switch_to_window(list).await;
    switched.expect("the list");
    browser.holds_text("#new-title", "Written in vain?").await;
    browser
        .clicks(By::Css("#new-title-form .new-task-row button"))
        .await;
    browser.sees(row("Written in vain?")).await;
    browser.misses(By::Css(NOTICE)).await;
}

async fn survives_the_end_of_its_session(browser: &Browser, server: &Server) {
    let person = browser.registers().await;
    browser.goto("/tasks").await;
    browser.adds("As it was").await;
    browser.clicks(By::LinkText("As it was")).await;
    browser.clicks(By::Css("a[href$='edit=notes']")).await;
    let text = "Long thoughts,\nin lines";
    browser.types("#description", text).await;
    let user = User::login(server, &person.email, &person.password).await;
    ends_all_sessions(&user).await;
    let save = By::Css(".notes-form button[type=submit]");
    browser.clicks(save.clone()).await;
    if browser.scripts {
        browser.reads(NOTICE, "Your session has ended.").await;
        browser.holds_text("#description", text).await;
        // The text survives even the page.
        browser.runs("window.onbeforeunload = null; document.querySelector('[data-warns]').dataset.warns = ''").await;
        browser.goto("/login?next=/tasks").await;
        browser.signs_in(&person).await;
        browser.arrives("/tasks").await;
        browser.clicks(By::LinkText("As it was")).await;
        browser.clicks(By::Css("[data-drafted] a")).await;
        browser.reads("[data-draft]", "not saved yet").await;
        browser.holds_text("#description", text).await;
        browser.clicks(save).await;
        browser.reads(".prose", "Long thoughts,").await;
        let forgotten = "return !Object.keys(localStorage).some((key) => key.startsWith('draft:'))";
        browser.holds("the draft is gone", forgotten).await;
        return;
    }
    browser
        .reads("main [role=alert]", "Your session has ended.")
        .await;
    browser.signs_in(&person).await;
    browser.reads("h1", "Not saved yet").await;
    browser.holds_text("#description", text).await;
    browser
        .clicks(By::Css("form.panel button[type=submit]"))
        .await;
    browser.reads("#flash", "Saved").await;
    browser.reads(".prose", "Long thoughts,").await;
}

#[tokio::test]
async fn an_edit_survives_the_end_of_its_session() {
    let server = Server::start().await;
    survives_the_end_of_its_session(&Browser::start(&server).await, &server).await;
    survives_the_end_of_its_session(&Browser::without_scripts(&server).await, &server).await;
}

#[tokio::test]
async fn a_database_error_is_visible() {
    if Engine::chosen() != Engine::Sqlite {
        // The engine makes no difference to the page.
        return;
    }
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    with_a_long_list(&server, &browser).await;
    let mut holder = server.database().await;
    holder.execute("BEGIN IMMEDIATE").await.expect("the lock");
    ticks_the_last(&browser).await;
    is_told(&browser, "Try again").await;
    browser.types("#new-title", "Later\n").await;
    browser.reads(NOTICE, "Try again").await;
    browser.holds_text("#new-title", "Later").await;
    holder.execute("ROLLBACK").await.expect("no lock");
    browser
        .clicks(By::Css("#new-title-form .new-task-row button"))
        .await;
    browser.sees(row("Later")).await;
    browser.misses(By::Css(NOTICE)).await;
}

#[tokio::test]
async fn a_rate_limit_error_is_visible() {
    let server = Server::with(&[("DOCKET_LIMIT_API", "60/1h")]).await;
    let browser = Browser::start(&server).await;
    with_a_long_list(&server, &browser).await;
    let spend = "
        const done = arguments[arguments.length - 1];
        (async () => { while ((await fetch('/tasks')).status !== 429); done(); })();";
    let spent = browser.driver.execute_async(spend, Vec::new()).await;
    spent.expect("no allowance left");
    ticks_the_last(&browser).await;
    is_told(&browser, "Too many attempts").await;
}

#[tokio::test]
async fn the_row_of_a_task_that_was_deleted_elsewhere_leaves_the_list() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let (_, user) = with_a_long_list(&server, &browser).await;
    // A page in the background does not wait for changes.
    let hide = "Object.defineProperty(document, 'hidden', { get: () => true });
        document.dispatchEvent(new Event('visibilitychange'))";
    browser.runs(hide).await;
    let tasks = user.list("").await;
    for task in tasks["items"].as_array().expect("items") {
        if task["title"] == "Errand 25" || task["title"] == "Errand 24" {
            let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
            let answer = user.delete(&path).send().await.expect("an answer");
            crate::support::expect(answer, 204).await;
        }
    }
    ticks_the_last(&browser).await;
    browser.misses(row("Errand 25")).await;
    browser
        .reads(NOTICE, "This task was deleted elsewhere.")
        .await;
    browser.holds("the notice is in sight", IN_SIGHT).await;
    browser.clicks(By::Css(".toast-close")).await;

    browser.clicks(within_row("Errand 24", "//summary")).await;
    browser
        .clicks(within_row("Errand 24", "//details//button[@type='submit']"))
        .await;
    browser.misses(row("Errand 24")).await;
    browser
        .reads(NOTICE, "This task was deleted elsewhere.")
        .await;
}

#[tokio::test]
async fn a_menu_closes_with_escape_or_a_click_elsewhere() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    browser.adds("Kept").await;
    let summary = || within_row("Kept", "//summary");
    let focused = "return document.activeElement.matches('.task-menu summary')";

    browser.clicks(summary()).await;
    browser.sees(By::Css(".task-menu[open]")).await;
    let escape = browser.driver.action_chain().send_keys(Key::Escape);
    escape.perform().await.expect("a key");
    browser.misses(By::Css(".task-menu[open]")).await;
    browser.holds("the focus is where it was", focused).await;

    browser.clicks(summary()).await;
    browser.sees(By::Css(".task-menu[open]")).await;
    browser.clicks(By::Css("h1")).await;
    browser.misses(By::Css(".task-menu[open]")).await;
    browser.lists(&["Kept"]).await;
    browser.is_quiet().await;
}

/// Panics unless the field is focused and visible, and the page reports the error.
async fn is_led_to(browser: &Browser, id: &str) {
    let script = format!(
        "const field = document.getElementById('{id}');
         if (document.activeElement !== field) return false;
         const {{ top, bottom }} = field.getBoundingClientRect();
         return top >= 0 && bottom <= innerHeight;"
    );
    browser.holds(&format!("{id} has the focus"), &script).await;
    let title = browser.runs("return document.title").await;
    let title = title.as_str().unwrap_or_default().to_owned();
    assert!(title.starts_with("Error: "), "{title}");
}

/// Panics unless the summary of the page links to the field.
async fn is_summed_up(browser: &Browser, id: &str) {
    let link = format!("main .notice[role=alert] a[href='#{id}']");
    browser.sees(By::Css(&link)).await;
}

#[tokio::test]
async fn a_rejected_form_of_the_settings_leads_to_its_error() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let person = browser.registers().await;
    let wrong = "a wrong Guess 4711";

    browser.goto("/settings/delete").await;
    browser
        .types("#delete-password", &format!("{wrong}\n"))
        .await;
    is_summed_up(&browser, "delete-password").await;
    is_led_to(&browser, "delete-password").await;

    browser.goto("/settings/security").await;
    browser.types("#password-current_password", wrong).await;
    browser
        .types("#password-new_password", "twelve unlike words\n")
        .await;
    is_summed_up(&browser, "password-current_password").await;
    is_led_to(&browser, "password-current_password").await;

    browser.goto("/settings/security").await;
    browser
        .types("#password-current_password", &person.password)
        .await;
    browser.types("#password-new_password", "password1\n").await;
    is_summed_up(&browser, "password-new_password").await;
    is_led_to(&browser, "password-new_password").await;

    browser.goto("/settings/profile").await;
    browser.types("#profile-email", "new@example.org\n").await;
    is_summed_up(&browser, "profile-current_password").await;
    is_led_to(&browser, "profile-current_password").await;

    browser.goto("/settings/tokens").await;
    browser.types("#name", "Script").await;
    browser
        .types("#current_password", &format!("{wrong}\n"))
        .await;
    is_summed_up(&browser, "scopes").await;
    let first = "return document.activeElement.name === 'scopes'";
    browser
        .holds("the first permission has the focus", first)
        .await;
}

#[tokio::test]
async fn a_rejected_sign_in_or_registration_leads_to_its_error() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    let user = User::register(&server).await;
    browser.goto("/login").await;
    browser.types("#email", &user.email).await;
    browser.types("#password", "a wrong Guess 4711\n").await;
    is_led_to(&browser, "password").await;

    browser.goto("/register").await;
    browser.types("#email", &user.email).await;
    browser.types("#password", "four unlike words 9\n").await;
    is_led_to(&browser, "email").await;
    browser.types("#email", "somebody.else@example.org").await;
    browser.types("#password", "password1\n").await;
    is_led_to(&browser, "password").await;
}

#[tokio::test]
async fn leaving_a_changed_task_asks_first() {
    let server = Server::start().await;
    let browser = Browser::start(&server).await;
    browser.registers().await;
    browser.goto("/tasks").await;
    browser.adds("Call home").await;
    browser.clicks(By::LinkText("Call home")).await;
    browser.clicks(By::Css("a[href$='edit=notes']")).await;
    browser.sees(By::Id("description")).await;
    let asks = "
        const event = new Event('beforeunload', { cancelable: true });
        window.dispatchEvent(event);
        return event.defaultPrevented";
    assert_eq!(browser.runs(asks).await, false);
    browser.types("#description", "Half a thought").await;
    assert_eq!(browser.runs(asks).await, true);
    browser
        .clicks(By::Css(".notes-form button[type=submit]"))
        .await;
    browser.reads("#toast", "Saved").await;
    assert_eq!(browser.runs(asks).await, false);
}
