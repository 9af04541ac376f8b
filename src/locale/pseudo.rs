//! The texts of languages that exist for tests. They are made from English, so they are complete.
//! Arguments, such as names that people have entered, stay as they are.

use std::borrow::Cow;

/// Returns a text with accents on all letters, and about a third longer.
pub(super) fn accented(text: &str) -> Cow<'_, str> {
    words_only(text, |letter, out| {
        out.push(with_accent(letter));
        if "aeiouAEIOU".contains(letter) {
            out.push(with_accent(letter.to_ascii_lowercase()));
        }
    })
}

/// Returns a text that is written from right to left.
pub(super) fn mirrored(text: &str) -> Cow<'_, str> {
    let mut in_tag = false;
    let mut out = String::with_capacity(text.len() + 16);
    for piece in text.split_inclusive(['<', '>']) {
        let end = piece.chars().last().filter(|last| "<>".contains(*last));
        let body = piece.trim_end_matches(['<', '>']);
        if in_tag || !body.contains(char::is_alphabetic) {
            out.push_str(body);
        } else {
            // Right-to-left override, until the pop.
            out.push('\u{202e}');
            out.push_str(body);
            out.push('\u{202c}');
        }
        in_tag = end == Some('<');
        out.extend(end);
    }
    out.into()
}

/// Rewrites the letters of a text, except those of HTML tags, code and references.
fn words_only(text: &str, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let kept = match letter {
            '<' if rest.starts_with("<code>") => rest.find("</code>"),
            '<' => rest.find('>').map(|end| end + 1),
            '&' => rest.find(';').map(|end| end + 1).filter(|end| *end < 8),
            _ => None,
        };
        match kept {
            Some(end) => {
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            None => {
                match letter.is_ascii_alphabetic() {
                    true => write(letter, &mut out),
                    false => out.push(letter),
                }
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out.into()
}

fn with_accent(letter: char) -> char {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const ACCENTED: &str = "áƀçđéƒğĥíĵķĺḿñóþɋŕšťúṽŵẋýžÁƁÇĐÉƑĞĤÍĴĶĹḾÑÓÞɊŔŠŤÚṼŴẊÝŽ";
    PLAIN
        .find(letter)
        .and_then(|place| ACCENTED.chars().nth(place))
        .unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::{accented, mirrored};

    #[test]
    fn tags_code_and_references_stay_as_they_are() {
        let text = "Read <a href=\"/x\">this</a> &amp; <code>GET /x</code>, 2 of 3.";
        let expected = "Ŕéeáađ <a href=\"/x\">ťĥíiš</a> &amp; <code>GET /x</code>, 2 óoƒ 3.";
        // The second vowel has an accent, too.
        let expected = expected
            .replace("éeáa", "ééáá")
            .replace("íi", "íí")
            .replace("óo", "óó");
        assert_eq!(accented(text), expected);
        assert_eq!(
            mirrored("a <b>c</b>, 2"),
            "\u{202e}a \u{202c}<b>\u{202e}c\u{202c}</b>, 2"
        );
    }
}
