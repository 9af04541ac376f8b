//! Escaping of characters that are unsafe in a terminal, a log or a page.

use std::fmt::Write;

/// Returns true for invisible characters that affect surrounding text: control characters, line and
/// paragraph separators, and marks that reorder or hide text (Unicode TR36, section 3).
pub(super) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Replaces each invisible character with an escape such as `\n` or `\u{202e}`.
pub fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => seen.push_str("\\n"),
            '\r' => seen.push_str("\\r"),
            '\t' => seen.push_str("\\t"),
            other if is_unseen(other) => seen.extend(other.escape_unicode()),
            other => seen.push(other),
        }
    }
    seen
}

/// Appends a JSON string (RFC 8259, section 7) with invisible characters escaped.
pub(super) fn write_json(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            other if is_unseen(other) => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            other => line.push(other),
        }
    }
    line.push('"');
}

/// Appends the value of a `name=value` pair, quoted unless it is a single plain word.
pub(super) fn write_text(line: &mut String, text: &str) {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'=');
    if !text.is_empty() && text.bytes().all(plain) {
        line.push_str(text);
        return;
    }
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            other => line.push_str(&visible(other.encode_utf8(&mut [0; 4]))),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::{visible, write_json, write_text};

    const HOSTILE: &str = "a\r\nb\u{1b}[31m\u{202e}\u{2028}\u{9b}\u{e0041}\0\"\\ \u{e9}";

    #[test]
    fn invisible_characters_are_escaped() {
        let mut json = String::new();
        write_json(&mut json, HOSTILE);
        let mut text = String::new();
        write_text(&mut text, HOSTILE);
        for written in [json.as_str(), text.as_str(), &visible(HOSTILE)] {
            assert!(!written.chars().any(super::is_unseen), "{written:?}");
            assert!(written.contains('\u{e9}'));
        }
        assert_eq!(
            serde_json::from_str::<String>(&json).ok().as_deref(),
            Some(HOSTILE)
        );
    }

    #[test]
    fn a_plain_word_is_bare_and_a_forged_field_is_quoted() {
        for (text, written) in [
            ("/api/v1/tasks/<id>", "/api/v1/tasks/<id>"),
            ("", "\"\""),
            ("a status=200", "\"a status=200\""),
            ("a\"b", "\"a\\\"b\""),
        ] {
            let mut line = String::new();
            write_text(&mut line, text);
            assert_eq!(line, written);
        }
    }
}
