//! Preferences of an account: time zone, first day of the week, form of dates and times, style of
//! quick add, look of pages.

use serde_json::{Value, json};

use crate::support::{Ask, Server, User, email, password};

const ME: &str = "/api/v1/me";
const REGISTER: &str = "/api/v1/auth/register";

fn defaults() -> Value {
    json!({
        "time_zone": "UTC", "week_start": "monday", "date_order": "ymd", "clock": "24h",
        "quick_add_style": "todoist", "theme": "system", "density": "comfortable",
        "suggestions": "shown", "language": "browser",
    })
}

/// Returns the preferences of an account.
fn preferences(account: &Value) -> Value {
    let mut preferences = defaults();
    for (name, value) in preferences.as_object_mut().expect("an object") {
        *value = account[name].clone();
    }
    preferences
}

async fn registration(server: &Server, time_zone: Value) -> Value {
    let request = json!({ "email": email(), "password": password(), "time_zone": time_zone });
    server.post(REGISTER).json(&request).gives(201).await["user"].clone()
}

#[tokio::test]
async fn an_account_begins_with_the_defaults() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    assert_eq!(preferences(&user.get(ME).gives(200).await), defaults());
    assert_eq!(
        preferences(&registration(&server, Value::Null).await),
        defaults()
    );
    let (address, secret) = (email(), password());
    let mut add = server.command(&["user", "add", &address]);
    add.output_with(&format!("{secret}\n")).exits(0);
    let added = User::login(&server, &address, &secret).await;
    assert_eq!(preferences(&added.get(ME).gives(200).await), defaults());
}

#[tokio::test]
async fn a_zone_is_chosen_at_the_registration() {
    let server = Server::start().await;
    for zone in [
        "Europe/Berlin",
        "Pacific/Kiritimati",
        "Asia/Calcutta",
        "UTC",
    ] {
        let account = registration(&server, json!(zone)).await;
        assert_eq!(account["time_zone"], zone);
    }
    for wrong in [
        "",
        "europe/berlin",
        "Mars/Olympus",
        "+01:00",
        "Europe/Berlin\0",
    ] {
        let request = json!({ "email": email(), "password": password(), "time_zone": wrong });
        let problem = server.post(REGISTER).json(&request).fails(422).await;
        problem.names("time_zone").breaks("time_zone", "wrong_type");
    }
}

#[tokio::test]
async fn week_and_forms_are_chosen_at_the_registration() {
    let server = Server::start().await;
    let chosen = json!({ "week_start": "sunday", "date_order": "mdy", "clock": "12h" });
    let mut request = json!({ "email": email(), "password": password() });
    for (name, value) in chosen.as_object().expect("an object") {
        request[name] = value.clone();
    }
    let account = server.post(REGISTER).json(&request).gives(201).await["user"].clone();
    for (name, value) in chosen.as_object().expect("an object") {
        assert_eq!(account[name], *value, "{name}");
        let mut wrong = json!({ "email": email(), "password": password() });
        wrong[name] = json!("other");
        let problem = server.post(REGISTER).json(&wrong).fails(422).await;
        problem.names(name);
    }
}

#[tokio::test]
async fn preferences_are_patched_and_null_resets_them() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let token = user.add_api_token("Preferences", &["account"]).await;
    let before = user.get(ME).gives(200).await;
    let patch = json!({
        "time_zone": "America/New_York", "week_start": "sunday", "date_order": "mdy", "clock": "12h",
        "quick_add_style": "vikunja", "theme": "dark", "density": "compact",
        "suggestions": "hidden", "language": "de",
    });
    let after = user.patch(ME, &patch).gives(200).await;
    assert_eq!(preferences(&after), patch);
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());
    // Sessions, API tokens and sign-ins read the account in different ways.
    assert_eq!(user.get(ME).gives(200).await, after);
    assert_eq!(user.with_token(&token).get(ME).gives(200).await, after);
    let credentials = json!({ "email": user.email, "password": user.password });
    let tokens = server.post("/api/v1/auth/login").json(&credentials);
    let tokens = tokens.gives(200).await;
    assert_eq!(tokens["user"], after);
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let tokens = server.post("/api/v1/auth/refresh").json(&refresh);
    assert_eq!(tokens.gives(200).await["user"], after);

    // The same values are no change.
    assert_eq!(user.patch(ME, &patch).gives(200).await, after);
    let reset = json!({ "time_zone": null, "clock": null, "theme": null });
    let partly = user.with_token(&token).patch(ME, &reset).gives(200).await;
    let expected = json!({
        "time_zone": "UTC", "week_start": "sunday", "date_order": "mdy", "clock": "24h",
        "quick_add_style": "vikunja", "theme": "system", "density": "compact",
        "suggestions": "hidden", "language": "de",
    });
    assert_eq!(preferences(&partly), expected);
    let reset = json!({
        "week_start": null, "date_order": null, "quick_add_style": null, "density": null,
        "suggestions": null, "language": null,
    });
    let wholly = user.patch(ME, &reset).gives(200).await;
    assert_eq!(preferences(&wholly), defaults());
    assert_eq!(wholly["display_name"], before["display_name"]);
}

#[tokio::test]
async fn a_wrong_preference_is_named_and_changes_nothing() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for (field, value, code) in [
        ("time_zone", json!("Mars/Olympus"), "wrong_type"),
        ("time_zone", json!("europe/berlin"), "wrong_type"),
        ("time_zone", json!(""), "wrong_type"),
        ("time_zone", json!(1), "wrong_type"),
        ("week_start", json!("tuesday"), "unknown_value"),
        ("date_order", json!("YMD"), "unknown_value"),
        ("clock", json!("24"), "unknown_value"),
        ("clock", json!(24), "wrong_type"),
        ("quick_add_style", json!("Vikunja"), "unknown_value"),
        ("theme", json!("sepia"), "unknown_value"),
        ("density", json!(1), "wrong_type"),
        ("suggestions", json!(true), "wrong_type"),
        ("language", json!("fr"), "unknown_value"),
    ] {
        let mut patch = json!({ "display_name": "Somebody else" });
        patch[field] = value;
        let problem = user.patch(ME, &patch).fails(422).await;
        problem.names(field).breaks(field, code);
    }
    let me = user.get(ME).gives(200).await;
    assert_eq!(preferences(&me), defaults());
    assert_ne!(me["display_name"], "Somebody else");
}
