//! Accounts: registration, sign-in, profile, password, deletion.

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use crate::support::{Ask, Server, User, email, header, is_moment, password, together};

const ME: &str = "/api/v1/me";
const REGISTER: &str = "/api/v1/auth/register";
const LOGIN: &str = "/api/v1/auth/login";

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

#[tokio::test]
async fn registering_signs_in() {
    let server = Server::start().await;
    let address = email();
    let request = json!({ "email": address, "password": password(), "display_name": "Ada" });
    let answer = server.post(REGISTER).json(&request).is(201).await;
    assert_eq!(header(&answer, "location"), ME);
    assert!(header(&answer, "cache-control").contains("no-store"));
    let body: Value = answer.json().await.expect("tokens");
    let user = &body["user"];
    assert_eq!(user["email"], address);
    assert_eq!(user["display_name"], "Ada");
    for name in ["created_at", "updated_at"] {
        assert!(is_moment(user[name].as_str().unwrap_or_default()), "{user}");
    }
    let mut names: Vec<_> = user.as_object().expect("a user").keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "clock",
            "created_at",
            "date_order",
            "density",
            "display_name",
            "email",
            "id",
            "language",
            "quick_add_style",
            "suggestions",
            "theme",
            "time_zone",
            "updated_at",
            "week_start"
        ]
    );
    let token = body["access_token"].as_str().expect("a token");
    let me = server.get(ME).bearer_auth(token).gives(200).await;
    assert_eq!(&me, user);
}

#[tokio::test]
async fn the_display_name_may_be_left_out() {
    let server = Server::start().await;
    let request = credentials(&email(), &password());
    let body = server.post(REGISTER).json(&request).gives(201).await;
    assert!(body["user"]["display_name"].is_string(), "{body}");
}

#[tokio::test]
async fn an_email_is_one_account_whatever_its_case() {
    let server = Server::start().await;
    let tag = &email()[20..32];
    let lower = format!("\u{e9}dith.{tag}@example.org");
    let upper = format!("\u{c9}DITH.{}@EXAMPLE.ORG", tag.to_uppercase());
    let user = User::named(&server, &lower, "\u{c9}dith").await;
    let again = User::login(&server, &upper, &user.password).await;
    assert_eq!(again.id, user.id);
    for taken in [&lower, &upper] {
        let request = credentials(taken, &password());
        let problem = server.post(REGISTER).json(&request).fails(409).await;
        problem.names("email");
    }
}

