//! The messages of all languages are complete, used, and take the same arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Language, Message, message};

/// Starts of ids that the program computes: of a kind of problem or of a colour.
const COMPUTED: [&str; 2] = ["problem-", "colour-"];

fn files_below(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let (mut found, mut folders) = (Vec::new(), vec![root]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let text = fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
    }
    found
}

/// Returns the messages of a language with the names of their arguments.
fn messages(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for (path, text) in files_below(&format!("locales/{folder}"), ".ftl") {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                let (name, _) = line.split_once(" = ").expect(line);
                id = name.to_owned();
                let earlier = messages.insert(id.clone(), BTreeSet::new());
                assert_eq!(earlier, None, "{id} is there twice: {}", path.display());
            }
            for part in line.split('$').skip(1) {
                let end = part.find(|c: char| !c.is_alphanumeric() && c != '_');
                let name = &part[..end.unwrap_or(part.len())];
                messages
                    .entry(id.clone())
                    .or_default()
                    .insert(name.to_owned());
            }
        }
    }
    messages
}

/// Returns the ids after each occurrence of a start, up to a quotation mark.
fn ids_after<'t>(text: &'t str, start: &'t str) -> impl Iterator<Item = &'t str> {
    let places = text.match_indices(start);
    let places = places.filter(|(at, _)| {
        !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
    });
    places.filter_map(move |(at, _)| text[at + start.len()..].split('"').next())
}

/// Returns the ids that templates and the source name.
fn used() -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (_, text) in files_below("templates", ".tera") {
        used.extend(ids_after(&text, "t(\"").map(str::to_owned));
    }
    for (path, text) in files_below("src", ".rs") {
        if path.ends_with("locale/tests.rs") {
            continue;
        }
        let code = text.lines().map(str::trim);
        let text: String = code.filter(|line| !line.starts_with("//")).collect();
        for start in ["message!(\"", "key!(\""] {
            used.extend(ids_after(&text, start).map(str::to_owned));
        }
        for id in ids_after(&text, "\"error-") {
            used.insert(format!("error-{id}"));
        }
    }
    used
}

#[test]
fn every_language_has_the_same_messages_with_the_same_arguments() {
    let english = messages("en");
    assert!(english.len() > 300, "{}", english.len());
    for language in ["de"] {
        let other = messages(language);
        for (id, arguments) in &english {
            let found = other.get(id);
            assert!(found.is_some(), "{language} has no {id}");
            let found = found.cloned().unwrap_or_default();
            // A language may say something without a number, or select by it.
            assert!(found.is_subset(arguments), "{language}: {id}: {found:?}");
        }
        for id in other.keys() {
            assert!(english.contains_key(id), "{language}: English has no {id}");
        }
    }
}

