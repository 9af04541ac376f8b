//! Descriptions as HTML, parsed by another parser than the sanitizer's.

#![no_main]

use std::sync::LazyLock;

use docket::fuzzing::{clean, to_html, to_preview};
use html5gum::{Token, Tokenizer};
use libfuzzer_sys::fuzz_target;
use url::Url;

const ELEMENTS: [&str; 26] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

static PAGE: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://docket.example/tasks/1").expect("a URL"));

fuzz_target!(|text: &str| {
    // No description contains NUL.
    if text.contains('\0') {
        return;
    }
    let html = to_html(text);
    let pieces = pieces(&html);
    check(&pieces);

    // HTML that changes when it is parsed again could change into something else in the browser.
    let again = clean(&html);
    assert_eq!(self::pieces(&again), pieces, "{html}");
    assert_eq!(clean(&again), again);

    // Markdown passes no HTML to the sanitizer, which must be safe on its own.
    let cleaned = clean(text);
    check(&self::pieces(&cleaned));
    let twice = clean(&cleaned);
    check(&self::pieces(&twice));

    assert!(!to_preview(text).contains(['\n', '\r']));
});

#[derive(Debug, PartialEq)]
enum Piece {
    Start(String, Vec<(String, String)>),
    End(String),
    Text(String),
}

fn pieces(html: &str) -> Vec<Piece> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut pieces = Vec::new();
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter();
                let attributes = attributes.map(|(name, value)| (text(name), text(value)));
                pieces.push(Piece::Start(text(&tag.name), attributes.collect()));
            }
            Token::EndTag(tag) => pieces.push(Piece::End(text(&tag.name))),
            Token::String(more) => match pieces.last_mut() {
                Some(Piece::Text(before)) => before.push_str(&text(&more)),
                _ => pieces.push(Piece::Text(text(&more))),
            },
            Token::Comment(_) | Token::Doctype(_) => panic!("a comment or a doctype: {html}"),
            // For instance a control character in the text, which is harmless.
            Token::Error(_) => {}
        }
    }
    pieces
}

fn check(pieces: &[Piece]) {
    for piece in pieces {
        match piece {
            Piece::Start(name, attributes) => {
                assert!(ELEMENTS.contains(&name.as_str()), "{name}");
                for (attribute, value) in attributes {
                    assert!(
                        may_have(name, attribute, value),
                        "{name} {attribute}={value}"
                    );
                }
                let related = |(name, _): &(String, String)| name == "rel";
                assert!(
                    name != "a" || attributes.iter().any(related),
                    "a link without rel"
                );
            }
            Piece::End(name) => assert!(ELEMENTS.contains(&name.as_str()), "{name}"),
            Piece::Text(_) => {}
        }
    }
}

fn may_have(element: &str, attribute: &str, value: &str) -> bool {
    match (element, attribute) {
        ("a", "href") => leads_where_it_may(value),
        ("a", "rel") => value == "noopener noreferrer nofollow ugc",
        ("a", "title") | ("ol", "start") => true,
        // The sanitizer ignores the case of these values.
        ("div", "role") => value.eq_ignore_ascii_case("region"),
        ("div", "aria-label") => value.eq_ignore_ascii_case("Table"),
        ("div", "tabindex") => value == "0",
        (_, "class") => {
            let known: &[&str] = match element {
                "div" => &["wide"],
                "span" => &["todo"],
                "td" | "th" => &["center", "right"],
                _ => &[],
            };
            value.split_whitespace().all(|class| known.contains(&class))
        }
        _ => false,
    }
}

/// Resolves a URL as a browser does (WHATWG URL). A malformed one has no target.
fn leads_where_it_may(href: &str) -> bool {
    PAGE.join(href)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
        || PAGE.join(href).is_err()
}