#[tokio::test]
async fn concurrent_claims_of_an_email_have_one_winner() {
    let server = Server::start().await;
    let request = credentials(&email(), &password());
    let requests: Vec<_> = (0..4)
        .map(|_| server.post(REGISTER).json(&request).answer())
        .collect();
    let mut statuses: Vec<u16> = crate::support::together(requests)
        .await
        .iter()
        .map(|answer| answer.status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

#[tokio::test]
async fn a_malformed_email_is_rejected() {
    let server = Server::start().await;
    let long = format!("{}@example.org", "a".repeat(300));
    for wrong in [
        "",
        "ada",
        "ada@",
        "@example.org",
        "a b@example.org",
        "a@b@c",
        &long,
    ] {
        let request = credentials(wrong, &password());
        let problem = server.post(REGISTER).json(&request).fails(422).await;
        problem.names("email");
    }
}

#[tokio::test]
async fn an_email_is_composed_before_it_is_checked_and_kept() {
    let server = Server::start().await;
    let tag = email();
    let composed = format!("\u{e9}dith.{tag}");
    let decomposed = format!(" e\u{301}dith.{tag} ");
    let user = User::named(&server, &decomposed, "").await;
    assert_eq!(user.get(ME).gives(200).await["email"], composed);
    User::login(&server, &composed, &user.password).await;
    let again = credentials(&composed, &password());
    server.post(REGISTER).json(&again).fails(409).await;
    let tag = email();
    let other = json!({
        "email": format!("e\u{301}va.{tag}"),
        "current_password": user.password,
    });
    let changed = user.patch(ME, &other).gives(200).await;
    assert_eq!(changed["email"], format!("\u{e9}va.{tag}"));
    let added = format!("e\u{301}mile.{tag}");
    let mut add = server.command(&["user", "add", &added]);
    add.output_with(&format!("{}\n", password())).exits(0);
    let mut disable = server.command(&["user", "disable", &format!("\u{e9}mile.{tag}")]);
    disable.output().exits(0);
}

#[tokio::test]
async fn a_password_has_8_to_128_characters_after_composition() {
    let server = Server::start().await;
    let random = format!("{}{}", password(), uuid::Uuid::now_v7());
    let filler: String = random.chars().cycle().take(100).collect();
    let composed = "\u{e9}".repeat(28);
    let decomposed = "e\u{301}".repeat(28);
    let register = |password: &str| {
        let request = credentials(&email(), password);
        server.post(REGISTER).json(&request)
    };
    for good in [
        format!("{filler}{composed}"),
        format!("{filler}{decomposed}"),
        "q7!Zr#2w".to_owned(),
        "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} \u{1f40e} \u{99ac}\u{5c3e}9".to_owned(),
    ] {
        register(&good).gives(201).await;
    }
    for bad in [
        format!("{filler}{composed}x"),
        format!("{filler}{decomposed}x"),
        "q7!Zr#2".to_owned(),
        "q7!Zr#e\u{301}".to_owned(),
        String::new(),
    ] {
        register(&bad).fails(422).await.names("password");
    }
}

#[tokio::test]
async fn composition_makes_two_spellings_one_password() {
    let server = Server::start().await;
    let (address, tail) = (email(), password());
    let decomposed = format!("cafe\u{301} {tail}");
    let composed = format!("caf\u{e9} {tail}");
    let request = credentials(&address, &decomposed);
    server.post(REGISTER).json(&request).gives(201).await;
    User::login(&server, &address, &composed).await;
    let other = format!("cafe {tail}");
    let request = credentials(&address, &other);
    server.post(LOGIN).json(&request).fails(401).await;
}

#[tokio::test]
async fn a_guessable_password_is_refused() {
    let server = Server::start().await;
    for weak in [
        "password1",
        "12345678",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "iloveyou!",
        "P@ssw0rd",
    ] {
        let request = credentials(&email(), weak);
        let problem = server.post(REGISTER).json(&request).fails(422).await;
        problem.names("password");
    }
}

#[tokio::test]
async fn common_passwords_are_refused() {
    let server = Server::start().await;
    for common in [
        "password",
        "12345678",
        "123456789",
        "1234567890",
        "baseball",
        "football",
        "trustno1",
        "jennifer",
        "superman",
        "1qaz2wsx",
        "michelle",
        "sunshine",
        "starwars",
        "computer",
        "corvette",
        "princess",
        "iloveyou",
        "11111111",
        "maverick",
        "samantha",
        "steelers",
        "whatever",
        "internet",
        "mercedes",
        "elephant",
        "q1w2e3r4",
        "blink182",
        "letmein1",
        "welcome1",
        "passw0rd",
        "Password1",
        "qwerty123",
        "abcd1234",
        "zaq12wsx",
        "87654321",
    ] {
        let request = credentials(&email(), common);
        let problem = server.post(REGISTER).json(&request).fails(422).await;
        problem.names("password");
    }
}

#[tokio::test]
async fn context_words_make_no_strong_password() {
    let server = Server::start().await;
    let address = format!("grzegorz.{}@example.org", &email()[20..32]);
    let register = |password: &str| {
        let mut request = credentials(&address, password);
        request["display_name"] = json!("Szczebrzeszyn Quvenzhan\u{e9}");
        server.post(REGISTER).json(&request)
    };
    for guessed in [
        "docket2026",
        "Docket!!",
        "docketdocket",
        "taskmanager1",
        "tasktodo",
        "grzegorz",
        "Grzegorz1",
        "szczebrzeszyn",
        "quvenzhan\u{e9}1",
        "grzegorzdocket",
    ] {
        register(guessed).fails(422).await.names("password");
    }
    let made = register("lantern grzegorz orbit 93").gives(201).await;
    let token = made["access_token"].as_str().expect("a token");
    // The same rules apply to a new password.
    let change = json!({
        "current_password": "lantern grzegorz orbit 93", "new_password": "szczebrzeszyn",
    });
    let put = server.request(Method::PUT, "/api/v1/me/password");
    let problem = put.bearer_auth(token).json(&change).fails(422).await;
    problem.names("new_password");
}

#[tokio::test]
async fn any_characters_make_a_password() {
    let server = Server::start().await;
    for secret in [
        "onlylowercaseletterssewntogether",
        "MOSTLY LOUD UMBRELLA PEBBLES",
        "8301649275530186",
        " leading and trailing blanks ",
        "\u{1f98a}\u{1f33b}\u{1f9ca}\u{1f3b7}\u{1f6f6}\u{1f9ff}\u{1f94f}\u{1f9f5}",
    ] {
        let address = email();
        let request = credentials(&address, secret);
        server.post(REGISTER).json(&request).gives(201).await;
        server.post(LOGIN).json(&request).gives(200).await;
    }
}

#[tokio::test]
async fn every_character_of_a_password_counts() {
    let server = Server::start().await;
    let address = email();
    let filler = format!("{}{}", password(), uuid::Uuid::now_v7());
    let secret: String = filler.chars().cycle().take(127).chain(['q']).collect();
    let register = credentials(&address, &secret);
    server.post(REGISTER).json(&register).gives(201).await;
    let login = |password: &str| {
        let request = credentials(&address, password);
        server.post(LOGIN).json(&request)
    };
    for other in [
        secret[..127].to_owned(),
        format!("{}r", &secret[..127]),
        format!("{secret}q"),
        format!("{secret} "),
        format!(" {secret}"),
        secret.to_uppercase(),
    ] {
        login(&other).fails(401).await;
    }
    login(&secret).gives(200).await;
}

#[tokio::test]
async fn registration_can_be_switched_off() {
    let server = Server::with(&[("DOCKET_REGISTRATION", "false")]).await;
    let (address, secret) = (email(), password());
    let request = credentials(&address, &secret);
    server.post(REGISTER).json(&request).fails(403).await;
    server.post(LOGIN).json(&request).fails(401).await;
    let mut add = server.command(&["user", "add", &address]);
    add.output_with(&format!("{secret}\n")).exits(0);
    User::login(&server, &address, &secret).await;
}

#[tokio::test]
async fn a_failed_sign_in_does_not_reveal_its_cause() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let login = |email: &str, password: &str| {
        let request = credentials(email, password);
        server.post(LOGIN).json(&request)
    };
    let wrong = login(&user.email, &password()).fails(401).await;
    let unknown = login(&email(), &user.password).fails(401).await;
    assert_eq!(wrong.body, unknown.body);
    let odd = login("no address at all", &user.password).answer().await;
    assert!(matches!(odd.status().as_u16(), 401 | 422));

    // The minimum of several rounds excludes noise from other processes.
    let mut least = [u128::MAX; 2];
    for _ in 0..6 {
        for (slot, address) in [user.email.clone(), email()].iter().enumerate() {
            let started = std::time::Instant::now();
            login(address, "correct horse battery staple 9")
                .fails(401)
                .await;
            least[slot] = least[slot].min(started.elapsed().as_micros());
        }
    }
    let [wrong, unknown] = least;
    assert!(
        unknown > wrong / 3 && wrong > unknown / 3,
        "a wrong password takes {wrong} us, an unknown e-mail {unknown} us"
    );
}

#[tokio::test]
async fn the_profile_is_patched() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let before = user.get(ME).gives(200).await;
    let patch = json!({ "display_name": "Countess \u{1f451}" });
    let after = user.patch(ME, &patch).gives(200).await;
    assert_eq!(after["display_name"], "Countess \u{1f451}");
    assert_eq!(after["email"], user.email);
    assert_eq!(after["created_at"], before["created_at"]);
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());
    assert_eq!(user.get(ME).gives(200).await, after);
    // Plain JSON is accepted as a merge patch, too.
    let plain = user.request(Method::PATCH, ME).json(&json!({}));
    assert_eq!(
        plain.gives(200).await["display_name"],
        after["display_name"]
    );
    let long = json!({ "display_name": "x".repeat(2_000) });
    user.patch(ME, &long).fails(422).await.names("display_name");
}

