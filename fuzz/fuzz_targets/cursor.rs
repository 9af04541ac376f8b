//! The `cursor` parameter: arbitrary input, and cursors written by the server.

#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket::fuzzing::{read_cursor, write_cursor};
use docket::tasks::Sort;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const SORTS: [Sort; 6] = [
    Sort::CreatedAt,
    Sort::CreatedAtDescending,
    Sort::UpdatedAt,
    Sort::UpdatedAtDescending,
    Sort::Title,
    Sort::TitleDescending,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let sort = SORTS[usize::from(*first) % SORTS.len()];
    if let Ok(text) = std::str::from_utf8(rest) {
        read(text, sort);
    }
    // Encoded, because the decoder would reject most other inputs.
    read(&URL_SAFE_NO_PAD.encode(rest), sort);
    write(rest, sort);
});

fn read(text: &str, sort: Sort) {
    let Some(fields) = read_cursor(text, sort) else {
        return;
    };
    assert_eq!(fields[0], json!(sort));
    assert_eq!(fields[1].is_string(), is_by_title(sort));
    let again = write_cursor(fields).expect("what was read can be written");
    assert_eq!(again, text, "a cursor has one text");
    for other in SORTS {
        assert_eq!(read_cursor(text, other).is_some(), other == sort);
    }
}

/// Writes a cursor of an arbitrary place in a list.
fn write(data: &[u8], sort: Sort) {
    let Some((id, key)) = data.split_first_chunk::<16>() else {
        return;
    };
    let digits = format!("{:032x}", u128::from_be_bytes(*id));
    let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    let id = format!("{a}-{b}-{c}-{d}-{e}");
    let key = if is_by_title(sort) {
        // A sort key has no control characters, and at most 6,000 bytes.
        let text = String::from_utf8_lossy(key).replace(char::is_control, "");
        Value::from(text.chars().take(1_500).collect::<String>())
    } else {
        let bytes = key.first_chunk::<8>().copied().unwrap_or_default();
        Value::from(i64::from_be_bytes(bytes))
    };
    let fields = json!([sort, key, id]);
    let text = write_cursor(fields.clone()).expect("a cursor");
    assert!(
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
        "no URL has to escape it: {text}"
    );
    assert_eq!(read_cursor(&text, sort), Some(fields));
}

fn is_by_title(sort: Sort) -> bool {
    matches!(sort, Sort::Title | Sort::TitleDescending)
}