#[test]
fn messages_that_are_used_exist_and_others_do_not() {
    let english = messages("en");
    let used = used();
    let is_computed = |id: &str| COMPUTED.iter().any(|start| id.starts_with(start));
    let is_of_message = |id: &str| {
        let reference = format!("{{ {id} }}");
        files_below("locales", ".ftl")
            .iter()
            .any(|(_, text)| text.contains(&reference))
    };
    let unused: Vec<_> = english
        .keys()
        .filter(|id| !used.contains(*id) && !is_computed(id) && !is_of_message(id))
        .collect();
    assert!(unused.is_empty(), "not used: {unused:?}");
    let missing: Vec<_> = used
        .iter()
        .filter(|id| !english.contains_key(*id))
        .collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

#[test]
fn templates_contain_no_text() {
    let mut found = Vec::new();
    for (path, text) in files_below("templates", ".tera") {
        let name = path.to_string_lossy().into_owned();
        // The reference of the API is English.
        if name.contains("docs") {
            continue;
        }
        let mut plain = strip(&text, "{#", "#}");
        for (start, end) in [("{{", "}}"), ("{%", "%}")] {
            plain = strip(&plain, start, end);
        }
        let texts = texts_of(&plain);
        let pieces = texts.iter().flat_map(|text| text.split(['\n', '·']));
        for piece in pieces.map(str::trim).filter(|piece| has_word(piece)) {
            let is_known = ["Docket", "English", "Deutsch"].contains(&piece);
            // The class of the body.
            if !is_known && !piece.starts_with("page-") {
                found.push(format!("{name}: {piece}"));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Removes all parts from a start to an end.
fn strip(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once(end).map_or("", |(_, rest)| rest));
    }
    out
}

/// Returns true if a text has letters besides references.
fn has_word(text: &str) -> bool {
    let mut parts = text.split("&amp;");
    parts.any(|part| part.contains(char::is_alphabetic))
}

/// Returns the texts between the tags of HTML, and those of attributes that people see.
fn texts_of(html: &str) -> Vec<String> {
    const SEEN: [&str; 5] = [
        "title=\"",
        "placeholder=\"",
        "aria-label=\"",
        "alt=\"",
        "label=\"",
    ];
    let (mut texts, mut tags) = (vec![String::new()], Vec::new());
    let (mut in_tag, mut in_quotes) = (false, false);
    for letter in html.chars() {
        match letter {
            '<' if !in_tag => {
                in_tag = true;
                tags.push(String::new());
                texts.push(String::new());
            }
            '>' if in_tag && !in_quotes => in_tag = false,
            _ if in_tag => {
                in_quotes ^= letter == '"';
                tags.last_mut().expect("a tag").push(letter);
            }
            _ => texts.last_mut().expect("a text").push(letter),
        }
    }
    for tag in &tags {
        for attribute in SEEN {
            texts.extend(ids_after(tag, attribute).map(str::to_owned));
        }
    }
    texts
}

#[test]
fn numbers_and_plurals_are_those_of_the_language() {
    for (language, count, expected) in [
        (Language::English, 1, "1 second"),
        (Language::English, 0, "0 seconds"),
        (Language::English, 12_345, "12,345 seconds"),
        (Language::German, 1, "1 Sekunde"),
        (Language::German, 12_345, "12.345 Sekunden"),
    ] {
        assert_eq!(
            language.say(&message!("duration-seconds", count = count)),
            expected
        );
    }
    assert_eq!(Language::German.number(1_234_567), "1.234.567");
    assert_eq!(Language::English.number(999), "999");
}

#[test]
fn arguments_are_escaped_in_html_only() {
    let named = message!("token-created-html", name = "<b>'x'</b>");
    assert_eq!(
        Language::English.markup(&named),
        "Token “<bdi>&lt;b&gt;&#39;x&#39;&lt;/b&gt;</bdi>” created"
    );
    let plain = message!("plain", text = "<b>");
    assert_eq!(Language::English.say(&plain), "<b>");
}

#[test]
fn a_message_that_is_unknown_or_incomplete_is_not_known() {
    for (message, known) in [
        (message!("save"), true),
        (message!("plain", text = "x"), true),
        (message!("plain"), false),
        (Message::named("nothing".into()), false),
        (
            message!("plain", text = Message::named("nothing".into())),
            false,
        ),
    ] {
        assert_eq!(Language::German.knows(&message), known, "{message:?}");
    }
}

#[test]
fn a_message_survives_json() {
    let message = message!(
        "error-too-long",
        count = 3,
        thing = message!("thing-title"),
        limit = 2
    );
    let json = serde_json::to_string(&message).expect("JSON");
    assert_eq!(serde_json::from_str::<Message>(&json).ok(), Some(message));
}

#[test]
fn tests_have_languages_of_their_own() {
    let message = message!(
        "error-in-line",
        number = 7,
        message = message!("plain", text = "Milk")
    );
    assert_eq!(Language::Pseudo.say(&message), "Ĺííñéé 7: Milk");
    let mirrored = Language::Mirrored.say(&message);
    assert!(
        mirrored.starts_with("\u{202e}Line \u{202c}"),
        "{mirrored:?}"
    );
}