#[tokio::test]
async fn a_new_email_needs_the_password() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let new = email();
    let without = json!({ "email": new });
    user.patch(ME, &without)
        .fails(422)
        .await
        .names("current_password");
    let wrong = json!({ "email": new, "current_password": password() });
    user.patch(ME, &wrong)
        .fails(422)
        .await
        .names("current_password");
    assert_eq!(user.get(ME).gives(200).await["email"], user.email);

    let right = json!({ "email": new, "current_password": user.password });
    assert_eq!(user.patch(ME, &right).gives(200).await["email"], new);
    let old = credentials(&user.email, &user.password);
    server.post(LOGIN).json(&old).fails(401).await;
    User::login(&server, &new, &user.password).await;

    let other = User::register(&server).await;
    let taken = json!({ "email": new.to_uppercase(), "current_password": other.password });
    other.patch(ME, &taken).fails(409).await.names("email");
    for bad in [json!("nobody"), Value::Null, json!(7)] {
        let patch = json!({ "email": bad, "current_password": other.password });
        other.patch(ME, &patch).fails(422).await.names("email");
    }
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let path = "/api/v1/me/password";
    let new = password();
    let change = |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        user.put(path, &body)
    };
    let wrong = change(&password(), &new).fails(422).await;
    wrong.names("current_password");
    for weak in ["password1", "short", &"x".repeat(129)] {
        let problem = change(&user.password, weak).fails(422).await;
        problem.names("new_password");
    }
    User::login(&server, &user.email, &user.password).await;

    change(&user.password, &new).is(204).await;
    let old = credentials(&user.email, &user.password);
    server.post(LOGIN).json(&old).fails(401).await;
    User::login(&server, &user.email, &new).await;
}

