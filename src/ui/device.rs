//! Names of devices, for people: browsers send long texts that name several others.

use crate::locale::{Language, key, message};

/// Browsers by a token of their own. Each comes before those whose tokens it sends too.
const BROWSERS: [(&str, &[&str]); 9] = [
    ("Edge", &["Edg/", "EdgA/", "EdgiOS/", "Edge/"]),
    ("Opera", &["OPR/", "OPT/"]),
    ("Vivaldi", &["Vivaldi/"]),
    ("Samsung Internet", &["SamsungBrowser/"]),
    ("DuckDuckGo", &["DuckDuckGo/", "Ddg/"]),
    ("Firefox", &["Firefox/", "FxiOS/"]),
    ("Chrome", &["Chrome/", "CriOS/", "Chromium/"]),
    ("Epiphany", &["Epiphany/"]),
    ("Safari", &["Safari/"]),
];

/// Systems. Each comes before those that it names too.
const SYSTEMS: [(&str, &[&str]); 9] = [
    ("iPhone", &["iPhone"]),
    ("iPad", &["iPad"]),
    ("Android", &["Android"]),
    ("Windows", &["Windows"]),
    ("macOS", &["Macintosh", "Mac OS X"]),
    ("ChromeOS", &["CrOS"]),
    ("Linux", &["Linux"]),
    ("FreeBSD", &["FreeBSD"]),
    ("OpenBSD", &["OpenBSD"]),
];

/// Maximum length of the name of another program, in characters.
const NAME_CHARACTERS: usize = 40;

/// Returns the name of a device by its user agent: "Chrome on Linux", or "curl" for a program.
pub fn device_name(user_agent: &str, language: Language) -> String {
    let is_browser = user_agent.starts_with("Mozilla/");
    if !is_browser {
        return program_name(user_agent)
            .unwrap_or_else(|| language.text(key!("device-unknown-program")));
    }
    let browser = find(&BROWSERS, user_agent).map_or_else(
        || language.text(key!("device-unknown-browser")),
        str::to_owned,
    );
    match find(&SYSTEMS, user_agent) {
        Some(system) => language.say(&message!("device-on", browser = browser, system = system)),
        None => browser,
    }
}

fn find(names: &[(&'static str, &[&str])], user_agent: &str) -> Option<&'static str> {
    let is_named = |tokens: &[&str]| tokens.iter().any(|token| user_agent.contains(token));
    let found = names.iter().find(|(_, tokens)| is_named(tokens));
    found.map(|(name, _)| *name)
}

/// Returns the first product of a user agent (RFC 9110, section 10.1.5), without its version. `None`
/// if it names none.
fn program_name(user_agent: &str) -> Option<String> {
    let product = user_agent.split_whitespace().next().unwrap_or_default();
    let name = product.split('/').next().unwrap_or_default();
    (!name.is_empty()).then(|| name.chars().take(NAME_CHARACTERS).collect())
}

#[cfg(test)]
mod tests {
    use super::device_name;
    use crate::locale::Language;

    #[test]
    fn browsers_have_the_names_that_people_know() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome = format!("{webkit} Chrome/126.0.0.0 Safari/537.36");
        let phone = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (rest, expected) in [
            (format!("(X11; Linux x86_64) {chrome}"), "Chrome on Linux"),
            (
                format!("(X11; Linux x86_64) {webkit} HeadlessChrome/126.0 Safari/537.36"),
                "Chrome on Linux",
            ),
            (
                format!("(X11; CrOS x86_64 14541.0.0) {chrome}"),
                "Chrome on ChromeOS",
            ),
            (
                format!("(Windows NT 10.0; Win64; x64) {chrome} Edg/126.0.0.0"),
                "Edge on Windows",
            ),
            (
                format!("(Windows NT 10.0; Win64; x64) {chrome} OPR/111.0.0.0"),
                "Opera on Windows",
            ),
            (
                "(Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0".into(),
                "Firefox on Windows",
            ),
            (
                format!("(Macintosh; Intel Mac OS X 10_15_7) {phone} Version/17.5 Safari/605.1.15"),
                "Safari on macOS",
            ),
            (
                format!(
                    "(iPhone; CPU iPhone OS 17_5 like Mac OS X) {phone} Version/17.5 \
                     Mobile/15E148 Safari/604.1"
                ),
                "Safari on iPhone",
            ),
            (
                format!(
                    "(iPhone; CPU iPhone OS 17_5 like Mac OS X) {phone} FxiOS/127.0 \
                     Mobile/15E148 Safari/605.1.15"
                ),
                "Firefox on iPhone",
            ),
            (
                format!(
                    "(iPad; CPU OS 17_5 like Mac OS X) {phone} CriOS/126.0 Mobile/15E148 \
                     Safari/604.1"
                ),
                "Chrome on iPad",
            ),
            (
                format!(
                    "(Linux; Android 14; SM-S911B) {webkit} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36"
                ),
                "Samsung Internet on Android",
            ),
            (
                "(Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0".into(),
                "Firefox on Android",
            ),
            ("(PlayStation 5)".into(), "Unknown browser"),
        ] {
            let user_agent = format!("Mozilla/5.0 {rest}");
            assert_eq!(
                device_name(&user_agent, Language::English),
                expected,
                "{user_agent}"
            );
        }
    }

    #[test]
    fn programs_have_their_own_names() {
        for (user_agent, expected) in [
            ("curl/8.5.0", "curl"),
            ("python-requests/2.32.3", "python-requests"),
            ("Tasks.org/13.10 (ICalSync) Android", "Tasks.org"),
            ("Backup script", "Backup"),
            ("", "Unknown program"),
            (" \t", "Unknown program"),
            ("/1.0", "Unknown program"),
        ] {
            assert_eq!(
                device_name(user_agent, Language::English),
                expected,
                "{user_agent:?}"
            );
        }
        assert_eq!(
            device_name(&"é".repeat(500), Language::English),
            "é".repeat(40)
        );
    }
}
