//! The `Accept` header of an API request, compared with a strict parser of RFC 9110.

#![no_main]

use docket::fuzzing::takes_json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|header: &str| {
    // The HTTP parser accepts no other byte in a header value.
    if header
        .bytes()
        .any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f)
    {
        return;
    }
    let verdict = takes_json(header);
    if let Some(expected) = strict(header) {
        assert_eq!(verdict, expected, "{header:?}");
        assert!(takes_json(&format!("{header}, application/json")));
        assert!(!takes_json(&format!("{header}, application/json;q=0")));
        let other = takes_json(&format!("{header}, text/html"));
        assert_eq!(other, expected, "JSON gains nothing by HTML");
    }
});

/// Returns true if the header accepts JSON. `None` if it violates section 12.5.1 or is ambiguous.
fn strict(header: &str) -> Option<bool> {
    // Rocket cannot parse this, and may ignore the header.
    if header.contains(" ;") || header.contains("\t;") {
        return None;
    }
    let mut weights = [None; 3];
    for range in header.split(',') {
        let mut parts = range.split(';').map(|part| part.trim_matches([' ', '\t']));
        let (top, sub) = parts.next()?.split_once('/')?;
        let is_range = match (top, sub) {
            ("*", "*") => true,
            (top, "*") => is_name(top),
            (top, sub) => is_name(top) && is_name(sub),
        };
        if !is_range {
            return None;
        }
        let mut weight = None;
        for parameter in parts {
            let (name, value) = parameter.split_once('=')?;
            if !is_token(name) || !is_token(value) {
                return None;
            }
            if name.eq_ignore_ascii_case("q") && weight.is_none() {
                weight = Some(qvalue(value)?);
            }
        }
        let place = match (&*top.to_ascii_lowercase(), &*sub.to_ascii_lowercase()) {
            ("*", _) => 0,
            ("application", "*") => 1,
            ("application", "json") => 2,
            _ => continue,
        };
        let wanted = weight.unwrap_or(true);
        if weights[place]
            .replace(wanted)
            .is_some_and(|other| other != wanted)
        {
            return None;
        }
    }
    Some(weights.into_iter().rev().flatten().next().unwrap_or(false))
}

/// RFC 6838, section 4.2.
fn is_name(text: &str) -> bool {
    is_token(text) && !text.contains(['\'', '%', '*', '`', '|', '~'])
}

fn is_token(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_one)
}

/// Returns true if the weight is more than 0 (section 12.4.2). `None` if it is malformed.
fn qvalue(text: &str) -> Option<bool> {
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    let plain = digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_zero = digits.bytes().all(|byte| byte == b'0');
    match whole {
        "0" if plain => Some(!is_zero),
        "1" if plain && is_zero => Some(true),
        _ => None,
    }
}