#[tokio::test]
async fn deleting_an_account_takes_everything_with_it() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let task = user.add_task("Forget me").await;
    let delete = |body: Value| user.request(Method::DELETE, ME).json(&body);
    delete(json!({})).fails(422).await.names("password");
    let wrong = delete(json!({ "password": password() })).fails(422).await;
    wrong.names("password");
    assert_eq!(user.me_status().await, 200);

    delete(json!({ "password": user.password })).is(204).await;
    assert_eq!(user.me_status().await, 401);
    let login = credentials(&user.email, &user.password);
    server.post(LOGIN).json(&login).fails(401).await;

    let again = User::named(&server, &user.email, "Ada").await;
    assert_ne!(again.id, user.id);
    assert_eq!(again.list("").await["items"], json!([]));
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    again.get(&path).fails(404).await;
}

#[tokio::test]
async fn a_hash_of_earlier_parameters_is_renewed_at_the_next_sign_in() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let mut database = outdated_hash(&server, &user).await;
    let wrong = credentials(&user.email, &password());
    server.post(LOGIN).json(&wrong).fails(401).await;
    for _ in 0..2 {
        User::login(&server, &user.email, &user.password).await;
        let sql = format!("SELECT password_hash FROM users WHERE id = '{}'", user.id);
        let row = sqlx::query(AssertSqlSafe(sql))
            .fetch_one(&mut database)
            .await;
        let hash: String = row.expect("a row").get("password_hash");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
    }
}

#[tokio::test]
async fn sign_ins_that_renew_a_hash_at_once_all_succeed() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    outdated_hash(&server, &user).await;
    let login = credentials(&user.email, &user.password);
    let asked: Vec<_> = (0..4)
        .map(|_| server.post(LOGIN).json(&login).is(200))
        .collect();
    together(asked).await;
}

/// Gives a user a hash with other parameters. Returns the database connection.
async fn outdated_hash(server: &Server, user: &User) -> AnyConnection {
    let params = Params::new(8 * 1024, 1, 1, None).expect("parameters");
    let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let old = weaker.hash_password(user.password.as_bytes());
    let old = old.expect("a hash").to_string();
    let mut database = server.database().await;
    sqlx::query(AssertSqlSafe(format!(
        "UPDATE users SET password_hash = '{old}' WHERE id = '{}'",
        user.id
    )))
    .execute(&mut database)
    .await
    .expect("an update");
    database
}
